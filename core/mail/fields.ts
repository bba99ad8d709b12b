// The header of a mail as facts: decoded values, addresses, ids.
import { canBeSentTo, parseAddressList, readAddressList } from './address.ts'
import type { Address } from './address.ts'
import { parseMailDate } from './date.ts'
import { mailLimits } from './limits.ts'
import type { RawField } from './header-block.ts'
import type { Part } from './mime.ts'
import { decodeEightBit, decodeWords } from './words.ts'

/** One header field, its value unfolded and decoded. */
export interface HeaderField {
  /** Lower case. */
  readonly name: string
  readonly value: string
}

/** What the header block says; every value may be empty. */
export interface HeaderFacts {
  readonly from: Address | null
  /**
   * Addresses in all From fields, those without a comma between them too: anything but 1 is suspicious (RFC 5322 §3.6.2 allows more,
   * nobody sends them), and none of several is believed to be who wrote it.
   */
  readonly fromCount: number
  readonly sender: Address | null
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  /** Whom To and Cc name in a way that no mail can be sent to, as they are written: they get nothing. At most 20. */
  readonly unreachable: readonly string[]
  readonly subject: string
  /** Without `<` and `>`. */
  readonly messageId: string | null
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  readonly dateMs: number | null
  /** Address of the Return-Path field; '' for `<>`, null where there is none. */
  readonly returnPath: string | null
}

/** Reads the facts; soft bounds that were hit are added to `limits`. `hint`: a charset that the mail declares for its text. */
export function headerFacts(fields: readonly RawField[], hint: string | undefined, limits: Set<string>): HeaderFacts {
  const values = (name: string): readonly string[] => fields.filter((f) => f.name === name).map((f) => decodeEightBit(f.value, hint))
  const addresses = (name: string): readonly Address[] => {
    const list = parseAddressList(values(name).join(', '), mailLimits.addresses + 1)
    if (list.length > mailLimits.addresses) limits.add('addresses')
    return list.slice(0, mailLimits.addresses)
  }
  const from = addresses('from')
  const sides = readAddressList(values('from').join(', '), 2).unseparated.length
  // Some programs write ids as encoded words, which RFC 2047 §5 does not allow: they are the same ids in another dress.
  const idText = (value: string): string => decodeWords(value.slice(0, mailLimits.partHeaderBytes))
  const subject = subjectText(values('subject')[0] ?? '', limits)
  const references = ids(idText(values('references').join(' ')))
  const ownId = idText(values('message-id')[0] ?? '')
  if (references.length > mailLimits.references) limits.add('references')
  const returnPath = values('return-path')[0]
  const [to, cc, replyTo] = [addresses('to'), addresses('cc'), addresses('reply-to')]
  const people = new Set([...from, ...to, ...cc, ...replyTo].map((a) => a.address.toLowerCase()))
  return {
    from: from.find((a) => a.address !== '') ?? from[0] ?? null,
    fromCount: from.length + sides,
    sender: addresses('sender')[0] ?? null,
    replyTo,
    to,
    cc,
    unreachable: unreachable(`${values('to').join(', ')}, ${values('cc').join(', ')}`),
    subject,
    messageId: ids(ownId)[0] ?? bareId(ownId),
    inReplyTo: answered(idText(values('in-reply-to').join(' ')), references.length > 0, people).slice(0, mailLimits.references),
    references:
      references.length > mailLimits.references ? [...references.slice(0, 1), ...references.slice(1 - mailLimits.references)] : references,
    dateMs: parseMailDate(values('date')[0] ?? ''),
    returnPath: returnPath === undefined ? null : (parseAddressList(returnPath, 1)[0]?.address ?? ''),
  }
}

/** Names without an address, addresses that no command can carry, and those that hide beside another without a comma. */
function unreachable(value: string): readonly string[] {
  const { list, unseparated } = readAddressList(value)
  const bad = list.flatMap(({ address, name }) =>
    address === '' ? (hidden.test(name) ? [] : [name]) : canBeSentTo(address) ? [] : [address],
  )
  return [...new Set([...bad, ...unseparated])].slice(0, 20)
}

/** What programs write where they name nobody on purpose. */
const hidden = /^(?:undisclosed|unlisted|hidden|suppressed|no[- ]?reply$)|recipients?\b|empf[äa]nger|destinatair|destinatari|получател/i

/** All fields, decoded, in their order. */
export function decodedFields(fields: readonly RawField[], hint: string | undefined): readonly HeaderField[] {
  return fields.map((f) => ({
    name: f.name,
    value: (isStructured(f.name) ? (text: string) => text : decodeWords)(decodeEightBit(f.value, hint))
      .replace(/[\r\n\0]+/g, ' ')
      .slice(0, mailLimits.subject),
  }))
}

/** A sender's address that another server wrote into its verdict must not turn into a verdict by being decoded (RFC 2047 §5 allows encoded words in neither). */
const isStructured = (name: string): boolean => /^(?:authentication-results|arc-.*|received-spf|dkim-signature)$/.test(name)

function subjectText(value: string, limits: Set<string>): string {
  const text = decodeWords(value.slice(0, 4 * mailLimits.subject))
    .replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, ' ')
    .trim()
  if (text.length <= mailLimits.subject && value.length <= 4 * mailLimits.subject) return text
  limits.add('subject')
  return text.slice(0, mailLimits.subject)
}

/** The `<ids>` of a field, without brackets, each once. Nothing without brackets counts. */
function ids(value: string): readonly string[] {
  const text = value.slice(0, mailLimits.partHeaderBytes)
  const found: string[] = []
  for (let open = text.indexOf('<'); open >= 0;) {
    const close = text.indexOf('>', open)
    if (close < 0) break
    // `<<id>` and `<id <id>`: the innermost bracket begins the id.
    const id = text.slice(text.lastIndexOf('<', close) + 1, close).replace(/\s+/g, '')
    if (id !== '' && id.length <= 1000) found.push(id)
    open = text.indexOf('<', close)
  }
  return [...new Set(found)]
}

/** A Message-ID that lacks its brackets. */
function bareId(value: string): string | null {
  const id = value.slice(0, 2000).replace(/[<>]/g, ' ').trim().split(/\s/)[0] ?? ''
  return id === '' || id.length > 1000 ? null : id
}

/**
 * What In-Reply-To answers. `Message from Ann <ann@example.org> of Monday <id@example.org>`: with words in it the field holds addresses
 * too, so References are believed instead, and without them its last id (RFC 5322 §3.6.4).
 */
function answered(value: string, hasReferences: boolean, people: ReadonlySet<string>): readonly string[] {
  const all = ids(value)
  // `id@host` without its brackets, unless it is the address of somebody here; who joins by it must take part in that conversation.
  if (/^\s*[^\s<>(),;:"]{1,250}@[^\s<>(),;:"]{1,250}\s*$/.test(value)) return people.has(value.trim().toLowerCase()) ? [] : [value.trim()]
  const words = value
    .slice(0, mailLimits.partHeaderBytes)
    .replace(/<[^<>]*>/g, '')
    .replace(/\([^()]*\)/g, '')
  if (!/[\p{L}\p{N}]/u.test(words)) return all
  return hasReferences ? [] : all.slice(-1)
}

/** A charset that a part of the mail declares: the best hint for header bytes that declare none. */
export function charsetHint(part: Part): string | undefined {
  const own = part.type.startsWith('text/') ? part.params.get('charset') : undefined
  if (own && !/^(us-ascii|utf-?8|iso-8859-1|windows-1252)$/i.test(own)) return own
  for (const child of part.children) {
    const hint = child.depth < 4 ? charsetHint(child) : undefined
    if (hint) return hint
  }
  return undefined
}
