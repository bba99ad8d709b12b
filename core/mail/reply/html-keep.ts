// The HTML of the kept lines: the source itself, without the nodes of the lines that were cut.
import type { HtmlLines } from './html-lines.ts'

/** HTML of the lines for which `keep` is true, with the elements around them. Not sanitised. */
export function keepHtml(body: HtmlLines, keep: (line: number) => boolean): string {
  const { nodes, lineOf } = body
  const wanted = new Uint8Array(nodes.length)
  let last = -1
  let first = -1
  for (let i = 0; i < nodes.length; i += 1) {
    const line = lineOf[i] ?? -1
    if (line < 0 || !keep(Math.min(line, Math.max(0, body.lines.length - 1)))) continue
    wanted[i] = 1
    const node = nodes[i]
    if ((node?.kind === 'text' && node.text.trim() !== '') || node?.name === 'img') {
      last = i
      if (first < 0) first = i
    }
  }
  if (last < 0) return ''
  const counts = new Int32Array(nodes.length + 1)
  for (let i = 0; i < nodes.length; i += 1) counts[i + 1] = (counts[i] ?? 0) + (i >= first && i <= last ? (wanted[i] ?? 0) : 0)
  const out: string[] = []
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]
    if (node === undefined) continue
    if (node.kind === 'text' || (node.kind === 'open' && node.pair === i)) {
      if (wanted[i] === 1 && i >= first && i <= last)
        out.push(node.kind === 'text' ? escape(node.text) : body.source.slice(node.from, node.to))
    } else if (node.kind === 'open' && !frame.has(node.name)) {
      if ((counts[node.pair] ?? 0) - (counts[i] ?? 0) > 0) out.push(body.source.slice(node.from, node.to))
    } else if (node.kind === 'close' && !frame.has(node.name)) {
      if ((counts[i] ?? 0) - (counts[node.pair] ?? 0) > 0) out.push(`</${node.name}>`)
    }
  }
  return out.join('').trim()
}

/** Elements of the document around the words. */
const frame = new Set(['html', 'body', 'head'])

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\u00a0/g, '&nbsp;')
}
