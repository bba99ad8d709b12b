import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { migrate } from '../../core/store/migrate.ts'
import { core0001 } from '../../core/store/migrations/0001-core.ts'
import { openMemory } from '../../core/store/sqlite/sqlite-memory.ts'

test('a database in memory is after a rewind what it was at first, its foreign keys in force', async () => {
  const database = await openMemory(async (write, types) => {
    await migrate(write, [{ owner: 'core', migrations: [core0001] }], types, new TestClock(0))
    await write.insertInto('meta').values({ key: 'kept', value: '1' }).execute()
  })
  try {
    const { write } = database
    const read = () => write.selectFrom('meta').selectAll().execute()
    const steps = async () => (await sql`select name from migrations`.execute(write)).rows
    const [before, done] = [await read(), await steps()]
    for (let round = 0; round < 2; round++) {
      await write.updateTable('meta').set({ value: '2' }).execute()
      await write.insertInto('meta').values({ key: 'new', value: '3' }).execute()
      await write.insertInto('crons').values({ name: 'x', next_at: 1, last_at: 0 }).execute()
      await database.rewind()
      expect([await read(), await steps(), await write.selectFrom('crons').selectAll().execute()]).toEqual([before, done, []])
    }
    await expect(write.insertInto('case_tags').values({ case_id: 'nowhere', tag: 'x' }).execute()).rejects.toThrow(/FOREIGN KEY/)
  } finally {
    await database.stop()
  }
})
