// Where the header of a part ends, however badly it is written, and its fields.
import { Headers } from '@zone-eu/mailsplit'
import libmime from 'libmime'
import { mailLimits } from './limits.ts'
import type { Lines } from './lines.ts'

/** One header field; `value` is unfolded and holds one byte per character (latin1): nothing is decoded yet. */
export interface RawField {
  /** Lower case. */
  readonly name: string
  readonly value: string
}

export interface HeaderBlock {
  readonly fields: readonly RawField[]
  /** Where the body begins. */
  readonly end: number
  /** What was read, in bytes. */
  readonly bytes: number
  /** There was more than `partHeaderBytes`; the rest is left out. */
  readonly cut: boolean
}

/**
 * Reads the block that begins at `from`. mailsplit ends a header at an empty line and nowhere else, so that a body which begins without one
 * would be lost: the end is found here, and the library unfolds and names the fields. A line that is no field does not end it while fields
 * follow that it lacks. `inside`: of a part, or of a mail inside another; there a boundary right behind the fields ends it.
 */
export function readHeaderBlock(bytes: Buffer, lines: Lines, from: number, inside: 'part' | 'enclosed' | undefined): HeaderBlock {
  const kept: Buffer[] = []
  const limit = from + mailLimits.partHeaderBytes
  const seen = new Set<string>()
  let last = ''
  let pos = from
  let cut = false
  while (pos < bytes.length) {
    const line = lines.at(pos)
    if (line.end === line.start) {
      pos = line.next
      break
    }
    if (inside !== undefined && bytes[pos] === 0x2d && bytes[pos + 1] === 0x2d) break
    if (line.end > limit) {
      cut = true
      pos = line.next
      continue
    }
    const text = withoutNul(bytes.subarray(line.start, line.end))
    const name = fieldName.exec(text.toString('latin1', 0, 120))?.[1]?.toLowerCase()
    if (text[0] === 0x20 || text[0] === 0x09) {
      // A line of blanks folds, unless no header follows it: then it is the empty line, badly written.
      if (isBlank(text) && !continues(bytes, lines, line.next, seen)) {
        pos = line.next
        break
      }
      if (last !== '') kept.push(text)
    } else if (name !== undefined) {
      kept.push(Buffer.concat([Buffer.from(name), text.subarray(text.indexOf(0x3a))]))
      last = name
      seen.add(name)
    } else if (pos !== from || !/^>?From /.test(text.toString('latin1', 0, 6))) {
      const field =
        last !== '' && continues(bytes, lines, line.next, seen)
          ? line.next
          : inside === 'part'
            ? undefined
            : nextField(bytes, lines, pos, seen)
      if (field === undefined) break
      // A list broken without folding is whole again; of other fields the rubbish is dropped.
      if (lists.test(last)) kept.push(Buffer.concat([blank, withoutNul(bytes.subarray(pos, field))]))
      pos = field
      continue
    }
    pos = line.next
  }
  return { fields: fieldsOf(kept), end: pos, bytes: Math.min(pos - from, mailLimits.partHeaderBytes), cut }
}

function fieldsOf(kept: readonly Buffer[]): readonly RawField[] {
  if (kept.length === 0) return []
  const block = new Headers(Buffer.concat(kept.flatMap((line) => [line, lineEnd])))
  return block.getList().map(({ line }) => {
    const { key, value } = libmime.decodeHeader(line)
    return { name: key, value }
  })
}

const blank = Buffer.from(' ')
const lineEnd = Buffer.from('\r\n')

/** Printable ASCII without blank and colon (RFC 5322 §3.6.8); blanks before the colon are forgiven. */
const fieldName = /^([!-9;-~]{1,100})[ \t]*:/
const lists = /^(to|cc|bcc|from|reply-to|references|in-reply-to|x-failed-recipients)$/

/** Fields that a mail has once (RFC 5322 §3.6): behind a line that is no field they are the header going on, unless they are there already. */
const once = new Set(['from', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'content-transfer-encoding'])
/** Other names of fields; `Note:` and the like are words of a text. */
const others = /^(?:[a-z]+-[a-z-]+|received|cc|bcc|sender|references|organization|precedence|priority|importance|keywords|comments|lines)$/
const isField = (name: string, seen: ReadonlySet<string>): boolean => (once.has(name) ? !seen.has(name) : others.test(name))
/** Banners of filters and long fields that they broke without folding have up to some dozen lines. */
const maxRubbish = 60

/**
 * Where the header goes on behind lines that are no fields: at the first line that looks like a field, if one that this header lacks still
 * stands before the empty line; where nothing has been read yet, two of them, as a text may well begin with words and a colon.
 */
function nextField(bytes: Buffer, lines: Lines, from: number, seen: ReadonlySet<string>): number | undefined {
  let first: number | undefined
  const lacking = new Set<string>()
  for (let [pos, i] = [from, 0]; pos < bytes.length && i < 2 * maxRubbish; i++) {
    const line = lines.at(pos)
    if (line.end === line.start || (first === undefined && i >= maxRubbish)) return undefined
    const name = fieldName.exec(bytes.toString('latin1', pos, Math.min(line.end, pos + 120)))?.[1]?.toLowerCase()
    if (name !== undefined && isField(name, seen)) first ??= pos
    if (name !== undefined && once.has(name) && !seen.has(name)) lacking.add(name)
    if (lacking.size >= (seen.size === 0 ? 2 : 1)) return first
    pos = line.next
  }
  return undefined
}

/** NUL bytes have no place in a header; in a name or a type they would hide what stands there. */
const withoutNul = (line: Buffer): Buffer => (line.includes(0) ? Buffer.from(line.filter((c) => c !== 0)) : line)

const isBlank = (line: Buffer): boolean => line.every((c) => c === 0x20 || c === 0x09 || c === 0x0d)

/** Does a header field follow at `pos`, perhaps behind folded lines? Tells a line broken by accident from a body that begins without an empty line. */
function continues(bytes: Buffer, lines: Lines, pos: number, seen: ReadonlySet<string>): boolean {
  for (let i = 0; i < 10 && pos < bytes.length; i++) {
    const line = lines.at(pos)
    const text = bytes.toString('latin1', line.start, Math.min(line.end, line.start + 120))
    const name = fieldName.exec(text)?.[1]?.toLowerCase()
    if (!/^[ \t]+\S/.test(text)) return name !== undefined && isField(name, seen)
    pos = line.next
  }
  return false
}
