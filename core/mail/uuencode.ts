// Files pasted into text with uuencode: `begin 644 name` .. `end`.

export interface UuencodedFile {
  /** From the `begin` line to behind the `end` line, inside the raw mail. */
  readonly start: number
  readonly end: number
  /** Bytes-in-a-string. */
  readonly filename: string
}

/** At most so many files of one text are taken out. */
const most = 100

/** Finds whole files only: a `begin` line, lines of the announced length, an `end` line. Linear: lines are looked at once. */
export function findUuencoded(raw: Uint8Array, start: number, end: number): readonly UuencodedFile[] {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, end)
  const files: UuencodedFile[] = []
  for (let at = bytes.indexOf('begin ', start, 'latin1'); at >= 0 && files.length < most;) {
    const lineStart = at === start || bytes[at - 1] === 10 || bytes[at - 1] === 13
    const head = lineStart ? /^begin [0-7]{3,4} ([^\r\n]{1,255})(\r\n|\n|\r)/.exec(bytes.toString('latin1', at, at + 300)) : null
    const bodyEnd = head ? endOfFile(bytes, at + head[0].length) : -1
    if (head?.[1] && bodyEnd > 0) files.push({ start: at, end: bodyEnd, filename: head[1].trim() })
    at = bytes.indexOf('begin ', bodyEnd > 0 ? bodyEnd : at + 6, 'latin1')
  }
  return files
}

/** Behind the `end` line; -1 when a line is no uuencoded one. Each bad start costs one line, so the whole stays linear. */
function endOfFile(bytes: Buffer, from: number): number {
  let pos = from
  let lines = 0
  while (pos < bytes.length) {
    let next = pos
    while (next < bytes.length && bytes[next] !== 10 && bytes[next] !== 13) next++
    const length = next - pos
    const behind = bytes[next] === 13 && bytes[next + 1] === 10 ? next + 2 : next + 1
    if (length === 3 && bytes.toString('latin1', pos, next) === 'end') return lines > 0 ? Math.min(behind, bytes.length) : -1
    const first = bytes[pos] ?? 0
    const announced = Math.ceil(((first - 32) & 63) / 3) * 4 + 1
    if (length > 0 && (first < 0x20 || first > 0x60 || length > 90 || length + 3 < announced)) return -1
    if (length > 0) lines++
    pos = behind
  }
  return -1
}
