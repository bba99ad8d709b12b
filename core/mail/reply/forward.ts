// Recovers the mail inside a forward: who wrote it, to whom, when, about what, and its body.
import { attributionEndingAt } from './attribution.ts'
import { dashedBanner } from './banner.ts'
import { cutLines } from './cut.ts'
import { dateOf } from './dates.ts'
import { headerBlockAt, headerFields } from './header-block.ts'
import { keepHtml } from './html-keep.ts'
import { htmlLines } from './html-lines.ts'
import { tidy } from './html-text.ts'
import type { LabelKind } from './labels.ts'
import type { Line } from './lines.ts'
import { textLines } from './lines.ts'
import type { ReplyInput } from './input.ts'

/** A mailbox as it stood in a forwarded header. */
export interface Party {
  readonly address: string
  readonly name: string
}

/** A forwarded mail. Everything is as its author's program wrote it, so nothing of it is proven. */
export interface Forward {
  /** null if the header had no address. */
  readonly from: Party | null
  readonly to: readonly Party[]
  readonly cc: readonly Party[]
  /** In the words of the header, any language. */
  readonly date: string | null
  readonly subject: string | null
  readonly text: string
  /** The HTML of the body, not sanitised; null where there was none. */
  readonly html: string | null
  /** What the forwarder wrote above it. */
  readonly note: string
}

/** The forwarded mail, or null for a mail that is none. Pure, linear, never throws. */
export function parseForward(input: ReplyInput): Forward | null {
  const text = input.text ?? ''
  const html = input.html ?? ''
  const body = html.trim() === '' ? null : htmlLines(html)
  const fromHtml = body === null ? null : inLines(body.lines, input)
  const fromText = text.trim() === '' ? null : inLines(textLines(text).lines, input)
  const found = fromText ?? fromHtml
  if (found === null) return null
  const { bodyStart, ...forward } = found
  if (body === null || fromHtml === null) return { ...forward, html: null }
  const start = fromText === null ? bodyStart : fromHtml.bodyStart
  return { ...forward, from: forward.from ?? fromHtml.from, html: keepHtml(body, (line) => line >= start) }
}

interface Found extends Omit<Forward, 'html'> {
  readonly bodyStart: number
}

/** Lines below the cut in which the header block is looked for. */
const REACH = 12

function inLines(lines: readonly Line[], input: ReplyInput): Found | null {
  const { decision, forwarded } = cutLines(lines, input)
  if (!forwarded) return null
  const note = tidy(
    lines
      .filter((_, i) => decision.places[i] !== 'quote')
      .map((l) => l.raw)
      .join('\n'),
  )
  const end = Math.min(lines.length, decision.at + REACH)
  for (let i = decision.at; i < end; i += 1) {
    const line = lines[i]
    if (line === undefined) break
    const rest = dashedBanner(line.text)?.rest ?? ''
    const together = rest === '' ? null : headerFields(rest)
    if (together !== null) return found(new Map(together.map((f) => [f.kind, f.value])), lines, i + 1, note)
    const block = headerBlockAt(lines, i, true)
    if (block !== null) return found(block.fields, lines, block.end + 1, note)
  }
  for (let i = decision.at; i < end; i += 1) {
    const one = attributionEndingAt(lines, i)
    if (one === null || one.start < decision.at) continue
    const words = lines
      .slice(one.start, i + 1)
      .map((l) => l.text)
      .join(' ')
    const fields = new Map<LabelKind, string>([['from', words.replace(/^.*(?=["«„][^"»”]{1,80}["»”]\s*[<(])/u, '')]])
    const date = dateOf(words)
    if (date !== null) fields.set('date', date)
    const whole = found(fields, lines, i + 1, note)
    return { ...whole, from: whole.from === null ? null : { ...whole.from, name: nameInAttribution(whole.from.name) } }
  }
  return found(new Map(), lines, decision.at + 1, note)
}

function found(fields: ReadonlyMap<LabelKind, string>, lines: readonly Line[], bodyStart: number, note: string): Found {
  return {
    from: parties(fields.get('from') ?? '')[0] ?? null,
    to: parties(fields.get('to') ?? ''),
    cc: parties(fields.get('cc') ?? ''),
    date: fields.get('date') ?? null,
    subject: fields.get('subject') ?? null,
    text: bodyText(lines.slice(bodyStart)),
    note,
    bodyStart,
  }
}

/** The body without the quote marks or the indent that every line has. */
function bodyText(lines: readonly Line[]): string {
  const full = lines.filter((l) => l.text !== '')
  if (full.length > 0 && full.every((l) => l.raw.startsWith('>'))) return tidy(lines.map((l) => l.raw.replace(/^> ?/, '')).join('\n'))
  if (full.length > 0 && full.every((l) => l.raw.startsWith('    '))) return tidy(lines.map((l) => l.raw.slice(4)).join('\n'))
  // MailMate breaks long lines without a mark: most lines tell.
  const quoted = full.filter((l) => l.raw.startsWith('>')).length
  return tidy(lines.map((l) => (quoted * 2 > full.length ? l.raw.replace(/^> ?/, '') : l.raw)).join('\n')).trimStart()
}

/** The mailboxes of a header value: `A B <a@b>; c@d`, `A [mailto:a@b]`, `A<mailto:a@b> <a@b>`, also with commas in names. */
export function parties(value: string): readonly Party[] {
  const text = value.slice(0, 20_000).replace(/\s+on behalf of\s.*/iu, '')
  const list: Party[] = []
  let from = 0
  for (const m of text.matchAll(/[<([]?\s?(?:mailto:)?([^\s<>()[\]"',;:@]{1,100}@[^\s<>()[\]"',;:@]{1,200})\s?[>)\]]?/gu)) {
    const address = m[1] ?? ''
    const name = text
      .slice(from, m.index)
      .replace(/^[\s,;:>)\]'"«„]+|[\s,;:<([''"»”]+$/gu, '')
      .trim()
    from = m.index + m[0].length
    const last = list.at(-1)
    // `A <a@b<mailto:a@b>>` and `a@b <a@b>` say the same twice.
    if (last !== undefined && last.address.toLowerCase() === address.toLowerCase() && name === '') continue
    list.push({ address, name: name.includes('@') ? '' : name })
  }
  return list
}

/** The name between the date and the address, where the attribution has no quotation marks around it. */
function nameInAttribution(name: string): string {
  if (!/\d{2}[:.]\d{2}/.test(name) && !/\d{4}/.test(name)) return name
  const parts = name.split(/,\s|\d{1,2}[:.]\d{2}(?:\s?[AP]M)?|\d{4}/i)
  return (parts.at(-1) ?? '')
    .replace(/^(?:\s|,|heeft|användare|używateľ|používateľ|időpontban|пользователь|користувач|użytkownik|skrev|schrieb|from|от|від)+/iu, '')
    .replace(/["„”«»]/g, '')
    .trim()
}
