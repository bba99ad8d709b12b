// Real servers for the end-to-end tests: Postfix and Dovecot, each with a configuration and folders of its own, on free ports of 127.0.0.1.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

const examples = path.join(import.meta.dirname, '../../examples/postfix')

export interface PostfixOptions {
  readonly smtpPort: number
  /** Where Postern listens, in Postfix's notation. */
  readonly nexthop: string
  /** Port that takes the mail for everybody outside (customers, agents). */
  readonly outsidePort: number
  /** Deliver to Postern by SMTP instead of LMTP. */
  readonly bySmtp?: boolean
}

export interface Postfix {
  readonly folder: string
  /** Queue ids with the reason for which they wait. */
  queue(): readonly { readonly id: string; readonly queue: string; readonly reasons: readonly string[] }[]
  /** Tries everything that waits now. */
  flush(): void
  log(): string
  stop(): void
}

/** Postfix with the shipped fragments as they stand, addresses and ports replaced. */
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
  // Tries again sooner than in the world. In place: of a second entry every process warns while it starts, and the one that writes the log,
  // which is sent the warnings, can wait for itself for ever.
  const fragment = readFileSync(path.join(examples, 'main.cf'), 'utf8')
    .replace('texthash:/etc/postfix/transport', `texthash:${etc}/transport`)
    .replace('inet:127.0.0.1:2424', options.nexthop)
    .replace(/^(minimal_backoff_time|queue_run_delay) = .*$/gm, '$1 = 2s')
    .replace(/^(maximal_backoff_time) = .*$/m, '$1 = 4s')
  writeFileSync(
    path.join(etc, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
myhostname = mx.example.test
mydestination =
relay_domains = example.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_transport = error:no local mail here
maillog_file = ${base}/mail.log
maillog_file_prefixes = ${base}
smtp_tls_security_level = none
smtp_dns_support_level = disabled
disable_dns_lookups = yes
${fragment}`,
  )
  writeFileSync(
    path.join(etc, 'transport'),
    readFileSync(path.join(examples, 'transport'), 'utf8')
      .replaceAll('@example.com', '@example.test')
      .replaceAll('inet:127.0.0.1:2424', options.nexthop) +
      `customer.test smtp:[127.0.0.1]:${options.outsidePort}\nagents.test smtp:[127.0.0.1]:${options.outsidePort}\n`,
  )
  const services = `127.0.0.1:${options.smtpPort} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
`
  const own = readFileSync(path.join(examples, 'master.cf'), 'utf8')
  writeFileSync(path.join(etc, 'master.cf'), services + (options.bySmtp ? own.replace(/20 {6}lmtp[\s\S]*/, '20      smtp\n') : own))
  const postfix = (...args: string[]): void => void execFileSync('/usr/sbin/postfix', ['-c', etc, ...args], { stdio: 'pipe' })
  postfix('start')
  await answering(options.smtpPort)
  let stopped = false
  return {
    folder: base,
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
