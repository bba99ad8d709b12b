// Counts the hops a mail has made, by its trace headers (RFC 5321 §6.3).

/** Every hop prepends its header, so fifty of them stand at the top; a header block without end must not be read whole. */
const headerBytes = 256 * 1024

/** How many `Received:` headers stand in the header block of `raw`. */
export function countReceived(raw: Buffer): number {
  const header = raw.toString('latin1', 0, headerEnd(raw))
  return header.match(/^received[ \t]*:/gim)?.length ?? 0
}

function headerEnd(raw: Buffer): number {
  const head = raw.subarray(0, headerBytes)
  if (head[0] === 0x0a || (head[0] === 0x0d && head[1] === 0x0a)) return 0
  const ends = [head.indexOf('\r\n\r\n'), head.indexOf('\n\n')].filter((at) => at >= 0)
  return Math.min(head.length, ...ends)
}
