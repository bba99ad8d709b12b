// Transactions that wait together share a commit; each remains all or nothing, and mail that waits to be accepted waits for a bounded time.
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../core/store/database.ts'
import { GroupCommit } from '../../core/store/sqlite/group-commit.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

let database: Database
let now = 0
let urgent = false
let groups: GroupCommit
let sizes: number[]

beforeEach(async () => {
  database = openSqlite({ path: ':memory:' })
  await sql`create table done (n integer)`.execute(database.write)
  now = 0
  urgent = false
  sizes = []
  groups = new GroupCommit(
    database.write,
    () => now,
    () => urgent,
  )
  groups.observe((size) => sizes.push(size))
})
afterEach(() => database.stop())

/** Transactions that hold the writer for so long each (ms). */
const together = (count: number, tookMs: number): Promise<readonly PromiseSettledResult<number>[]> =>
  Promise.allSettled(
    Array.from({ length: count }, (_, n) =>
      groups.run(async (tx) => {
        await sql`insert into done values (${n})`.execute(tx)
        now += tookMs
        if (n === 3) throw new Error('the fourth')
        return n
      }),
    ),
  )

const done = async (): Promise<readonly number[]> =>
  (await sql<{ readonly n: number }>`select n from done order by n`.execute(database.write)).rows.map(({ n }) => n)

test.each([
  { what: 'all that wait share one', count: 4, tookMs: 1, waits: false, expected: [3] },
  { what: 'a group has 16 at most', count: 20, tookMs: 0.5, waits: false, expected: [15, 4] },
  { what: 'after 20 ms no further one begins', count: 8, tookMs: 11, waits: false, expected: [2, 1, 2, 2] },
  { what: 'after 8 ms where mail waits to be accepted', count: 6, tookMs: 5, waits: true, expected: [2, 1, 2] },
  { what: 'one alone has its own', count: 1, tookMs: 1, waits: false, expected: [1] },
])('$what', async ({ count, tookMs, waits, expected }) => {
  urgent = waits
  const outcomes = await together(count, tookMs)
  expect(sizes).toEqual(expected)
  // Whoever throws leaves nothing, and takes nobody along.
  const kept = Array.from({ length: count }, (_, n) => n).filter((n) => n !== 3)
  expect(outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []))).toEqual(kept)
  expect(await done()).toEqual(kept)
})
