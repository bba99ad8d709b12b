// Group commit: what waits goes along, what fails fails alone, what hangs is answered in time.
import { afterEach, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { PosternError } from '../../core/base/errors.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { Acceptor } from '../../core/engine/accept/acceptor.ts'
import type { Acceptance, AcceptorLimits, Envelope } from '../../core/engine/accept/acceptor.ts'
import { CountingCounters, MemoryStore, mailboxes } from './rig.ts'

const clock = new TestClock()
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function setUp(limits: Partial<AcceptorLimits> = {}): { acceptor: Acceptor; store: MemoryStore; counters: CountingCounters } {
  const store = new MemoryStore()
  const counters = new CountingCounters()
  const acceptor = new Acceptor({ store, mailboxes, clock, ids: idsFrom(clock), log: silentLog, counters, limits })
  return { acceptor, store, counters }
}

const envelope = (rcpt = 'support@example.org', protocol: Envelope['protocol'] = 'smtp'): Envelope => {
  const recipient = mailboxes.resolve(rcpt)
  if (!recipient) throw new Error(rcpt)
  return { mailFrom: 'a@b.example', recipients: [recipient], peer: 'unix', helo: 'x', protocol, smtputf8: false }
}
const raw = (n: number | string): Buffer => Buffer.from(`Subject: ${n}\r\n\r\n`)
const code = (outcomes: readonly Acceptance[]): string => outcomes.map((o) => (o.ok ? 'ok' : o.error.code)).join()
/** Lets the event loop turn often enough for everything that is under way without a timer. */
const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
}

/** A commit that waits until it is told to go on. */
function gate(store: MemoryStore): { open: () => void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  store.before = () => opened
  return { open }
}

test('a lone mail is committed at once; those that come meanwhile share the next commit', async () => {
  const { acceptor, store } = setUp()
  const first = gate(store)
  const one = acceptor.accept(envelope(), raw(0))
  await turns()
  const others = Array.from({ length: 30 }, (_, i) => acceptor.accept(envelope(), raw(i + 1)))
  await turns()
  first.open()
  expect(code(await one)).toBe('ok')
  expect((await Promise.all(others)).map(code)).toEqual(Array(30).fill('ok'))
  expect(store.batches).toEqual([1, 30])
})

test('a commit takes no more rows and octets than its bounds, and always one mail', async () => {
  const { acceptor, store } = setUp({ batchRows: 4, batchBytes: 100 })
  const small = Array.from({ length: 10 }, (_, i) => acceptor.accept(envelope(), raw(i)))
  const big = acceptor.accept(envelope(), Buffer.alloc(5000, 'x'))
  await Promise.all([...small, big])
  expect(store.batches).toEqual([4, 4, 2, 1])
})

test('a bad mail in a batch fails alone', async () => {
  const { acceptor, store } = setUp()
  store.before = (batch) => {
    if (batch.some((m) => Buffer.from(m.raw).includes('bad'))) throw new Error('row refused')
  }
  const outcomes = await Promise.all([1, 'bad', 2, 3].map((n) => acceptor.accept(envelope(), raw(n))))
  expect(outcomes.map(code)).toEqual(['ok', 'internal', 'ok', 'ok'])
  expect(store.rows).toHaveLength(3)
})

test('a store that is down is not asked for each mail of a big batch', async () => {
  const { acceptor, store } = setUp()
  let asked = 0
  store.before = () => {
    asked += 1
    throw new PosternError('store_unavailable')
  }
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => acceptor.accept(envelope(), raw(i))))
  expect(outcomes.map(code)).toEqual(Array(100).fill('store_unavailable'))
  expect(asked).toBe(4)
  store.before = () => {}
  expect(code(await acceptor.accept(envelope(), raw(1)))).toBe('ok')
})

test('whatever the store throws, it is temporary', async () => {
  const { acceptor, store } = setUp()
  for (const thrown of [new PosternError('message_too_big'), new PosternError('stopping'), 'text', undefined, { code: 'SQLITE_FULL' }]) {
    store.before = () => {
      throw thrown
    }
    const [outcome] = await acceptor.accept(envelope(), raw(1))
    expect(outcome?.ok === false && outcome.error.kind.smtp).toMatch(/^4/)
  }
})

test('a retry after a lost reply creates nothing and answers with the first id, in one batch as well', async () => {
  const { acceptor, store } = setUp()
  const both = await Promise.all([acceptor.accept(envelope(), raw(1)), acceptor.accept(envelope(), raw(1))])
  const later = await acceptor.accept(envelope(), raw(1))
  const ids = [...both, later].map(([o]) => (o?.ok ? o.id : ''))
  expect(new Set(ids).size).toBe(1)
  expect([...both, later].map(([o]) => o?.ok && o.duplicate)).toEqual([false, true, true])
  expect(store.rows).toHaveLength(1)
})

test('a store that hangs: 451 after 60 s, the next mails are tried, and a late commit meets the retry', async () => {
  const { acceptor, store, counters } = setUp()
  const hung = gate(store)
  const one = acceptor.accept(envelope(), raw(1))
  await turns()
  const two = acceptor.accept(envelope(), raw(2))
  clock.advance(59_999)
  expect(acceptor.held).toBe(2)
  clock.advance(1)
  expect(code(await one)).toBe('store_unavailable')
  expect(code(await two)).toBe('store_unavailable')
  expect(counters.counts.get('postern_accept_overdue_total')).toBe(2)
  store.before = () => {}
  expect(code(await acceptor.accept(envelope(), raw(3)))).toBe('ok')
  hung.open()
  await turns()
  expect(acceptor.held).toBe(0)
  const [retry] = await acceptor.accept(envelope(), raw(1))
  expect(retry).toMatchObject({ ok: true, duplicate: true })
  expect(store.rows).toHaveLength(2)
})

test('more than it may hold is answered too_busy, by count and by octets', async () => {
  const { acceptor, store, counters } = setUp({ messages: 3, bytes: 1000 })
  const held = gate(store)
  const waiting = [1, 2].map((n) => acceptor.accept(envelope(), raw(n)))
  expect(code(await acceptor.accept(envelope(), Buffer.alloc(1000)))).toBe('too_busy')
  waiting.push(acceptor.accept(envelope(), raw(3)))
  expect(code(await acceptor.accept(envelope(), raw(4)))).toBe('too_busy')
  expect(counters.counts.get('postern_accept_busy_total')).toBe(2)
  held.open()
  expect((await Promise.all(waiting)).map(code)).toEqual(['ok', 'ok', 'ok'])
  expect(code(await acceptor.accept(envelope(), Buffer.alloc(2000)))).toBe('ok')
})

test('stop waits for what is held and takes nothing new', async () => {
  const { acceptor, store } = setUp()
  const held = gate(store)
  const one = acceptor.accept(envelope(), raw(1))
  let stopped = false
  const stop = acceptor.stop().then(() => (stopped = true))
  await turns()
  expect(stopped).toBe(false)
  expect(code(await acceptor.accept(envelope(), raw(2)))).toBe('store_unavailable')
  held.open()
  await stop
  expect(code(await one)).toBe('ok')
  await acceptor.stop()
})

test('recipients resolve by address, alias, plus-address, case, quotes and IDN, and nothing else does', () => {
  const { acceptor } = setUp()
  const to = (rcpt: string): string => {
    const found = acceptor.resolve(rcpt)
    return found ? `${found.mailbox} ${found.rcpt}` : 'none'
  }
  expect(to('support@example.org')).toBe('support support@example.org')
  expect(to('HELP@Example.Org')).toBe('support help@example.org')
  expect(to('Support+ABC.def@example.org')).toBe('support support+abc.def@example.org')
  expect(to('support+a+b+c@example.org')).toBe('support support+a+b+c@example.org')
  expect(to('sales+de@example.org')).toBe('sales sales+de@example.org')
  expect(to('sales+de+tag@example.org')).toBe('sales sales+de+tag@example.org')
  expect(to('bounce+token@gate.example.org')).toBe('support bounce+token@gate.example.org')
  expect(to('"support"@example.org')).toBe('support support@example.org')
  expect(to('"su\\pport"@example.org')).toBe('support support@example.org')
  expect(to('BÜRO@BÜCHER.example')).toBe('büro büro@xn--bcher-kva.example')
  expect(to('büro@xn--bcher-kva.example')).toBe('büro büro@xn--bcher-kva.example')
  expect(to('postmaster')).toBe('support postmaster')
  expect(to('Postmaster@example.org')).toBe('support postmaster@example.org')
  for (const other of [
    'support',
    'supporter@example.org',
    '+support@example.org',
    'support@example.org.evil.example',
    'support@gate.example.org',
    '"support @x"@example.org',
    '@example.org',
    'support@',
    '',
  ]) {
    expect(to(other)).toBe('none')
  }
})

test('a commit waits for a message that is expected, for 2 ms at most, and not again for the same', async () => {
  const { acceptor, store } = setUp()
  const [sender, other] = [{}, {}]
  acceptor.expect(sender)
  const first = acceptor.accept(envelope(), raw(1))
  await turns()
  expect(store.batches).toEqual([])
  await Promise.all([first, acceptor.accept(envelope(), raw(2), sender)])
  expect(store.batches).toEqual([2])

  acceptor.expect(sender)
  acceptor.expect(other)
  const third = acceptor.accept(envelope(), raw(3))
  await turns()
  acceptor.expectNoMore(sender)
  await turns()
  expect(store.batches).toEqual([2])
  clock.advance(2)
  await third
  await acceptor.accept(envelope(), raw(4))
  expect(store.batches).toEqual([2, 1, 1])

  acceptor.expect(sender)
  clock.advance(6)
  await acceptor.accept(envelope(), raw(5))
  expect(store.batches).toEqual([2, 1, 1, 1])
})
