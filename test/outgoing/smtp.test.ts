// The SMTP and LMTP client against a next hop that misbehaves at every step: which outcome each recipient gets.
import { afterEach, describe, expect, test } from 'vitest'
import { TestClock, systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { defaultTimeouts } from '../../core/edge/outgoing/next-hop.ts'
import type { NextHop } from '../../core/edge/outgoing/next-hop.ts'
import { SmtpPool, defaultPoolLimits } from '../../core/edge/outgoing/pool.ts'
import type { PoolLimits } from '../../core/edge/outgoing/pool.ts'
import type { OutgoingMail, RecipientOutcome } from '../../core/engine/transport.ts'
import { checkedAddress } from '../../core/mail/address.ts'
import type { EnvelopeAddress } from '../../core/mail/address.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { Moment, SinkOptions, SmtpSink } from '../support/smtp-sink.ts'
import { testCertificate } from '../support/test-certificate.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const address = (s: string): EnvelopeAddress => {
  const checked = checkedAddress(s)
  if (!checked) throw new Error(`not an address: ${s}`)
  return checked
}

const text = 'Message-ID: <1@x.test>\r\nSubject: hello\r\n\r\n.one dot\r\n..two\r\n.\r\nend\r\n'
const mailTo = (rcpts: readonly string[], more: Partial<OutgoingMail> = {}): OutgoingMail => ({
  envelopeFrom: address('bounce+1@us.test'),
  rcpts: rcpts.map(address),
  raw: Buffer.from(text),
  smtputf8: false,
  ...more,
})
const never = new AbortController().signal

async function rig(options: SinkOptions = {}, hop: Partial<NextHop> = {}, limits: Partial<PoolLimits> = {}, clock: Clock = systemClock): Promise<{ sink: SmtpSink; pool: SmtpPool }> {
  const sink = await smtpSink(options)
  closers.push(() => sink.close())
  const at = options.path === undefined ? { host: '127.0.0.1', port: sink.port } : { path: options.path }
  const pool = new SmtpPool(
    clock,
    { protocol: options.protocol ?? 'smtp', at, localName: 'us.test', tls: 'off', verify: false, timeouts: defaultTimeouts, ...hop },
    { ...defaultPoolLimits, ...limits },
  )
  closers.push(() => pool.stop())
  return { sink, pool }
}

const short = (outcomes: readonly RecipientOutcome[]): string => outcomes.map((o) => o.outcome).join(' ')
const said = (o: RecipientOutcome | undefined): string => (!o ? '' : o.outcome === 'unknown' ? o.reason : o.reply)

describe('a mail that goes well', () => {
  test.each([{ protocol: 'smtp' as const }, { protocol: 'lmtp' as const }, { extensions: [] }])('arrives with its bytes and envelope over %o', async (options) => {
    const { sink, pool } = await rig(options)
    const outcomes = await pool.send(mailTo(['a@x.test', '"b b"@x.test'.replace(' ', '.')]), never)
    expect(short(outcomes)).toBe('sent sent')
    expect(sink.texts[0]?.raw.toString()).toBe(text)
    expect(sink.texts[0]?.bareLineEnds).toBe(false)
    expect(sink.messages.flatMap((m) => m.rcpts)).toEqual(['a@x.test', '"b.b"@x.test'])
    expect(sink.messages[0]?.from).toBe('bounce+1@us.test')
  })
})
