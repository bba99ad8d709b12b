// Senders that never give up: each keeps a connection busy, and sends again, byte for byte, what was not acknowledged.
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface LoadOptions {
  /** Ports of the nodes; a connection that ends is opened again at the next one. */
  readonly nodes: readonly { readonly smtp: number; readonly lmtp: number }[]
  readonly connections: number
}

/** The mail with a number: most small, some of 200 kB. */
function mailOf(n: number): { readonly id: string; readonly raw: string } {
  const id = `crash-${n}@client.test`
  const line = `Line of mail ${n}, and nothing else to say.\r\n`
  const body = n % 97 === 0 ? line.repeat(5000) : line.repeat(5 + (n % 40))
  return {
    id,
    raw: `From: Customer ${n} <c${n}@customer.test>\r\nTo: support@example.test\r\nSubject: Mail ${n}\r\nMessage-ID: <${id}>\r\nDate: Mon, 21 Sep 2026 09:00:00 +0000\r\n\r\n${body}`,
  }
}

export class Load {
  readonly #o: LoadOptions
  readonly tried = new Set<string>()
  readonly acknowledged = new Set<string>()
  #next = 0
  #open = true
  #stopped = false
  #turn = 0
  #senders: Promise<void>[] = []

  constructor(options: LoadOptions) {
    this.#o = options
  }

  start(): void {
    this.#senders = Array.from({ length: this.#o.connections }, (_, i) => this.#send(i % 3 === 2 ? 'lmtp' : 'smtp'))
  }

  /** No new mail once `atLeast` are acknowledged; resolves when all that was tried is. */
  async finish(atLeast = 0): Promise<void> {
    while (this.acknowledged.size < atLeast && !this.#stopped) await new Promise((resolve) => setTimeout(resolve, 20))
    this.#open = false
    await Promise.all(this.#senders)
  }

  stop(): void {
    this.#stopped = true
  }

  #port(protocol: 'smtp' | 'lmtp'): number {
    const node = this.#o.nodes[this.#turn++ % this.#o.nodes.length]
    return node?.[protocol] ?? 0
  }

  async #send(protocol: 'smtp' | 'lmtp'): Promise<void> {
    let dialogue: Dialogue | undefined
    while (this.#open && !this.#stopped) {
      const number = ++this.#next
      const { id, raw } = mailOf(number)
      // As of an MTA's queue: tried again from the same sender, whatever the other connections do meanwhile.
      const from = `c${number}@customer.test`
      this.tried.add(id)
      while (!this.acknowledged.has(id) && !this.#stopped) {
        try {
          dialogue ??= await Dialogue.open(this.#port(protocol), protocol)
          if (await dialogue.deliver(raw, from)) this.acknowledged.add(id)
        } catch {
          dialogue?.close()
          dialogue = undefined
          await new Promise((resolve) => setTimeout(resolve, 30))
        }
      }
    }
    dialogue?.close()
  }
}

/** One conversation; rejects when the connection ends. */
class Dialogue {
  readonly #socket: Socket
  #buffer = ''
  #take: ((line: string) => void) | undefined
  #fail: ((error: Error) => void) | undefined
  #broken: Error | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    const broken = (error?: Error): void => {
      this.#broken = error ?? new Error('closed')
      this.#fail?.(this.#broken)
    }
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#buffer += chunk
      this.#look()
    })
    socket.on('error', broken).on('close', () => broken())
  }

  static async open(port: number, protocol: 'smtp' | 'lmtp'): Promise<Dialogue> {
    const dialogue = new Dialogue(connect(port, '127.0.0.1'))
    await dialogue.#reply()
    await dialogue.#say(protocol === 'smtp' ? 'EHLO client.test' : 'LHLO client.test', '2')
    return dialogue
  }

  /** Whether it was accepted; a 4yz is tried again on the same connection. */
  async deliver(raw: string, from: string): Promise<boolean> {
    await this.#say(`MAIL FROM:<${from}>`, '2')
    await this.#say('RCPT TO:<support@example.test>', '2')
    await this.#say('DATA', '3')
    this.#socket.write(`${raw}.\r\n`)
    return (await this.#reply()).startsWith('2')
  }

  close(): void {
    this.#socket.destroy()
  }

  async #say(line: string, expected: string): Promise<void> {
    this.#socket.write(`${line}\r\n`)
    const reply = await this.#reply()
    if (!reply.startsWith(expected)) throw new Error(reply)
  }

  #reply(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken)
      this.#take = resolve
      this.#fail = reject
      this.#look()
    })
  }

  #look(): void {
    const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(this.#buffer)?.[0]
    if (!whole || !this.#take) return
    this.#buffer = this.#buffer.slice(whole.length)
    const take = this.#take
    this.#take = undefined
    take(whole)
  }
}
