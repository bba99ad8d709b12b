// Our own reply marker: the line "reply above this line" of a notification, by which we know our own mail in a quote.
//
// Text: `##~ words ~##` on a line. Mail programs put `> ` before it, wrap it or indent it; the signs at both ends survive all
// of that. HTML: an element with id, class and a data attribute (Outlook writes `x_` before ids and classes, but keeps data
// attributes). It must be the first thing of the mail, for everything from it on is cut out of every reply.
//
// Our own signature below an answer: the delimiter `-- ` in text, and in HTML an element whose class and data attribute hold a hash of its
// letters. Only where they still are the same is it cut out of a quote: words that somebody typed into it are his.
import { createHash } from 'node:crypto'
import { readHtml } from './html-tree.ts'
import type { Line } from './lines.ts'

const OPEN = '##~'
const CLOSE = '~##'
const NAME = 'postern-reply-above'
const ATTRIBUTE = 'data-postern'
const SIGNATURE = 'postern-signature'
const SIGNATURE_ATTRIBUTE = 'data-postern-signature'

/** The marker line of a text mail; `words` come from the locale ("Напишите ответ выше этой строки"). */
export function markerLine(words: string): string {
  return `${OPEN} ${words} ${CLOSE}`
}

/** The marker of an HTML mail. `words` are escaped here. */
export function markerHtml(words: string): string {
  const safe = words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  return `<div id="${NAME}" class="${NAME}" ${ATTRIBUTE}="reply-above" style="opacity:.7;font-size:12px">${OPEN} ${safe} ${CLOSE}</div>`
}

/** Our signature in HTML, which is safe. */
export function signatureHtml(html: string): string {
  const hash = lettersHash(
    readHtml(html)
      .nodes.map((n) => (n.kind === 'text' ? n.text : ''))
      .join(''),
  )
  return `<div class="${SIGNATURE}-${hash}" ${SIGNATURE_ATTRIBUTE}="${hash}">-- <br>${html}</div>`
}

/** Whether an element is our signature and holds what we wrote into it. `text`: what is seen in it, asked for only where it matters. */
export function isSignatureElement(attributes: ReadonlyMap<string, string>, text: () => string): boolean {
  const classes = (attributes.get('class') ?? '')
    .split(/\s+/)
    .map((c) => new RegExp(`^${SIGNATURE}-([0-9a-f]{16})$`).exec(unprefixed(c))?.[1])
  const hash = attributes.get(SIGNATURE_ATTRIBUTE) ?? classes.find((c) => c !== undefined)
  return hash !== undefined && lettersHash(text()) === hash
}

/** Of letters and digits alone: mail programs wrap and space a text anew. */
function lettersHash(text: string): string {
  return createHash('sha256')
    .update(text.replace(/[^\p{L}\p{N}]+/gu, ''))
    .digest('hex')
    .slice(0, 16)
}

/** Whether an HTML element is our marker. Attribute names are lower case. */
export function isMarkerElement(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.get(ATTRIBUTE) === 'reply-above') return true
  const id = attributes.get('id') ?? ''
  const classes = attributes.get('class') ?? ''
  return unprefixed(id) === NAME || classes.split(/\s+/).some((c) => unprefixed(c) === NAME)
}

/** The first line of a marker: the sign, or one of the given marker texts, also wrapped over up to three lines; or -1. */
export function findMarker(lines: readonly Line[], markers: readonly string[]): number {
  const wanted = markers.map(squeeze).filter((m) => m.length >= 8)
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]
    if (line === undefined || line.text === '') continue
    if (line.mark === 'marker') return i
    if (line.text.length > 1000) continue
    const open = line.text.indexOf(OPEN)
    if (open >= 0 && open < 12 && joined(lines, i).includes(CLOSE, open)) return i
    const text = wanted.length > 0 ? squeeze(joined(lines, i)) : ''
    if (wanted.some((m) => text.startsWith(m) || (text.indexOf(m) >= 0 && text.indexOf(m) < 6))) return i
  }
  return -1
}

function joined(lines: readonly Line[], at: number): string {
  return lines
    .slice(at, at + 3)
    .map((l) => l.text.slice(0, 1000))
    .join(' ')
}

function squeeze(text: string): string {
  return text.replace(/[\s>*_]+/g, '').toLowerCase()
}

function unprefixed(name: string): string {
  return name.replace(/^(?:x_)+/i, '')
}
