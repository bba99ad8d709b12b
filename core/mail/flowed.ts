// Text that was soft-wrapped with format=flowed, joined again (RFC 3676 §4.1).

/**
 * Joins soft-broken lines. Quote depth is counted before joining and lines of different depth never join: an answer right below a
 * soft-broken quoted line stays an answer. `-- ` neither joins nor is joined. `delSp` drops the blank at the break.
 */
export function unflow(text: string, delSp: boolean): string {
  const out: string[] = []
  let depth = -1
  let open = false
  for (const line of text.split(/\r\n|\n|\r/)) {
    const quotes = quoteDepth(line)
    let content = line.slice(quotes)
    if (content.startsWith(' ')) content = content.slice(1)
    const signature = content === '-- '
    const soft = content.endsWith(' ') && !signature
    if (soft && delSp) content = content.slice(0, -1)
    if (open && quotes === depth && !signature) out.push((out.pop() ?? '') + content)
    else out.push(quotes > 0 ? `${'>'.repeat(quotes)} ${content}` : content)
    depth = quotes
    open = soft
  }
  return out.join('\n')
}

function quoteDepth(line: string): number {
  let n = 0
  while (line.charCodeAt(n) === 0x3e) n++
  return n
}
