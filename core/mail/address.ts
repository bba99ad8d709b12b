// Mail addresses: a lenient reader of address headers, and the one strict check that stands before every envelope (REL-13).
import { PosternError } from '../base/errors.ts'
import { strip } from './strip.ts'
import { decodeWords, wordAt } from './words.ts'
import { mailLimits } from './limits.ts'

/** One mailbox of a header: `local@domain` with the domain in lower case, or '' where the header has a name and no address. */
export interface Address {
  readonly address: string
  readonly name: string
}

/**
 * Reads the value of an address header (unfolded, 8-bit bytes decoded, encoded words *not* decoded): groups, comments, broken quoting,
 * `;` as a separator, names without an address. Encoded words are decoded in names only, after the structure is known, so that
 * `=?utf-8?q?a=40b.c?=` is a name and never an address. At most 1000 mailboxes; linear in the length of the value.
 */
export function parseAddressList(value: string, limit: number = mailLimits.addresses): readonly Address[] {
  const list: Address[] = []
  let comma = false
  for (const { tokens, end } of mailboxes(tokenize(value), limit)) {
    const one = addressOf(tokens)
    if (!one) continue
    const last = list.at(-1)
    // `Lee, Ann <ann@example.org>` without the quotes is one person.
    if (comma && last && last.address === '' && one.address !== '' && tokens.some((t) => t.kind === 'angle'))
      list[list.length - 1] = { address: one.address, name: `${last.name}, ${one.name}` }
    else list.push(one)
    comma = end === 'comma' && tokens.every((t) => t.kind === 'atom' || t.kind === 'quoted')
  }
  return list
}

interface Token {
  /** quoted string, <angle> content, comment, plain text, separator */
  readonly kind: 'quoted' | 'angle' | 'comment' | 'atom' | 'comma' | 'colon' | 'semicolon'
  /** As it stands in the header, quotes and all. */
  readonly raw: string
  /** Without quotes, brackets and backslashes. */
  readonly text: string
  /** White space stands before it. */
  readonly spaced: boolean
}

function tokenize(value: string): readonly Token[] {
  const tokens: Token[] = []
  const lastSemicolon = value.lastIndexOf(';')
  const lastAngle = value.lastIndexOf('>')
  let comments = value.includes(')')
  let quotes = true
  let spaced = false
  let pos = 0
  const push = (kind: Token['kind'], end: number, text: string): void => {
    tokens.push({ kind, raw: value.slice(pos, end), text, spaced })
    spaced = false
    pos = end
  }
  while (pos < value.length) {
    const c = value.charAt(pos)
    if (c === ' ' || c === '\t' || c === '\r' || c === '\n' || c === '\0' || c === '\u00a0') {
      spaced = true
      pos++
    } else if (c === '"' && quotes) {
      const quoted = quotedAt(value, pos)
      if (quoted) push('quoted', quoted.end, quoted.text)
      else {
        // No closing quote in the rest: this one and all others mean nothing.
        quotes = false
        pos++
      }
    } else if (c === '(' && comments) {
      const end = commentEnd(value, pos)
      if (end > 0) push('comment', end, value.slice(pos + 1, end - 1))
      else comments = false
    } else if (c === '<' && pos < lastAngle) {
      const end = angleEnd(value, pos, quotes)
      push('angle', end, value.slice(pos + 1, end).replace(/>$/, ''))
    } else if (c === '<') {
      // An angle that never closes ends with its mailbox.
      const comma = value.indexOf(',', pos)
      push('angle', comma < 0 ? value.length : comma, value.slice(pos + 1, comma < 0 ? value.length : comma))
    } else if (c === ',') push('comma', pos + 1, c)
    else if (c === ';') push('semicolon', pos + 1, c)
    else if (c === ':' && pos < lastSemicolon) push('colon', pos + 1, c)
    else if (c === '"') pos++
    else {
      const end = atomEnd(value, pos)
      push('atom', end, value.slice(pos, end))
    }
  }
  return tokens
}

/** Plain text up to the next special sign; an encoded word is taken whole, a `[domain literal]` too. */
function atomEnd(value: string, from: number): number {
  let i = from
  while (i < value.length) {
    const c = value.charAt(i)
    if (c === '=' && value.charAt(i + 1) === '?') {
      const word = wordAt(value, i)
      if (word) {
        i = word.end
        continue
      }
    }
    if (c === '[' && value.charAt(i - 1) === '@') {
      const end = value.slice(i, i + 80).indexOf(']')
      if (end > 0) {
        i += end + 1
        continue
      }
    }
    if (i > from && /[\s\0"(<,;:\u00a0]/.test(c)) break
    i++
  }
  return i
}

function quotedAt(value: string, from: number): { readonly end: number; readonly text: string } | undefined {
  let text = ''
  let start = from + 1
  for (let i = start; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '"') return { end: i + 1, text: text + value.slice(start, i) }
    if (c === '\\') {
      text += value.slice(start, i)
      start = ++i
    }
  }
  return undefined
}

function commentEnd(value: string, from: number): number {
  let depth = 0
  for (let i = from; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '\\') i++
    else if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i + 1
  }
  return -1
}

/** Behind the `>` that closes the `<` at `from`; a quoted local part may hold one. */
function angleEnd(value: string, from: number, quotes: boolean): number {
  let i = from + 1
  if (quotes) {
    while (value.charAt(i) === ' ') i++
    const quoted = value.charAt(i) === '"' ? quotedAt(value.slice(0, i + 200), i) : undefined
    if (quoted) i = quoted.end
  }
  let end = value.indexOf('>', i)
  if (end < 0) return value.length
  // `<<a@b>>`
  while (value.charAt(end + 1) === '>') end++
  return end + 1
}

interface Mailbox {
  readonly tokens: readonly Token[]
  /** What ended it. */
  readonly end: Token['kind'] | null
}

/** The tokens of each mailbox; names and colons of groups left out. */
function* mailboxes(tokens: readonly Token[], limit: number): Generator<Mailbox> {
  let current: Token[] = []
  let found = 0
  for (const token of tokens) {
    if (token.kind === 'comma' || token.kind === 'semicolon') {
      if (current.length > 0) {
        yield { tokens: current, end: token.kind }
        if (++found >= limit) return
      }
      current = []
    } else if (token.kind === 'colon') {
      // `Group name: a@b, c@d;`, but not a colon behind an address.
      if (!current.some((t) => t.kind === 'angle' || t.raw.includes('@'))) current = []
    } else {
      // Two addresses without a comma between them: `A <a@b> B <c@d>`.
      const at = token.kind === 'angle' ? current.findIndex((t) => t.kind === 'angle') + 1 : 0
      if (at > 0) {
        yield { tokens: current.slice(0, at), end: null }
        if (++found >= limit) return
        current = current.slice(at)
      }
      current.push(token)
    }
  }
  if (current.length > 0) yield { tokens: current, end: null }
}

function addressOf(tokens: readonly Token[]): Address | undefined {
  const comment = tokens.find((t) => t.kind === 'comment')?.text ?? ''
  const rest = tokens.filter((t) => t.kind !== 'comment')
  const angle = rest.find((t) => t.kind === 'angle')
  if (angle) {
    const name = phrase(rest.filter((t) => t.kind !== 'angle')) || display(comment)
    const address = cleanAddress(angle.text)
    if (address.includes('@')) return { address, name }
    // `a@b.c <>` and `"a@b.c" <a>`: the address stands outside of the brackets, unquoted.
    const outside = wordsOf(rest.filter((t) => t.kind !== 'angle')).find(isAddressWord)
    if (outside) return { address: cleanAddress(raw(outside)), name: '' }
    const only = name || display(angle.text)
    return only === '' ? undefined : { address: '', name: only }
  }
  const words = wordsOf(rest)
  const at = words.findIndex(isAddressWord)
  const word = words[at]
  if (!word) {
    // The whole mailbox put into quotes or into a comment, as broken senders do; an encoded word inside stays a name.
    const [wrapped] = tokens.length === 1 && rest[0]?.kind === 'quoted' ? rest : tokens.filter((t) => t.kind === 'comment')
    const inner =
      wrapped && /^[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,200}$|<[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,200}>$/.exec(wrapped.text.trim())?.[0]
    const name = phrase(rest.filter((t) => t !== wrapped || inner !== t.text.trim())) || (inner ? '' : display(comment))
    if (inner && hasAt(inner))
      return { address: cleanAddress(inner), name: name.endsWith(inner) ? name.slice(0, -inner.length).trim() : name }
    return name === '' ? undefined : { address: '', name }
  }
  const others = words.filter((_, i) => i !== at).flat()
  return { address: cleanAddress(raw(word)), name: phrase(others) || display(comment) }
}

/** Tokens without white space between them belong together; `a @ b . c` (RFC 5322 §4.4) is put together too. */
function wordsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const words: Token[][] = []
  for (const token of tokens) {
    const last = words.at(-1)
    const end = last?.at(-1)
    const glue = end !== undefined && (!token.spaced || /[@.]$/.test(end.raw) || /^[@.]/.test(token.raw))
    if (last && glue) last.push(token)
    else words.push([token])
  }
  return words
}

const raw = (word: readonly Token[]): string => word.map((t) => t.raw).join('')
/** Has an `@` outside of quotes and of encoded words. */
const isAddressWord = (word: readonly Token[]): boolean => word.some((t) => t.kind === 'atom' && hasAt(t.raw))

function hasAt(atom: string): boolean {
  for (let i = 0; i < atom.length; i++) {
    const word = atom.charAt(i) === '=' ? wordAt(atom, i) : undefined
    if (word) i = word.end - 1
    else if (atom.charAt(i) === '@') return true
  }
  return false
}

const phrase = (tokens: readonly Token[]): string => display(tokens.map((t) => (t.spaced ? ' ' : '') + t.text).join(''))

/** A name as people see it: encoded words decoded, controls and line ends out, white space single. */
function display(text: string): string {
  const name = decodeWords(text)
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return name.replace(/^'([^']*)'$/, '$1').slice(0, 1000)
}

/** Takes `mailto:`, source routes, brackets and stray blanks off; the domain in lower case. */
function cleanAddress(text: string): string {
  let s = strip(text, '<>')
  if (s.startsWith('[') && s.endsWith(']')) s = s.slice(1, -1)
  if (/^(mailto|smtp):/i.test(s)) s = s.replace(/^\w+:/, '')
  if (s.startsWith('@')) s = s.replace(/^@[^:]*:/, '')
  const at = s.startsWith('"') ? s.indexOf('@', quotedAt(s, 0)?.end ?? 0) : s.lastIndexOf('@')
  if (at < 0) return ''
  const local = s
    .slice(0, at)
    .replace(/[\r\n\0]+/g, '')
    .trim()
  const domain = s
    .slice(at + 1)
    .replace(/[\s\0]+/g, '')
    .replace(/\(.*$/, '')
    .toLowerCase()
  if (domain === '' || local === '') return ''
  // Blanks beside dots are obsolete syntax; any other would make the address somebody else's if it were dropped.
  return `${local.startsWith('"') ? local : local.replace(/\s{0,100}\.\s{0,100}/g, '.')}@${domain}`
}

declare const envelope: unique symbol

/** An address that passed `checkedAddress`: safe in an SMTP command. Empty only where the type says `EnvelopeAddress | ''`. */
export interface EnvelopeAddress {
  /** `local@domain`, the domain in lower case. */
  readonly address: string
  /** Octets over 0x7f in it: it can be sent only where the next hop offers SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean
  readonly [envelope]: true
}

/**
 * The one check before every envelope (REL-13): no CR, LF, NUL, control, blank, `<`, `>` outside of what SMTP can carry; one `@` after the last quote;
 * local part at most 64, domain 255, the whole 254 octets; a domain of sound labels or an address literal. null for everything else.
 */
export function checkedAddress(s: string): EnvelopeAddress | null {
  if (s.length > 254 || /[\x00-\x20\x7f-\x9f<>\u00a0\u2028\u2029\ufeff\u200b-\u200f\u202a-\u202e]/.test(s)) return null
  if (!s.isWellFormed()) return null
  const at = s.lastIndexOf('@')
  const local = s.slice(0, at)
  const domain = s.slice(at + 1).toLowerCase()
  const octets = (t: string): number => Buffer.byteLength(t)
  if (at < 1 || octets(local) > 64 || octets(domain) > 255 || octets(local) + octets(domain) + 1 > 254) return null
  const quoted = /^"(?:[^"\\]|\\[\x21-\x7e])*"$/.test(local)
  if (!quoted && !/^[^\s"(),:;<>@[\\\]]+$/.test(local)) return null
  if (!isDomain(domain)) return null
  const address = `${local}@${domain}`
  // The brand is given here and nowhere else.
  return { address, smtpUtf8: /[^\x00-\x7f]/.test(address) } as EnvelopeAddress
}

/** An address that mail can be sent to, as somebody wrote it. Throws `invalid` with a sentence for everything else. */
export function requireAddress(text: string): string {
  const checked = checkedAddress(text.trim())
  if (!checked) throw new PosternError('invalid', `"${text}" is not a mail address`)
  return checked.address
}

/** What stands behind the last @, as it is written; the whole of what has none. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

function isDomain(domain: string): boolean {
  if (/^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[\da-f:.]{2,45})\]$/.test(domain)) return true
  return domain
    .split('.')
    .every(
      (label) =>
        label.length > 0 &&
        Buffer.byteLength(label) <= 63 &&
        /^[\p{L}\p{N}\p{M}_-]+$/u.test(label) &&
        !label.startsWith('-') &&
        !label.endsWith('-'),
    )
}
