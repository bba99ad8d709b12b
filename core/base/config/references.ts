// What no schema can see: references that dangle, addresses used twice, alternatives that exclude each other, loops.
import { isIP } from 'node:net'
import { addressMatcher } from '../cidr.ts'
import { kinds } from '../formats.ts'
import { nearest } from '../suggest.ts'
import { visitTexts } from '../schema.ts'
import type { Issue, JsonSchema, Path } from '../schema.ts'

/** A value that may be anything: the file may have errors of type at the same time. */
type Loose = Readonly<Record<string, unknown>>

const nothing: Loose = {}
const record = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : nothing // any object can be read by keys
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The ids that may be referred to. */
interface KnownIds {
  readonly agent: readonly string[]
  readonly group: readonly string[]
  readonly people: readonly string[]
  readonly mailbox: readonly string[]
}

/** The ids of a filled config. */
export function knownIds(filled: unknown): KnownIds {
  const { agents, groups, mailboxes } = record(filled)
  const agent = Object.keys(record(agents))
  const group = Object.keys(record(groups))
  return { agent, group, people: [...agent, ...group], mailbox: Object.keys(record(mailboxes)) }
}

/** Every id in a value (by the kinds of its schema) that refers to nothing. */
export function danglingIds(json: JsonSchema, filled: unknown, known: KnownIds): readonly Issue[] {
  const issues: Issue[] = []
  const sets = { agent: new Set(known.agent), group: new Set(known.group), people: new Set(known.people), mailbox: new Set(known.mailbox) }
  visitTexts(json, filled, (path, text, { kind }) => {
    const what = kind?.kind
    if (what !== 'agent' && what !== 'group' && what !== 'people' && what !== 'mailbox') return
    if (sets[what].has(text)) return
    const name = what === 'people' ? 'agent or group' : what
    const near = issues.length < 100 ? nearest(text, known[what]) : undefined // so many are worth the time
    issues.push({
      path,
      atKey: false,
      message: `there is no ${name} \`${text.slice(0, 64)}\`${near ? `, did you mean \`${near}\`?` : known[what].length > 0 && known[what].length <= 10 ? `; known: ${known[what].join(', ')}` : ''}`,
    })
  })
  return issues
}

/** Everything else that only the whole filled config shows. */
export function crossChecks(filled: unknown): readonly Issue[] {
  const config = record(filled)
  return [...sharedIds(config), ...addresses(config), ...listeners(config), ...database(config), ...blobs(config), ...servers(config)]
}

function sharedIds(config: Loose): readonly Issue[] {
  const agents = record(config.agents)
  return Object.keys(record(config.groups))
    .filter((id) => Object.hasOwn(agents, id))
    .map((id) => ({
      path: ['groups', id],
      atKey: true,
      message: `there is an agent \`${id}\` too; agents and groups share their ids, rename one`,
    }))
}

/** One address means one thing: a mailbox, an agent or the bounce address. */
function addresses(config: Loose): readonly Issue[] {
  const owners = new Map<string, { readonly who: string; readonly agent: boolean }>()
  const issues: Issue[] = []
  const claim = (path: Path, value: unknown, who: string, agent: boolean): void => {
    const address = typeof value === 'string' ? kinds.address.convert?.(value, { kind: 'address' }, { config: '', data: '' }) : undefined
    if (typeof address !== 'string') return
    const owner = owners.get(address)
    if (!owner) owners.set(address, { who, agent })
    else if (owner.who === who) issues.push({ path, atKey: false, message: `${address} stands twice in ${who}` })
    else
      issues.push({
        path,
        atKey: false,
        message: `${address} already belongs to ${owner.who}${owner.agent !== agent ? "; an agent's address cannot be one of ours, mail would go round in circles" : ''}`,
      })
  }
  const claimAll = (table: string, what: string, key: string): void => {
    for (const [id, item] of Object.entries(record(config[table]))) {
      claim([table, id, key], record(item)[key], `${what} \`${id}\``, what === 'agent')
      list(record(item).aliases).forEach((alias, index) =>
        claim([table, id, 'aliases', index], alias, `${what} \`${id}\``, what === 'agent'),
      )
    }
  }
  claimAll('mailboxes', 'mailbox', 'address')
  claimAll('agents', 'agent', 'email')
  claim(['outgoing', 'bounce_address'], record(config.outgoing).bounce_address, 'outgoing.bounce_address', false)
  return issues
}

function listeners(config: Loose): readonly Issue[] {
  const issues: Issue[] = []
  const taken = new Map<string, string>()
  const take = (path: Path, place: string, who: string): void => {
    const other = taken.get(place)
    if (other) issues.push({ path, atKey: false, message: `${place} is already taken by ${other}` })
    else taken.set(place, who)
  }
  list(config.listeners).forEach((item, index) => {
    const listener = record(item)
    const path: Path = ['listeners', index]
    const given = ['port', 'path', 'socket'].filter((key) => listener[key] !== undefined)
    if (given.length !== 1)
      issues.push({
        path,
        atKey: true,
        message: `needs exactly one of \`port\`, \`path\` and \`socket\`, has ${given.length === 0 ? 'none' : given.join(' and ')}`,
      })
    if (typeof listener.port === 'number' && listener.port > 0)
      take([...path, 'port'], `${String(listener.host)} port ${listener.port}`, `listeners[${index}]`)
    if (typeof listener.path === 'string') take([...path, 'path'], listener.path, `listeners[${index}]`)
    if (typeof listener.socket === 'string') take([...path, 'socket'], `socket ${listener.socket}`, `listeners[${index}]`)
  })
  const http = record(config.http)
  if (typeof http.port === 'number' && http.port > 0) take(['http', 'port'], `${String(http.host)} port ${http.port}`, 'http')
  return issues
}

function database(config: Loose): readonly Issue[] {
  const { sqlite, postgres } = record(config.database)
  const issues: Issue[] = []
  if (sqlite !== undefined && postgres !== undefined)
    issues.push({ path: ['database'], atKey: true, message: 'has both `sqlite` and `postgres`; keep one of them' })
  if (typeof postgres === 'string' && !(/^postgres(ql)?:\/\/[^/?#]/.test(postgres) && URL.canParse(postgres))) {
    issues.push({
      path: ['database', 'postgres'],
      atKey: false,
      message:
        'expected a URL such as postgres://user:password@host:5432/postern (a special character in the password is written %40 and so on)',
    })
  }
  return issues
}

function blobs(config: Loose): readonly Issue[] {
  const { directory, s3 } = record(config.blobs)
  if (directory !== undefined && s3 !== undefined)
    return [
      {
        path: ['blobs'],
        atKey: true,
        message: 'has both `directory` and `s3`; keep one of them (to change, first bring everything back with `move: back`)',
      },
    ]
  const url = typeof record(s3).url === 'string' ? URL.parse(String(record(s3).url)) : null
  if (url?.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    return [{ path: ['blobs', 's3', 'url'], atKey: true, message: 'with http anybody on the way could read the mail; write https' }]
  return []
}

/** `outgoing` and each `copy`: which keys go together, and that mail is not sent to a listener of our own. */
function servers(config: Loose): readonly Issue[] {
  const places: readonly (readonly [Path, Loose])[] = [
    [['outgoing'], record(config.outgoing)],
    ...Object.entries(record(config.mailboxes))
      .filter(([, mailbox]) => record(mailbox).copy !== undefined)
      .map(([id, mailbox]) => [['mailboxes', id, 'copy'], record(record(mailbox).copy)] as const),
  ]
  return places.flatMap(([path, server]) => {
    const issues: Issue[] = []
    const at = (key: string, message: string): void => void issues.push({ path: [...path, key], atKey: true, message })
    const { transport, host, port, auth, tls } = server
    const unix = server.path !== undefined
    if (transport === 'directory')
      for (const key of ['host', 'port', 'auth', 'tls_ca'])
        if (server[key] !== undefined) at(key, `has no meaning with \`transport: directory\`; remove it, or say \`transport: smtp\``)
    if (transport === 'smtp' && unix) at('path', 'has no meaning with `transport: smtp`; a unix socket needs `transport: lmtp`')
    if (transport === 'lmtp' && unix)
      for (const key of ['host', 'port', 'auth']) if (server[key] !== undefined) at(key, 'has no meaning beside `path`; remove one of them')
    if ((transport === 'smtp' || (transport === 'lmtp' && !unix)) && host === undefined)
      issues.push({ path, atKey: true, message: `\`host\` is missing (the server that takes the mail)` })
    if (auth !== undefined && tls === 'opportunistic' && !isLoopback(host))
      at('auth', 'with `tls: opportunistic` anybody on the way could read the password; say `tls: required` (or `implicit` for port 465)')
    const { pass, oauth } = record(auth)
    if (auth !== undefined && (pass === undefined) === (oauth === undefined)) at('auth', 'needs one of `pass` and `oauth`')
    const tokenUrl = URL.parse(String(record(oauth).token_url))
    if (tokenUrl?.protocol === 'http:' && !isLoopback(tokenUrl.hostname))
      at('auth', 'with a `token_url` of http anybody on the way could read the secrets; write https')
    if (port === 0) at('port', 'must be at least 1')
    const target = typeof port === 'number' ? port : transport === 'smtp' ? 25 : 24
    const own = list(config.listeners).findIndex((item) =>
      unix ? record(item).path === server.path : isLoopback(host) && record(item).port === target,
    )
    if (transport !== 'directory' && own >= 0)
      at(
        unix ? 'path' : port === undefined ? 'host' : 'port',
        `this is listeners[${own}] of Postern itself, mail would go round in circles`,
      )
    return issues
  })
}

/** Whether a host is this machine by its looks; a missing one is. */
export function isLoopback(host: unknown): boolean {
  if (typeof host !== 'string') return host === undefined
  return host === 'localhost' || (isIP(host) > 0 && addressMatcher(['127.0.0.0/8', '::1'])(host))
}
