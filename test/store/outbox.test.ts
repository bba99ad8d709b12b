import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import {
  cancelOutbox,
  claimOutbox,
  completeRecipient,
  dropOutbox,
  insertOutbox,
  listOutbox,
  never,
  nextOutboxAt,
  recipientsOfOutbox,
  recoverOutbox,
  renewOutbox,
  retryOutbox,
} from '../../core/store/outbox.ts'
import type { ClaimedOutbox, RecipientChange } from '../../core/store/outbox.ts'
import { eachDatabase } from '../support/databases.ts'
import type { OpenDatabase } from '../support/databases.ts'

const lease = 300_000
const all = { except: [] } as const

async function setUp(open: OpenDatabase) {
  const clock = new TestClock()
  const ids = idsFrom(clock)
  const db = await open()
  const write = async (addresses: readonly string[], transport = 'default'): Promise<string> => {
    const id = ids.next()
    await insertOutbox(
      db.write,
      {
        id,
        case_id: null,
        message_id: null,
        kind: 'reply',
        transport,
        envelope_from: 'v@x.test',
        envid: 'e',
        header_id: 'h',
        subject: 's',
        segments: '[]',
        size: 0,
        smtputf8: 0,
        automatic: 0,
        created_at: clock.now(),
      },
      addresses.map((address) => ({ id: ids.next(), address })),
      clock.now(),
    )
    return id
  }
  const claim = (limit = 10) => claimOutbox(db, clock, all, limit, lease)
  const one = async (): Promise<ClaimedOutbox> => {
    const [mail] = await claim(1)
    if (!mail) throw new Error('nothing is due')
    return mail
  }
  return { clock, db, write, claim, one }
}

const change = (
  r: { readonly id: string; readonly token: number },
  state: RecipientChange['state'],
  dueIn: number | null,
): RecipientChange => ({
  id: r.id,
  token: r.token,
  state,
  dueIn,
  attempts: 1,
  resends: 0,
  delayNoticed: false,
  firstAttemptAt: 1,
  reply: 'said',
  status: null,
})

eachDatabase((_kind, open) => {
  test('a mail is claimed with all its due recipients, once, and per transport', async () => {
    const { db, clock, write, claim } = await setUp(open)
    const a = await write(['a@x.test', 'b@x.test'])
    const copy = await write(['m@x.test'], 'copy:support')
    expect((await claimOutbox(db, clock, { only: 'copy:support' }, 10, lease)).map((m) => m.mail.id)).toEqual([copy])
    expect(await claimOutbox(db, clock, { except: ['default'] }, 10, lease)).toEqual([])
    const [mail] = await claim()
    expect([mail?.mail.id, mail?.recipients.map((r) => [r.address, r.state])]).toEqual([
      a,
      [
        ['a@x.test', 'sending'],
        ['b@x.test', 'sending'],
      ],
    ])
    expect(await claim()).toEqual([])
  })

  test('of nodes that claim at the same time each recipient goes to one', async () => {
    const { write, claim } = await setUp(open)
    for (let i = 0; i < 30; i++) await write([`r${i}@x.test`])
    const got = (await Promise.all(Array.from({ length: 6 }, () => claim(30)))).flat().flatMap((m) => m.recipients.map((r) => r.address))
    const rest = (await claim(30)).flatMap((m) => m.recipients.map((r) => r.address))
    expect([...got, ...rest].length).toBe(30)
    expect(new Set([...got, ...rest]).size).toBe(30)
  })

  test('recipients of one mail come to different ends', async () => {
    const { db, clock, write, one, claim } = await setUp(open)
    const id = await write(['ok@x.test', 'later@x.test', 'no@x.test', 'what@x.test'])
    const [ok, later, no, what] = (await one()).recipients
    if (!ok || !later || !no || !what) throw new Error('four recipients were written')
    for (const c of [change(ok, 'sent', null), change(later, 'queued', 60_000), change(no, 'failed', null), change(what, 'unknown', null)])
      expect(await completeRecipient(db, db.write, clock, c)).toBe(true)
    expect((await recipientsOfOutbox(db.read, id)).map((r) => [r.state, r.next_at === never])).toEqual([
      ['sent', true],
      ['queued', false],
      ['failed', true],
      ['unknown', true],
    ])
    expect(await nextOutboxAt(db)).toBe(clock.now() + 60_000)
    clock.advance(60_000)
    expect((await claim()).flatMap((m) => m.recipients.map((r) => r.address))).toEqual(['later@x.test'])
  })

  test('who lost his lease completes and renews nothing', async () => {
    const { db, clock, write, one } = await setUp(open)
    await write(['a@x.test'])
    const first = await one()
    const [r] = first.recipients
    if (!r) throw new Error('one recipient was written')
    expect(await renewOutbox(db, clock, first.recipients, lease)).toBe(1)
    expect(await recoverOutbox(db, clock, 10, lease)).toEqual([])
    clock.advance(lease)
    const [second] = await recoverOutbox(db, clock, 10, lease)
    expect(second?.recipients.map((x) => x.id)).toEqual([r.id])
    expect(await renewOutbox(db, clock, first.recipients, lease)).toBe(0)
    expect(await completeRecipient(db, db.write, clock, change(r, 'sent', null))).toBe(false)
    const [now] = second?.recipients ?? []
    expect(now && (await completeRecipient(db, db.write, clock, change(now, 'unknown', null)))).toBe(true)
  })

  test('what has not begun to leave can be taken back, what has cannot', async () => {
    const { db, clock, write, one, claim } = await setUp(open)
    const gone = await write(['a@x.test'])
    await one()
    const waits = await write(['b@x.test'])
    expect([await cancelOutbox(db.write, gone, 1), await cancelOutbox(db.write, waits, 1), await cancelOutbox(db.write, waits, 1)]).toEqual(
      [0, 1, 0],
    )
    expect(await dropOutbox(db.write, gone, 1)).toBe(0)
    expect(await claim()).toEqual([])
    expect(await retryOutbox(db.write, waits, clock.now())).toBe(1)
    expect((await claim()).map((m) => m.mail.id)).toEqual([waits])
  })

  test('retry sends to those that do not have it, drop ends them, and lists tell both', async () => {
    const { db, clock, write, one, claim } = await setUp(open)
    const id = await write(['ok@x.test', 'no@x.test', 'what@x.test'])
    const [ok, no, what] = (await one()).recipients
    if (!ok || !no || !what) throw new Error('three recipients were written')
    for (const c of [change(ok, 'sent', null), change(no, 'failed', null), change(what, 'unknown', null)])
      await completeRecipient(db, db.write, clock, c)
    expect(await retryOutbox(db.write, id, clock.now())).toBe(2)
    expect((await claim()).flatMap((m) => m.recipients.map((r) => r.address)).sort()).toEqual(['no@x.test', 'what@x.test'])
    const waits = await write(['z@x.test'])
    expect(await dropOutbox(db.write, waits, clock.now())).toBe(1)
    expect((await listOutbox(db.read, { limit: 9, state: 'cancelled' })).map((r) => [r.id, r.address])).toEqual([[waits, 'z@x.test']])
    expect((await listOutbox(db.read, { limit: 9 })).length).toBe(4)
  })
})
