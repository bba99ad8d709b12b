// HTML as plain text: visible words only, paragraphs and line breaks kept, quotes behind "> ".
import { htmlLines } from './html-lines.ts'
import { hasWords } from './lines.ts'

/** The visible text of an HTML body. Linear in its size, at any nesting; never throws. */
export function htmlToText(html: string): string {
  const { lines, rest } = htmlLines(html)
  const out: string[] = []
  for (const line of lines) {
    const quote = line.depth === 0 ? '' : `${'>'.repeat(Math.min(line.depth, 20))} `
    const words = line.raw.replace(/^(?:>[ ]?)+/, '')
    out.push((quote + (line.text === '' ? '' : words)).trimEnd())
  }
  return tidy(out.join('\n')) + (rest === '' ? '' : `\n${stripTags(rest)}`)
}

/** At most two line ends in a row, no blank lines at the ends. */
export function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd())
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
}

/** The words of a piece of HTML that is too large to be read as such. */
export function stripTags(html: string): string {
  const out: string[] = []
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) {
      out.push(html.slice(at))
      break
    }
    out.push(html.slice(at, open))
    const close = html.indexOf('>', open)
    if (close < 0) break
    out.push(' ')
    at = close + 1
  }
  const text = out.join('')
  return hasWords(text) ? text : ''
}
