// What a Postfix says of itself: its settings, as written and with $names expanded, and the services of its master.cf.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const patience = { timeout: 10_000 }

/** Which Postfix is looked at, and which transport of it leads to the gateway. */
export interface PostfixOptions {
  /** Program to ask; `postconf` of the PATH. */
  readonly postconf: string
  /** Folder of main.cf, for a Postfix that is not the system's. */
  readonly folder?: string
  /** Name of the transport in master.cf that leads to us. */
  readonly transport: string
}

/** A line of master.cf. */
export interface PostfixService {
  readonly name: string
  readonly type: string
  /** Program with its arguments. */
  readonly command: string
}

/** What this Postfix says; what it does not know is missing. */
export interface PostfixSettings {
  /** Values as they stand in main.cf, or the defaults. */
  readonly written: ReadonlyMap<string, string>
  /** The same with $names expanded. */
  readonly values: ReadonlyMap<string, string>
  readonly services: readonly PostfixService[]
  /** Folder of main.cf. */
  readonly folder: string
}

const asked = [
  'config_directory',
  'mail_version',
  'myhostname',
  'smtpd_forbid_bare_newline',
  'smtpd_forbid_unauth_pipelining',
  'message_size_limit',
  'minimal_backoff_time',
  'maximal_backoff_time',
  'queue_run_delay',
  'default_destination_concurrency_failed_cohort_limit',
  'inet_interfaces',
  'recipient_delimiter',
  'transport_maps',
  'mydestination',
  'relay_domains',
  'virtual_mailbox_domains',
  'virtual_alias_domains',
  'local_recipient_maps',
  'relay_recipient_maps',
  'virtual_mailbox_maps',
  'virtual_alias_maps',
  'canonical_maps',
  'recipient_canonical_maps',
  'local_transport',
  'relay_transport',
  'virtual_transport',
  'default_transport',
] as const

/** Asks postconf. Rejects with an ENOENT where there is none, and where it cannot read main.cf. */
export async function readPostfix(options: PostfixOptions): Promise<PostfixSettings> {
  const folder = options.folder === undefined ? [] : ['-c', options.folder]
  // Limits of a transport are asked apart: Postfix knows them only where the transport exists.
  const limits = transportLimits(options.transport).map(([name]) => name)
  const all = async (flags: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Map([
      ...(await ask(options.postconf, [...folder, ...flags, ...asked])),
      ...(await ask(options.postconf, [...folder, ...flags, ...limits])),
    ])
  const [written, values] = [await all([]), await all(['-x'])]
  const { stdout } = await run(options.postconf, [...folder, '-M'], patience)
  return { values, written, services: servicesOf(stdout), folder: values.get('config_directory') ?? options.folder ?? '/etc/postfix' }
}

/** The limits of the transport that leads here, with the values that examples/postfix gives them and why doctor wants the first. */
export function transportLimits(transport: string): readonly (readonly [name: string, value: string])[] {
  return [
    [`${transport}_destination_concurrency_failed_cohort_limit`, '10'],
    [`${transport}_destination_concurrency_limit`, '20'],
    [`${transport}_initial_destination_concurrency`, '5'],
    [`${transport}_destination_recipient_limit`, '50'],
  ]
}

/** Another program of the same Postfix; where postconf is named by its path, that beside it. */
export function programBeside(options: PostfixOptions, name: string): string {
  return options.postconf.includes('/') ? path.join(path.dirname(options.postconf), name) : name
}

/** Postfix's times in seconds: 4000s, 5m, 1h, 5d; seconds without a unit. 0 for what is none. */
export function secondsOf(text: string | undefined): number {
  const match = /^(\d{1,9})([smhdw]?)$/.exec(text ?? '')
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[match?.[2] ?? ''] ?? 1
  return match ? Number(match[1]) * unit : 0
}

/** Values by name; what this Postfix does not know is left out. */
async function ask(postconf: string, args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(postconf, [...args], patience)
  return new Map(
    stdout.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  )
}

function servicesOf(text: string): readonly PostfixService[] {
  return text.split('\n').flatMap((line) => {
    const [name, type, , , , , , ...command] = line.trim().split(/\s+/)
    return name && type ? [{ name, type, command: command.join(' ') }] : []
  })
}
