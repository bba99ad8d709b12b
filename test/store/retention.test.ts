import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { keepRetention } from '../../core/engine/retention.ts'
import { insertInbound, settleInbound } from '../../core/store/inbound.ts'
import { insertOutbox } from '../../core/store/outbox.ts'
import type { SendState } from '../../core/store/tables.ts'
import { pruneOutbox, pruneRaw } from '../../core/store/retention.ts'
import { eachDatabase } from '../support/databases.ts'
import type { OpenDatabase } from '../support/databases.ts'
import type { NewInbound } from '../../core/store/sqlite/accept-rows.ts'

const day = 86_400_000
const off = {
  raw: null,
  outgoing: null,
  spam: null,
  trash: null,
  closed: { after: null, how: 'delete', if: { mailboxes: [], tags: [], without: [] } },
} as const
const nothing = (): Promise<void> => Promise.reject(new Error('no case is to be deleted'))

async function setUp(open: OpenDatabase) {
  const clock = new TestClock()
  const ids = idsFrom(clock)
  const db = await open()
  const mail = async (text: string, state: 'queued' | 'parked' | 'done' | 'dropped', rcpts = ['support@x.test']): Promise<string> => {
    const raw = Buffer.from(text)
    const rawId = ids.next()
    const rows = rcpts.map((rcpt): NewInbound => ({
      id: ids.next(),
      rawId,
      raw,
      hash: createHash('sha256').update(raw).digest('hex'),
      mailFrom: 'c@x.test',
      rcpt,
      mailbox: 'm',
      peer: 'p',
      helo: 'h',
      protocol: 'smtp',
      smtputf8: false,
      receivedAt: clock.now(),
    }))
    await insertInbound(db, clock, ids, rows)
    for (const row of rows) await settleInbound(db.write, row.id, { state }, clock.now())
    return rawId
  }
  const out = async (states: readonly SendState[], blob?: string): Promise<string> => {
    const id = ids.next()
    const segments =
      blob === undefined ? '[]' : JSON.stringify([{ text: 'head' }, { blob, start: 0, end: 1, from: 'identity', as: 'base64' }])
    await insertOutbox(
      db.write,
      {
        id,
        case_id: null,
        message_id: null,
        kind: 'reply',
        transport: 'default',
        envelope_from: '',
        envid: '',
        header_id: '',
        subject: '',
        segments,
        size: 0,
        smtputf8: 0,
        automatic: 0,
        created_at: clock.now(),
      },
      states.map((_, i) => ({ id: `${id}-${i}`, address: `r${i}@x.test` })),
      clock.now(),
    )
    for (const [i, state] of states.entries())
      await db.write.updateTable('outbox_recipients').set({ state }).where('id', '=', `${id}-${i}`).execute()
    return id
  }
  const blobs = async (): Promise<readonly string[]> =>
    (await db.read.selectFrom('blobs').select('id').orderBy('id').execute()).map((b) => b.id)
  return { clock, db, mail, out, blobs }
}

eachDatabase((_kind, open) => {
  test('raw mail that is old enough goes; what waits, is young, or may still be sent along stays', async () => {
    const { clock, db, mail, out, blobs } = await setUp(open)
    await mail('done', 'done')
    await mail('dropped', 'dropped')
    const queued = await mail('queued', 'queued')
    const parked = await mail('parked', 'parked')
    const needed = await mail('needed', 'done')
    await out(['sent', 'queued'], needed)
    const held = await mail('held', 'done')
    await out(['held'], held)
    const sent = await mail('sent', 'done')
    await out(['sent', 'failed'], sent)
    clock.advance(10 * day)
    const young = await mail('young', 'done')
    expect(await pruneRaw(db, clock, clock.now() - day)).toBe(3)
    expect(await blobs()).toEqual([queued, parked, needed, held, young].sort())
    expect((await db.read.selectFrom('inbound').select('id').where('raw_id', 'is', null).execute()).length).toBe(3)
    expect(await pruneRaw(db, clock, clock.now() - day)).toBe(0)
  })

  test('bytes that several recipients share stay until the last of them has been taken in', async () => {
    const { clock, db, mail, blobs } = await setUp(open)
    const shared = await mail('shared', 'done', ['a@x.test', 'b@x.test'])
    await db.write.updateTable('inbound').set({ state: 'queued' }).where('rcpt', '=', 'b@x.test').execute()
    clock.advance(10 * day)
    await pruneRaw(db, clock, clock.now())
    expect(await blobs()).toEqual([shared])
    await db.write.updateTable('inbound').set({ state: 'done' }).execute()
    await pruneRaw(db, clock, clock.now())
    expect(await blobs()).toEqual([])
  })

  test('records of sending go once nothing of them is left to send', async () => {
    const { clock, db, out } = await setUp(open)
    for (const states of [['sent'], ['failed', 'cancelled']] as const) await out(states)
    const kept = [await out(['sent', 'queued']), await out(['unknown']), await out(['held']), await out(['sending'])]
    clock.advance(10 * day)
    kept.push(await out(['sent']))
    expect(await pruneOutbox(db, clock, clock.now() - day)).toBe(2)
    expect((await db.read.selectFrom('outbox').select('id').orderBy('id').execute()).map((o) => o.id)).toEqual([...kept].sort())
    expect(await db.read.selectFrom('outbox_recipients').select('id').execute()).toHaveLength(6)
  })

  test('more than one batch is pruned, once a day, by one node, and not at all where it is off', async () => {
    const { clock, db, mail, blobs } = await setUp(open)
    for (let i = 0; i < 230; i++) await mail(`mail ${i}`, 'done')
    clock.advance(10 * day)
    await keepRetention(db, clock, off, nothing, silentLog)
    expect(await blobs()).toHaveLength(230)
    await Promise.all([1, 2, 3].map(() => keepRetention(db, clock, { ...off, raw: 7 * day }, nothing, silentLog)))
    expect(await blobs()).toEqual([])
    await mail('later', 'done')
    clock.advance(day - 1)
    await keepRetention(db, clock, { ...off, raw: 0 }, nothing, silentLog)
    expect(await blobs()).toHaveLength(1)
    clock.advance(1)
    await keepRetention(db, clock, { ...off, raw: 0 }, nothing, silentLog)
    expect(await blobs()).toEqual([])
  })
})
