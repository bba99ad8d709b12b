// Which way this Postfix would take with an address: whose domain it is, what is rewritten, and which transport takes it where.
import type { DomainClass } from './tables.ts'
import { addressKeys, classOf, firstFound, listOf } from './tables.ts'
import type { PostfixOptions, PostfixSettings } from './settings.ts'

/** How Postfix would take a mail for an address. */
export interface Way {
  readonly address: string
  readonly domainClass: DomainClass
  /** The address that canonical_maps or virtual_alias_maps put in its place. */
  readonly rewritten?: string
  /** Name of the transport in master.cf. */
  readonly transport: string
  /** Where the transport takes it; '' for the domain itself. */
  readonly nexthop: string
}

/** As cleanup(8) and trivial-rewrite(8) would do; rejects where a table cannot be asked. */
export async function wayOf(options: PostfixOptions, settings: PostfixSettings, address: string): Promise<Way> {
  const { values } = settings
  const domain = address.slice(address.lastIndexOf('@') + 1)
  const domainClass = await classOf(options, settings, domain)
  const keys = addressKeys(address, values.get('recipient_delimiter') ?? '')
  // What is of this machine is looked for without its domain too, and any domain as a whole.
  const bare = domainClass === 'local' ? keys.map((key) => key.slice(0, key.lastIndexOf('@'))) : []
  const rewriting = ['recipient_canonical_maps', 'canonical_maps', 'virtual_alias_maps'].flatMap((name) => listOf(values.get(name)))
  const found = await firstFound(options, rewriting, [...keys, ...bare, `@${domain}`])
  const rewritten = found !== undefined && !keepsAddress(found, keys, domain) ? found : undefined
  const mapped = await firstFound(options, listOf(values.get('transport_maps')), [...keys, domain, ...parents(domain), '*'])
  const usual = {
    local: 'local_transport',
    'virtual mailbox': 'virtual_transport',
    relay: 'relay_transport',
    'virtual alias': '',
    other: 'default_transport',
  }[domainClass]
  // A transport without its next hop, or a next hop alone, leaves the other as it would be.
  const [transport = '', nexthop = ''] = parted(domainClass === 'virtual alias' ? '' : (mapped ?? ''))
  const [usualTransport = '', usualNexthop = ''] = parted(values.get(usual) ?? '')
  return {
    ...{ address, domainClass },
    ...(rewritten !== undefined && { rewritten }),
    transport: transport || usualTransport || (domainClass === 'virtual alias' ? 'error' : domainClass === 'other' ? 'smtp' : ''),
    nexthop: transport !== '' || nexthop !== '' ? nexthop : usualNexthop,
  }
}

/** `transport:nexthop` taken apart; a next hop may hold colons itself. */
function parted(text: string): readonly string[] {
  const at = text.indexOf(':')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** `.example.com`, `.com`: how transport(5) names the domains below one. */
function parents(domain: string): readonly string[] {
  const labels = domain.split('.')
  return labels.slice(1).map((_, i) => `.${labels.slice(i + 1).join('.')}`)
}

/** An address that is mapped to itself is how a virtual alias says that it exists. */
function keepsAddress(found: string, keys: readonly string[], domain: string): boolean {
  const [first = '', ...more] = listOf(found)
  const whole = first.startsWith('@') ? `${keys[0]?.slice(0, keys[0].lastIndexOf('@')) ?? ''}${first}` : first
  return more.length === 0 && (keys.some((key) => key.toLowerCase() === whole.toLowerCase()) || whole.toLowerCase() === `@${domain}`)
}

/** How a server is reached that a next hop of lmtp(8) or smtp(8) names: `inet:host:port`, `unix:path`, `[host]:port`, `host:port`. */
export function serverOf(
  nexthop: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } | { readonly path: string } {
  if (nexthop.startsWith('unix:')) return { path: nexthop.slice(5) }
  const match = /^(?:inet:)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(nexthop)
  return { host: match?.[1]?.replace(/^ipv6:/i, '') ?? match?.[2] ?? nexthop, port: Number(match?.[3] ?? defaultPort) }
}
