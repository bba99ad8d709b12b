// The commands that make this Postfix bring mail to the gateway: only what this machine still needs, and nothing of the admin's own is lost.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../../base/config/types.ts'
import { domainOf } from '../../mail/address.ts'
import type { PostfixOptions } from './settings.ts'
import { readPostfix, secondsOf, transportLimits } from './settings.ts'
import { classOf, listOf } from './tables.ts'

/** What is to be typed as root, in its order, and what no command can do. */
export interface PostfixCommands {
  readonly commands: readonly PostfixCommand[]
  readonly obstacles: readonly string[]
}

/** One command line (a here-document has more lines) with its reason. */
export interface PostfixCommand {
  readonly why: string
  readonly line: string
}

/** Where this config takes mail from an MTA on the same machine, in Postfix's words, and by which of its programs. */
export function placeForPostfix(
  listeners: Config['listeners'],
): { readonly program: 'lmtp' | 'smtp'; readonly nexthop: string } | undefined {
  const usable = listeners.flatMap(({ protocol, bind }) => {
    if (bind.kind === 'unix') return protocol === 'lmtp' ? [{ program: protocol, nexthop: `unix:${bind.path}` }] : []
    // The socket of examples/systemd.
    if (bind.kind === 'systemd') return protocol === 'lmtp' ? [{ program: protocol, nexthop: 'unix:/run/postern/lmtp.sock' }] : []
    const host = bind.host === '0.0.0.0' ? '127.0.0.1' : bind.host === '::' ? '::1' : bind.host
    const at = `${host.includes(':') ? `[${host}]` : host}:${bind.port}`
    return [{ program: protocol, nexthop: protocol === 'lmtp' ? `inet:${at}` : at.replace(/^([^[][^:]*):/, '[$1]:') }]
  })
  return usable.find(({ program }) => program === 'lmtp') ?? usable[0]
}

/** Asks this Postfix what it has and gives what is missing. Rejects as `readPostfix` does. */
export async function postfixCommands(
  config: Pick<Config, 'listeners' | 'mailboxes' | 'limits'>,
  options: PostfixOptions,
): Promise<PostfixCommands> {
  const settings = await readPostfix(options)
  const { written, values, services, folder } = settings
  const place = placeForPostfix(config.listeners)
  if (!place)
    return { commands: [], obstacles: ['no listener of the configuration can be reached by Postfix: give it one with `protocol: lmtp`'] }
  const postconf = options.folder === undefined ? 'postconf' : `postconf -c ${quoted(options.folder)}`
  const commands: PostfixCommand[] = []
  const obstacles: string[] = []
  const { transport } = options
  const set = (why: string, pairs: readonly (readonly [string, string])[]): void => {
    if (pairs.length > 0)
      commands.push({ why, line: `${postconf} -e ${pairs.map(([name, value]) => quoted(`${name} = ${value}`)).join(' ')}` })
  }

  const file = path.join(folder, 'postern')
  const addresses = [...config.mailboxes.values()].flatMap((m) => [m.address, ...m.aliases])
  const rows = addresses.map((address) => `${address}   ${transport}:${place.nexthop}\n`).join('')
  if (!sameRows(contentOf(file), rows))
    commands.push({ why: 'The addresses that Postern answers for.', line: `cat > ${quoted(file)} <<'END'\n${rows}END` })

  if (!services.some((s) => s.name === transport && s.type === 'unix'))
    commands.push(
      {
        why: 'A transport of its own, so that its limits touch no other mail.',
        line: `${postconf} -M ${quoted(`${transport}/unix=${transport} unix - - n - 20 ${place.program}`)}`,
      },
      {
        why: 'Its lines in the log, and no client attributes that Postern would not believe.',
        line: `${postconf} -P ${quoted(`${transport}/unix/syslog_name=postfix/${transport}`)} ${quoted(`${transport}/unix/${place.program}_send_xforward_command=no`)}`,
      },
    )

  const table = `texthash:${file}`
  const first = (name: string): readonly (readonly [string, string])[] => {
    const now = written.get(name) ?? ''
    return listOf(values.get(name)).includes(table) ? [] : [[name, now === '' ? table : `${table}, ${now}`]]
  }
  set('They go to Postern before any other table is asked; what you have there stays.', first('transport_maps'))
  const strange: string[] = []
  const lists = new Set<string>()
  for (const domain of new Set(addresses.map(domainOf))) {
    const found = await classOf(options, settings, domain)
    if (found === 'virtual alias')
      obstacles.push(
        `${domain} is a domain of virtual_alias_domains, of which nothing can be delivered: move it to virtual_mailbox_domains or relay_domains`,
      )
    else if (found === 'other') strange.push(domain)
    else lists.add({ local: 'local_recipient_maps', relay: 'relay_recipient_maps', 'virtual mailbox': 'virtual_mailbox_maps' }[found])
  }
  // An empty list takes every address: with ours in it, it would refuse all others.
  set(
    'They exist, although nobody has a mailbox by these names.',
    [...lists].filter((name) => listOf(values.get(name)).length > 0).flatMap(first),
  )
  if (strange.length > 0) {
    const relayed = listOf(values.get('relay_domains')).length > 0
    set('This Postfix is not yet responsible for the domain.', [
      ['relay_domains', [written.get('relay_domains') ?? '', ...strange].filter((part) => part !== '').join(', ')],
      ...(relayed || listOf(values.get('relay_recipient_maps')).length > 0 ? [] : first('relay_recipient_maps')),
    ])
  }

  if (!(values.get('recipient_delimiter') ?? '').includes('+'))
    set('support+TOKEN@ is support@: answers come back by signed addresses.', [
      ['recipient_delimiter', `${written.get('recipient_delimiter') ?? ''}+`],
    ])
  set(
    'A restart of Postern must not park its mail: by default one refused connection closes a destination for minutes.',
    // What the admin has set for this transport stays, except for the default itself.
    transportLimits(transport).filter(([name], i) => !/^\d+$/.test(written.get(name) ?? '') || (i === 0 && Number(values.get(name)) < 10)),
  )
  if (secondsOf(values.get('maximal_backoff_time')) > 900)
    set('What could not be handed over is tried again soon.', [
      ['minimal_backoff_time', '60s'],
      ['maximal_backoff_time', '900s'],
      ['queue_run_delay', '60s'],
    ])
  set(
    'No second mail smuggled inside of another (CVE-2023-51764).',
    (['smtpd_forbid_bare_newline', 'smtpd_forbid_unauth_pipelining'] as const)
      .filter((name) => values.get(name) === 'no')
      .map((name) => [name, 'yes'] as const),
  )
  const size = Number(values.get('message_size_limit') ?? 0)
  if (size === 0 || size > config.limits.message_size)
    set('Not more than limits.message_size, or Postern refuses what Postfix took.', [
      ['message_size_limit', String(config.limits.message_size)],
    ])
  if (commands.length > 0)
    commands.push({
      why: 'Take it over.',
      line: options.folder === undefined ? 'postfix reload' : `postfix -c ${quoted(options.folder)} reload`,
    })
  return { commands, obstacles }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Comments, order and spaces do not count. */
function sameRows(a: string, b: string): boolean {
  const rowsOf = (text: string): string =>
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/).join(' ').toLowerCase())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .sort()
      .join('\n')
  return rowsOf(a) === rowsOf(b)
}

/** For the shell, as one word. */
function quoted(text: string): string {
  return /^[\w./=:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
