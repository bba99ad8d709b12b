// The structure of a mail: parts with byte offsets into the raw mail, within bounds (RFC 2045, RFC 2046 §5.1). The boundaries are mailsplit's.
import { readHeaderBlock } from './header-block.ts'
import type { HeaderBlock, RawField } from './header-block.ts'
import { LimitError, mailLimits } from './limits.ts'
import { linesOf } from './lines.ts'
import type { Lines } from './lines.ts'
import { parseParameters } from './params.ts'
import type { Parameters } from './params.ts'
import { createSplitter } from './splitter.ts'
import type { Spot } from './splitter.ts'

export interface Part {
  readonly fields: readonly RawField[]
  /** Lower-case `type/subtype`; `text/plain` (in a digest `message/rfc822`) where the mail says nothing usable. */
  readonly type: string
  readonly params: Parameters
  readonly disposition: string
  readonly dispositionParams: Parameters
  /** Lower-case transfer encoding, '' where there is none. */
  readonly encoding: string
  /** The body of the part inside the raw mail: [start, end). */
  readonly start: number
  end: number
  readonly depth: number
  readonly children: Part[]
}

export interface Structure {
  readonly root: Part
  /** Soft bounds that were hit, by their names in `mailLimits`. */
  readonly limits: readonly (keyof typeof mailLimits)[]
}

/** Scans the raw mail; throws LimitError for too many parts or header bytes. Everything else, however broken, gives a tree. */
export function scanMail(raw: Uint8Array): Structure {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const lines = linesOf(bytes)
  const limits = new Set<keyof typeof mailLimits>()
  const splitter = createSplitter()
  const partAt = new Map<Spot, Part>()
  let headerBytes = 0
  let boundaries = false

  /** Reads the header at `pos` and those of mails enclosed right behind it. */
  const enter = (pos: number, parent: Part | undefined): Part => {
    const depth = parent ? parent.depth + 1 : 0
    const head = readHeaderBlock(bytes, lines, pos, parent && (isMessage(parent) ? 'enclosed' : 'part'))
    headerBytes += head.bytes
    if (head.cut) limits.add('partHeaderBytes')
    if (headerBytes > mailLimits.headerBytes) throw new LimitError('headerBytes')
    const part = makePart(head, depth, parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain', bytes.length)
    parent?.children.push(part)
    const boundary = part.type.startsWith('multipart/') ? boundaryOf(part, bytes, lines, splitter.spot) : ''
    const enclosed = isMessage(part) && !/^(base64|quoted-printable)$/.test(part.encoding)
    const tooDeep = part.depth >= mailLimits.depth && (boundary !== '' || enclosed)
    if (tooDeep) limits.add('depth')
    boundaries ||= boundary !== ''
    const spot = splitter.header(
      tooDeep ? { kind: 'leaf' } : boundary !== '' ? { kind: 'multipart', boundary } : { kind: enclosed ? 'message' : 'leaf' },
    )
    partAt.set(spot, part)
    if (enclosed && !tooDeep) enter(lines.startOfMail(part.start), part)
    return part
  }

  const root = enter(lines.startOfMail(0), undefined)
  if (!boundaries) return { root, limits: [...limits] }
  let line = lines.dashLine(root.start)
  while (line) {
    const met = splitter.line(
      line.next > line.end ? bytes.subarray(line.start, line.next) : Buffer.concat([bytes.subarray(line.start), lineEnd]),
    )
    const container = met && partAt.get(met.container)
    if (container) {
      endLast(container, line.before)
      if (!met.opens) container.end = line.next
    }
    line = lines.dashLine(container && met.opens ? enter(line.next, container).start : line.next)
  }
  return { root, limits: [...limits] }
}

const lineEnd = Buffer.from('\n')
const isMessage = (part: Part): boolean => part.type === 'message/rfc822' || part.type === 'message/global'

/** What separates the children of a multipart: its parameter, else its first line that begins with two dashes; '' where there is neither. */
function boundaryOf(part: Part, bytes: Buffer, lines: Lines, parent: Spot): string {
  const named = part.params.get('boundary')?.trimEnd() ?? ''
  // mailsplit compares ASCII alone (RFC 2046 §5.1.1).
  if (/^[\x20-\x7e]+$/.test(named)) return named
  const line = lines.dashLine(part.start)
  const text = line ? bytes.toString('latin1', line.start + 2, Math.min(line.end, line.start + 80)).trimEnd() : ''
  if (!/^[\x21-\x7e]*[!-,.-~][\x21-\x7e]*$/.test(text)) return ''
  for (let spot: Spot | false = parent; spot; spot = spot.parentNode) {
    const open = spot._boundary ? spot._boundary.toString('latin1') : undefined
    if (open !== undefined && (text === open || text === `${open}--`)) return ''
  }
  return text
}

/** Cuts the last child of `part`, and its last children in turn, at `end`. */
function endLast(part: Part, end: number): void {
  for (let p = part.children.at(-1); p; p = p.children.at(-1)) if (p.end > end) p.end = Math.max(p.start, end)
}

function makePart(head: HeaderBlock, depth: number, fallback: string, end: number): Part {
  const value = (name: string): string => head.fields.find((f) => f.name === name)?.value ?? ''
  const type = parseParameters(value('content-type'))
  const disposition = parseParameters(value('content-disposition'))
  const encoding = parseParameters(value('content-transfer-encoding')).value
  return {
    fields: head.fields,
    type: typeOf(type.value, type.params, fallback),
    params: type.params,
    disposition: disposition.value,
    dispositionParams: disposition.params,
    encoding,
    start: head.end,
    end,
    depth,
    children: [],
  }
}

function typeOf(value: string, params: Parameters, fallback: string): string {
  if (/^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(value)) return value
  if (value === '') return fallback
  return looseTypes[value] ?? (params.has('boundary') ? 'multipart/mixed' : 'application/octet-stream')
}

/** Types without a subtype, as old mailers wrote them. */
const looseTypes: Readonly<Record<string, string>> = {
  text: 'text/plain',
  'text/': 'text/plain',
  html: 'text/html',
  plain: 'text/plain',
  multipart: 'multipart/mixed',
}
