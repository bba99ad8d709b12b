// Real servers for the end-to-end tests: Postfix and Dovecot, each with a configuration and folders of its own, on free ports of 127.0.0.1.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Why these tests cannot run here, or null. With POSTERN_REQUIRE_SERVERS it throws instead of skipping. */
export function missingServers(): string | null {
  const missing = [
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...(existsSync('/usr/sbin/postfix') ? [] : ['postfix']),
    ...(existsSync('/usr/sbin/dovecot') && existsSync('/usr/lib/dovecot/lmtp') ? [] : ['dovecot with lmtp']),
  ]
  if (missing.length === 0) return null
  const text = `needs ${missing.join(', ')}`
  if (process.env.POSTERN_REQUIRE_SERVERS) throw new Error(text)
  process.stdout.write(`skipped: the tests with real mail servers ${text}\n`)
  return text
}

const repository = path.join(import.meta.dirname, '../..')
const readme = path.join(repository, 'examples/postfix/README.md')

/** What a domain can be to a Postfix. */
export type DomainKind = 'local' | 'virtual' | 'new'

export interface PostfixOptions {
  readonly smtpPort: number
  /** Where Postern listens, in Postfix's notation. */
  readonly nexthop: string
  /** Port that takes the mail for everybody outside (customers, agents). */
  readonly outsidePort: number
  /** Deliver to Postern by SMTP instead of LMTP. */
  readonly bySmtp?: boolean
  /** How example.test is a domain of this Postfix already (4a of the steps): one of its own people (the default) or a virtual one; or new to it (4b). */
  readonly domain?: DomainKind
  /** What joins Postfix and Postern; default: the steps of examples/postfix/README.md, word by word. */
  readonly join?: (etc: string) => string | Promise<string>
}

export interface Postfix {
  readonly folder: string
  /** Folder of main.cf. */
  readonly etc: string
  /** Queue ids with the reason for which they wait. */
  queue(): readonly { readonly id: string; readonly queue: string; readonly reasons: readonly string[] }[]
  /** Tries everything that waits now. */
  flush(): void
  log(): string
  stop(): void
}

/** The commands that the README tells to type, in their order, for one kind of domain. */
function readmeSteps(domain: DomainKind): string {
  const chapters = readFileSync(readme, 'utf8').split(/^### /m).slice(1)
  const typed = chapters.filter((c) => !c.startsWith(domain === 'new' ? '4a.' : '4b.'))
  return typed.flatMap((c) => [...c.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((block) => block[1] ?? '')).join('')
}

/** Runs what an admin would type as root, for the Postfix in `etc`. */
function typeIn(script: string, etc: string): void {
  const here = script.replaceAll('sudo ', '').replaceAll('/etc/postfix', etc).replaceAll('example.com', 'example.test')
  execFileSync('sh', ['-eu', '-c', here], {
    cwd: repository,
    env: { ...process.env, MAIL_CONFIG: etc, EDITOR: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Postfix with the main.cf and master.cf that Debian installs for an internet site, joined to Postern by the steps of the README. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const base = mkdtempSync(path.join(tmpdir(), 'postern-postfix-'))
  chmodSync(base, 0o755)
  const dir = (name: string, owner?: string): string => {
    const folder = path.join(base, name)
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    if (owner) chownSync(folder, Number(execFileSync('id', ['-u', owner]).toString()), 0)
    return folder
  }
  const [etc, queue, data] = [dir('etc'), dir('queue'), dir('data', 'postfix')]
  const { domain = 'local' } = options
  copyFileSync('/usr/share/postfix/main.cf.debian', path.join(etc, 'main.cf'))
  copyFileSync('/usr/share/postfix/master.cf.dist', path.join(etc, 'master.cf'))
  const postconf = (...args: string[]): void => void execFileSync('/usr/sbin/postconf', ['-c', etc, ...args], { stdio: 'pipe' })
  // As the package's postinst does for an internet site.
  postconf(
    '-e',
    'smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination',
    'myhostname = mx.example.test',
    'alias_maps = hash:/etc/aliases',
    'alias_database = hash:/etc/aliases',
    `mydestination = $myhostname, ${domain === 'local' ? 'example.test, ' : ''}mx, localhost.localdomain, localhost`,
    'relayhost =',
    'mailbox_size_limit = 0',
    'recipient_delimiter = +',
  )
  if (domain === 'virtual') {
    // Mailboxes of people without an account, as an admin had them before; whoever delivers to them is never asked here.
    writeFileSync(path.join(etc, 'vmailbox'), 'boss@example.test example.test/boss/\n')
    postconf('-e', 'virtual_mailbox_domains = example.test', `virtual_mailbox_maps = texthash:${etc}/vmailbox`)
  }
  // What a second Postfix in folders of its own needs, and a world to send to; the table of transports is one that the admin had before.
  // The world writes from 127.0.0.2, which is no client of ours.
  writeFileSync(
    path.join(etc, 'transport'),
    `customer.test smtp:[127.0.0.1]:${options.outsidePort}\nagents.test smtp:[127.0.0.1]:${options.outsidePort}\n`,
  )
  postconf(
    '-e',
    `queue_directory = ${queue}`,
    `data_directory = ${data}`,
    `maillog_file = ${base}/mail.log`,
    `maillog_file_prefixes = ${base}`,
    'mynetworks = 127.0.0.1/32',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'disable_dns_lookups = yes',
    'smtp_dns_support_level = disabled',
    `transport_maps = texthash:${etc}/transport`,
  )
  postconf('-M#', 'smtp/inet')
  postconf('-M', `127.0.0.1:${options.smtpPort}/inet=127.0.0.1:${options.smtpPort} inet n - n - - smtpd`)
  // In this queue there are no copies of /etc/hosts and the like, which Debian puts into that of the system.
  postconf('-F', '*/*/chroot=n')
  const postfix = (...args: string[]): void => void execFileSync('/usr/sbin/postfix', ['-c', etc, ...args], { stdio: 'pipe' })
  postfix('start')
  await answering(options.smtpPort)
  const steps = options.join ? await options.join(etc) : readmeSteps(domain)
  typeIn(options.bySmtp ? steps.replace('20 lmtp', '20 smtp').replace('lmtp_send', 'smtp_send') : steps, etc)
  // Step 1 opens an editor: the addresses and the place of this test. Tries again sooner than in the world.
  const table = path.join(etc, 'postern')
  writeFileSync(
    table,
    readFileSync(table, 'utf8').replaceAll('@example.com', '@example.test').replaceAll('inet:127.0.0.1:2424', options.nexthop),
  )
  postconf('-e', 'minimal_backoff_time = 2s', 'queue_run_delay = 2s', 'maximal_backoff_time = 4s')
  postfix('reload')
  let stopped = false
  return {
    folder: base,
    etc,
    queue() {
      const lines = execFileSync('/usr/sbin/postqueue', ['-c', etc, '-j']).toString().split('\n').filter(Boolean)
      return lines.map((line) => {
        const row = JSON.parse(line) as { queue_id: string; queue_name: string; recipients: { delay_reason?: string }[] } // postqueue(1), JSON OBJECT FORMAT
        return { id: row.queue_id, queue: row.queue_name, reasons: row.recipients.flatMap((r) => r.delay_reason ?? []) }
      })
    },
    flush: () => void execFileSync('/usr/sbin/postqueue', ['-c', etc, '-f']),
    log: () => (existsSync(`${base}/mail.log`) ? readFileSync(`${base}/mail.log`, 'utf8') : ''),
    stop() {
      if (stopped) return
      stopped = true
      postfix('stop')
      rmSync(base, { recursive: true, force: true })
    },
  }
}

export interface Dovecot {
  readonly lmtpPort: number
  /** Mails of one user, raw. */
  mails(user: string): readonly string[]
  stop(): void
}

/** Dovecot's LMTP into maildirs; every user exists. */
export async function startDovecot(lmtpPort: number): Promise<Dovecot> {
  const base = mkdtempSync(path.join(tmpdir(), 'postern-dovecot-'))
  chmodSync(base, 0o755)
  const mail = path.join(base, 'mail')
  mkdirSync(mail)
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody']).toString()))
  chownSync(mail, uid ?? 0, gid ?? 0)
  const conf = path.join(base, 'dovecot.conf')
  writeFileSync(
    conf,
    `protocols = lmtp
base_dir = ${base}/run
state_dir = ${base}/state
log_path = ${base}/dovecot.log
ssl = no
first_valid_uid = 1
mail_location = maildir:${mail}/%n
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${mail}/%n allow_all_users=yes
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
protocol lmtp {
  postmaster_address = postmaster@example.test
}
`,
  )
  const child = spawn('/usr/sbin/dovecot', ['-F', '-c', conf], { stdio: 'ignore' })
  await answering(lmtpPort)
  return {
    lmtpPort,
    mails(user) {
      const folder = path.join(mail, user, 'new')
      return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1')) : []
    },
    stop() {
      child.kill('SIGTERM')
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** Resolves when a server greets on the port. */
async function answering(port: number): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    const greeted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      const done = (is: boolean): void => {
        socket.destroy()
        resolve(is)
      }
      socket.once('data', () => done(true)).once('error', () => done(false))
    })
    if (greeted) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing answers on port ${port} within 20 s`)
}
