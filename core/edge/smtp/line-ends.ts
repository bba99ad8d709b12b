// The body of a DATA command as it came over the wire: dot-stuffing undone, and the line ends refused that let two servers see two mails in one.
//
// Only CR LF "." CR LF ends a message. A front end that takes other sequences for the end (CVE-2023-51764 and its kin) could be
// talked into relaying a second, forged mail inside the first. Refused is therefore a dot at the start of a line, as any
// server may count lines, with a bare CR or a bare LF beside it:
//     LF . CR LF   LF . LF   CR . CR LF   CR . LF   CR . CR   LF . CR   CR LF . LF   CR LF . CR
// A sentence that ends in a dot before a bare LF ("so it is.<LF>") starts no line and harms nobody: it is accepted, bytes untouched.

export type BodyFault = 'bare_line_end' | 'nul_byte'

const lineDot = Buffer.from('\n.')
const bareCrDot = Buffer.from('\r.')
const cr = 0x0d
const lf = 0x0a

/**
 * `wire` is everything after the 354 up to the ending dot, without the dot. Returns the raw message (a view of `wire` where nothing was stuffed),
 * or what is wrong with it. Linear: it goes from hit to hit of three native searches.
 */
export function unstuff(wire: Buffer): Buffer | BodyFault {
  if (wire.includes(0)) return 'nul_byte'
  if (wire.includes(bareCrDot)) return 'bare_line_end'
  const parts: Buffer[] = []
  let from = 0
  if (wire[0] === 0x2e) {
    if (bareBehindDot(wire, 0)) return 'bare_line_end'
    from = 1
  }
  for (let at = wire.indexOf(lineDot); at >= 0; at = wire.indexOf(lineDot, at + 2)) {
    if (wire[at - 1] !== cr || bareBehindDot(wire, at + 1)) return 'bare_line_end'
    parts.push(wire.subarray(from, at + 1))
    from = at + 2
  }
  if (parts.length === 0) return from === 0 ? wire : wire.subarray(from)
  parts.push(wire.subarray(from))
  return Buffer.concat(parts)
}

/** The dot at `dot` starts a line; behind it, or behind the dot that it is stuffed with, stands a line end other than CR LF. */
function bareBehindDot(wire: Buffer, dot: number): boolean {
  const next = wire[dot + 1] === 0x2e ? dot + 2 : dot + 1
  return wire[next] === lf || (wire[next] === cr && wire[next + 1] !== lf)
}
