// Collects the body of a DATA command, however it is cut, until CR LF "." CR LF, and keeps to its bound.

const terminator = Buffer.from('\r\n.\r\n')
/** Pieces smaller than this are copied together: a peer that sends single octets must not cost a Buffer each. */
const blockBytes = 64 * 1024

export class BodyReader {
  readonly #limit: number
  #parts: Buffer[] = []
  #block: Buffer | undefined
  #fill = 0
  #stored = 0
  #overflow = false
  #starved = false
  /** The last octets seen; a body may begin with its ending dot, as if a line end stood before it. */
  #tail: Buffer = Buffer.from('\r\n')

  /** `limitBytes` bounds the raw message; every third octet of what is on the wire may be a stuffed dot (lines of one dot). */
  constructor(limitBytes: number) {
    this.#limit = Math.floor((limitBytes * 4) / 3) + 3
  }

  /** Octets held. */
  get bytes(): number {
    return this.#stored
  }

  /** Went over its bound: the rest is read and thrown away. */
  get overflowed(): boolean {
    return this.#overflow
  }

  /** There was no memory for it: the rest is read and thrown away. */
  get starved(): boolean {
    return this.#starved
  }

  /** Called when there is no memory for it. */
  starve(): void {
    this.#starved = true
    this.#discard()
  }

  /** Gives up what is held and stores no more; the end is still looked for. */
  #discard(): void {
    this.#overflow = true
    this.#parts = []
    this.#block = undefined
    this.#fill = 0
    this.#stored = 0
  }

  /** The octets of `chunk` behind the end of the message, or undefined where the end has not come yet. */
  push(chunk: Buffer): Buffer | undefined {
    const end = this.#endIn(chunk)
    this.#store(end < 0 ? chunk : chunk.subarray(0, end))
    if (end >= 0) return chunk.subarray(end)
    this.#tail = chunk.length >= 4 ? Buffer.from(chunk.subarray(-4)) : Buffer.concat([this.#tail, chunk]).subarray(-4)
    return undefined
  }

  /** What came, without the ending dot; dots still stuffed. Empty after an overflow. */
  take(): Buffer {
    this.#closeBlock()
    const [only] = this.#parts
    const wire = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts)
    this.#parts = []
    return wire.subarray(0, Math.max(0, wire.length - 3))
  }

  /** Where in `chunk` the message ends, behind its dot; -1 if it does not. */
  #endIn(chunk: Buffer): number {
    const bridge = Buffer.concat([this.#tail, chunk.subarray(0, 4)])
    const across = bridge.indexOf(terminator)
    if (across >= 0) return across + terminator.length - this.#tail.length
    const inside = chunk.indexOf(terminator)
    return inside < 0 ? -1 : inside + terminator.length
  }

  #store(piece: Buffer): void {
    if (this.#overflow) return
    if (this.#stored + piece.length > this.#limit + 3) {
      this.#discard()
      return
    }
    this.#stored += piece.length
    if (piece.length >= blockBytes / 4 || (this.#block === undefined && this.#parts.length === 0)) {
      this.#closeBlock()
      this.#parts.push(piece)
      return
    }
    let rest = piece
    while (rest.length > 0) {
      this.#block ??= Buffer.allocUnsafe(blockBytes)
      const copied = rest.copy(this.#block, this.#fill)
      this.#fill += copied
      rest = rest.subarray(copied)
      if (this.#fill === blockBytes) this.#closeBlock()
    }
  }

  #closeBlock(): void {
    if (this.#block) this.#parts.push(this.#block.subarray(0, this.#fill))
    this.#block = undefined
    this.#fill = 0
  }
}
