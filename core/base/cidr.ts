// Network ranges: which peers may speak to us, and which proxies we believe.
import { BlockList, isIP } from 'node:net'

/** "192.0.2.0/24", "2001:db8::/32" or a single address, taken apart; `undefined` when it is none. */
export function parseCidr(
  text: string,
): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const version = address.includes('%') ? 0 : isIP(address)
  if (version === 0) return undefined
  const bits = version === 4 ? 32 : 128
  const length = slash < 0 ? String(bits) : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined
  return { address, prefix: Number(length), family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** Tells whether an address lies in one of the ranges. An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) counts as the IPv4 address; text that is no address lies nowhere. */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const cidr = parseCidr(range)
    if (cidr) list.addSubnet(cidr.address, cidr.prefix, cidr.family)
  }
  return (address) => {
    const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '')
    const version = isIP(plain)
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }
}
