// What an entry of the list may name, and which entries fit an address.
import { canonicalRecipient, domainOf } from '../../core/plugin.ts'
import type { SenderRow } from './tables.ts'

/** Domains at which anybody has an address: nobody blocks one of them by a word about one customer. */
const everybodys = new Set(
  'gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com icloud.com me.com mac.com aol.com gmx.de gmx.net web.de proton.me protonmail.com yandex.ru ya.ru yandex.com mail.ru bk.ru list.ru inbox.ru internet.ru rambler.ru'.split(
    ' ',
  ),
)

/** Whether anybody can have an address there. */
export const isEverybodys = (domain: string): boolean => everybodys.has(domain.toLowerCase())

/** `@shop.example` of `Shop.example` or `@shop.example`; null where it is no domain. */
export function domainPattern(text: string): string | null {
  const canonical = canonicalRecipient(`x@${text.trim().replace(/^@/, '')}`)
  return canonical && /^x@[^@]+\.[^@.]+$/.test(canonical) ? canonical.slice(1) : null
}

/** `carl@shop.example` of `Carl+news@Shop.example`: what stands behind a plus is the same person's (RFC 5233); null where it is no address. */
export function addressPattern(text: string): string | null {
  const canonical = canonicalRecipient(text.trim())
  if (canonical === null || !/^[^@\s]+@[^@\s]+\.[^@.\s]+$/.test(canonical)) return null
  return canonical.replace(/^([^+@]+)\+[^@]*@/, '$1@')
}

/** Every pattern that an entry for this address may have, the nearest first: his address, his domain, and those above it. */
export function patternsFor(address: string): readonly string[] {
  const own = addressPattern(address)
  if (own === null) return []
  const labels = domainOf(own).split('.')
  return [own, ...labels.slice(0, -1).map((_, i) => `@${labels.slice(i).join('.')}`)]
}

/** The entry that counts for an address: the nearest pattern, and of one pattern that of the mailbox before that of all. */
export function nearestEntry(rows: readonly SenderRow[], address: string, mailbox: string, now: number): SenderRow | undefined {
  const live = rows.filter((r) => (r.mailbox === '' || r.mailbox === mailbox) && (r.until === null || r.until > now))
  for (const pattern of patternsFor(address)) {
    const fits = live.filter((r) => r.pattern === pattern)
    const found = fits.find((r) => r.mailbox !== '') ?? fits[0]
    if (found) return found
  }
  return undefined
}
