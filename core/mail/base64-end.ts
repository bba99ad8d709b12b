// Where a base64 body ends and clear text begins that somebody put behind it: footers of mailing lists, notes of scanners.

/** So much of a body's end is looked at: footers are short, and the search must not cost a second pass over a big file. */
const lookedAt = 16_384

/** A line that encoders write: long, and nothing but the alphabet. */
const longLine = 60

/** The offset of the clear text in `raw` between `start` and `end`, `end` where there is none. A damaged line with more base64 behind it is no end. */
export function base64End(raw: Uint8Array, start: number, end: number): number {
  const from = Math.max(start, end - lookedAt)
  const text = Buffer.from(raw.buffer, raw.byteOffset + from, Math.max(0, end - from)).toString('latin1')
  const lines = linesIn(text)
  // The first of a cut-off beginning is half a line.
  if (from > start) lines.shift()
  const first = lines.findIndex((l) => l.text !== '' && !alphabet.test(l.text))
  const clear = lines[first]
  if (!clear) return end
  const behind = lines.slice(first)
  if (behind.some((l) => l.text.length >= longLine && alphabet.test(l.text) && /[A-Z]/.test(l.text) && /[a-z]/.test(l.text))) return end
  // Words of a footer may be of the alphabet too: what stands alone between an empty line and the first line that is not.
  let begin = first
  while (begin > 0) {
    const before = lines[begin - 1]
    if (!before || before.text.length >= longLine || before.text.endsWith('=')) break
    const above = lines.slice(0, begin - 1).findLast((l) => l.text !== '')
    const separate = before.text === '' || lines[begin - 2]?.text === '' || above?.text.endsWith('=') === true
    if (!separate || above === undefined) break
    begin--
  }
  // Without anything encoded before it the whole is clear: the label lies.
  return lines.slice(0, begin).some((l) => l.text !== '') || from > start ? from + (lines[begin]?.start ?? 0) : end
}

const alphabet = /^[A-Za-z0-9+/]+={0,2}$/

function linesIn(text: string): { readonly start: number; readonly text: string }[] {
  const lines: { readonly start: number; readonly text: string }[] = []
  for (let start = 0; start < text.length;) {
    const rest = text.slice(start, start + 2000)
    const breakAt = rest.search(/[\r\n]/)
    const length = breakAt < 0 ? rest.length : breakAt
    lines.push({ start, text: rest.slice(0, length).trim() })
    start += length + (rest.startsWith('\r\n', length) ? 2 : breakAt < 0 ? 0 : 1)
  }
  return lines
}
