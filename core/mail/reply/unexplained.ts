// Which lines of a cut-off part are not known to be somebody else's: what may be the author's own words is told, not dropped silently.
import { attributionEndingAt } from './attribution.ts'
import { dashedBanner, isRule } from './banner.ts'
import { dateLevel, hasTime } from './dates.ts'
import { headerFields } from './header-block.ts'
import type { Line } from './lines.ts'
import { hasWords, textLines } from './lines.ts'
import { findMarker } from './marker.ts'

/**
 * The lines of `cut` that no text of `known` (the messages of the case) holds, and that are no attribution, header line, banner or rule.
 * From our own marker on nothing is asked, unless the marker is quoted and the line is not: then the author wrote below it.
 * `marks`: quote marks are proof enough. Linear in the size of both.
 */
export function unexplainedLines(cut: string, known: readonly string[], options: { readonly marks: boolean }): readonly string[] {
  const { lines } = textLines(cut)
  const there = known.map(squeeze).join('\n')
  const marker = findMarker(lines, [])
  const framed = attributions(lines)
  const quoted = (lines[marker]?.depth ?? 0) > 0
  return lines.flatMap((line, i) => {
    if (!hasWords(line.text) || (options.marks && line.depth > 0) || (marker >= 0 && i >= marker && !quoted)) return []
    return there.includes(squeeze(line.text)) || framed.has(i) || isFrame(line) || isWrapped(lines[i - 1], line) ? [] : [line.raw.trim()]
  })
}

/** The lines of attributions, which programs wrap. */
function attributions(lines: readonly Line[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (let i = 0; i < lines.length; i += 1) {
    const one = attributionEndingAt(lines, i)
    for (let k = one?.start ?? i + 1; k <= i; k += 1) found.add(k)
  }
  return found
}

/** What mail programs write around an old mail. */
function isFrame(line: Line): boolean {
  const { text } = line
  if (isRule(line) || text.length > 500 || dashedBanner(text) !== null || headerFields(text) !== null || /##~|~##/.test(text)) return true
  return /[:：]$/.test(text)
    ? /[\d@]/.test(text)
    : /<[^<>\s]{1,200}@/.test(text) || (dateLevel(text) === 2 && hasTime(text) && text.length < 120)
}

/** The rest of a quoted line that a program has broken without a mark. */
function isWrapped(above: Line | undefined, line: Line): boolean {
  return line.depth === 0 && above !== undefined && above.depth > 0 && above.raw.length >= 60
}

/** Letters and digits alone: wrapping, marks and emphasis differ between a mail and its quote. */
function squeeze(text: string): string {
  return text
    .slice(0, 200_000)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
}
