// Counting automatic mail on SQLite: what is in memory is what the table holds, whoever wrote it, and costs the same however much there is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { migrationLines } from '../../core/engine/migration-lines.ts'
import { countAutomatic, forgottenStamp, recordAutomatic, stampAutomatic, suppress, suppressedStamp } from '../../core/store/automatic.ts'
import type { Database } from '../../core/store/database.ts'
import { migrate } from '../../core/store/migrate.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'
import { AutomaticMemory } from '../../core/store/sqlite/automatic-memory.ts'

const now = Date.UTC(2026, 8, 21, 9)
const minute = 60_000

let folder = ''
let database: Database
let memory: AutomaticMemory
let last = 0

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-automatic-'))
  database = openSqlite({ path: path.join(folder, 'postern.db') })
  await migrate(database.write, migrationLines([]), database.types, systemClock)
  memory = new AutomaticMemory()
})

afterEach(async () => {
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
})

const mails = (recipient: string, sentAt: readonly number[], kind = 'receipt') =>
  sentAt.map((sent_at) => ({ id: `mail-${(last += 1)}`, recipient, domain: recipient.split('@')[1] ?? '', kind, sent_at }))

const record = (rows: ReturnType<typeof mails>): Promise<void> => database.write.transaction().execute((tx) => recordAutomatic(tx, rows))

/** What the memory says of some questions, which must be what the table says. */
async function answers(): Promise<readonly number[]> {
  await memory.look(database.write, now)
  const questions = [
    { recipient: 'carl@customer.test' },
    { recipient: 'carl@customer.test', kinds: ['receipt'] },
    { recipient: 'nobody@customer.test' },
    { domain: 'customer.test', kinds: ['receipt', 'rule'] },
    { kinds: ['receipt', 'rule'] },
    { kinds: ['rule'] },
  ]
  const counted: number[] = []
  for (const question of questions)
    for (const at of [now - minute, now - 60 * minute, now - 30 * 60 * minute]) {
      const n = memory.count(question, at)
      expect([n], JSON.stringify({ question, at })).toEqual(await countAutomatic(database.write, question, [{ at, most: 1_000_000 }]))
      counted.push(n)
    }
  return counted
}

test('counts are those of the table: at first, after more, after another process, after the clock went back', async () => {
  expect(new Set(await answers())).toEqual(new Set([0]))
  await record([...mails('carl@customer.test', [now - 20 * 60 * minute, now - 5 * minute]), ...mails('rita@other.test', [now - 2], 'rule')])
  expect(Math.max(...(await answers()))).toBe(3)
  const other = new DatabaseSync(path.join(folder, 'postern.db'))
  other.exec(`insert into sent_automatic values ('theirs', 'carl@customer.test', 'customer.test', 'rule', ${now - 10})`)
  other.close()
  expect(Math.max(...(await answers()))).toBe(4)
  await record(mails('carl@customer.test', [now - 40 * minute, now - 3]))
  expect(Math.max(...(await answers()))).toBe(6)
})

test('what was taken back, pruned or forgotten is not counted, whatever was written in its place', async () => {
  await record(mails('carl@customer.test', [now - 9, now - 8]))
  await answers()
  await expect(
    database.write.transaction().execute(async (tx) => {
      await recordAutomatic(tx, mails('carl@customer.test', [now - 7, now - 6]))
      await memory.look(tx, now)
      expect(memory.count({ recipient: 'carl@customer.test' }, now - minute)).toBe(4)
      throw new Error('taken back')
    }),
  ).rejects.toThrow('taken back')
  // The same rowids again.
  await record(mails('rita@other.test', [now - 5, now - 4, now - 3]))
  expect(Math.max(...(await answers()))).toBe(5)
  await database.write.transaction().execute(async (tx) => {
    await tx.deleteFrom('sent_automatic').where('recipient', '=', 'carl@customer.test').execute()
    await stampAutomatic(tx, forgottenStamp)
  })
  expect(Math.max(...(await answers()))).toBe(3)
  await database.write.deleteFrom('sent_automatic').execute()
  expect(Math.max(...(await answers()))).toBe(0)
  await record(mails('carl@customer.test', [now - 2]))
  expect(Math.max(...(await answers()))).toBe(1)
})

test('a suppression counts from its commit to its end, by whichever process it was made or removed', async () => {
  await record(mails('carl@customer.test', [now - 9]))
  const why = async (): Promise<string | null> => {
    await memory.look(database.write, now)
    return memory.suppressedBecause(database.write, 'carl@customer.test', now)
  }
  expect(await why()).toBeNull()
  const change = (reason: string, until: number): Promise<void> =>
    database.write.transaction().execute(async (tx) => {
      await suppress(tx, 'Carl@Customer.test', reason, until, now)
      await stampAutomatic(tx, suppressedStamp)
    })
  await change('bounced: 5.1.1', now + minute)
  expect(await why()).toBe('bounced: 5.1.1')
  await change('bounced: 5.1.1', now - 1)
  expect(await why()).toBeNull()
})

test('a look and its counts cost one statement and few rows, with 50 mails counted and with 50,000', async () => {
  const rows: number[] = []
  const all: unknown = Reflect.get(StatementSync.prototype, 'all')
  const asked = vi.spyOn(StatementSync.prototype, 'all').mockImplementation(function (this: StatementSync, ...values: unknown[]) {
    const found: unknown = typeof all === 'function' ? Reflect.apply(all, this, values) : []
    const list = Array.isArray(found) ? found : []
    rows.push(list.length)
    return list
  })
  try {
    const one = mails('x@y.test', [0])[0]
    if (!one) throw new Error('no mail')
    for (const n of [50, 50_000]) {
      for (let i = 0; i < n; i += 1000)
        await record(
          mails(
            `c${i % 7}@customer.test`,
            Array.from({ length: Math.min(1000, n) }, (_, k) => now - i - k),
          ),
        )
      await memory.look(database.write, now)
      await record(mails('carl@customer.test', [now - 1, now - 1]))
      rows.length = 0
      await memory.look(database.write, now)
      memory.count({ kinds: ['receipt'] }, now - 60 * minute)
      memory.count({ recipient: 'c0@customer.test' }, now - 60 * minute)
      // The two that are new, and the one before them.
      expect(rows).toEqual([3])
    }
  } finally {
    asked.mockRestore()
  }
})

test('where the table itself is counted, not more rows are looked at than the budget allows', async () => {
  await record(
    mails(
      'carl@customer.test',
      Array.from({ length: 500 }, (_, i) => now - i),
    ),
  )
  const since = [
    { at: now - minute, most: 10 },
    { at: now - 4, most: 10 },
    { at: now - minute, most: 0 },
  ]
  expect(await countAutomatic(database.write, { recipient: 'carl@customer.test' }, since)).toEqual([10, 4, 0])
})
