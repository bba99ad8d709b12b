// One raw mail in, everything that Postern knows of it out: headers, text, attachments, the author's new words, kind and bounce.
import { escapeHtml } from '../base/escape.ts'
import { canBeSentTo } from './address.ts'
import type { Address } from './address.ts'
import { readBody } from './body.ts'
import { enclosedForward, inlineForward } from './forwarded.ts'
import type { Forwarded } from './forwarded.ts'
import type { Attachment, Segment } from './body.ts'
import { charsetHint, decodedFields, headerFacts } from './fields.ts'
import type { HeaderFacts, HeaderField } from './fields.ts'
import { htmlToText } from './reply/html-text.ts'
import { isReplySubject } from './reply/subject-prefix.ts'
import { extractReply } from './reply/extract.ts'
import type { Reply } from './reply/extract.ts'
import { judgeKind } from './kind/kind.ts'
import type { MailKind, Verdicts } from './kind/kind.ts'
import type { Bounce } from './kind/bounce.ts'
import { mailLimits } from './limits.ts'
import { scanMail } from './mime.ts'
import type { Part } from './mime.ts'
import { nameFlags } from './names.ts'

export { extractReply }
export type { Reply }

/**
 * A mail as Postern sees it. Plain data: it can be cloned to another thread.
 *
 * Boundaries, nesting, header words, parameters and transfer encodings are read by mailsplit, libmime, libqp and libbase64, the engine of
 * mailparser. Ours is what needs the offsets of parts in the raw mail (attachments are byte ranges of it, never stored twice), what bounds
 * the cost of a mail (REL-11), the charset guess, and the choice of the body; test/mail/library.test.ts shows why, case by case.
 */
export interface ReadMail extends HeaderFacts {
  readonly headers: readonly HeaderField[]
  /** The whole text: plain parts, html as text where there is no plain form. Lines end in LF. */
  readonly text: string
  /** The whole html as it came (sanitise before display), null where no part is html. */
  readonly html: string | null
  readonly attachments: readonly Attachment[]
  readonly reply: Reply
  /** The strongest of the verdicts: bounce, report, auto-reply, bulk, else normal. */
  readonly kind: MailKind
  readonly verdicts: Verdicts
  /** `header: value` or `line: text` that decided each verdict. */
  readonly evidence: readonly string[]
  readonly bounce: Bounce | null
  /** Somebody else's mail that the author passes on; null for bounces and for mails that are none. */
  readonly forward: Forwarded | null
  /** For people: tricks in names (SEC-10), encrypted or signed parts, odd headers. */
  readonly warnings: readonly string[]
  /** Bounds that were hit; what is beyond them is missing here and whole in the raw mail. */
  readonly limits: readonly string[]
}

export interface ReadOptions {
  /** MAIL FROM as the peer gave it, '' for the null sender. Without it Return-Path stands in. */
  readonly envelopeFrom?: string
  /** Our own reply markers. */
  readonly markers?: readonly string[]
}

/** Reads a mail. Throws LimitError for too many parts or header bytes; whatever else is wrong with the mail, it is read. */
export function readMail(raw: Uint8Array, options: ReadOptions = {}): ReadMail {
  const { root, limits: structural } = scanMail(raw)
  const limits = new Set<string>(structural)
  const hint = charsetHint(root)
  const facts = headerFacts(root.fields, hint, limits)
  const headers = decodedFields(root.fields, hint)
  const body = readBody(raw, root, hint, limits)
  const text = textOf(body.segments)
  const html = htmlOf(body.segments)
  const kind = judgeKind({
    raw,
    root,
    headers,
    facts,
    text,
    hint,
    ...(options.envelopeFrom === undefined ? {} : { envelopeFrom: options.envelopeFrom }),
  })
  const reply = extractReply({
    ...(html !== null && body.segments.every((s) => s.plain === undefined) ? {} : { text }),
    ...(html === null ? {} : { html }),
    subject: facts.subject,
    answers: facts.inReplyTo.length > 0 || facts.references.length > 0 || isReplySubject(facts.subject),
    ...(facts.from === null ? {} : { sender: facts.from.address }),
    ...(options.markers === undefined ? {} : { markers: options.markers }),
  })
  const forward =
    kind.kind === 'bounce'
      ? null
      : reply.forwarded
        ? inlineForward({ text, ...(html === null ? {} : { html }), subject: facts.subject })
        : enclosedForward(raw, body.attachments, reply.text)
  return {
    ...facts,
    headers,
    text,
    html,
    attachments: body.attachments,
    reply,
    forward,
    ...kind,
    warnings: [...warningsOf(facts), ...body.warnings],
    limits: [...limits],
  }
}

/** What a degraded case needs of a mail that could not be read. Never throws. */
export interface MinimalMail extends HeaderFacts {
  readonly headers: readonly HeaderField[]
}

/** The header alone, read within the same bounds; for whatever a mail holds, this answers. */
export function readHeaders(raw: Uint8Array): MinimalMail {
  const head = raw.subarray(0, mailLimits.partHeaderBytes + 1)
  let fields: Part['fields'] = []
  try {
    fields = scanMail(head).root.fields
  } catch {
    // Too many parts within the first 100 kB: cut at the first empty line and read again.
    const text = Buffer.from(head).toString('latin1')
    const end = /\r?\n\r?\n|\r\r/.exec(text)
    try {
      fields = scanMail(Buffer.from(text.slice(0, end?.index ?? 0), 'latin1')).root.fields
    } catch {
      fields = []
    }
  }
  return { ...headerFacts(fields, undefined, new Set()), headers: decodedFields(fields, undefined) }
}

function textOf(segments: readonly Segment[]): string {
  const texts = segments.map((s) =>
    s.plain !== undefined && (s.plain.trim() !== '' || s.html === undefined) ? s.plain : htmlToText(s.html ?? ''),
  )
  return texts.filter((t, i) => t.trim() !== '' || i === 0).join('\n')
}

function htmlOf(segments: readonly Segment[]): string | null {
  if (!segments.some((s) => s.html !== undefined)) return null
  return segments.map((s) => s.html ?? `<pre>${escapeHtml(s.plain ?? '')}</pre>`).join('\n')
}

function warningsOf(facts: HeaderFacts): readonly string[] {
  const found: string[] = []
  if (facts.from === null) found.push('from: missing')
  if (facts.fromCount > 1) found.push(`from: ${facts.fromCount} addresses`)
  if (facts.from && facts.from.address !== '' && !canBeSentTo(facts.from.address))
    found.push(`from: cannot be written to (${facts.from.address})`)
  for (const who of facts.unreachable) found.push(`copy: cannot be written to (${who.replace(/[()]/g, ' ').slice(0, 200)})`)
  const shown: readonly (readonly [string, Address | null | undefined])[] = [
    ['from', facts.from],
    ['sender', facts.sender],
    ...facts.replyTo.slice(0, 10).map((a) => ['reply-to', a] as const),
  ]
  for (const [field, address] of shown)
    if (address) for (const one of nameFlags(address).map((flag) => `${field}: ${flag}`)) found.push(one)
  return found
}
