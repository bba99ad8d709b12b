// The upper lines of an HTML body: for cutting off what stands below an answer and is meant for the gateway, not for its reader.
import { htmlLines } from './html-lines.ts'
import { keepHtml } from './html-keep.ts'

/** The HTML of the first lines, elements around them kept; `choose` sees the visible text of every line and answers how many stay. Not sanitised. */
export function headHtml(html: string, choose: (lines: readonly string[]) => number): string {
  const body = htmlLines(html)
  const keep = choose(body.lines.map((l) => l.raw))
  return keepHtml(body, (line) => line < keep)
}
