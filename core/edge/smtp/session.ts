// The wire of one SMTP or LMTP session: octets in, whole command lines and whole bodies to the dialogue, replies out in order.
//
// Everything but a commit is answered in the turn in which it was heard; while a commit runs, input waits, and a peer that goes on
// sending is held back by TCP. Replies of one turn leave in one write.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Timer } from '../../base/clock.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import { Dialogue, replyTo } from './dialogue.ts'
import type { DialogueContext } from './dialogue.ts'
import type { BodyReader } from './body-reader.ts'
import type { Memory } from './memory.ts'

/** What a session needs of its server. */
export interface SessionContext extends DialogueContext {
  readonly memory: Memory
  /** Offers STARTTLS. */
  readonly tls?: SecureContext
  /** Silence after which the session is closed; RFC 5321 §4.5.3.2.7 asks for five minutes. */
  readonly idleMs: number
}

/** Longest command line; RFC 5321 allows 512 and lets extensions add to it. */
const longestLine = 4096
/** Input that may gather while a commit runs, before the socket is told to wait. */
const mostPending = 64 * 1024
/**
 * Silence after which a session is closed while we stop. Postfix keeps an idle session for 2 s (lmtp_connection_cache_time_limit) and puts
 * the mail off for which it finds one closed, so each may bring one more mail or be closed by its peer first.
 */
const stoppingIdleMs = 3000
/** How long a peer may take to close its side after our last word. */
const lingerMs = 5000

export class Session {
  readonly #context: SessionContext
  readonly #peer: string
  #socket: Socket
  readonly #dialogue: Dialogue
  #body: BodyReader | undefined
  /** Start of a command line whose end has not come. */
  #partial: Buffer | undefined
  /** A commit runs. */
  #waiting = false
  #pending: Buffer[] = []
  #pendingBytes = 0
  #out = ''
  #stopping = false
  #closed = false
  #lastHeard: number
  #idleTimer: Timer
  readonly #onClosed: () => void

  constructor(socket: Socket, peer: string, context: SessionContext, onClosed: () => void) {
    this.#context = context
    this.#peer = peer
    this.#socket = socket
    this.#onClosed = onClosed
    this.#lastHeard = context.clock.monotonic()
    this.#idleTimer = this.#watchIdle()
    this.#dialogue = new Dialogue(peer, context, {
      offersTls: () => context.tls !== undefined && !(this.#socket instanceof TLSSocket),
      reply: (line) => this.#reply(line),
      bye: (line) => this.#bye(line),
      body: (reader) => (this.#body = reader),
      startTls: () => this.#startTls(),
    })
    this.#listen(socket)
    this.#dialogue.greet()
    this.#flush()
  }

  /** Lets one more mail come to its reply, and says 421 behind it, or where no mail is under way and the peer is silent for `stoppingIdleMs`. Harmless twice. */
  stop(): void {
    if (this.#stopping || this.#socket.writableEnded) return
    this.#stopping = true
    this.#idleTimer.cancel()
    this.#idleTimer = this.#watchIdle()
  }

  /** Ends it now, whatever it is doing. */
  destroy(): void {
    this.#socket.destroy()
    this.#close()
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#heardSafely(chunk))
    socket.on('error', (error) => this.#context.log.debug({ peer: this.#peer, reason: describeError(error) }, 'connection failed'))
    // Half-closed: replies to what came before still go out, the end follows them.
    socket.on('end', () => {
      if (!this.#waiting) this.#end()
    })
    socket.on('close', () => this.#close())
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#idleTimer.cancel()
    this.#dialogue.end()
    this.#dropBody()
    this.#pending = []
    this.#onClosed()
  }

  #watchIdle(atLeastMs = 0): Timer {
    const left = (): number => this.#lastHeard + (this.#stopping ? stoppingIdleMs : this.#context.idleMs) - this.#context.clock.monotonic()
    const look = (): void => {
      if (left() > 0 || this.#waiting || (this.#stopping && this.#body)) this.#idleTimer = this.#watchIdle(1000)
      else this.#bye(this.#stopping ? stoppingLine : '421 4.4.2 Timeout, closing connection')
    }
    return this.#context.clock.setTimer(Math.max(left(), atLeastMs), look, { background: true })
  }

  /** A bug must end this session at most, never the process with all the others. */
  #heardSafely(chunk: Buffer): void {
    try {
      this.#heard(chunk)
    } catch (error) {
      this.#context.log.error({ peer: this.#peer, reason: describeError(error) }, 'a session failed')
      this.destroy()
    }
  }

  #heard(chunk: Buffer): void {
    this.#lastHeard = this.#context.clock.monotonic()
    if (this.#closed) return
    if (this.#waiting) {
      this.#pending.push(chunk)
      this.#pendingBytes += chunk.length
      if (this.#pendingBytes > mostPending) this.#socket.pause()
      return
    }
    this.#consume(chunk)
    this.#flush()
  }

  /** A commit is over: what came meanwhile is next. */
  #goOn(): void {
    this.#waiting = false
    if (this.#closed) return
    if (this.#stopping && !this.#body) {
      this.#bye(stoppingLine)
      return
    }
    const pending = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    if (pending.length > 0) this.#consume(pending.length === 1 && pending[0] ? pending[0] : Buffer.concat(pending))
    this.#flush()
    if (this.#closed || this.#waiting) return
    if (this.#socket.isPaused()) this.#socket.resume()
    if (this.#socket.readableEnded) this.#end()
  }

  #consume(input: Buffer): void {
    let rest: Buffer | undefined = input
    while (rest && rest.length > 0 && !this.#closed && !this.#socket.writableEnded) {
      if (this.#waiting) {
        this.#pending.unshift(rest)
        this.#pendingBytes += rest.length
        return
      }
      rest = this.#body ? this.#readBody(this.#body, rest) : this.#readLine(rest)
    }
  }

  /** Takes one line off `input`; undefined where its end has not come. */
  #readLine(input: Buffer): Buffer | undefined {
    const end = input.indexOf(0x0a)
    const piece = end < 0 ? input : input.subarray(0, end)
    const line: Buffer = this.#partial ? Buffer.concat([this.#partial, piece.subarray(0, longestLine + 2)]) : piece
    if (end < 0) {
      // An overlong line is kept just long enough to be known as one.
      this.#partial = Buffer.from(line.subarray(0, longestLine + 2))
      return undefined
    }
    this.#partial = undefined
    const command = line.at(-1) === 0x0d ? line.subarray(0, -1) : line
    const rest = input.subarray(end + 1)
    if (command.length > longestLine) this.#dialogue.refuse('500 5.5.2 Line too long')
    else this.#dialogue.command(command, rest.length > 0)
    return rest
  }

  #readBody(body: BodyReader, input: Buffer): Buffer | undefined {
    const { memory, log } = this.#context
    const before = body.bytes
    const rest = body.push(input)
    if (!memory.take(body.bytes - before)) {
      memory.give(before)
      body.starve()
    }
    if (!rest) return undefined
    const held = body.bytes
    this.#body = undefined
    const commit = this.#dialogue.received(body)
    if (!commit) {
      memory.give(held)
      if (this.#stopping) this.#bye(stoppingLine)
      return rest
    }
    this.#waiting = true
    commit
      .finally(() => memory.give(held))
      .then(() => this.#goOn())
      .catch((error: unknown) => {
        log.error({ peer: this.#peer, reason: describeError(error) }, 'a session failed')
        this.destroy()
      })
    return rest
  }

  #startTls(): void {
    this.#flush()
    const plain = this.#socket
    plain.removeAllListeners('data')
    plain.removeAllListeners('end')
    const { tls } = this.#context
    const secure = new TLSSocket(plain, { isServer: true, ...(tls && { secureContext: tls }) })
    this.#socket = secure
    this.#listen(secure)
  }

  #reply(line: string): void {
    this.#out += `${line}\r\n`
  }

  #flush(): void {
    if (this.#out === '' || this.#closed) return
    const out = this.#out
    this.#out = ''
    if (this.#socket.writable) this.#socket.write(out)
  }

  #bye(line: string): void {
    if (this.#socket.writableEnded) return
    this.#reply(line)
    this.#end()
  }

  /** Our side is closed; a peer that does not close its own is cut off. */
  #end(): void {
    this.#flush()
    this.#dialogue.end()
    this.#dropBody()
    this.#socket.end()
    this.#socket.resume()
    this.#idleTimer.cancel()
    if (!this.#closed) this.#idleTimer = this.#context.clock.setTimer(lingerMs, () => this.destroy(), { background: true })
  }

  #dropBody(): void {
    if (this.#body) this.#context.memory.give(this.#body.bytes)
    this.#body = undefined
  }
}

const stoppingLine = replyTo(new PosternError('stopping'))
