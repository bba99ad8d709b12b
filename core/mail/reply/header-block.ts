// Finds header blocks: the From:/Sent:/To:/Subject: lines that Outlook and others put above an old or forwarded mail.
import type { LabelKind } from './labels.ts'
import { allLabels, labelKind } from './labels.ts'
import type { Line } from './lines.ts'
import { dateLevel, hasTime } from './dates.ts'

/** A header block over the lines `start` to `end` (inclusive), with the values as they were written. */
export interface HeaderBlock {
  readonly start: number
  readonly end: number
  readonly fields: ReadonlyMap<LabelKind, string>
  /** The label of the From line, lower case: tells the language. */
  readonly fromLabel: string
}

const MAX_BLOCK = 30
const MAX_VALUE = 2000

/** The block that begins on line `start`. `ruled`: a rule line or a forward line stands above, so two labels are enough. */
export function headerBlockAt(lines: readonly Line[], start: number, ruled: boolean): HeaderBlock | null {
  const first = lines[start]
  if (first === undefined || first.text === '') return null
  const opening = headerFields(first.text)
  if (opening === null) return foreignBlockAt(lines, start) ?? notesTableAt(lines, start)
  // "A: Ein Elefant." is an answer to "F: Was ist grau?": no program begins its block with the recipient.
  if (opening[0]?.kind === 'other' || (opening.length === 1 && !ruled && (opening[0]?.kind === 'to' || opening[0]?.kind === 'cc')))
    return null
  const fields = new Map<LabelKind, string>()
  let fromLabel = ''
  let end = start
  let last: LabelKind | null = null
  let loose = 0
  for (let i = start; i < lines.length && i < start + MAX_BLOCK; i += 1) {
    const line = lines[i]
    if (line === undefined || line.depth !== first.depth) break
    if (line.text === '') {
      // Outlook's text part may be double-spaced: one blank line, then a label again.
      if (headerFields(lines[i + 1]?.text ?? '') === null || loose > 0) break
      continue
    }
    const found = headerFields(line.text)
    if (found === null) {
      // A value that was wrapped: taken if a label follows within two lines.
      const next = lines[i + 1]?.text ?? ''
      const after = lines[i + 2]?.text ?? ''
      const goesOn =
        last !== null && loose < 2 && (headerFields(next) !== null || (loose === 0 && next !== '' && headerFields(after) !== null))
      if (!goesOn || last === null) break
      loose += 1
      fields.set(last, `${fields.get(last) ?? ''} ${line.text}`.trim())
      continue
    }
    // A second From line begins the next older mail.
    if (found.some((f) => f.kind === 'from') && fields.has('from')) break
    loose = 0
    for (const field of found) {
      if (!fields.has(field.kind)) fields.set(field.kind, field.value)
      if (field.kind === 'from') fromLabel = field.label
      last = field.kind
    }
    end = i
  }
  return isBlock(fields, ruled) ? { start, end, fields, fromLabel } : foreignBlockAt(lines, start)
}

function isBlock(fields: ReadonlyMap<LabelKind, string>, ruled: boolean): boolean {
  const count = [...fields.keys()].filter((k) => k !== 'other').length
  const from = fields.get('from')
  const date = fields.get('date')
  if (date !== undefined && date !== '' && !/\p{N}/u.test(date)) return false
  if (count >= 3) {
    const sent = date !== undefined && fields.has('subject')
    // "From: Berlin, To: Paris, Date: 12 October" is a journey: a mail has an address or a subject.
    const addressed = ['from', 'to', 'cc'].some((kind) => fields.get(isKind(kind) ? kind : 'from')?.includes('@'))
    return (from !== undefined && (ruled || addressed || sent)) || (sent && fields.has('to'))
  }
  if (count < 2 || from === undefined) return false
  return ruled || (/@/.test(from) && date !== undefined && dateLevel(date) === 2)
}

function isKind(word: string): word is LabelKind {
  return word === 'from' || word === 'to' || word === 'cc'
}

/**
 * A block in a language whose labels we do not know: three or more `label: value` lines, of which the first has a name and an address in
 * brackets, the second or third a date with its time, and another one an address again or nothing that ends like a sentence.
 */
function foreignBlockAt(lines: readonly Line[], start: number): HeaderBlock | null {
  const values: string[] = []
  let label = ''
  let end = start
  for (let i = start; i < lines.length && i < start + 8; i += 1) {
    const line = lines[i]
    const m = line === undefined || line.depth !== lines[start]?.depth ? null : foreignLine.exec(line.text.slice(0, 500))
    if (m === null) break
    if (i === start) label = (m[1] ?? '').toLowerCase()
    values.push(m[2] ?? '')
    end = i
  }
  const [from, ...others] = values
  if (from === undefined || values.length < 3 || !/[<[(]\s?(?:mailto:)?[^\s<>@]{1,100}@[^\s<>@]{1,100}[>\])]/.test(from)) return null
  const date = others.slice(0, 2).find((v) => dateLevel(v) === 2 && hasTime(v))
  const to = others.find((v) => v.includes('@'))
  if (date === undefined || (to === undefined && values.length < 4)) return null
  const fields = new Map<LabelKind, string>([
    ['from', from],
    ['date', date],
  ])
  if (to !== undefined) fields.set('to', to)
  const subject = others.findLast((v) => v !== date && v !== to)
  if (subject !== undefined) fields.set('subject', subject)
  return { start, end, fields, fromLabel: label }
}

const foreignLine = /^[*_]{0,2}([\p{L}\p{M}][\p{L}\p{M} .'’()/-]{0,30}?)\s?[:：][*_]{0,2}\s*(\S.*)$/u

/** The table of Notes: a line with name and address, one with the date, then labels on lines of their own, without colons. */
function notesTableAt(lines: readonly Line[], start: number): HeaderBlock | null {
  const from = lines[start]?.text ?? ''
  if (from.length > 200 || !/^["'“]?[^<>@:]{0,100}["'”]?\s*<[^<>@\s]{1,100}@[^<>@\s]{1,100}>$|^[^<>@:]{2,60}\/[^<>@:]{1,60}$/.test(from))
    return null
  const date = lines[start + 1]?.text ?? ''
  if (date.length > 80 || dateLevel(date) !== 2) return null
  const fields = new Map<LabelKind, string>([
    ['from', from],
    ['date', date],
  ])
  let last: LabelKind | null = null
  let end = start + 1
  let labels = 0
  for (let i = start + 2; i < lines.length && i < start + 2 + MAX_NOTES; i += 1) {
    const text = lines[i]?.text ?? ''
    if (text === '') continue
    const found = bareLabel(text)
    if (found !== null) {
      fields.set(found.kind, found.value)
      last = found.value === '' ? found.kind : null
      labels += 1
    } else if (last !== null) {
      fields.set(last, text)
      last = null
    } else break
    end = i
  }
  return labels >= 2 ? { start, end, fields, fromLabel: '' } : null
}

const MAX_NOTES = 14

/** `To`, `cc`, `Subject` without a colon, the value behind it or on the next line. */
function bareLabel(text: string): { readonly kind: LabelKind; readonly value: string } | null {
  const first = text.split(/\s/, 1)[0] ?? ''
  const kind = labelKind(first.replace(/[:：]$/, ''))
  return kind === 'to' || kind === 'cc' || kind === 'subject' ? { kind, value: text.slice(first.length).trim() } : null
}

interface Field {
  readonly kind: LabelKind
  readonly label: string
  readonly value: string
}

/** The labels and values of one line (Yahoo writes all on one), or null if it does not begin with a known label. */
export function headerFields(text: string): readonly Field[] | null {
  const one = headerField(text)
  if (one === null) return null
  if (one.kind === 'other' || one.value.length > MAX_VALUE) return [one]
  return runTogether(one) ?? [one]
}

function headerField(text: string): Field | null {
  const head = text.slice(0, 40)
  const colon = head.search(/[:：]/)
  if (colon < 1) return null
  const label = head
    .slice(0, colon)
    .replace(/^[\s*_•·-]+|[\s*_]+$/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()
  const kind = labelKind(label)
  if (kind === undefined) return null
  return { kind, label, value: text.slice(colon + 1, colon + MAX_VALUE).replace(/^[\s*_]+|[\s*]+$/g, '') }
}

/** `From: A <a@b>To: C <c@d>Sent: ..Subject: ..`: at least a date or a recipient and a subject follow on the same line. */
function runTogether(first: Field): readonly Field[] | null {
  const marks: { kind: LabelKind; label: string; from: number; to: number }[] = []
  for (const m of first.value.matchAll(inlineLabel)) {
    const label = (m[1] ?? '').toLowerCase()
    const kind = labelKind(label)
    if (kind !== undefined && kind !== first.kind && !marks.some((x) => x.kind === kind))
      marks.push({ kind, label, from: m.index, to: m.index + m[0].length })
  }
  if (first.kind !== 'from' && (marks.length < 2 || !marks.some((m) => m.kind === 'from'))) return null
  if (marks.length < 1 || !marks.some((m) => m.kind === 'date' || m.kind === 'subject' || first.kind === 'subject')) return null
  const fields: Field[] = [{ ...first, value: first.value.slice(0, marks[0]?.from).trim() }]
  marks.forEach((mark, i) =>
    fields.push({ kind: mark.kind, label: mark.label, value: first.value.slice(mark.to, marks[i + 1]?.from).trim() }),
  )
  return fields
}

/** Labels of at least two letters, which stand directly after what is before them: `<a@b>To:`, `CETEmne:`. */
const inlineLabel = new RegExp(
  `(?<!-)(${allLabels()
    .filter((l) => l.length > 1 && l !== 'dw')
    .map(capitalised)
    .join('|')}|À|A|Dw)(?:\\s?[:：]|(?<=Dw|Assunto)\\s)`,
  'gu',
)

function capitalised(label: string): string {
  const escaped = label.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  const first = escaped[0] ?? ''
  const upper = first.toLocaleUpperCase()
  // "i" is capitalised to "İ" in Turkish; both stand in the tables as they are written.
  return upper === first ? escaped : `${upper}${escaped.slice(1)}|${escaped.toUpperCase()}`
}
