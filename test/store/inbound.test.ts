import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { PosternError } from '../../core/base/errors.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { blobsOf, readBlob } from '../../core/store/blobs.ts'
import {
  dropInbound,
  inboundById,
  insertInbound,
  listInbound,
  retryInbound,
  settleInbound,
  waitingInbound,
} from '../../core/store/inbound.ts'
import { claimJobs, finishJob } from '../../core/store/jobs.ts'
import { newOutbox } from '../../core/store/outbox.ts'
import { eachDatabase } from '../support/databases.ts'
import type { NewInbound, NewOutbox } from '../../core/store/sqlite/accept-rows.ts'

const ids = idsFrom(systemClock)

function mail(text: string, rcpt = 'support@example.test', rawId = ids.next()): NewInbound {
  const raw = Buffer.from(text, 'latin1')
  return {
    id: ids.next(),
    rawId,
    raw,
    hash: createHash('sha256').update(raw).digest('hex'),
    mailFrom: 'c@customer.test',
    rcpt,
    mailbox: 'support',
    peer: '127.0.0.1',
    helo: 'h',
    protocol: 'smtp',
    smtputf8: false,
    receivedAt: 1000,
  }
}

eachDatabase((_kind, open) => {
  test('raw bytes come back byte for byte, NUL and all 256 values included', async () => {
    const db = await open()
    const text = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
    const m = mail(text)
    await insertInbound(db, systemClock, ids, [m])
    expect(Buffer.compare(Buffer.from(await readBlob(blobsOf(db, 'read'), m.rawId)), Buffer.from(text, 'latin1'))).toBe(0)
  })

  test('the same mail from the same sender to the same recipient is stored once, and answers with its first id', async () => {
    const db = await open()
    const first = mail('hello')
    const again = mail('hello')
    const elsewhere = mail('hello', 'sales@example.test')
    expect(await insertInbound(db, systemClock, ids, [first])).toEqual([{ id: first.id, duplicate: false }])
    expect(await insertInbound(db, systemClock, ids, [again, elsewhere])).toEqual([
      { id: first.id, duplicate: true },
      { id: elsewhere.id, duplicate: false },
    ])
    expect((await listInbound(db.read, { limit: 10 })).length).toBe(2)
    await expect(readBlob(blobsOf(db, 'read'), again.rawId)).rejects.toThrow(PosternError)
  })

  test('a thousand deliveries of a few mails by many at once leave one row, one blob and one job each', async () => {
    const db = await open()
    const texts = Array.from({ length: 10 }, (_, i) => `mail ${i}`)
    const batches = Array.from({ length: 100 }, (_, i) => texts.map((_, j) => mail(texts[(i + j) % 10] ?? '')))
    const answers = (await Promise.all(batches.map((batch) => insertInbound(db, systemClock, ids, batch)))).flat()
    expect(answers.filter((a) => !a.duplicate).length).toBe(10)
    expect(new Set(answers.map((a) => a.id)).size).toBe(10)
    for (const table of ['inbound', 'blobs', 'jobs'] as const)
      expect(await db.read.selectFrom(table).select('id').execute()).toHaveLength(10)
  })

  test('one blob serves all recipients of a transaction', async () => {
    const db = await open()
    const rawId = ids.next()
    await insertInbound(db, systemClock, ids, [mail('x', 'a@example.test', rawId), mail('x', 'b@example.test', rawId)])
    expect(await db.read.selectFrom('blobs').select('id').execute()).toEqual([{ id: rawId }])
    expect(await waitingInbound(db.read, 'support')).toBe(2)
  })

  test('what must be in the accepting commit is undone with it', async () => {
    const db = await open()
    const taken = ids.next()
    const companion = (): NewOutbox =>
      newOutbox(
        {
          id: taken,
          case_id: null,
          message_id: null,
          kind: 'copy',
          transport: 'copy:x',
          envelope_from: '',
          envid: '',
          header_id: '',
          subject: '',
          segments: '[]',
          size: 1,
          smtputf8: 0,
          automatic: 0,
          created_at: 1,
        },
        [{ id: ids.next(), address: 'a@example.test' }],
        1,
      )
    // The second mail's copy has the id of the first one's: the whole commit fails.
    await expect(insertInbound(db, systemClock, ids, [mail('x'), mail('y')], companion)).rejects.toThrow(/outbox/)
    for (const table of ['inbound', 'blobs', 'jobs', 'outbox', 'outbox_recipients'] as const)
      expect(await db.read.selectFrom(table).selectAll().execute()).toEqual([])
    expect(await insertInbound(db, systemClock, ids, [mail('x')], companion)).toHaveLength(1)
    expect(await db.read.selectFrom('outbox_recipients').select('address').execute()).toEqual([{ address: 'a@example.test' }])
  })

  test('a parked or dropped mail can be taken in again, one that stands in its case or has lost its bytes cannot', async () => {
    const db = await open()
    const m = mail('x')
    await insertInbound(db, systemClock, ids, [m])
    const [job] = await claimJobs(db, systemClock, ['intake'], 1, 1000)
    if (job) await finishJob(db.write, job)
    await settleInbound(db.write, m.id, { state: 'parked', error: 'plugin x: boom' }, 1)
    expect(await retryInbound(db.write, ids, m.id, 1)).toBe('done')
    expect(await inboundById(db.read, m.id)).toMatchObject({ state: 'queued', error: null })
    expect(await claimJobs(db, systemClock, ['intake'], 1, 1000)).toHaveLength(1)
    expect(await dropInbound(db.write, m.id, 'spam', 2)).toBe('done')
    expect(await inboundById(db.read, m.id)).toMatchObject({ state: 'dropped', outcome: 'dropped: spam' })
    expect(await db.read.selectFrom('jobs').selectAll().execute()).toEqual([])
    expect(await retryInbound(db.write, ids, m.id, 3)).toBe('done')
    await settleInbound(db.write, m.id, { state: 'done', outcome: 'case' }, 4)
    expect([
      await retryInbound(db.write, ids, m.id, 5),
      await dropInbound(db.write, m.id, 'x', 5),
      await retryInbound(db.write, ids, 'none', 5),
    ]).toEqual(['too-late', 'too-late', 'absent'])
    await db.write.updateTable('inbound').set({ raw_id: null, state: 'parked' }).execute()
    expect(await retryInbound(db.write, ids, m.id, 6)).toBe('gone')
  })
})
