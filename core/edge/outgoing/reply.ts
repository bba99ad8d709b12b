// SMTP replies (RFC 5321 §4.2): put together from whatever pieces the socket delivers, bounded, and made printable.
import { StringDecoder } from 'node:string_decoder'

export interface Reply {
  readonly code: number
  /** Enhanced status (RFC 2034) where the first line has one, else ''. */
  readonly status: string
  /** Lines without code and line end, as they came (EHLO needs them one by one). */
  readonly lines: readonly string[]
}

/** RFC 5321 §4.5.3.1.5 says 512 octets; peers send more. */
const longestLine = 4096
const mostLines = 200

/** Takes bytes, gives whole replies; throws where the peer does not speak SMTP. Linear in the bytes. */
export class ReplyReader {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #code = 0
  #lines: string[] = []

  push(bytes: Buffer): readonly Reply[] {
    const replies: Reply[] = []
    const parts = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) {
      const done = this.#line(part.endsWith('\r') ? part.slice(0, -1) : part)
      if (done) replies.push(done)
    }
    if (this.#rest.length > longestLine) throw new Error('reply line too long')
    return replies
  }

  /** Bytes of an unfinished reply are waiting. */
  get pending(): boolean {
    return this.#rest !== '' || this.#lines.length > 0
  }

  #line(line: string): Reply | undefined {
    const found = /^([2-5]\d\d)([ -]|$)/.exec(line)
    if (!found || line.length > longestLine) throw new Error(`not an SMTP reply: ${printable(line).slice(0, 80)}`)
    const code = Number(found[1])
    if (this.#lines.length > 0 && code !== this.#code) throw new Error('reply lines with different codes')
    if (this.#lines.length >= mostLines) throw new Error('reply with too many lines')
    this.#code = code
    this.#lines.push(line.slice(4))
    if (found[2] === '-') return undefined
    const lines = this.#lines
    this.#lines = []
    return { code, status: /^[245]\.\d{1,3}\.\d{1,3}(?= |$)/.exec(lines[0] ?? '')?.[0] ?? '', lines }
  }
}

/** The reply as one printable line of at most 500 characters: for people and the database. */
export function replyText(reply: Reply): string {
  return printable(`${reply.code} ${reply.lines.join(' ')}`).slice(0, 500)
}

/** Controls out, so that nothing a peer says can forge a log line or a terminal sequence. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trimEnd()
}
