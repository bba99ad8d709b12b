// Mail addresses: a lenient reader of address headers, and the one strict check that stands before every envelope (REL-13).
import { PosternError } from '../base/errors.ts'
import { strip } from './strip.ts'
import { quotedAt, tokenize } from './address-tokens.ts'
import type { Token } from './address-tokens.ts'
import { decodeWords, wordEnd } from './words.ts'
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
  return readAddressList(value, limit).list
}

/** The mailboxes of an address header, and what stands beside them. */
export interface AddressList {
  readonly list: readonly Address[]
  /** Addresses that stand in another's place without a comma between them (`a@b c@d`): which of the two is meant nobody can say. */
  readonly unseparated: readonly string[]
}

/** As `parseAddressList`; the second address of two without a comma is there the name of the first. */
export function readAddressList(value: string, limit: number = mailLimits.addresses): AddressList {
  const list: Address[] = []
  const unseparated: string[] = []
  let comma = false
  for (const { tokens, end } of mailboxes(tokenize(value), limit)) {
    const found = addressOf(tokens)
    if (!found) continue
    const { one, beside } = found
    for (const other of beside) if (unseparated.length < limit) unseparated.push(other)
    const last = list.at(-1)
    // `Lee, Ann <ann@example.org>` without the quotes is one person.
    if (comma && last && last.address === '' && one.address !== '' && tokens.some((t) => t.kind === 'angle'))
      list[list.length - 1] = { address: one.address, name: `${last.name}, ${one.name}` }
    else list.push(one)
    comma = end === 'comma' && tokens.every((t) => t.kind === 'atom' || t.kind === 'quoted')
  }
  return { list, unseparated }
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

/** The mailbox of these tokens, and addresses that stand beside it; before brackets an address is a name (`a@b <c@d>`). */
function addressOf(tokens: readonly Token[]): { readonly one: Address; readonly beside: readonly string[] } | undefined {
  const comment = tokens.find((t) => t.kind === 'comment')?.text ?? ''
  // A comment ends a word as a blank does: `ann@exam(x)ple.org` is no way of writing example.org.
  const rest = tokens.flatMap((t, i) => (t.kind === 'comment' ? [] : [tokens[i - 1]?.kind === 'comment' ? { ...t, spaced: true } : t]))
  const at = rest.findIndex((t) => t.kind === 'angle')
  const angle = rest[at]
  if (angle) {
    const name = phrase(rest.filter((t) => t.kind !== 'angle')) || display(comment)
    const address = cleanAddress(angle.text)
    if (address.includes('@')) return { one: { address, name }, beside: besides(address, wordsOf(rest.slice(at + 1))) }
    // `a@b.c <>` and `"a@b.c" <a>`: the address stands outside of the brackets, unquoted.
    const words = wordsOf(rest.filter((t) => t.kind !== 'angle'))
    const outside = words.find(isAddressWord)
    if (outside) return { one: { address: cleanAddress(raw(outside)), name: '' }, beside: besides(cleanAddress(raw(outside)), words) }
    const only = name || display(angle.text)
    return only === '' ? undefined : { one: { address: '', name: only }, beside: [] }
  }
  const words = wordsOf(rest)
  const word = words.find(isAddressWord)
  if (!word) {
    const one = wrappedMailbox(tokens, rest, comment)
    return one && { one, beside: [] }
  }
  const address = cleanAddress(raw(word))
  const others = words.filter((w) => w !== word).flat()
  return { one: { address, name: phrase(others) || display(comment) }, beside: besides(address, words) }
}

/** The other addresses among these words. */
function besides(address: string, words: readonly (readonly Token[])[]): readonly string[] {
  const all = words.filter(isAddressWord).map((word) => cleanAddress(raw(word)))
  return [...new Set(all)].filter((other) => other !== '' && other !== address)
}

/** The whole mailbox put into quotes or into a comment, as broken senders do; an encoded word inside stays a name. */
function wrappedMailbox(tokens: readonly Token[], rest: readonly Token[], comment: string): Address | undefined {
  const [wrapped] = tokens.length === 1 && rest[0]?.kind === 'quoted' ? rest : tokens.filter((t) => t.kind === 'comment')
  const inner =
    wrapped && /^[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,200}$|<[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,200}>$/.exec(wrapped.text.trim())?.[0]
  const name = phrase(rest.filter((t) => t !== wrapped || inner !== t.text.trim())) || (inner ? '' : display(comment))
  if (inner && hasAt(inner))
    return { address: cleanAddress(inner), name: name.endsWith(inner) ? name.slice(0, -inner.length).trim() : name }
  return name === '' ? undefined : { address: '', name }
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
    const end = atom.charAt(i) === '=' ? wordEnd(atom, i) : undefined
    if (end !== undefined) i = end - 1
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
  // `<'ann@example.org'>`: quotes of a program around the whole address; within the local part they are letters.
  if (/^['`\u2018][^'`\u2018\u2019]*@[^'`\u2018\u2019]*['\u2019]$/.test(s)) s = s.slice(1, -1).trim()
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
    // The root's dot names the same host and is allowed in no command.
    .replace(/\.+$/, '')
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

/** Whether an SMTP command can carry it, its domain as ASCII. */
export const canBeSentTo = (address: string): boolean => checkedAddress(address) !== null

/** An address that mail can be sent to, as somebody wrote it. Throws `invalid` with a sentence for everything else. */
export function requireAddress(text: string): string {
  const checked = checkedAddress(text.trim())
  if (!checked) throw new PosternError('invalid', `"${text}" is not a mail address`)
  return checked.address
}

/** An address without what stands behind a plus in its local part (RFC 5233): the same person's. One that begins with the plus stays as it is. */
export const withoutTag = (address: string): string => address.replace(/^([^+@]+)\+[^@]*@/, '$1@')

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
