// HTML as the tree that browsers build of it (WHATWG HTML §13.2, by parse5), within bounds, and a tree written out as HTML again.
import { defaultTreeAdapter, html as names, parseFragment } from 'parse5'
import type { DefaultTreeAdapterMap, DefaultTreeAdapterTypes, TreeAdapter } from 'parse5'

/** The HTML would cost too much to be read as a browser does: nested too deeply, or grown to too many elements. */
export class TooMuchHtml extends Error {}

/** Browsers stop at 512 open elements, mail does not reach 300. */
const maxDepth = 500
/** Elements and attributes. 5 MB of paragraphs of one word have 420,000; each takes 230 bytes, and a worker has 256 MB. */
const maxNodes = 500_000

/**
 * What stands in the body of a page. Throws TooMuchHtml at the first element too many, so time and memory are linear in the input: a browser
 * opens unclosed formatting again in every paragraph, and by that alone 5 MB can become a thousand million elements.
 */
export function browserTree(html: string): DefaultTreeAdapterTypes.DocumentFragment {
  const body = defaultTreeAdapter.createElement('div', names.NS.HTML, [])
  return parseFragment(body, html, { treeAdapter: boundedAdapter(html.length) })
}

/** parse5's own tree without comments; counts what is made and what is open. */
function boundedAdapter(length: number): TreeAdapter<DefaultTreeAdapterMap> {
  // A tag has three characters at least; ordinary mail has an element for every thirty.
  const most = Math.min(500 + length, maxNodes)
  let made = 0
  let open = 0
  // An array that grows from nothing takes 17 places at once: 150 bytes for a paragraph's only text.
  const append = (parent: DefaultTreeAdapterTypes.ParentNode, node: DefaultTreeAdapterTypes.ChildNode): void => {
    if (parent.childNodes.length === 0) parent.childNodes = [node]
    else parent.childNodes.push(node)
    node.parentNode = parent
  }
  return {
    ...defaultTreeAdapter,
    createElement(name, namespace, attributes) {
      made += 1 + attributes.length
      if (made > most) throw new TooMuchHtml('too many elements')
      return defaultTreeAdapter.createElement(name, namespace, attributes)
    },
    appendChild(parent, node) {
      if (!defaultTreeAdapter.isCommentNode(node)) append(parent, node)
    },
    insertText(parent, text) {
      const last = parent.childNodes.at(-1)
      if (last !== undefined && defaultTreeAdapter.isTextNode(last)) last.value += text
      else append(parent, defaultTreeAdapter.createTextNode(text))
    },
    onItemPush() {
      if (++open > maxDepth) throw new TooMuchHtml('nested too deeply')
    },
    onItemPop() {
      open--
    },
  }
}

/** What becomes of an element: written with these attributes, only its content written, or left out with its content. */
export type Treatment = Iterable<readonly [name: string, value: string]> | 'content' | 'none'

/** Writes what is below `root`, `treat` asked once for every element of HTML; elements of SVG and MathML have only their content written. */
export function writeTree(
  root: DefaultTreeAdapterTypes.ParentNode,
  treat: (name: string, attributes: DefaultTreeAdapterTypes.Element['attrs']) => Treatment,
): string {
  const out = new Pieces()
  let atStartOfPre = false
  let siblings = root.childNodes
  let next = 0
  const parents: { readonly siblings: typeof siblings; readonly next: number; readonly end: string }[] = []
  for (;;) {
    const node = siblings[next++]
    if (node === undefined) {
      const parent = parents.pop()
      if (parent === undefined) return out.joined()
      if (parent.end !== '') atStartOfPre = false
      out.add(parent.end)
      ;({ siblings, next } = parent)
    } else if (defaultTreeAdapter.isTextNode(node)) {
      // A character reference can make a lone CR, which would be read as LF.
      const text = node.value.replace(/\r/g, '\n')
      // The first line break in a `pre` is not read.
      if (atStartOfPre && text.startsWith('\n')) out.add('\n')
      atStartOfPre &&= text === ''
      out.add(escapeText(text))
    } else if (defaultTreeAdapter.isElementNode(node)) {
      const treatment = treat(node.tagName, node.attrs)
      if (treatment === 'none') continue
      const isWritten = treatment !== 'content' && node.namespaceURI === names.NS.HTML
      if (isWritten) {
        out.add(`<${node.tagName}`)
        for (const [name, value] of treatment) out.add(` ${name}="${escapeAttribute(value)}"`)
        out.add('>')
        atStartOfPre = node.tagName === 'pre'
        if (voidElements.has(node.tagName)) continue
      }
      parents.push({ siblings, next, end: isWritten ? `</${node.tagName}>` : '' })
      siblings = node.childNodes
      next = 0
    }
  }
}

/** A long string made of short ones: concatenated one by one, V8 keeps 32 bytes for each until the end. */
class Pieces {
  readonly #done: string[] = []
  readonly #pieces: string[] = []

  add(piece: string): void {
    if (this.#pieces.push(piece) >= 4096) this.#done.push(this.#pieces.splice(0).join(''))
  }

  joined(): string {
    return this.#done.join('') + this.#pieces.join('')
  }
}

/** Those without content, of the ones that may be written. */
const voidElements: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img', 'wbr'])

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeText = (text: string): string => text.replace(/[&<>]/g, (c) => references[c] ?? '')
const escapeAttribute = (text: string): string => text.replace(/[&<>"]/g, (c) => references[c] ?? '')
