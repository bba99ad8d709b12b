// The octets of a message while it comes in: bounded one by one and all together, and judged when they are whole.
import { PosternError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'

/** One bound for all mail that is being received or committed: octets held by all sessions together. */
export class MailMemory {
  readonly #limit: number
  #held = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** For mails of at most `maxSizeBytes`: 256 MiB, and never less than one of them needs. */
  static forMails(maxSizeBytes: number): MailMemory {
    return new MailMemory(Math.max(256 * 1024 * 1024, 2 * maxSizeBytes))
  }

  /** Counts `bytes` more; false where that would pass the bound, and then nothing is counted. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false
    this.#held += bytes
    return true
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}

/** Every hop prepends a header, so they stand at the top; a header block without end must not be read whole. */
const headerBytes = 256 * 1024
/** More hops than this are a loop (REL-14). */
const maxHops = 50
const leastGrown = 16 * 1024

/** Collects one message in one buffer, for a peer that sends single octets must not cost an object for each. */
export class Body {
  readonly #memory: MailMemory
  readonly #limit: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #fault: ErrorCode | undefined

  constructor(memory: MailMemory, limitBytes: number) {
    this.#memory = memory
    this.#limit = limitBytes
  }

  /** Octets held. */
  get length(): number {
    return this.#length
  }

  push(chunk: Buffer): void {
    if (this.#fault) return
    const length = this.#length + chunk.length
    if (length > this.#limit) return this.#fail('message_too_big')
    if (length > this.#bytes.length && !this.#grow(length, chunk)) return this.#fail('too_busy')
    if (this.#bytes !== chunk) chunk.copy(this.#bytes, this.#length)
    this.#length = length
  }

  /** The whole message; throws what is to be answered where it is not taken. */
  judged(): Buffer {
    if (this.#fault) throw new PosternError(this.#fault)
    const raw = this.#bytes.subarray(0, this.#length)
    if (hasBareLineEnd(raw)) throw new PosternError('bare_line_end')
    if (countReceived(raw) > maxHops) throw new PosternError('mail_loop')
    return raw
  }

  /** Gives the memory back; harmless twice. */
  release(): void {
    this.#memory.give(this.#bytes.length)
    this.#bytes = Buffer.alloc(0)
  }

  /** Most mails come in one chunk, which is kept as it is; the buffer of the others doubles. */
  #grow(length: number, chunk: Buffer): boolean {
    const size = this.#length === 0 ? length : Math.min(this.#limit, Math.max(length, leastGrown, 2 * this.#length))
    const more = size - this.#bytes.length
    if (!this.#memory.take(more)) return false
    try {
      const bytes = this.#length === 0 ? chunk : Buffer.allocUnsafeSlow(size)
      this.#bytes.copy(bytes, 0, 0, this.#length)
      this.#bytes = bytes
      return true
    } catch {
      // The machine has less than we may use.
      this.#memory.give(more)
      return false
    }
  }

  #fail(fault: ErrorCode): void {
    this.#fault = fault
    this.release()
  }
}

/**
 * Whether a dot at the start of a line, as any server may count lines, has a bare CR or a bare LF beside it. Only CR LF "." CR LF ends a
 * message; a front end that takes other sequences for the end (CVE-2023-51764 and its kin) could be talked into relaying a second, forged
 * mail inside the first (REL-9). Other bare line ends harm nobody. `raw` has its dots unstuffed already; linear.
 */
export function hasBareLineEnd(raw: Buffer): boolean {
  if (raw.includes('\r.') || (raw[0] === 0x2e && bareAt(raw, 1))) return true
  for (let at = raw.indexOf('\n.'); at >= 0; at = raw.indexOf('\n.', at + 2)) {
    if (raw[at - 1] !== 0x0d || bareAt(raw, at + 2)) return true
  }
  return false
}

const bareAt = (raw: Buffer, at: number): boolean => raw[at] === 0x0a || (raw[at] === 0x0d && raw[at + 1] !== 0x0a)

/** How many `Received:` headers (RFC 5321 §6.3) stand in the header block of `raw`. */
function countReceived(raw: Buffer): number {
  const head = raw.toString('latin1', 0, headerBytes)
  const end = /^\r?\n|\r\n\r\n|\n\n/.exec(head)?.index ?? head.length
  return head.slice(0, end).match(/^received[ \t]*:/gim)?.length ?? 0
}
