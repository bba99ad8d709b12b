// The outbox worker on a real database against a real next hop, with the clock in hand.
import { describe, expect, test } from 'vitest'
import { PosternError } from '../../core/base/errors.ts'
import { directoryTransport } from '../../core/edge/outgoing/directory.ts'
import type { Moment } from '../support/smtp-sink.ts'
import { eachDatabase } from '../support/databases.ts'
import { outboxRig as openRig } from './outbox-rig.ts'
import type { OutboxRig, OutboxRigOptions } from './outbox-rig.ts'
import { poolTo } from './rig.ts'

const minute = 60_000
const hour = 60 * minute
const at = (moment: Moment['at'], wish: string) => (m: Moment) => (m.at === moment ? wish : undefined)
const names = (events: readonly { readonly type: string }[]): readonly string[] => events.map((e) => e.type)

eachDatabase((kind) => {
  const outboxRig = (options?: OutboxRigOptions): Promise<OutboxRig> => openRig(kind, options)

  test('a mail leaves with its envelope and is sent', async () => {
    const { sink, put, pass, row, events } = await outboxRig()
    const id = await put(['a@x.test', 'b@x.test'])
    await pass(0)
    expect(sink.messages).toHaveLength(1)
    expect(sink.messages[0]).toMatchObject({ from: 'bounce@us.test', rcpts: ['a@x.test', 'b@x.test'] })
    expect(sink.messages[0]?.fromParameters).toContain('ENVID=e1')
    expect(sink.messages[0]?.raw.toString()).toContain(`<${id}@us.test>`)
    expect(await row('a@x.test')).toMatchObject({ state: 'sent', attempts: 1, reply: '250 2.0.0 stored' })
    expect(await events()).toEqual([])
  })

  test('a next hop that is never ready is tried on schedule for five days with identical bytes; people hear of the delay once and of the end', async () => {
    const { sink, clock, put, pass, row, events } = await outboxRig()
    const start = clock.now()
    const tries: number[] = []
    sink.script((m) => {
      if (m.at !== 'dot') return undefined
      tries.push((clock.now() - start) / minute)
      return '451 4.3.0 not today'
    })
    await put(['a@x.test'])
    await pass(0)
    const seen: string[][] = []
    for (;;) {
      const { state, next_at } = await row('a@x.test')
      seen.push([...names(await events())])
      if (state !== 'queued') break
      await pass(next_at - clock.now())
    }
    const early = [0, 1, 6, 21, 51, 111, 231]
    expect(tries.slice(0, 7)).toEqual(early)
    expect(tries.slice(7)).toEqual(Array.from({ length: 30 }, (_, i) => 240 * (i + 1)))
    expect(new Set(sink.texts.map((t) => t.sha256)).size).toBe(1)
    expect(sink.messages).toHaveLength(0)
    // Heard after each try; the eighth is the one at four hours.
    expect(seen[6]).toEqual([])
    expect(seen[7]).toEqual(['message.delayed'])
    expect(names(await events())).toEqual(['message.delayed', 'message.failed'])
    expect(await row('a@x.test')).toMatchObject({ state: 'failed', attempts: 37, status: '4.3.0', reply: '451 4.3.0 not today' })
    await pass(48 * hour)
    expect(sink.texts).toHaveLength(37)
  })

  test('each recipient has a state of its own, and only those who wait are tried again, together', async () => {
    const { sink, put, pass, row, events } = await outboxRig()
    const replies: Record<string, string> = {
      'b@x.test': '450 4.2.1 later',
      'c@x.test': '550 5.1.1 no such user',
      'd@x.test': '450 4.2.1 later',
    }
    sink.script((m) => (m.at === 'rcpt' ? replies[m.rcpt ?? ''] : undefined))
    await put(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test'])
    await pass(0)
    expect([(await row('a@x.test')).state, (await row('b@x.test')).state, (await row('c@x.test')).state]).toEqual([
      'sent',
      'queued',
      'failed',
    ])
    expect(names(await events())).toEqual(['message.failed'])
    sink.script(() => undefined)
    await pass(minute)
    expect(sink.messages.map((m) => m.rcpts)).toEqual([['a@x.test'], ['b@x.test', 'd@x.test']])
    expect(sink.messages[1]?.sha256).toBe(sink.messages[0]?.sha256)
  })

  describe('an unknown outcome', () => {
    test('is resent once after ten minutes; copies are one more than breaks behind the dot', async () => {
      const { sink, put, pass, row, events } = await outboxRig({
        sink: { script: (m) => (m.at === 'dot' && m.session.number === 1 ? 'store-and-drop' : undefined) },
      })
      await put(['a@x.test'])
      await pass(0)
      expect(await row('a@x.test')).toMatchObject({ state: 'unknown', resends: 1 })
      await pass(10 * minute - 1)
      expect(sink.messages).toHaveLength(1)
      await pass(minute + 1)
      expect(await row('a@x.test')).toMatchObject({ state: 'sent' })
      const breaks = sink.sessions.filter((s) => s.brokenAfterDot).length
      expect(sink.messages).toHaveLength(1 + breaks)
      expect(sink.messages[1]?.sha256).toBe(sink.messages[0]?.sha256)
      expect(await events()).toEqual([])
    })

    test('a second time stays unknown for good, and people see it', async () => {
      const { sink, put, pass, row, events } = await outboxRig({ sink: { script: at('dot', 'store-and-drop') } })
      await put(['a@x.test'])
      await pass(0)
      await pass(12 * minute)
      await pass(240 * hour)
      expect(await row('a@x.test')).toMatchObject({ state: 'unknown', attempts: 2 })
      expect(sink.messages).toHaveLength(2)
      expect(names(await events())).toEqual(['message.unknown'])
    })

    test('is not resent with the policy "hold"', async () => {
      const { sink, put, pass, row, events } = await outboxRig({ policy: { unknown: 'hold' }, sink: { script: at('dot', 'drop') } })
      await put(['a@x.test'])
      await pass(0)
      await pass(240 * hour)
      expect(await row('a@x.test')).toMatchObject({ state: 'unknown', attempts: 1 })
      expect(sink.texts).toHaveLength(1)
      expect(names(await events())).toEqual(['message.unknown'])
    })
  })

  describe('a lease', () => {
    test('is taken over when it has run out, and the late completion of its old holder changes nothing', async () => {
      const { sink, clock, worker, store, put, row, eventually } = await outboxRig()
      await put(['a@x.test'])
      const [old] = await store.claim({ only: 'default' }, 10, 300_000)
      if (!old) throw new Error('nothing claimed')
      worker.start()
      await eventually(async () => (await row('a@x.test')).state === 'sending')
      clock.advance(299_000)
      worker.wake()
      for (let i = 0; i < 20; i++) await eventually(async () => (await row('a@x.test')).token === old.recipients[0]?.token)
      clock.advance(31_000)
      worker.wake()
      await eventually(async () => (await row('a@x.test')).state === 'unknown')
      expect(await store.renew(old, 300_000)).toBe(false)
      const results = old.recipients.map((recipient) => ({ recipient, state: 'sent' as const, reply: '250 late' }))
      expect(await store.complete(old, results)).toBe(false)
      expect(await row('a@x.test')).toMatchObject({ state: 'unknown', resends: 1 })
      clock.advance(12 * minute)
      worker.wake()
      await eventually(async () => (await row('a@x.test')).state === 'sent')
      expect(sink.messages).toHaveLength(1)
    })

    test('is renewed while a next hop takes its time', async () => {
      let renewals = 0
      const { sink, clock, worker, put, row, eventually } = await outboxRig({
        sink: { script: at('dot', 'hang') },
        storeAround: (store) => ({ ...store, renew: (...args) => store.renew(...args).finally(() => renewals++) }),
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.texts.length === 1)
      const before = (await row('a@x.test')).lease_until
      for (let i = 1; i <= 10; i++) {
        clock.advance(minute)
        await eventually(() => renewals === i)
      }
      expect((await row('a@x.test')).lease_until).toBe(before + 10 * minute)
      expect(await row('a@x.test')).toMatchObject({ state: 'sending' })
      sink.cut()
      await eventually(async () => (await row('a@x.test')).state === 'unknown')
    })

    test('that cannot be renewed ends the attempt 30 s before its end, before the dot, and nothing has left', async () => {
      const { sink, clock, worker, put, row, eventually } = await outboxRig({
        sink: { script: (m) => (m.at === 'data' && m.session.number === 1 ? 'hang' : undefined) },
        storeAround: (store) => ({ ...store, renew: () => Promise.reject(new Error('the store is away')) }),
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.sessions[0]?.commands.includes('DATA') ?? false)
      clock.advance(269_999)
      await eventually(() => true)
      expect(sink.sessions[0]?.closed).toBe(false)
      clock.advance(1)
      await sink.until(() => sink.sessions[0]?.closed ?? false)
      await eventually(async () => (worker.wake(), (await row('a@x.test')).state === 'sent'))
      expect(sink.sessions[0]?.dots).toBe(0)
      expect(sink.messages).toHaveLength(1)
      expect(await row('a@x.test')).toMatchObject({ attempts: 1 })
    })

    test('lost to another holder ends the attempt', async () => {
      const { sink, clock, worker, put, eventually, row } = await outboxRig({
        sink: { script: (m) => (m.at === 'data' && m.session.number === 1 ? 'hang' : undefined) },
        storeAround: (store) => ({ ...store, renew: () => Promise.resolve(false) }),
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.sessions[0]?.commands.includes('DATA') ?? false)
      clock.advance(minute)
      await sink.until(() => sink.sessions[0]?.closed ?? false)
      await eventually(async () => (worker.wake(), (await row('a@x.test')).state === 'sent'))
      expect(sink.texts).toHaveLength(1)
    })
  })

  describe('the store away', () => {
    test('while an outcome is to be written: it is written later, and the mail does not leave twice', async () => {
      let failures = 3
      const { sink, clock, worker, put, row, eventually } = await outboxRig({
        storeAround: (store) => ({
          ...store,
          complete: (...args) => (failures-- > 0 ? Promise.reject(new Error('disk full')) : store.complete(...args)),
        }),
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.messages.length === 1)
      await eventually(async () => (clock.advance(1000), (await row('a@x.test')).state === 'sent'))
      expect(failures).toBe(-1)
      expect(sink.messages).toHaveLength(1)
    })

    test('while it is asked for work: it is asked again', async () => {
      let failures = 2
      const { clock, worker, put, row, eventually } = await outboxRig({
        storeAround: (store) => ({
          ...store,
          claim: (...args) => (failures-- > 0 ? Promise.reject(new Error('database is gone')) : store.claim(...args)),
        }),
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(async () => (clock.advance(1000), (await row('a@x.test')).state === 'sent'))
    })
  })

  describe('what cannot be sent', () => {
    test('a mail whose attachment is no longer kept fails at once, visibly', async () => {
      const { put, pass, row, events } = await outboxRig({
        storeAround: (store) => ({ ...store, readBlob: () => Promise.reject(new PosternError('gone', 'pruned')) }),
      })
      await put(['a@x.test'])
      await pass(0)
      expect(await row('a@x.test')).toMatchObject({ state: 'failed', status: '5.3.0' })
      expect(names(await events())).toEqual(['message.failed'])
    })

    test('a mail that cannot be read just now is tried again', async () => {
      const { put, pass, row } = await outboxRig({
        storeAround: (store) => ({ ...store, readBlob: () => Promise.reject(new Error('disk error')) }),
      })
      await put(['a@x.test'])
      await pass(0)
      expect(await row('a@x.test')).toMatchObject({ state: 'queued', status: '4.3.0' })
    })

    test('a recipient that is no address is refused here, and the others get the mail', async () => {
      const { sink, put, pass, row, events } = await outboxRig()
      await put(['a@x.test', 'b@x.test>\r\nRCPT TO:<evil@x.test'])
      await pass(0)
      expect(sink.messages.map((m) => m.rcpts)).toEqual([['a@x.test']])
      expect((await row('b@x.test>\r\nRCPT TO:<evil@x.test')).status).toBe('5.1.3')
      expect(names(await events())).toEqual(['message.failed'])
    })

    test('an envelope sender that is no address stops the mail', async () => {
      const { sink, put, pass, row } = await outboxRig()
      await put(['a@x.test'], { from: 'x@y.test>\r\nDATA' })
      await pass(0)
      expect(sink.sessions).toHaveLength(0)
      expect(await row('a@x.test')).toMatchObject({ state: 'failed', status: '5.1.3' })
    })

    test('mail for a transport that is no longer configured waits, says why, and fails in the end', async () => {
      const { clock, put, pass, row } = await outboxRig()
      await put(['a@x.test'], { transport: 'copy:gone' })
      await pass(0)
      expect(await row('a@x.test')).toMatchObject({ state: 'queued', reply: 'no transport named copy:gone is configured' })
      for (let r = await row('a@x.test'); r.state === 'queued'; r = await row('a@x.test')) await pass(r.next_at - clock.now())
      expect(await row('a@x.test')).toMatchObject({ state: 'failed' })
    })
  })

  test('a next hop that hangs does not hold up another', async () => {
    const hanging = await outboxRig({ sink: { script: at('mail', 'hang') } })
    const healthy = await outboxRig()
    const worker = hanging.another({
      transports: new Map([
        ['default', { transport: poolTo(hanging.sink), concurrency: 2 }],
        ['copy:support', { transport: poolTo(healthy.sink), concurrency: 2 }],
      ]),
    })
    for (let i = 0; i < 20; i++) await hanging.put([`a${i}@x.test`])
    for (let i = 0; i < 5; i++) await hanging.put([`b${i}@x.test`], { transport: 'copy:support' })
    worker.start()
    await healthy.sink.until(() => healthy.sink.messages.length === 5)
    expect(hanging.sink.messages).toHaveLength(0)
  })

  test('hundreds of mails go out once each through few connections, whoever of two workers takes them', async () => {
    const { sink, put, worker, another, rows, eventually } = await outboxRig()
    for (let i = 0; i < 200; i++) await put([`a${i}@x.test`])
    const second = another()
    worker.start()
    second.start()
    await eventually(async () => (await rows()).every((r) => r.state === 'sent'))
    expect(new Set(sink.messages.map((m) => m.rcpts[0])).size).toBe(200)
    expect(sink.messages).toHaveLength(200)
    expect(sink.sessions.length).toBeLessThanOrEqual(5)
  })

  test.each([1, 3])('a next hop never sees more than its %i connections, however much there is to send', async (concurrency) => {
    let most = 0
    const open = (): number => sink.sessions.filter((s) => !s.closed).length
    const script = (): undefined => void (most = Math.max(most, open()))
    const { sink, put, another, rows, eventually } = await outboxRig({ sink: { script } })
    for (let i = 0; i < 40; i++) await put([`a${i}@x.test`])
    another({ transports: new Map([['default', { transport: poolTo(sink), concurrency }]]) }).start()
    await eventually(async () => (await rows()).every((r) => r.state === 'sent'))
    expect(most).toBe(concurrency)
    expect(sink.sessions).toHaveLength(concurrency)
  })

  describe('stopping', () => {
    test('lets an attempt finish', async () => {
      let stopping: Promise<void> | undefined
      const { sink, worker, put, row, eventually } = await outboxRig()
      sink.script((m) => {
        if (m.at === 'data') stopping = worker.stop()
        return undefined
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => stopping !== undefined)
      await stopping
      expect(await row('a@x.test')).toMatchObject({ state: 'sent' })
    })

    test('calls off an attempt that hangs before the dot: due again at once, and not counted', async () => {
      const { sink, clock, worker, put, row, eventually } = await outboxRig({ sink: { script: at('data', 'hang') } })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.sessions[0]?.commands.includes('DATA') ?? false)
      const stopped = worker.stop(20_000)
      await eventually(() => true)
      clock.advance(20_000)
      await stopped
      expect(await row('a@x.test')).toMatchObject({ state: 'queued', attempts: 0 })
      expect((await row('a@x.test')).next_at).toBeLessThanOrEqual(clock.now())
    })

    test('does not wait for ever for a reply to the dot; the lease then says unknown', async () => {
      const { sink, clock, worker, put, row, eventually, another } = await outboxRig({
        sink: { script: (m) => (m.at === 'dot' && m.session.number === 1 ? 'hang' : undefined) },
      })
      await put(['a@x.test'])
      worker.start()
      await eventually(() => sink.texts.length === 1)
      const stopped = worker.stop(20_000)
      await eventually(() => true)
      clock.advance(20_000)
      await eventually(() => true)
      clock.advance(5000)
      await stopped
      expect(await row('a@x.test')).toMatchObject({ state: 'sending' })
      clock.advance(300_000)
      const next = another()
      next.start()
      await eventually(async () => (await row('a@x.test')).state === 'unknown')
    })
  })

  test('a lost attempt into a directory is simply made again', async () => {
    const { clock, store, put, row, another, eventually } = await outboxRig()
    await put(['a@x.test'])
    await store.claim({ only: 'default' }, 10, 300_000)
    clock.advance(300_000)
    const worker = another({ transports: new Map([['default', { transport: directoryTransport('/dev/null/nowhere'), concurrency: 1 }]]) })
    worker.start()
    await eventually(async () => (await row('a@x.test')).state === 'queued')
    expect(await row('a@x.test')).toMatchObject({ resends: 0, attempts: 1 })
  })
})
