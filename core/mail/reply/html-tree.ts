// Reads HTML into a flat list of nodes in document order, with bounded depth: no recursion, no quadratic stack.
//
// htmlparser2's tokenizer does the reading (entities, comments, raw text); the nesting is kept here, because its own parser
// shifts an array at every tag and stalls on a million nested elements. Deeper than MAX_OPEN elements are taken as siblings.
import { Tokenizer } from 'htmlparser2'

/** An element, a piece of text or the end of an element. */
export interface Node {
  readonly kind: 'open' | 'close' | 'text' | 'comment'
  /** Lower-case element name; '' for text. */
  readonly name: string
  /** Decoded text, or the comment. */
  readonly text: string
  readonly attributes: ReadonlyMap<string, string>
  /** Where it stands in the source. */
  readonly from: number
  readonly to: number
  /** open: index of its close node (its own index for void elements); close: index of its open node; else -1. */
  pair: number
}

/** Elements without content. */
const VOID: ReadonlySet<string> = new Set([
  'area',
  'base',
  'basefont',
  'br',
  'col',
  'embed',
  'frame',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'param',
  'source',
  'track',
  'wbr',
])

const MAX_OPEN = 400
/** Nodes that are read; the rest of the document is given back as `rest`. */
const MAX_NODES = 100_000
/** Steps of the tokenizer (a stray `<` is a text of its own) and eighths of the text: 4.8 million characters at most. */
const MAX_STEPS = 600_000
const MAX_ATTRIBUTE = 600
/** Characters handed over at once: between two pieces we can stop. */
const PIECE = 65_536
const kept = new Set([
  'id',
  'class',
  'style',
  'type',
  'name',
  'data-postern',
  'data-postern-signature',
  'data-marker',
  'data-signature-widget',
  'data-smartmail',
  'cite',
  'align',
  'size',
  'width',
  'alt',
])
const none: ReadonlyMap<string, string> = new Map()

/** The nodes of a document, every open element closed. */
export function readHtml(source: string): { readonly nodes: readonly Node[]; readonly rest: string } {
  const nodes: Node[] = []
  const stack: number[] = []
  const openCount = new Map<string, number>()
  let name = ''
  let from = 0
  let attributes: Map<string, string> | null = null
  let attribute = ''
  let value = ''
  let text = ''
  let textFrom = -1
  let textTo = -1

  const flush = (): void => {
    if (textFrom < 0) return
    // A node a line, so that a quote inside preformatted text can be taken out.
    const pieces = (openCount.get('pre') ?? 0) > 0 ? text.split(/(?<=\n)/) : [text]
    for (const piece of pieces) nodes.push({ kind: 'text', name: '', text: piece, attributes: none, from: textFrom, to: textTo, pair: -1 })
    text = ''
    textFrom = -1
  }
  const addText = (piece: string, start: number, end: number): void => {
    if (textFrom < 0) textFrom = start
    text += piece
    textTo = end
    read = end
    steps += 1 + ((end - start) >> 3)
  }
  const close = (at: number): void => {
    const open = stack.pop()
    const node = open === undefined ? undefined : nodes[open]
    if (open === undefined || node === undefined) return
    openCount.set(node.name, (openCount.get(node.name) ?? 1) - 1)
    node.pair = nodes.length
    nodes.push({ kind: 'close', name: node.name, text: '', attributes: none, from: at, to: at, pair: open })
  }
  const opened = (end: number): void => {
    flush()
    read = end
    const closes = impliedEnd.get(name)
    while (closes?.has(nodes[stack.at(-1) ?? -1]?.name ?? '') === true) close(from)
    const isVoid = VOID.has(name)
    const index = nodes.length
    nodes.push({ kind: 'open', name, text: '', attributes: attributes ?? none, from, to: end, pair: isVoid ? index : -1 })
    if (isVoid) return
    if (stack.length >= MAX_OPEN) {
      // Too deep: closed at once, so its content becomes its sibling.
      stack.push(index)
      openCount.set(name, (openCount.get(name) ?? 0) + 1)
      close(end)
      return
    }
    stack.push(index)
    openCount.set(name, (openCount.get(name) ?? 0) + 1)
  }
  let offset = 0
  let steps = 0
  let read = 0
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      onattribdata: (start, end) => {
        if (kept.has(attribute) && value.length < MAX_ATTRIBUTE) value += source.slice(start, Math.min(end, start + MAX_ATTRIBUTE))
      },
      onattribentity: (code) => {
        if (value.length < MAX_ATTRIBUTE) value += String.fromCodePoint(code)
      },
      onattribname: (start, end) => {
        steps += 1
        attribute = end - start > 30 ? '' : source.slice(start, end).toLowerCase()
        value = ''
      },
      onattribend: () => {
        if (!kept.has(attribute)) return
        attributes ??= new Map()
        if (!attributes.has(attribute)) attributes.set(attribute, value)
      },
      oncdata: () => {},
      onclosetag: (start, end) => {
        flush()
        read = end + 1
        steps += 1
        const closing = end - start > 40 ? '' : source.slice(start, end).toLowerCase()
        if (closing === 'br') {
          nodes.push({ kind: 'open', name: 'br', text: '', attributes: none, from: end, to: end, pair: nodes.length })
          return
        }
        if ((openCount.get(closing) ?? 0) === 0) return
        while (stack.length > 0) {
          const top = nodes[stack.at(-1) ?? -1]
          close(start - 2)
          if (top === undefined || top.name === closing) break
        }
      },
      oncomment: (start, end) => {
        flush()
        nodes.push({
          kind: 'comment',
          name: '',
          text: source.slice(start, Math.min(end, start + 60)),
          attributes: none,
          from: start - 4,
          to: end,
          pair: -1,
        })
      },
      ondeclaration: () => {},
      onend: () => {},
      onopentagend: (end) => opened(end + 1),
      onopentagname: (start, end) => {
        name = end - start > 40 ? 'unknown' : source.slice(start, end).toLowerCase()
        from = start - 1
        attributes = null
      },
      onprocessinginstruction: () => {},
      onselfclosingtag: (end) => opened(end + 1),
      ontext: (start, end) => addText(source.slice(start, end), start, end),
      ontextentity: (code, end) => addText(String.fromCodePoint(code), end - 1, end),
    },
  )
  while (offset < source.length && nodes.length < MAX_NODES && steps < MAX_STEPS) {
    tokenizer.write(source.slice(offset, offset + PIECE))
    offset += PIECE
  }
  if (offset >= source.length) {
    tokenizer.end()
    offset = source.length
    read = offset
  }
  flush()
  while (stack.length > 0) close(read)
  return { nodes, rest: source.slice(read) }
}

/** What an opening tag ends: HTML lets `</p>`, `</li>` and the like be left out. */
const block = new Set(['p'])
const impliedEnd: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...['p', 'div', 'ul', 'ol', 'table', 'blockquote', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre', 'dl', 'form'].map(
    (n) => [n, block] as const,
  ),
  ['li', new Set(['li', 'p'])],
  ['tr', new Set(['tr', 'td', 'th'])],
  ['td', new Set(['td', 'th', 'p'])],
  ['th', new Set(['td', 'th', 'p'])],
  ['option', new Set(['option'])],
  ['dd', new Set(['dd', 'dt'])],
  ['dt', new Set(['dd', 'dt'])],
])
