// The structure of a mail: parts with byte offsets into the raw mail, found in one pass and within bounds (RFC 2045, RFC 2046 §5.1).
import { LimitError, mailLimits } from './limits.ts'
import { parseParameters } from './params.ts'
import type { Parameters } from './params.ts'

/** One header field; `value` is unfolded and holds one byte per character (latin1): nothing is decoded yet. */
export interface RawField {
  readonly name: string
  readonly value: string
}

export interface Part {
  readonly fields: readonly RawField[]
  /** Lower-case `type/subtype`; `text/plain` (in a digest `message/rfc822`) where the mail says nothing usable. */
  readonly type: string
  readonly params: Parameters
  readonly disposition: string
  readonly dispositionParams: Parameters
  /** Lower-case transfer encoding, '' where there is none. */
  readonly encoding: string
  /** Where the header block begins, and the body of the part inside the raw mail: [start, end). */
  readonly headerStart: number
  readonly start: number
  end: number
  readonly depth: number
  readonly children: Part[]
  /** A multipart whose closing boundary never came, or none of whose boundaries did. */
  broken: boolean
}

export interface Structure {
  readonly root: Part
  /** Soft bounds that were hit, by their names in `mailLimits`. */
  readonly limits: readonly (keyof typeof mailLimits)[]
}

/** Scans the raw mail; throws LimitError for too many parts or header bytes. Everything else, however broken, gives a tree. */
export function scanMail(raw: Uint8Array): Structure {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const limits = new Set<keyof typeof mailLimits>()
  const lines = lineReader(bytes)
  let parts = 0
  let headerBytes = 0

  const partAt = (pos: number, depth: number, fallback: string): Part => {
    if (++parts > mailLimits.parts) throw new LimitError('parts')
    const head = readFields(bytes, lines, pos, depth === 0)
    headerBytes += head.bytes
    if (head.cut) limits.add('partHeaderBytes')
    if (headerBytes > mailLimits.headerBytes) throw new LimitError('headerBytes')
    return makePart(head, pos, depth, fallback, bytes.length)
  }

  const root = partAt(lines.startOfMail(0), 0, 'text/plain')
  const open: { readonly part: Part; readonly boundary: string }[] = []
  const enter = (part: Part): void => {
    if (part.type.startsWith('multipart/')) {
      const boundary = part.params.get('boundary')?.trimEnd() || likelyBoundary(bytes, lines, part.start, open)
      if (part.depth >= mailLimits.depth) limits.add('depth')
      else if (boundary) open.push({ part, boundary })
    } else if (part.type === 'message/rfc822' || part.type === 'message/global') {
      if (/^(base64|quoted-printable)$/.test(part.encoding)) return
      if (part.depth >= mailLimits.depth) return void limits.add('depth')
      const inner = partAt(lines.startOfMail(part.start), part.depth + 1, 'text/plain')
      part.children.push(inner)
      enter(inner)
    }
  }
  enter(root)

  /** Closes everything opened inside `open[keep]`; what they held ends at `end`. */
  const close = (keep: number, end: number): void => {
    const innermost = open[keep]?.part
    if (innermost) endLast(innermost, end)
    open.length = keep + 1
  }

  for (let line = lines.dashLine(root.start); line !== undefined && open.length > 0; line = lines.dashLine(line.next)) {
    const text = bytes.toString('latin1', line.start + 2, Math.min(line.end, line.start + 2 + longestBoundary)).trimEnd()
    const level = open.findLastIndex((o) => text === o.boundary || text === o.boundary + '--')
    const container = open[level]
    if (!container) continue
    close(level, line.before)
    if (text !== container.boundary) {
      container.part.broken = false
      container.part.end = Math.max(container.part.start, line.next)
      open.length = level
      continue
    }
    container.part.broken = true
    const child = partAt(line.next, container.part.depth + 1, container.part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain')
    container.part.children.push(child)
    enter(child)
  }
  return { root, limits: [...limits] }
}

/** The boundary of a multipart that names none: its first line that begins with two dashes. */
function likelyBoundary(
  bytes: Buffer,
  lines: LineReader,
  start: number,
  open: readonly { readonly boundary: string }[],
): string | undefined {
  const line = lines.dashLine(start)
  const text = line && bytes.toString('latin1', line.start + 2, Math.min(line.end, line.start + 80)).trimEnd()
  return text && /[^-]/.test(text) && !text.includes(' ') && !open.some((o) => text === o.boundary || text === `${o.boundary}--`)
    ? text
    : undefined
}

/** RFC 2046 allows 70 characters; some senders write more. */
const longestBoundary = 400

/** Cuts the last child of `part`, and its last children in turn, at `end`. */
function endLast(part: Part, end: number): void {
  for (let p = part.children.at(-1); p; p = p.children.at(-1)) if (p.end > end) p.end = Math.max(p.start, end)
}

function makePart(head: Fields, headerStart: number, depth: number, fallback: string, end: number): Part {
  const value = (name: string): string => head.fields.find((f) => f.name === name)?.value ?? ''
  const type = parseParameters(value('content-type'))
  const disposition = parseParameters(value('content-disposition'))
  const usable = /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(type.value)
  return {
    fields: head.fields,
    type: usable
      ? type.value
      : (looseTypes[type.value] ??
        (type.value === '' ? fallback : type.params.has('boundary') ? 'multipart/mixed' : 'application/octet-stream')),
    params: type.params,
    disposition: disposition.value,
    dispositionParams: disposition.params,
    encoding:
      value('content-transfer-encoding')
        .replace(/\(.*$/, '')
        .replace(/[\s;"'].*$/s, '')
        .toLowerCase() || parseParameters(value('content-transfer-encoding')).value,
    headerStart,
    start: head.end,
    end,
    depth,
    children: [],
    broken: true,
  }
}

/** Types without a subtype, as old mailers wrote them. */
const looseTypes: Readonly<Record<string, string>> = {
  text: 'text/plain',
  'text/': 'text/plain',
  html: 'text/html',
  plain: 'text/plain',
  multipart: 'multipart/mixed',
}

interface Fields {
  readonly fields: readonly RawField[]
  /** Where the body begins. */
  readonly end: number
  readonly bytes: number
  readonly cut: boolean
}

/** Printable ASCII without blank and colon (RFC 5322 §3.6.8); blanks before the colon are forgiven. */
const fieldName = /^([!-9;-~]{1,100})[ \t]*:/

function readFields(bytes: Buffer, lines: LineReader, from: number, isRoot: boolean): Fields {
  const fields: { name: string; parts: string[] }[] = []
  const limit = from + mailLimits.partHeaderBytes
  let pos = from
  let cut = false
  let first = true
  for (;;) {
    if (pos >= bytes.length) break
    const line = lines.at(pos)
    if (line.end === line.start) {
      pos = line.next
      break
    }
    if (!isRoot && line.end - line.start >= 2 && bytes[pos] === 0x2d && bytes[pos + 1] === 0x2d) {
      // A boundary right behind the header, without the empty line.
      break
    }
    if (line.start >= limit || line.end > limit) {
      cut = true
      pos = line.next
      first = false
      continue
    }
    const text = bytes.toString('latin1', line.start, line.end)
    const name = fieldName.exec(text)
    const last = fields.at(-1)
    if (/^[ \t]/.test(text)) {
      // A line of blanks folds, unless no header follows it: then it is the empty line, badly written.
      if (text.trim() === '' && !continues(bytes, lines, line.next)) {
        pos = line.next
        break
      }
      if (last) last.parts.push(text)
    } else if (name?.[1]) fields.push({ name: name[1].toLowerCase(), parts: [text.slice(name[0].length)] })
    else if (first && /^>?From /.test(text)) void 0
    else if (last && continues(bytes, lines, line.next)) {
      // A list broken without folding is whole again; of other fields the rubbish is dropped.
      if (lists.test(last.name)) last.parts.push(' ' + text)
    } else break
    pos = line.next
    first = false
  }
  return {
    fields: fields.map((f) => ({ name: f.name, value: f.parts.join('').trim() })),
    end: pos,
    bytes: Math.min(pos - from, mailLimits.partHeaderBytes),
    cut,
  }
}

const lists = /^(to|cc|bcc|from|reply-to|references|in-reply-to|x-failed-recipients)$/

/** Does a header field follow at `pos`, perhaps behind folded lines? Tells a line broken by accident from a body that begins without an empty line. */
function continues(bytes: Buffer, lines: LineReader, pos: number): boolean {
  for (let i = 0; i < 10 && pos < bytes.length; i++) {
    const line = lines.at(pos)
    const text = bytes.toString('latin1', line.start, Math.min(line.end, line.start + 60))
    if (!/^[ \t]+\S/.test(text)) return /^[A-Za-z][A-Za-z-]{1,40}:(?:[ \t]|$)/.test(text)
    pos = line.next
  }
  return false
}

interface Line {
  readonly start: number
  /** Without its line end. */
  readonly end: number
  /** Where the next line begins. */
  readonly next: number
}

interface LineReader {
  /** Behind a byte order mark and empty lines, if a header may follow there. */
  startOfMail(pos: number): number
  at(pos: number): Line
  /** The next line from `pos` that begins with `--`; `before` is where the text before its line break ends. */
  dashLine(pos: number): (Line & { readonly before: number }) | undefined
}

/** Reads lines that end in CRLF, LF, or, where the mail's first line break is one, a bare CR. */
function lineReader(bytes: Buffer): LineReader {
  const firstCr = bytes.indexOf(13)
  const firstLf = bytes.indexOf(10)
  const bareCr =
    firstCr >= 0 &&
    bytes[firstCr + 1] !== 10 &&
    !(bytes[firstCr + 1] === 13 && bytes[firstCr + 2] === 10) &&
    (firstLf < 0 || firstCr < firstLf)
  const at = (pos: number): Line => {
    if (bareCr) {
      let cr = pos
      while (cr < bytes.length && bytes[cr] !== 13 && bytes[cr] !== 10) cr++
      return { start: pos, end: cr, next: Math.min(bytes.length, bytes[cr] === 13 && bytes[cr + 1] === 10 ? cr + 2 : cr + 1) }
    }
    let i = bytes.indexOf(10, pos)
    if (i < 0) i = bytes.length
    let end = i
    while (end > pos && bytes[end - 1] === 13) end--
    return { start: pos, end, next: Math.min(bytes.length, i + 1) }
  }
  const isStart = (pos: number): boolean => pos === 0 || bytes[pos - 1] === 10 || (bareCr && bytes[pos - 1] === 13)
  return {
    at,
    startOfMail(from) {
      let pos = bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? from + 3 : from
      while (pos < bytes.length && (bytes[pos] === 13 || bytes[pos] === 10)) pos++
      return pos
    },
    dashLine(pos) {
      for (let i = bytes.indexOf('--', pos, 'latin1'); i >= 0;) {
        if (isStart(i)) {
          let before = i
          if (before > 0 && bytes[before - 1] === 10) before--
          if (before > 0 && bytes[before - 1] === 13) before--
          return { ...at(i), before }
        }
        // A row of dashes inside a line is skipped in one go.
        while (bytes[i] === 0x2d) i++
        i = bytes.indexOf('--', i, 'latin1')
      }
      return undefined
    },
  }
}
