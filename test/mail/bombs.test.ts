import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { createParsePool } from '../../core/engine/intake/parse-pool.ts'
import { readHeaders, readMail } from '../../core/mail/read.ts'
import { LimitError } from '../../core/mail/limits.ts'
import { bombs } from './bomb-mails.ts'
import { mail, ordinary } from './mails.ts'

/** Hang guard, of processor time: the slowest bomb takes half a second on a small machine; a quadratic reader takes minutes. */
const guardMs = 5000
const processorMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

describe('a bomb costs no more than its size', () => {
  test.each(bombs.map((b) => [b.name, b] as const))('%s', (_, bomb) => {
    const raw = bomb.raw()
    const start = processorMs()
    try {
      readMail(raw)
    } catch (error) {
      expect(error).toBeInstanceOf(LimitError)
    }
    readHeaders(raw)
    expect(processorMs() - start).toBeLessThan(guardMs)
  })
})

describe('the pool of readers', () => {
  const pool = createParsePool({ workers: 2 })
  afterAll(() => pool.stop())

  test('reads what the plain function reads', async () => {
    const raw = mail(ordinary, 'Hello')
    expect(await pool.read(raw)).toEqual({ ok: true, mail: readMail(raw) })
    expect(raw.length).toBeGreaterThan(0)
  })
  test('answers a bomb with its bound and its header', async () => {
    const raw = mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], '--b\n\n'.repeat(2000))
    expect(await pool.read(raw)).toMatchObject({
      ok: false,
      reason: 'limit',
      headers: { subject: 'Order 17', from: { address: 'ann@example.org' } },
    })
  })
  test('leaves the event loop free while it works on all of them', async () => {
    await pool.read(mail(ordinary, 'warm'))
    const raws = bombs.map((b) => b.raw())
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const outcomes = await Promise.all(raws.map((raw) => pool.read(raw)))
    delay.disable()
    expect(outcomes.filter((o) => !o.ok && o.reason !== 'limit')).toEqual([])
    // REL-12 asks for 500 ms at most; two cores are shared with the workers and with other tests here.
    expect(delay.max / 1e6).toBeLessThan(1500)
  }, 60_000)
  test('reads a body without a header', async () => {
    expect(await pool.reply({ text: 'Thanks!\n\nOn Mon, 21 Sep 2026, Ann <ann@example.org> wrote:\n> Hi' })).toMatchObject({
      ok: true,
      reply: { text: 'Thanks!' },
    })
  })
})

test('a worker that takes too long is killed, the mail is answered, the next one read', async () => {
  const pool = createParsePool({ workers: 1, timeoutMs: 1, startMs: 0 })
  try {
    const slow = await pool.read(bombs.find((b) => b.name === '1 MB of links in html')?.raw() ?? Buffer.alloc(0))
    expect(slow).toMatchObject({ ok: false, reason: 'timeout', headers: { subject: 'bomb' } })
  } finally {
    await pool.stop()
  }
})

test('a mail is judged by the processor time of its reader: where that gets none, no time is too long', async () => {
  // As on a machine that is so busy that every timer is over before the thread has had its turn.
  const hurried: Clock = { ...systemClock, setTimer: (_, fn, options) => systemClock.setTimer(1, fn, options) }
  const pool = createParsePool({ workers: 1, timeoutMs: 4000, startMs: 1000, clock: hurried })
  try {
    for (const text of ['Hello', 'Привет', 'Hello '.repeat(20_000)])
      expect(await pool.read(mail(ordinary, text))).toMatchObject({ ok: true, mail: { subject: 'Order 17' } })
  } finally {
    await pool.stop()
  }
})

test('a worker that needs too much memory is killed, the next mail is read by another', async () => {
  const pool = createParsePool({ workers: 1, heapMb: 24 })
  try {
    const big = await pool.read(Buffer.from(`Subject: big\r\nContent-Type: text/html\r\n\r\n${'<p>x'.repeat(1_200_000)}`))
    expect(big).toMatchObject({ ok: false, reason: 'memory', headers: { subject: 'big' } })
    expect(await pool.read(mail(ordinary, 'Hello'))).toMatchObject({ ok: true, mail: { text: 'Hello' } })
  } finally {
    await pool.stop()
  }
}, 60_000)

test('a stopped pool answers what waits and what comes later', async () => {
  const pool = createParsePool({ workers: 1 })
  const waiting = [pool.read(mail(ordinary, 'a')), pool.read(mail(ordinary, 'b'))]
  await pool.stop()
  await pool.stop()
  for (const outcome of [...(await Promise.all(waiting)), await pool.read(mail(ordinary, 'c'))])
    expect(outcome).toMatchObject({ ok: false, reason: 'error', headers: { subject: 'Order 17' } })
})
