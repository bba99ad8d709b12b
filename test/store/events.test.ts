import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { transact } from '../../core/store/database.ts'
import type { Database } from '../../core/store/database.ts'
import { eventsAfter, eventsOf, insertEvents, numberEvents } from '../../core/store/events.ts'
import { insertCase, lockCase, writeCase } from '../../core/store/cases.ts'
import { eachDatabase } from '../support/databases.ts'

const ids = idsFrom(systemClock)

async function newCase(db: Database): Promise<string> {
  const id = ids.next()
  await transact(db, systemClock, (tx) =>
    insertCase(
      tx,
      {
        id,
        mailbox: 'm',
        channel: 'mail',
        subject: 's',
        status: 'open',
        assignee: null,
        groupId: null,
        requester: { address: 'a@b.test', name: '' },
        locale: null,
        origin: 'customer',
      },
      1,
    ),
  )
  return id
}

/** Everybody else's turn: SQLite answers without ever leaving the event loop to others. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One event of a case, as the engine writes it. */
async function write(db: Database, caseId: string): Promise<void> {
  await transact(db, systemClock, async (tx) => {
    const seq = ((await lockCase(tx, caseId))?.seq ?? 0) + 1
    await writeCase(tx, caseId, { seq })
    await insertEvents(tx, [
      {
        id: ids.next(),
        position: null,
        case_id: caseId,
        case_seq: seq,
        mailbox: 'm',
        type: 't',
        data: '{}',
        origin: '{}',
        depth: 0,
        created_at: 1,
      },
    ])
  })
}

eachDatabase((_kind, open) => {
  test('positions have no gap and never go back while many write and many number', async () => {
    const db = await open()
    const cases = [await newCase(db), await newCase(db), await newCase(db)]
    const seen: number[] = []
    let writing = true
    const reader = (async () => {
      while (writing || seen.length < 90) {
        await numberEvents(db, systemClock)
        for (const e of await eventsAfter(db.read, seen.at(-1) ?? 0, 1000)) seen.push(e.position ?? -1)
        await turn()
      }
    })()
    const second = (async () => {
      while (writing) {
        await numberEvents(db, systemClock, 7)
        await turn()
      }
    })()
    await Promise.all(cases.flatMap((id) => Array.from({ length: 30 }, () => write(db, id))))
    writing = false
    await Promise.all([reader, second])
    expect(seen).toEqual(Array.from({ length: 90 }, (_, i) => i + 1))
  })

  test('within a case the numbers are 1, 2, 3 whoever writes at the same time', async () => {
    const db = await open()
    const id = await newCase(db)
    await Promise.all(Array.from({ length: 20 }, () => write(db, id)))
    expect((await eventsOf(db.read, id)).map((e) => e.case_seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  test('a transaction that is rolled back uses up no position', async () => {
    const db = await open()
    const id = await newCase(db)
    await write(db, id)
    await expect(
      transact(db, systemClock, async (tx) => {
        await insertEvents(tx, [
          {
            id: ids.next(),
            position: null,
            case_id: id,
            case_seq: 9,
            mailbox: 'm',
            type: 't',
            data: '{}',
            origin: '{}',
            depth: 0,
            created_at: 1,
          },
        ])
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await write(db, id)
    while ((await numberEvents(db, systemClock)) > 0);
    expect((await eventsAfter(db.read, 0, 10)).map((e) => e.position)).toEqual([1, 2])
  })
})
