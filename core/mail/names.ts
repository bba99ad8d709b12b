// Tricks in display names and domains (SEC-10): flagged, never silently repaired.
import { domainToUnicode } from 'node:url'
import { domainOf } from './address.ts'
import type { Address } from './address.ts'

/** People whose names must not be borrowed: agents with the addresses that are theirs. */
export interface KnownName {
  readonly name: string
  readonly addresses: readonly string[]
}

/** Sentences that say what is odd about this name or address; empty where nothing is. */
export function nameFlags(address: Address, known: readonly KnownName[] = []): readonly string[] {
  const flags: string[] = []
  const { name } = address
  const shown = addressIn(name)
  if (shown !== undefined && shown !== address.address.toLowerCase()) flags.push(`the name shows another address (${shown})`)
  if (/[\u202a-\u202e\u2066-\u2069]/.test(name)) flags.push('the name turns the reading direction')
  if (/[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]/.test(name)) flags.push('the name holds invisible characters')
  if (name.split(/[\s.,'"()-]+/).some(mixesScripts)) flags.push('the name mixes scripts within a word')
  for (const one of domainFlags(domainOf(address.address))) flags.push(one)
  const key = skeleton(name)
  const owner = key === '' ? undefined : known.find((k) => skeleton(k.name) === key)
  if (owner && !owner.addresses.some((a) => a.toLowerCase() === address.address.toLowerCase()))
    flags.push('the name is that of an agent, the address is not')
  return flags
}

/** The domain as people should see it: in punycode, with its letters behind it where it has any beyond ASCII. */
function domainFlags(domain: string): readonly string[] {
  const unicode = domainToUnicode(domain) || domain
  // Other dots and signs that are folded away: "example。org".
  if (/[^\x00-\x7f]/.test(domain) && unicode !== domain.normalize('NFC').toLowerCase())
    return [`the domain looks like another (${domain} shows as ${unicode})`]
  if (!/[^\x00-\x7f]/.test(unicode) && !/(^|\.)xn--/.test(domain)) return []
  const labels = unicode.split('.')
  if (labels.some(mixesScripts)) return [`the domain mixes scripts (${domain} shows as ${unicode})`]
  // Letters of another script that all have a Latin look-alike: "аррӏе".
  if (labels.some((l) => /[^\x00-\x7f]/.test(l) && !/[\u00c0-\u024f]/.test(l) && /^[a-z0-9-]+$/.test(skeleton(l))))
    return [`the domain looks like another (${domain} shows as ${unicode})`]
  return []
}

/** An address shown inside a name: `Bank <help@bank.example>`, `help＠bank.example`. */
function addressIn(name: string): string | undefined {
  const m = /([^\s<>"'(),;:@]{1,64})[@\uff20\ufe6b]([^\s<>"'(),;:@]{1,200}\.[^\s<>"'(),;:@.]{2,63})/.exec(name.slice(0, 1000))
  return m ? `${m[1] ?? ''}@${m[2] ?? ''}`.toLowerCase() : undefined
}

/** Latin together with Cyrillic, Greek or Armenian letters in one word; scripts that are written side by side (Han, kana, Hangul with Latin) are not meant. */
function mixesScripts(word: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u].filter(
    (s) => s.test(word),
  )
  return scripts.length > 1
}

/** Look-alikes of Latin letters, enough to compare names with. */
const latinLookalikes: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  е: 'e',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  ԁ: 'd',
  ӏ: 'l',
  ԛ: 'q',
  ԝ: 'w',
  һ: 'h',
  ё: 'e',
  ї: 'i',
  г: 'r',
  п: 'n',
  ѵ: 'v',
  α: 'a',
  ο: 'o',
  ρ: 'p',
  ν: 'v',
  τ: 't',
  υ: 'u',
  κ: 'k',
  ι: 'i',
  χ: 'x',
  ε: 'e',
  η: 'n',
  γ: 'y',
  ω: 'w',
  օ: 'o',
  ս: 'u',
  ո: 'n',
  ց: 'g',
  հ: 'h',
  ı: 'i',
  ɡ: 'g',
  ʟ: 'l',
}

/** Lower case, compatibility forms folded, marks off, look-alikes Latin, blanks single: two names that look the same give the same. */
function skeleton(name: string): string {
  const folded = name
    .normalize('NFKD')
    .replace(/[\p{M}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/gu, '')
    .toLowerCase()
  return [...folded]
    .map((c) => latinLookalikes[c] ?? c)
    .join('')
    .replace(/[\s.,'"]+/g, ' ')
    .trim()
}
