// Another process that writes to the same SQLite file: node writer-process.ts FILE TRANSACTIONS. It prints `ready`, then how many it committed.
import { sleep, systemClock } from '../../core/base/clock.ts'
import { transact } from '../../core/store/database.ts'
import { nextNumber } from '../../core/store/cases.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

const [file = '', count = '0'] = process.argv.slice(2)
const db = openSqlite({ path: file })
process.stdout.write('ready\n')
let done = 0
for (let i = 0; i < Number(count); i++) {
  await transact(db, systemClock, async (tx) => {
    // Read first: with a deferred begin the write behind it would fail at once with SQLITE_BUSY_SNAPSHOT.
    await tx.selectFrom('counters').selectAll().execute()
    await nextNumber(tx, 'both')
  })
  done += 1
  await sleep(systemClock, 1)
}
await db.stop()
process.stdout.write(`${done}\n`)
