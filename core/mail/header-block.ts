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
 * would be lost: the end is found here, and the library unfolds and names the fields. `ofPart`: a boundary right behind the fields ends them.
 */
export function readHeaderBlock(bytes: Buffer, lines: Lines, from: number, ofPart: boolean): HeaderBlock {
  const kept: Buffer[] = []
  const limit = from + mailLimits.partHeaderBytes
  let last = ''
  let pos = from
  let cut = false
  while (pos < bytes.length) {
    const line = lines.at(pos)
    if (line.end === line.start) {
      pos = line.next
      break
    }
    if (ofPart && bytes[pos] === 0x2d && bytes[pos + 1] === 0x2d) break
    if (line.end > limit) {
      cut = true
      pos = line.next
      continue
    }
    const text = bytes.subarray(line.start, line.end)
    const name = fieldName.exec(text.toString('latin1', 0, 120))?.[1]?.toLowerCase()
    if (text[0] === 0x20 || text[0] === 0x09) {
      // A line of blanks folds, unless no header follows it: then it is the empty line, badly written.
      if (isBlank(text) && !continues(bytes, lines, line.next)) {
        pos = line.next
        break
      }
      if (last !== '') kept.push(text)
    } else if (name !== undefined) {
      kept.push(Buffer.concat([Buffer.from(name), text.subarray(text.indexOf(0x3a))]))
      last = name
    } else if (pos === from && /^>?From /.test(text.toString('latin1', 0, 6))) void 0
    else if (last !== '' && continues(bytes, lines, line.next)) {
      // A list broken without folding is whole again; of other fields the rubbish is dropped.
      if (lists.test(last)) kept.push(Buffer.concat([blank, text]))
    } else break
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

const isBlank = (line: Buffer): boolean => line.every((c) => c === 0x20 || c === 0x09 || c === 0x0d)

/** Does a header field follow at `pos`, perhaps behind folded lines? Tells a line broken by accident from a body that begins without an empty line. */
function continues(bytes: Buffer, lines: Lines, pos: number): boolean {
  for (let i = 0; i < 10 && pos < bytes.length; i++) {
    const line = lines.at(pos)
    const text = bytes.toString('latin1', line.start, Math.min(line.end, line.start + 60))
    if (!/^[ \t]+\S/.test(text)) return /^[A-Za-z][A-Za-z-]{1,40}:(?:[ \t]|$)/.test(text)
    pos = line.next
  }
  return false
}
