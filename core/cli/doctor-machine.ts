// What `postern doctor` looks at on this machine itself: its name, its address for people, its clock.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isLoopback } from '../base/config/references.ts'
import { publicUrl } from '../base/public-url.ts'
import type { Config } from '../base/config/types.ts'
import type { Finding } from './finding.ts'

const run = promisify(execFile)

/** Name, public address and clock; nothing is asked of the network. */
export async function machineFindings(config: Pick<Config, 'hostname' | 'http' | 'plugins'>): Promise<readonly Finding[]> {
  return [...nameFindings(config), ...addressFindings(config), ...(await clockFindings())]
}

function nameFindings({ hostname }: Pick<Config, 'hostname'>): readonly Finding[] {
  // RFC 5321 §2.3.5: a host introduces itself by a name that others can resolve.
  if (/^[^.]+(?:\.[^.]+)*\.[A-Za-z][A-Za-z0-9-]*$/.test(hostname) && !/\.(?:local|localdomain|internal)$/i.test(hostname))
    return [{ level: 'ok', topic: 'hostname', message: `greets as ${hostname}` }]
  return [
    {
      level: 'warning',
      topic: 'hostname',
      message: `the host name ${hostname} is not fully qualified: servers refuse such a greeting, and Message-IDs may meet those of other machines`,
      remedy: 'set `hostname` in the configuration, e.g. gateway.example.com',
    },
  ]
}

function addressFindings({ http, plugins }: Pick<Config, 'http' | 'plugins'>): readonly Finding[] {
  const links = plugins.some(({ name }) => name === 'links')
  const url = publicUrl({ http })
  if (!links || (http.public_url !== undefined && !isLoopback(URL.parse(url)?.hostname))) return []
  return [
    {
      level: 'warning',
      topic: 'public_url',
      message: `http.public_url is ${http.public_url === undefined ? 'not set' : 'an address of this machine alone'}: the buttons in mails lead to ${url}, which agents cannot reach`,
      remedy: 'set it to the https address of your proxy, or take `links` out of the plugins',
    },
  ]
}

/** systemd knows whether anything keeps the clock right; where it is not there, nothing is said. */
async function clockFindings(): Promise<readonly Finding[]> {
  const said = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { timeout: 5000 }).catch(() => undefined)
  if (said?.stdout.trim() !== 'no') return []
  return [
    {
      level: 'warning',
      topic: 'clock',
      message: 'nothing keeps the clock of this machine right: planned answers and signed links go by it',
      remedy: 'timedatectl set-ntp true, or install chrony',
    },
  ]
}
