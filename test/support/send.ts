// One mail over SMTP to a port of this machine, for tests of whole processes.
import { once } from 'node:events'
import { connect } from 'node:net'

export interface SimpleMail {
  readonly to: string
  readonly from?: string
  readonly subject?: string
  readonly text?: string
  /** Lines of the header besides the usual ones. */
  readonly headers?: readonly string[]
}

let count = 0

/** The reply to the final dot, or the first refusal. Rejects where the peer is gone before it. */
export async function send(port: number, mail: SimpleMail): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
  const gone = new Promise<never>((_, reject) => socket.once('close', () => reject(new Error('the peer ended the session'))))
  gone.catch(() => undefined)
  const reply = async (): Promise<string> => {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(heard)?.[0]
      if (whole !== undefined) {
        heard = heard.slice(whole.length)
        return whole.trim()
      }
      await Promise.race([once(socket, 'data'), gone])
    }
  }
  try {
    await reply()
    const from = mail.from ?? 'customer@customer.test'
    for (const line of ['EHLO client.test', `MAIL FROM:<${/<([^>]*)>/.exec(from)?.[1] ?? from}>`, `RCPT TO:<${mail.to}>`, 'DATA']) {
      socket.write(`${line}\r\n`)
      const answer = await reply()
      if (!/^[23]/.test(answer)) return answer
    }
    const head = [
      `From: ${from}`,
      `To: ${mail.to}`,
      `Subject: ${mail.subject ?? 'Hello'}`,
      `Message-ID: <${process.pid}.${++count}@client.test>`,
      'Date: Mon, 21 Sep 2026 10:00:00 +0000',
      ...(mail.headers ?? []),
    ]
    socket.write(
      `${head.join('\r\n')}\r\n\r\n${(mail.text ?? 'It is broken.').replaceAll(/\r?\n/g, '\r\n').replaceAll(/^\./gm, '..')}\r\n.\r\n`,
    )
    return await reply()
  } finally {
    socket.destroy()
  }
}
