// Mail as people write it, brought by SMTP over a socket.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { TestClock } from '../../core/base/clock.ts'

/** A mail as a person would write it, or `raw` bytes. */
export interface TestMail {
  readonly from: string
  /** Header and envelope; default envelope recipients are all addresses of ours among `to` and `cc`, or `rcpt`. */
  readonly to: string
  readonly cc?: string
  readonly rcpt?: readonly string[]
  /** Envelope sender; default: the address in `from`. */
  readonly mailFrom?: string
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly messageId?: string
  readonly inReplyTo?: string
  readonly references?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The whole mail instead. */
  readonly raw?: string | Buffer
}

const addressOf = (text: string): string => /<([^>]*)>/.exec(text)?.[1] ?? text.trim()
let counter = 0

/** The bytes of a mail. */
export function rawOf(mail: TestMail, now: number): Buffer {
  if (mail.raw !== undefined) return Buffer.from(typeof mail.raw === 'string' ? mail.raw.replace(/\r?\n/g, '\r\n') : mail.raw)
  const encode = (value: string): string =>
    value.replace(/[^\x20-\x7e]+(?:\s+[^\x20-\x7e]+)*/g, (s) => `=?utf-8?B?${Buffer.from(s).toString('base64')}?=`)
  const head = [
    `From: ${encode(mail.from)}`,
    `To: ${encode(mail.to)}`,
    ...(mail.cc ? [`Cc: ${encode(mail.cc)}`] : []),
    `Subject: ${encode(mail.subject ?? 'Hello')}`,
    `Date: ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${mail.messageId ?? `<m${++counter}.${now}@client.test>`}`,
    ...(mail.inReplyTo ? [`In-Reply-To: ${mail.inReplyTo}`] : []),
    ...(mail.references ? [`References: ${mail.references}`] : []),
    ...Object.entries(mail.headers ?? {}).map(([k, v]) => `${k}: ${v}`),
    'MIME-Version: 1.0',
  ]
  const part = (type: string, body: string): string =>
    `Content-Type: text/${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`
  const body =
    mail.html === undefined
      ? part('plain', mail.text ?? '')
      : `Content-Type: multipart/alternative; boundary="b-1"\r\n\r\n--b-1\r\n${part('plain', mail.text ?? '')}\r\n--b-1\r\n${part('html', mail.html)}\r\n--b-1--\r\n`
  return Buffer.from(`${head.join('\r\n')}\r\n${body}`)
}

/**
 * Sessions with one gateway. One is kept between mails, for a greeting takes 100 ms, but none beside others at work: a commit waits a little
 * for sessions that may have more to send, and the clock of a test stands still.
 */
export class Sessions {
  readonly #port: number
  #kept: Session | undefined
  #busy = 0

  constructor(port: number) {
    this.#port = port
  }

  /** One SMTP transaction; the last reply (to the final dot, or the first refusal). */
  async deliver(mail: TestMail, clock: TestClock): Promise<string> {
    this.#busy += 1
    let session = this.#kept
    this.#kept = undefined
    try {
      // The one that was kept may have ended as the test's clock went on.
      if (!(await session?.say('EHLO client.test'))?.startsWith('2')) session = await Session.open(this.#port)
      return (await session?.deliver(mail, rawOf(mail, clock.now()))) ?? ''
    } finally {
      this.#busy -= 1
      if (this.#busy === 0) this.#kept = session
      else session?.end()
    }
  }

  end(): void {
    this.#kept?.end()
  }
}

class Session {
  readonly #socket: Socket
  readonly #waiting: ((reply: string) => void)[] = []
  #heard = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#heard += chunk
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/
      for (let m = whole.exec(this.#heard); m; m = whole.exec(this.#heard)) {
        this.#heard = this.#heard.slice(m[0].length)
        this.#waiting.shift()?.(m[0].trim())
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const resolve of this.#waiting.splice(0)) resolve('')
    })
  }

  static async open(port: number): Promise<Session> {
    const session = new Session(connect(port, '127.0.0.1'))
    await session.#reply()
    await session.say('EHLO client.test')
    return session
  }

  /** The reply to a line; '' where the connection is gone. */
  say(line: string): Promise<string> {
    const reply = this.#reply()
    this.#socket.write(`${line}\r\n`)
    return reply
  }

  async deliver(mail: TestMail, raw: Buffer): Promise<string> {
    const all = [...mail.to.split(','), ...(mail.cc ?? '').split(',')].map(addressOf).filter((a) => a.includes('@'))
    const rcpts = mail.rcpt ?? all.filter((a) => a.endsWith('@example.test'))
    const from = await this.say(`MAIL FROM:<${mail.mailFrom ?? addressOf(mail.from)}> SMTPUTF8`)
    if (!from.startsWith('2')) return from
    for (const rcpt of rcpts) {
      const answer = await this.say(`RCPT TO:<${rcpt}>`)
      if (!answer.startsWith('2')) return answer
    }
    const data = await this.say('DATA')
    if (!data.startsWith('3')) return data
    const stuffed = raw
      .toString('latin1')
      .replace(/\r\n\./g, '\r\n..')
      .replace(/^\./, '..')
    const answer = this.#reply()
    this.#socket.write(Buffer.from(stuffed.endsWith('\r\n') ? `${stuffed}.\r\n` : `${stuffed}\r\n.\r\n`, 'latin1'))
    return answer
  }

  end(): void {
    this.#socket.destroy()
  }

  #reply(): Promise<string> {
    if (this.#socket.destroyed) return Promise.resolve('')
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
