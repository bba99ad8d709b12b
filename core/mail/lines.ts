// The lines of a raw mail by their offsets: CRLF, LF, or, where the mail's first line break is one, a bare CR.

export interface Line {
  readonly start: number
  /** Without its line end. */
  readonly end: number
  /** Where the next line begins. */
  readonly next: number
}

/** A line that begins with `--`: nothing else can be a boundary. */
export interface DashLine extends Line {
  /** Where the text before its line break ends: the break belongs to the boundary (RFC 2046 §5.1.1). */
  readonly before: number
}

export interface Lines {
  /** Behind a byte order mark and empty lines, if a header may follow there. */
  startOfMail(pos: number): number
  at(pos: number): Line
  /** The next one from `pos`. */
  dashLine(pos: number): DashLine | undefined
}

/** Linear however the bytes are: each is looked at once, by native search where the mail has line feeds. */
export function linesOf(bytes: Buffer): Lines {
  const bareCr = endsInBareCr(bytes)
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

function endsInBareCr(bytes: Buffer): boolean {
  const firstCr = bytes.indexOf(13)
  const firstLf = bytes.indexOf(10)
  const doubled = bytes[firstCr + 1] === 13 && bytes[firstCr + 2] === 10
  return firstCr >= 0 && bytes[firstCr + 1] !== 10 && !doubled && (firstLf < 0 || firstCr < firstLf)
}
