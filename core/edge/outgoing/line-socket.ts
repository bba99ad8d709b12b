// A socket as an SMTP client needs it: writes that tell when they are flushed, replies read one by one, each with a time limit.
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import { hopName } from './next-hop.ts'
import type { NextHop } from './next-hop.ts'
import { ReplyReader } from './reply.ts'
import type { Reply } from './reply.ts'
import { SessionFault } from './session-fault.ts'
import type { FaultKind } from './session-fault.ts'

/** Replies that came before the break are still read; then every call rejects with the same SessionFault. */
export class LineSocket {
  readonly #clock: Clock
  readonly #hop: NextHop
  #socket: Socket
  #secure: boolean
  #reader = new ReplyReader()
  #replies: Reply[] = []
  #wake: (() => void) | undefined
  #fault: SessionFault | undefined
  #onBreak: (() => void) | undefined
  #detach: () => void = () => undefined

  private constructor(clock: Clock, hop: NextHop, socket: Socket, secure: boolean) {
    this.#clock = clock
    this.#hop = hop
    this.#socket = socket
    this.#secure = secure
    this.#attach()
  }

  /** Connects, with TLS from the first byte where the hop wants it. Rejects with a SessionFault. */
  static async open(clock: Clock, hop: NextHop): Promise<LineSocket> {
    const implicit = hop.tls === 'implicit'
    const socket = implicit ? connectTls({ ...hop.at, ...tlsOptions(hop) }) : connectTcp(hop.at)
    await ready(clock, hop, socket, implicit ? 'secureConnect' : 'connect', hop.timeouts.connect)
    socket.setNoDelay(true)
    return new LineSocket(clock, hop, socket, implicit)
  }

  /** The bytes are encrypted. */
  get secure(): boolean {
    return this.#secure
  }

  get broken(): boolean {
    return this.#fault !== undefined
  }

  /** Nobody asked, and yet the peer has spoken or gone. */
  get unquiet(): boolean {
    return this.broken || this.#replies.length > 0 || this.#reader.pending
  }

  /** Replies that arrived and were not read; they are taken away. */
  takeUnread(): readonly Reply[] {
    return this.#replies.splice(0)
  }

  /** Called once when the connection ends, for whatever reason. */
  onBreak(fn: () => void): void {
    this.#onBreak = fn
    if (this.#fault) fn()
  }

  /** Resolves when all of it has been handed to the kernel. */
  async write(bytes: Buffer | string, timeoutMs: number): Promise<void> {
    if (this.#fault) throw this.#fault
    const flushed = new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (!error) return resolve()
        this.#break('broken', `connection to ${hopName(this.#hop)} broke: ${describeError(error)}`)
        reject(this.#fault ?? error)
      })
    })
    await this.#within(timeoutMs, flushed)
  }

  /** The next reply. */
  async read(timeoutMs: number): Promise<Reply> {
    const waiting = async (): Promise<Reply> => {
      for (;;) {
        const reply = this.#replies.shift()
        if (reply) return reply
        if (this.#fault) throw this.#fault
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    }
    return this.#within(timeoutMs, waiting())
  }

  /** STARTTLS went through: everything from here on is encrypted; words sent in clear behind the 220 are an attack (CVE-2011-0411) and end the session. */
  async startTls(): Promise<void> {
    if (this.unquiet) {
      this.#break('protocol', `${hopName(this.#hop)} spoke in clear after STARTTLS`)
      throw this.#fault ?? new SessionFault('protocol', 'broken')
    }
    const plain = this.#socket
    this.#detach()
    const socket = connectTls({ socket: plain, ...tlsOptions(this.#hop) })
    try {
      await ready(this.#clock, this.#hop, socket, 'secureConnect', this.#hop.timeouts.command)
    } catch (error) {
      plain.destroy()
      this.#break('tls', error instanceof Error ? error.message : String(error))
      throw error
    }
    this.#socket = socket
    this.#secure = true
    this.#reader = new ReplyReader()
    this.#attach()
  }

  /** While idle, the connection does not keep the process alive. */
  idle(is: boolean): void {
    if (is) this.#socket.unref()
    else this.#socket.ref()
  }

  /** Ends it at once. */
  destroy(kind: FaultKind, reason: string): void {
    this.#break(kind, reason)
  }

  /** Says a last word, and waits for the peer to close, at most 2 s. */
  async quit(): Promise<void> {
    if (this.#fault) return
    const socket = this.#socket
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(2000, resolve)
      socket.once('close', () => {
        timer.cancel()
        resolve()
      })
      socket.end('QUIT\r\n')
    })
    this.#break('broken', 'closed')
  }

  #attach(): void {
    const peer = hopName(this.#hop)
    const socket = this.#socket
    const onData = (bytes: Buffer): void => {
      try {
        this.#replies.push(...this.#reader.push(bytes))
        this.#wake?.()
      } catch (error) {
        this.#break('protocol', `${peer}: ${describeError(error)}`)
      }
    }
    const onError = (error: Error): void => this.#break('broken', `connection to ${peer} broke: ${describeError(error)}`)
    const onClose = (): void => this.#break('broken', `${peer} closed the connection`)
    socket.on('data', onData).on('error', onError).on('close', onClose)
    this.#detach = () => socket.removeListener('data', onData).removeListener('close', onClose)
  }

  #break(kind: FaultKind, reason: string): void {
    if (this.#fault) return
    this.#fault = new SessionFault(kind, reason)
    this.#socket.destroy()
    this.#wake?.()
    this.#onBreak?.()
  }

  async #within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    const timer = this.#clock.setTimer(timeoutMs, () =>
      this.#break('timeout', `${hopName(this.#hop)} did not answer within ${timeoutMs / 1000} s`),
    )
    try {
      return await work
    } finally {
      timer.cancel()
    }
  }
}

function tlsOptions(hop: NextHop): ConnectionOptions {
  const host = 'path' in hop.at ? '' : hop.at.host
  return {
    // SNI takes names only (RFC 6066 §3); the certificate of an IP address is checked against the address all the same.
    ...(host !== '' && isIP(host) === 0 ? { servername: host } : { host }),
    rejectUnauthorized: hop.verify && hop.tls !== 'opportunistic',
    ...(hop.ca === undefined ? {} : { ca: hop.ca }),
  }
}

/** Waits for a socket to be connected or encrypted; destroys it and rejects with a SessionFault otherwise. */
function ready(clock: Clock, hop: NextHop, socket: Socket, event: 'connect' | 'secureConnect', ms: number): Promise<void> {
  const kind = event === 'secureConnect' ? 'tls' : 'broken'
  const what = event === 'secureConnect' ? 'TLS with' : 'connection to'
  return new Promise((resolve, reject) => {
    const settle = (fault?: SessionFault): void => {
      timer.cancel()
      socket.removeListener('error', onError).removeListener('close', onClose).removeListener(event, onReady)
      if (!fault) return resolve()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(fault)
    }
    const onReady = (): void => settle()
    const onError = (error: Error): void =>
      settle(new SessionFault(kind, `${what} ${hopName(hop)} failed: ${describeError(error)}`, { cause: error }))
    const onClose = (): void => settle(new SessionFault(kind, `${what} ${hopName(hop)} failed: closed`))
    const timer = clock.setTimer(ms, () => settle(new SessionFault('timeout', `${what} ${hopName(hop)} took more than ${ms / 1000} s`)))
    socket.once(event, onReady).once('error', onError).once('close', onClose)
  })
}
