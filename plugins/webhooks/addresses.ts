// Which addresses a webhook may go to: the public internet, and private networks only where the admin says so.
import { BlockList, isIP } from 'node:net'

/** Never, whatever an admin allows: this host's wildcard, link-local (cloud metadata is served there), multicast, reserved, broadcast. */
const never4 = ['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.88.99.0/24', '224.0.0.0/4', '240.0.0.0/4']
/**
 * Metadata and host services of clouds outside of the link-local range, keys and passwords of the machine among them: Alibaba, Azure (an
 * address that looks public), Amazon (all of its services for a machine), Google, Oracle, Scaleway.
 */
const metadata4 = ['100.100.100.200/32', '168.63.129.16/32']
const metadata6 = ['fd00:ec2::/64', 'fd20:ce::/64', 'fd00:c1::/64', 'fd00:42::/64']
/** Loopback and networks of one's own: RFC 1918, RFC 6598. */
const private4 = ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']
/** Nobody is there: documentation and benchmarks (RFC 5737, RFC 2544). */
const nobody4 = ['192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24']
const private6 = ['::1/128', 'fc00::/7']
/** Inside 2000::/3 and yet not the internet: Teredo and other protocol assignments, documentation, 6to4 (RFC 6890, RFC 9637). */
const never6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const list = (ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const made = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/')
    made.addSubnet(net, Number(bits), family)
  }
  return made
}
const [forbidden4, own4, empty4] = [list([...never4, ...metadata4], 'ipv4'), list(private4, 'ipv4'), list(nobody4, 'ipv4')]
const [metadataOf6, own6, special6, global6, nat64] = [
  list(metadata6, 'ipv6'),
  list(private6, 'ipv6'),
  list(never6, 'ipv6'),
  list(['2000::/3'], 'ipv6'),
  list(['64:ff9b::/96'], 'ipv6'),
]

/** Why no connection may go to this address, or null. It must be a literal address as the resolver or the socket writes it; anything else is refused. */
export function addressProblem(address: string, allowPrivate: boolean): string | null {
  const family = isIP(address)
  if (family === 4) return problem4(address, allowPrivate)
  if (family !== 6 || address.includes('%')) return `${address} is not an address of the internet`
  // Addresses that hide an IPv4 address: DNS64 makes them of every name in networks without IPv4; the others have no place here.
  if (nat64.check(address, 'ipv6')) return problem4(lastFour(address), allowPrivate)
  if (metadataOf6.check(address, 'ipv6')) return `${address} is not an address of the internet`
  if (own6.check(address, 'ipv6')) return allowPrivate ? null : `${address} is a private address`
  if (!global6.check(address, 'ipv6') || special6.check(address, 'ipv6')) return `${address} is not an address of the internet`
  return null
}

function problem4(address: string, allowPrivate: boolean): string | null {
  if (forbidden4.check(address) || empty4.check(address)) return `${address} is not an address of the internet`
  if (own4.check(address)) return allowPrivate ? null : `${address} is a private address`
  return null
}

/** The IPv4 address in the last 32 bits. */
function lastFour(address: string): string {
  // The URL parser writes every spelling of an address in the one form of RFC 5952.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').pop()?.split(':') ?? []
  const [high = 0, low = 0] = ['0', '0', ...groups].slice(-2).map((g) => Number.parseInt(g || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
