// What the tests of sending share: a pool that points to a sink, and mails to send.
import { afterEach } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { defaultTimeouts } from '../../core/edge/outgoing/next-hop.ts'
import type { NextHop } from '../../core/edge/outgoing/next-hop.ts'
import { SmtpPool, defaultPoolLimits } from '../../core/edge/outgoing/pool.ts'
import type { PoolLimits } from '../../core/edge/outgoing/pool.ts'
import type { OutgoingMail, RecipientOutcome } from '../../core/engine/outbox/transport.ts'
import { checkedAddress } from '../../core/mail/address.ts'
import type { EnvelopeAddress } from '../../core/mail/address.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SinkOptions, SmtpSink } from '../support/smtp-sink.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Done after the test, the last one first. */
export function afterwards(close: () => Promise<unknown>): void {
  closers.push(close)
}

export function address(s: string): EnvelopeAddress {
  const checked = checkedAddress(s)
  if (!checked) throw new Error(`not an address: ${s}`)
  return checked
}

export const text = 'Message-ID: <1@x.test>\r\nSubject: hello\r\n\r\n.one dot\r\n..two\r\n.\r\nend\r\n'

export function mailTo(rcpts: readonly string[], more: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    id: '01a2b3c4-d5e6-7123-8abc-0123456789ab',
    envelopeFrom: address('bounce+1@us.test'),
    rcpts: rcpts.map(address),
    envid: 'e=1',
    raw: Buffer.from(text),
    smtputf8: false,
    ...more,
  }
}

export const never: AbortSignal = new AbortController().signal

/** A sink and a pool that sends there. */
export async function rig(
  options: SinkOptions = {},
  hop: Partial<NextHop> = {},
  limits: Partial<PoolLimits> = {},
  clock: Clock = systemClock,
): Promise<{ sink: SmtpSink; pool: SmtpPool }> {
  const sink = await smtpSink(options)
  afterwards(() => sink.close())
  return { sink, pool: poolTo(sink, options, hop, limits, clock) }
}

export function poolTo(
  sink: Pick<SmtpSink, 'port'>,
  options: SinkOptions = {},
  hop: Partial<NextHop> = {},
  limits: Partial<PoolLimits> = {},
  clock: Clock = systemClock,
): SmtpPool {
  const at = options.path === undefined ? { host: '127.0.0.1', port: sink.port } : { path: options.path }
  const pool = new SmtpPool(
    clock,
    { protocol: options.protocol ?? 'smtp', at, localName: 'us.test', tls: 'off', verify: false, timeouts: defaultTimeouts, ...hop },
    { ...defaultPoolLimits, ...limits },
  )
  afterwards(() => pool.stop())
  return pool
}

export const short = (outcomes: readonly RecipientOutcome[]): string => outcomes.map((o) => o.outcome).join(' ')
/** The peer's words or ours. */
export const said = (o: RecipientOutcome | undefined): string => (!o ? '' : o.outcome === 'unknown' ? o.reason : o.reply)
export const statusOf = (o: RecipientOutcome | undefined): string => (o && 'status' in o ? o.status : '')
