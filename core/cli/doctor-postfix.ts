// What `postern doctor` looks at in the Postfix beside it: smuggling switches, limits of the transport that leads here, sizes, retries.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Config } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import type { Finding } from './finding.ts'

const run = promisify(execFile)

/** Which Postfix is looked at, and which transport of it leads to the gateway. */
export interface PostfixOptions {
  /** Program to ask; `postconf` of the PATH. */
  readonly postconf: string
  /** Folder of main.cf, for a Postfix that is not the system's. */
  readonly folder?: string
  /** Name of the transport in master.cf that leads to us. */
  readonly transport: string
}

/** Nothing is found where there is no Postfix on this machine. */
export async function examinePostfix(config: Pick<Config, 'limits'>, options: PostfixOptions): Promise<readonly Finding[]> {
  const folder = options.folder === undefined ? [] : ['-c', options.folder]
  const { transport } = options
  const cohort = `${transport}_destination_concurrency_failed_cohort_limit`
  let values: ReadonlyMap<string, string>
  let services: string
  try {
    values = await ask(options.postconf, [
      ...folder,
      'mail_version',
      'smtpd_forbid_bare_newline',
      'smtpd_forbid_unauth_pipelining',
      'message_size_limit',
      'minimal_backoff_time',
      'maximal_backoff_time',
      'queue_run_delay',
      'default_destination_concurrency_failed_cohort_limit',
    ])
    services = (await run(options.postconf, [...folder, '-M'], { timeout: 10_000 })).stdout
    // Asked apart: Postfix knows it only where the transport exists.
    values = new Map([...values, ...(await ask(options.postconf, [...folder, cohort]))])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return [{ level: 'ok', topic: 'postfix', message: 'there is no Postfix on this machine (no postconf)' }]
    return [{ level: 'warning', topic: 'postfix', message: `its settings could not be read: ${describeError(error)}` }]
  }
  const findings: Finding[] = [{ level: 'ok', topic: 'postfix', message: `version ${values.get('mail_version') ?? 'unknown'}` }]
  const warn = (message: string, remedy: string): void => void findings.push({ level: 'warning', topic: 'postfix', message, remedy })

  for (const [name, what] of [
    ['smtpd_forbid_bare_newline', 'lets a second mail be smuggled inside of another, with any sender (CVE-2023-51764)'],
    [
      'smtpd_forbid_unauth_pipelining',
      'takes commands from clients that do not wait for its answers, which smuggling and spam programs use',
    ],
  ] as const) {
    const value = values.get(name)
    if (value === undefined)
      warn(`${name} is unknown to this Postfix, which therefore ${what}`, 'update Postfix (3.5.24, 3.6.14, 3.7.10, 3.8.5 or newer)')
    else if (value === 'no') warn(`${name} = no: it ${what}`, `postconf -e ${name}=yes`)
  }
  transportFindings(
    services,
    transport,
    values.get(cohort) ?? values.get('default_destination_concurrency_failed_cohort_limit'),
    cohort,
    warn,
  )
  const size = Number(values.get('message_size_limit') ?? 0)
  if (size === 0 || size > config.limits.message_size) {
    warn(
      `message_size_limit = ${size} is larger than limits.message_size = ${config.limits.message_size} here: Postfix would take mail that it then has to bounce`,
      `postconf -e message_size_limit=${config.limits.message_size}, or raise limits.message_size`,
    )
  }
  const backoff = seconds(values.get('maximal_backoff_time'))
  if (backoff > 900)
    warn(
      `maximal_backoff_time = ${values.get('maximal_backoff_time') ?? ''}: after a restart here, mail may wait so long in its queue`,
      'postconf -e minimal_backoff_time=60s maximal_backoff_time=900s queue_run_delay=60s',
    )
  return findings
}

function transportFindings(
  services: string,
  transport: string,
  cohort: string | undefined,
  name: string,
  warn: (message: string, remedy: string) => void,
): void {
  if (!services.split('\n').some((line) => line.split(/\s+/)[0] === transport)) {
    warn(
      `master.cf has no transport \`${transport}\`: mail for Postern shares the limits of other mail, and one refused connection (a restart) can hold it for up to 4000 s`,
      'see examples/postfix, or name yours with --transport',
    )
  } else if (cohort !== undefined && Number(cohort) > 0 && Number(cohort) < 10) {
    warn(
      `${name} = ${cohort}: so many refused connections in a row (a restart) hold all mail for Postern for minutes`,
      `postconf -e ${name}=10`,
    )
  }
}

/** Values by name; what this Postfix does not know is left out. */
async function ask(postconf: string, args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(postconf, [...args], { timeout: 10_000 })
  return new Map(
    stdout.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  )
}

/** Postfix's times: 4000s, 5m, 1h, 5d; seconds without a unit. */
function seconds(text: string | undefined): number {
  const match = /^(\d{1,9})([smhdw]?)$/.exec(text ?? '')
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[match?.[2] ?? ''] ?? 1
  return match ? Number(match[1]) * unit : 0
}
