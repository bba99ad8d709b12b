// Address headers: only checked addresses get in, names are text, domains leave as ASCII (RFC 5322 §3.4, RFC 5891).
import { domainToASCII } from 'node:url'
import { PosternError } from '../../base/errors.ts'
import { checkedAddress } from '../address.ts'
import type { Address, EnvelopeAddress } from '../address.ts'
import { phrase } from './header-text.ts'

/**
 * The address as it goes on the wire: checked (REL-13), a domain in letters beyond ASCII as punycode; only a local part beyond ASCII
 * still needs SMTPUTF8. The envelope and the header must both take it from here. null where the address is not one.
 */
export function wireAddress(address: string): EnvelopeAddress | null {
  const checked = checkedAddress(address)
  if (!checked) return null
  const at = checked.address.lastIndexOf('@')
  const domain = checked.address.slice(at + 1)
  if (/^[\x00-\x7f]*$/.test(domain)) return checked
  const ascii = domainToASCII(domain)
  // The URL rules turn digits of other scripts into an IP address; no mail domain looks like one.
  return ascii === '' || /^[\d.]+$/.test(ascii) ? null : checkedAddress(`${checked.address.slice(0, at)}@${ascii}`)
}

/** Parts a list of people, as read from somebody's mail, into those that can be written to and those that cannot. */
export function sendable(list: readonly Address[]): { readonly good: readonly Address[]; readonly bad: readonly Address[] } {
  const passes = (one: Address): boolean => wireAddress(one.address) !== null
  return { good: list.filter(passes), bad: list.filter((one) => !passes(one)) }
}

/** `Anna <a@b.example>, ...`, unfolded, and whether it needs SMTPUTF8. Throws `bad_address`, naming the header, for an address that does not pass. */
export function addressList(header: string, list: readonly Address[]): { readonly value: string; readonly smtpUtf8: boolean } {
  const people = list.map((one) => {
    const wire = wireAddress(one.address)
    if (!wire) throw new PosternError('bad_address', `in ${header}`)
    const name = phrase(one.name)
    return { text: name === '' ? wire.address : `${name} <${wire.address}>`, smtpUtf8: wire.smtpUtf8 }
  })
  return { value: people.map((p) => p.text).join(', '), smtpUtf8: people.some((p) => p.smtpUtf8) }
}
