// What `postern doctor` tries: the way of a mail to each mailbox through the Postfix beside it, our own listener and the smarthost, all to
// RCPT and no further.
import { domainToASCII } from 'node:url'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import { nextHopFrom } from '../edge/outgoing/from-config.ts'
import { defaultTimeouts, hopName } from '../edge/outgoing/next-hop.ts'
import type { NextHop } from '../edge/outgoing/next-hop.ts'
import { openSession } from '../edge/outgoing/pool.ts'
import { replyText } from '../edge/outgoing/reply.ts'
import type { Reply } from '../edge/outgoing/reply.ts'
import type { Finding } from './finding.ts'
import type { PostfixOptions, PostfixSettings } from './postfix/settings.ts'
import { listOf } from './postfix/tables.ts'
import { serverOf, wayOf } from './postfix/way.ts'
import type { Way } from './postfix/way.ts'

/** What the trial mails would be about; both belong to the mailbox. */
const tag = '+doctor'
/** ms; postscreen(8) keeps a client waiting for 6 s. */
const timeouts: NextHop['timeouts'] = { ...defaultTimeouts, connect: 5000, greeting: 15_000, command: 15_000 }
/** The remedy of whatever the commands of `postern postfix` put right. */
const commands = 'postern postfix shows the commands for this machine'

type Tell = (level: Finding['level'], topic: Finding['topic'], message: string, remedy?: string) => void

/** Where Postfix would take the mail of each mailbox, whether it takes it in, and whether we do behind it. */
export async function wayFindings(
  config: Pick<Config, 'mailboxes' | 'hostname'>,
  clock: Clock,
  options: PostfixOptions,
  settings: PostfixSettings,
): Promise<readonly Finding[]> {
  const { findings, tell } = collector()
  const right: Way[] = []
  for (const address of addressesOf(config)) {
    try {
      const [plain, tagged] = [await wayOf(options, settings, address), await wayOf(options, settings, tagOf(address))]
      if (judge(plain, tagged, settings, tell)) right.push(plain)
    } catch (error) {
      tell('warning', 'postfix', `the way of ${address} could not be found out: ${describeError(error)}`, 'run this as root')
    }
  }
  await tryPostfix(config, clock, settings, right, tell)
  await tryListener(config, clock, settings, right, tell)
  return findings
}

/** Whether the smarthost takes mail from a mailbox to an agent. */
export async function smarthostFindings(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const { findings, tell } = collector()
  const { transport } = config.outgoing
  const [mailbox] = config.mailboxes.values()
  const agent = [...config.agents.values()].find((a) => a.active)
  if (transport.transport === 'directory') {
    tell(
      'warning',
      'smarthost',
      `nothing is sent: mail becomes files in ${transport.path}`,
      'outgoing: { transport: smtp, host: 127.0.0.1, port: 25 }',
    )
    return findings
  }
  if (!mailbox || !agent) return findings
  const hop = { ...nextHopFrom(config.hostname, transport), timeouts }
  const [from, to] = [ascii(mailbox.address), ascii(agent.email)]
  const problem = await speak(clock, hop, async (session) => {
    const reply = await session.wouldTake(from, to, new AbortController().signal)
    if (reply.code < 300) return tell('ok', 'smarthost', `${hopName(hop)} takes mail from ${from} to ${to}`)
    const words = `${hopName(hop)} refuses mail from ${from} to ${to}: ${replyText(reply)}`
    tell(reply.code < 500 ? 'warning' : 'error', 'smarthost', words, 'let it relay for this machine, or log in with outgoing.auth')
  })
  if (problem !== undefined)
    tell('error', 'smarthost', problem, 'see `outgoing` in the configuration: nothing reaches agents and customers')
  return findings
}

/** Whether both lead to us, as far as Postfix's tables say. */
function judge(plain: Way, tagged: Way, settings: PostfixSettings, tell: Tell): boolean {
  const { address, domainClass } = plain
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const bad = (message: string, remedy = commands): boolean => {
    tell('error', 'postfix', message, remedy)
    return false
  }
  if (domainClass === 'other')
    return bad(`Postfix is not responsible for ${domain}: the world's mail to ${address} is refused ("Relay access denied")`)
  if (domainClass === 'virtual alias')
    return bad(
      `${domain} is in virtual_alias_domains, of which Postfix delivers nothing: ${address} cannot reach Postern`,
      'move the domain to virtual_mailbox_domains or relay_domains',
    )
  if (plain.rewritten !== undefined)
    return bad(
      `Postfix turns ${address} into ${plain.rewritten} (virtual_alias_maps, canonical_maps): it never reaches Postern`,
      `take ${address} out of the table, or map it to itself`,
    )
  const service = settings.services.find((s) => s.name === plain.transport && s.type === 'unix')
  if (!service || !/^(?:lmtp|smtp)(?:\s|$)/.test(service.command)) {
    const way = plain.nexthop === '' ? plain.transport : `${plain.transport}:${plain.nexthop}`
    return bad(
      service
        ? `Postfix takes ${address} by ${way}, not to Postern`
        : `Postfix would take ${address} by ${way}, and master.cf has no such transport: the mail waits in its queue`,
    )
  }
  const delimiter = settings.values.get('recipient_delimiter') ?? ''
  if (!delimiter.includes('+'))
    return bad(
      `recipient_delimiter = ${delimiter}: signed addresses such as ${tagged.address} are unknown to Postfix, and no answer comes back`,
    )
  if (tagged.rewritten !== undefined || tagged.transport !== plain.transport || tagged.nexthop !== plain.nexthop)
    return bad(
      `Postfix takes ${tagged.address} another way than ${address} (${tagged.rewritten ?? `${tagged.transport}:${tagged.nexthop}`}): answers to Postern's mail do not come back`,
      'look for the address or its domain in transport_maps and virtual_alias_maps',
    )
  tell('ok', 'postfix', `${address} goes to ${plain.transport}:${plain.nexthop}, with and without a tag`)
  return true
}

/** RCPT at Postfix's own port: an address that exists nowhere is refused there, wherever transport_maps lead. */
async function tryPostfix(
  config: Pick<Config, 'mailboxes' | 'hostname'>,
  clock: Clock,
  settings: PostfixSettings,
  ways: readonly Way[],
  tell: Tell,
): Promise<void> {
  const at = smtpdOf(settings)
  if (!at || ways.length === 0) return
  const hop: NextHop = { protocol: 'smtp', at, localName: config.hostname, tls: 'off', verify: false, timeouts }
  await tryEach(clock, hop, ways, tell, {
    silent: [`Postfix does not answer at ${hopName(hop)}`, 'postfix status; postfix start'],
    refused: (address, reply) => [`Postfix refuses RCPT TO:<${address}>: ${replyText(reply)}`, commands],
    taken: `Postfix takes mail for ${ways.map((w) => w.address).join(', ')}, with and without a tag`,
  })
}

/** What stands at the end of the transport has to be us. */
async function tryListener(
  config: Pick<Config, 'mailboxes' | 'hostname'>,
  clock: Clock,
  settings: PostfixSettings,
  ways: readonly Way[],
  tell: Tell,
): Promise<void> {
  for (const place of new Set(ways.map((w) => `${w.transport}:${w.nexthop}`))) {
    const there = ways.filter((w) => `${w.transport}:${w.nexthop}` === place)
    const [{ transport, nexthop } = { transport: '', nexthop: '' }] = there
    const protocol = settings.services.find((s) => s.name === transport)?.command.startsWith('lmtp') ? 'lmtp' : 'smtp'
    const at = serverOf(nexthop, protocol === 'lmtp' ? 24 : 25)
    const hop: NextHop = { protocol, at, localName: config.hostname, tls: 'off', verify: false, timeouts }
    await tryEach(clock, hop, there, tell, {
      topic: 'listener',
      silent: [
        `Postern does not answer at ${nexthop}, where Postfix takes the mail`,
        'is the gateway running (postern start), and does a listener stand there?',
      ],
      strange: (greeting) => [
        `at ${nexthop}, where Postfix takes the mail, somebody else answers: ${greeting}`,
        'let the transport and a listener of the configuration name the same place',
      ],
      refused: (address, reply) => [
        `Postern refuses ${address} at ${nexthop}: ${replyText(reply)}`,
        'does the running gateway know this configuration? kill -HUP takes it over',
      ],
      taken: `Postern answers at ${nexthop} and takes mail for ${there.map((w) => w.address).join(', ')}`,
    })
  }
}

interface Words {
  readonly topic?: Finding['topic']
  readonly silent: readonly [message: string, remedy: string]
  readonly strange?: (greeting: string) => readonly [message: string, remedy: string]
  readonly refused: (address: string, reply: Reply) => readonly [message: string, remedy: string]
  readonly taken: string
}

async function tryEach(clock: Clock, hop: NextHop, ways: readonly Way[], tell: Tell, words: Words): Promise<void> {
  const { topic = 'postfix' } = words
  const problem = await speak(clock, hop, async (session) => {
    if (words.strange && !session.greeting?.lines[0]?.endsWith(' Postern'))
      return tell('error', topic, ...words.strange(session.greeting ? replyText(session.greeting) : 'nothing'))
    let bad = 0
    for (const address of ways.flatMap((w) => [w.address, tagOf(w.address)])) {
      const reply = await session.wouldTake('', ascii(address), new AbortController().signal)
      if (reply.code < 300) continue
      bad++
      tell(reply.code < 500 ? 'warning' : 'error', topic, ...words.refused(address, reply))
    }
    if (bad === 0) tell('ok', topic, words.taken)
  })
  if (problem !== undefined) tell('error', topic, `${words.silent[0]}: ${problem}`, words.silent[1])
}

type Session = Awaited<ReturnType<typeof openSession>>

/** Opens a session, speaks and says QUIT; why it could not. */
async function speak(clock: Clock, hop: NextHop, work: (session: Session) => Promise<void>): Promise<string | undefined> {
  try {
    const session = await openSession(clock, hop, new AbortController().signal)
    try {
      await work(session)
    } finally {
      await session.close()
    }
    return undefined
  } catch (error) {
    return describeError(error)
  }
}

/** Where smtpd(8), or postscreen(8) in front of it, listens on this machine; 25 before other ports, and never submission. */
function smtpdOf({ services, values }: PostfixSettings): { readonly host: string; readonly port: number } | undefined {
  const interfaces = listOf(values.get('inet_interfaces'))[0] ?? 'all'
  const usual = interfaces === 'all' || interfaces === 'loopback-only' ? '127.0.0.1' : interfaces
  const found = services.flatMap(({ name, type, command }) => {
    if (type !== 'inet' || !/^(?:smtpd|postscreen)(?:\s|$)/.test(command)) return []
    const { host, port } = /^(?:(?<host>.+):)?(?<port>[^:]+)$/.exec(name)?.groups ?? {}
    const number = port === 'smtp' ? 25 : Number(port)
    return Number.isInteger(number) && ![465, 587].includes(number)
      ? [{ host: host?.replace(/^\[(.*)\]$/, '$1') ?? usual, port: number }]
      : []
  })
  return found.find(({ port }) => port === 25) ?? found[0]
}

function addressesOf({ mailboxes }: Pick<Config, 'mailboxes'>): readonly string[] {
  return [...mailboxes.values()].flatMap((m) => [m.address, ...m.aliases]).map(ascii)
}

function ascii(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`
}

function tagOf(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}${tag}${address.slice(at)}`
}

function collector(): { readonly findings: readonly Finding[]; readonly tell: Tell } {
  const findings: Finding[] = []
  return {
    findings,
    tell: (level, topic, message, remedy) => void findings.push({ level, topic, message, ...(remedy !== undefined && { remedy }) }),
  }
}
