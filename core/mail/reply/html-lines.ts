// Turns HTML into lines: what a reader sees, with quote depth and the marks of mail programs, and which node went to which line.
import { containerMark } from './html-containers.ts'
import type { Node } from './html-tree.ts'
import { readHtml } from './html-tree.ts'
import type { Line, Mark } from './lines.ts'
import { IMAGE, MAX_LINES, clean, normalise } from './lines.ts'

/** An HTML body as lines. */
export interface HtmlLines {
  readonly lines: readonly Line[]
  readonly nodes: readonly Node[]
  /** For every text node, image and line break: the index of its line; -1 for all others. */
  readonly lineOf: Int32Array
  readonly source: string
  /** What was not read because the document is too large. */
  readonly rest: string
  /** A container of a mail program was found. */
  readonly vendor: boolean
}

const blocks = new Set(
  'address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody thead tfoot tr ul'.split(
    ' ',
  ),
)
const unseen = new Set('head style script title template noscript noframes object applet xml'.split(' '))
const strength: readonly Mark[] = ['plain', 'indent', 'reply', 'cite', 'attribution', 'sign', 'cut', 'ours', 'after', 'marker']
/** Characters of one line; more are put on the next. */
const MAX_LINE = 100_000

/** The lines of an HTML body. */
export function htmlLines(html: string): HtmlLines {
  const { nodes, rest } = readHtml(html)
  const lineOf = new Int32Array(nodes.length).fill(-1)
  const lines: Line[] = []
  const marks: { readonly mark: Mark; readonly outer: Mark; readonly until: number }[] = []
  const gmail: { readonly until: number; seen: boolean }[] = []
  let unseenGmail = 0
  let mark: Mark = 'plain'
  let depth = 0
  let cites = 0
  let skip = 0
  let pre = 0
  let text = ''
  let started = false
  let lineMark: Mark = 'plain'
  let lineDepth = 0
  let lineCites = 0
  let blocksSeen = 0
  let vendor = false
  let sticky: Mark = 'plain'
  let full = false
  let picture = false
  const hiddenNodes = new Set<number>()

  const current = (): Mark => stronger(stronger(mark, sticky), unseenGmail > 0 ? 'attribution' : 'plain')
  const begin = (): void => {
    if (started) return
    started = true
    lineMark = current()
    lineDepth = depth
    lineCites = cites
  }
  const push = (): void => {
    const shown = clean(normalise(text))
    if (picture && shown === '') {
      lines.push({ raw: '', text: IMAGE, depth: lineDepth, mark: lineMark })
      text = ''
      started = picture = false
      return
    }
    picture = false
    const typed = typedMarks(shown)
    lines.push({
      raw: shown === '' ? quoteMarks(lineCites).trimEnd() : quoteMarks(lineCites) + (pre > 0 ? normalise(text).trimEnd() : shown),
      text: shown.slice(typed.length).trim(),
      depth: lineDepth + (typed.match(/>/g)?.length ?? 0),
      mark: lineMark,
      ...(lineDepth > 0 ? { block: blocksSeen } : {}),
    })
    text = ''
    started = false
  }
  /** Ends the line if it has anything. */
  const end = (): void => {
    if (started && (text.trim() !== '' || picture)) push()
    else {
      text = ''
      started = false
    }
  }
  const blank = (): void => {
    if (lines.length === 0 || lines.at(-1)?.text === '') return
    begin()
    text = ''
    push()
  }
  const write = (piece: string, index: number): void => {
    if (pre > 0) {
      const parts = piece.replace(/\r\n?/g, '\n').split('\n')
      parts.forEach((part, i) => {
        if (i > 0) {
          begin()
          push()
        }
        if (part !== '') {
          begin()
          text += part
        }
        if (i === 0 || lineOf[index] === -1) lineOf[index] = lines.length
      })
      return
    }
    let flat = piece.replace(/[ \t\r\n\f]+/g, ' ')
    if (text === '' || text.endsWith(' ')) flat = flat.replace(/^ /, '')
    if (flat === '') {
      lineOf[index] = lines.length
      return
    }
    if (text.length > MAX_LINE) end()
    begin()
    text += flat
    lineOf[index] = lines.length
  }

  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]
    if (node === undefined) continue
    if (lines.length >= MAX_LINES) {
      full = true
      break
    }
    if (node.kind === 'text') {
      if (skip === 0) write(node.text, i)
    } else if (node.kind === 'comment') {
      if (/^\s*originalMessage\s*$/.test(node.text)) {
        end()
        sticky = stronger(sticky, 'after')
        vendor = true
      }
    } else if (node.kind === 'open') {
      if (unseen.has(node.name) || hidden(node)) {
        if (node.pair > i) skip += 1
        if (node.pair > i) hiddenNodes.add(i)
        continue
      }
      if (skip > 0) continue
      if (node.name === 'br') {
        begin()
        lineOf[i] = lines.length
        push()
        continue
      }
      if (node.name === 'img') {
        begin()
        picture ||= node.attributes.get('width') !== '1'
        lineOf[i] = lines.length
        continue
      }
      const found = containerMark({
        name: node.name,
        attributes: node.attributes,
        words: () => firstWords(nodes, i),
        text: () => wordsIn(nodes, i),
        holdsBlockquote: () => holdsBlockquote(nodes, i),
      })
      if (blocks.has(node.name) || found !== null) end()
      if (node.name === 'hr') {
        lineOf[i] = lines.length
        lineMark = current()
        lines.push({ raw: '', text: '________', depth, mark: stronger(found === 'after' ? 'after' : 'plain', current()) })
      }
      if (spaced(node)) blank()
      if ((node.name === 'td' || node.name === 'th') && text !== '' && !text.endsWith(' ')) text += ' '
      if (isPre(node)) pre += 1
      if (node.name === 'blockquote') {
        if (depth === 0) blocksSeen += 1
        depth += 1
        if (found !== 'indent' && found !== 'reply') cites += 1
        if (unseenGmail > 0) for (const g of gmail) g.seen = true
        unseenGmail = 0
      }
      if (found === 'gmail') {
        gmail.push({ until: node.pair, seen: false })
        unseenGmail += 1
      } else if (found === 'after') sticky = 'after'
      else if (found !== null && node.pair > i) {
        const inGmail = (found === 'indent' || found === 'reply') && gmail.length > 0
        marks.push({ mark: inGmail ? 'cite' : found, outer: mark, until: node.pair })
        if (inGmail) cites += 1
        mark = stronger(mark, inGmail ? 'cite' : found)
      }
      if (found !== null && found !== 'indent' && found !== 'reply' && found !== 'ours') vendor = true
    } else {
      const open = nodes[node.pair]
      if (open === undefined) continue
      if (hiddenNodes.has(node.pair)) {
        skip -= 1
        continue
      }
      if (skip > 0) continue
      const closing = marks.at(-1)?.until === i
      if (blocks.has(node.name) || closing) end()
      if (isPre(open)) pre = Math.max(0, pre - 1)
      if (node.name === 'blockquote') {
        depth = Math.max(0, depth - 1)
        if (marks.at(-1)?.mark !== 'indent' && marks.at(-1)?.mark !== 'reply') cites = Math.max(0, cites - 1)
      }
      if (closing) {
        mark = marks.pop()?.outer ?? 'plain'
      }
      if (gmail.at(-1)?.until === i && gmail.pop()?.seen === false) unseenGmail -= 1
      if (spaced(open)) blank()
    }
  }
  end()
  const unread = full ? html.slice(nodes[lastRead(lineOf)]?.to ?? html.length) : rest
  return { lines, nodes, lineOf, source: html, rest: unread, vendor }
}

function lastRead(lineOf: Int32Array): number {
  let i = lineOf.length - 1
  while (i > 0 && lineOf[i] === -1) i -= 1
  return i
}

function stronger(a: Mark, b: Mark): Mark {
  return strength.indexOf(b) > strength.indexOf(a) ? b : a
}

function quoteMarks(depth: number): string {
  return depth === 0 ? '' : `${'>'.repeat(Math.min(depth, 20))} `
}

/** Quote marks that were typed as text: `> > ` of `> > Old words`. */
function typedMarks(text: string): string {
  return /^(?:>[ ]{0,3}){1,50}/.exec(text)?.[0] ?? ''
}

/** Invisible to the reader, so it is no word of the author. */
function hidden(node: Node): boolean {
  const style = node.attributes.get('style')
  return style !== undefined && /display:\s?none|mso-hide:\s?all/i.test(style)
}

function isPre(node: Node): boolean {
  return node.name === 'pre' || node.name === 'textarea' || /white-space:\s?pre(?!\w)/i.test(node.attributes.get('style') ?? '')
}

/** A paragraph stands between blank lines, but Word's do not. */
function spaced(node: Node): boolean {
  if (!/^(?:p|h[1-6]|ul|ol|dl)$/.test(node.name)) return false
  const style = node.attributes.get('style') ?? ''
  return !/mso/i.test(node.attributes.get('class') ?? '') && !/margin(?:-top|-bottom)?:\s?0/i.test(style)
}

function firstWords(nodes: readonly Node[], at: number): string {
  let words = ''
  const until = Math.min(nodes[at]?.pair ?? at, at + 60)
  for (let i = at + 1; i < until && words.length < 200; i += 1) {
    const node = nodes[i]
    if (node?.kind === 'text') words += node.text
    else if (node?.name === 'br') break
  }
  return clean(normalise(words).replace(/\s+/g, ' '))
}

/** All that is seen in an element, if that is no more than a signature has. */
function wordsIn(nodes: readonly Node[], at: number): string {
  const until = nodes[at]?.pair ?? at
  if (until - at > 2000) return ''
  return nodes
    .slice(at + 1, Math.max(at + 1, until))
    .map((n) => (n.kind === 'text' ? n.text : ' '))
    .join('')
}

function holdsBlockquote(nodes: readonly Node[], at: number): boolean {
  const until = nodes[at]?.pair ?? at
  let looked = 0
  for (let i = at + 1; i < until && looked < 200; looked += 1) {
    const node = nodes[i]
    if (node === undefined) return false
    if (node.kind === 'open' && node.name === 'blockquote') return true
    // Into Gmail's own wrappers, over everything else.
    const wrapper = node.kind === 'open' && /gmail_(?:quote|extra)/.test(node.attributes.get('class') ?? '')
    i = node.kind === 'open' && node.pair > i && !wrapper ? node.pair + 1 : i + 1
  }
  return false
}
