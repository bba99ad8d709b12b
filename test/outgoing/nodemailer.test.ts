// What nodemailer's SMTPConnection does by itself, and why core/edge/outgoing/session.ts does it otherwise. A test that fails here after an upgrade
// says that a piece of ours may go.
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SMTPConnectionOptions, SMTPConnectionSendInfo, SMTPEnvelope } from 'nodemailer/lib/smtp-connection'
import { describe, expect, test } from 'vitest'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SinkOptions, SmtpSink } from '../support/smtp-sink.ts'
import { afterwards, text } from './rig.ts'

interface Bare {
  readonly sink: SmtpSink
  readonly connection: SMTPConnection
  readonly send: (envelope: SMTPEnvelope, message: Buffer | Readable) => Promise<SMTPConnectionSendInfo>
}

/** nodemailer alone, connected to a sink. */
async function bare(options: SinkOptions, more: SMTPConnectionOptions = {}): Promise<Bare> {
  const sink = await smtpSink(options)
  afterwards(() => sink.close())
  const connection = new SMTPConnection({ host: '127.0.0.1', port: sink.port, lmtp: options.protocol === 'lmtp', ...more })
  afterwards(() => Promise.resolve(connection.close()))
  connection.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
  const send: Bare['send'] = (envelope, message) =>
    new Promise((resolve, reject) => connection.send(envelope, message, (error, info) => (error ? reject(error) : resolve(info))))
  return { sink, connection, send }
}

const envelope = (...to: string[]): SMTPEnvelope => ({ from: 'us@us.test', to })
const { version } = new SMTPConnection()

describe(`nodemailer ${version} alone`, () => {
  test('takes a 250 in the middle of the text for a success', async () => {
    const { sink, send } = await bare({ script: (m) => (m.at === 'text' ? '250 2.0.0 thank you' : undefined) })
    const endless = new Readable({ read: () => undefined })
    endless.push('Subject: half of it\r\n')
    expect((await send(envelope('a@x.test'), endless)).response).toBe('250 2.0.0 thank you')
    expect(sink.texts).toHaveLength(0)
  })

  test('sends the text after a DATA that was answered with 250', async () => {
    const { sink, send } = await bare({ script: (m) => (m.at === 'data' ? '250 2.0.0 nonsense' : undefined) })
    await send(envelope('a@x.test'), Buffer.from(text)).catch(() => undefined)
    await sink.until(() => sink.sessions[0]?.commands.includes('Subject: hello') ?? false)
  })

  test('keeps of the replies to LMTP recipients those of refusals and the last one', async () => {
    const { send } = await bare({
      protocol: 'lmtp',
      script: (m) => (m.at === 'dot' ? (m.rcpt === 'a@x.test' ? '250 2.0.0 stored' : '452 4.2.2 full') : undefined),
    })
    const info = await send(envelope('a@x.test', 'b@x.test'), Buffer.from(text))
    expect(info.accepted).toEqual(['a@x.test'])
    expect(JSON.stringify(info)).not.toContain('stored')
  })

  test('forgets who was refused at RCPT when DATA is refused', async () => {
    const { send } = await bare({
      script: (m) => (m.at === 'data' ? '451 4.3.0 later' : m.rcpt === 'a@x.test' ? '550 5.1.1 no such user' : undefined),
    })
    const error: unknown = await send(envelope('a@x.test', 'b@x.test'), Buffer.from(text)).catch((e: unknown) => e)
    expect(error).toMatchObject({ responseCode: 451 })
    expect(error).not.toHaveProperty('rejectedErrors')
  })

  test('does not ask for SMTPUTF8 where the header alone needs it, and has no place to say so', async () => {
    const { sink, send } = await bare({})
    await send({ ...envelope('a@x.test'), use8BitMime: true }, Buffer.from('From: ä@x.test\r\n\r\nx\r\n'))
    expect(sink.messages[0]?.fromParameters).toBe('BODY=8BITMIME')
  })

  test('sends a password by PLAIN to a server that does not offer it', async () => {
    const { sink, connection } = await bare({ auth: { user: 'us', pass: 'secret', mechanisms: 'XOAUTH2' } })
    await new Promise((resolve) => connection.login({ user: 'us', pass: 'secret' }, resolve))
    expect(sink.sessions[0]?.commands.at(-1)).toMatch(/^AUTH PLAIN /)
  })
})

describe(`what is used of nodemailer ${version} beyond its documentation`, () => {
  test('_socket is the socket that it writes to, _sendCommand what it says a command with', async () => {
    const { sink, connection } = await bare({ tls: 'starttls' }, { tls: { rejectUnauthorized: false } })
    expect(connection._socket).toBeInstanceOf(Socket)
    expect(sink.sessions[0]?.secure).toBe(true)
    const send: unknown = Reflect.get(connection, '_sendCommand')
    if (typeof send !== 'function') throw new Error('no _sendCommand')
    Reflect.apply(send, connection, ['NOOP said by _sendCommand'])
    await sink.until(() => sink.sessions[0]?.commands.includes('NOOP said by _sendCommand') ?? false)
  })

  test('the log of the transaction tells each command and each whole reply, passwords left out', async () => {
    const told: string[] = []
    const logger = { debug: (entry: { readonly tnx?: string }, line: string) => void told.push(`${entry.tnx}: ${line}`) }
    const { connection } = await bare(
      { extensions: ['SIZE 1', 'DSN'], auth: { user: 'us', pass: 'secret' } },
      { logger, transactionLog: true, name: 'us.test' },
    )
    await new Promise((resolve) => connection.login({ user: 'us', pass: 'secret', method: 'PLAIN' }, resolve))
    const dialogue = told.filter((line) => /^(client|server):/.test(line))
    expect(dialogue.slice(0, 3)).toEqual([
      'server: 220 sink.test ready',
      'client: EHLO us.test',
      'server: 250-sink.test\n250-SIZE 1\n250-DSN\n250 AUTH PLAIN LOGIN',
    ])
    expect(dialogue.at(-1)).toBe('server: 235 2.7.0 welcome')
    expect(told.join(' ')).not.toContain(Buffer.from('\0us\0secret').toString('base64'))
  })
})
