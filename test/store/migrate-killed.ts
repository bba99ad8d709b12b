// For processes that bring a SQLite file up to date and kill themselves in the middle of it.
import type { KyselyPlugin } from 'kysely'
import { systemClock } from '../../core/base/clock.ts'
import { migrate } from '../../core/store/migrate.ts'
import type { MigrationLine } from '../../core/store/migrate.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

/** Arguments of the process: FILE N. It dies before statement N, and prints how many there were if it lives. */
export async function migrateKilled(lines: readonly MigrationLine[]): Promise<void> {
  const [file = '', at = '0'] = process.argv.slice(2)
  let statements = 0
  const killer: KyselyPlugin = {
    transformQuery({ node }) {
      statements += 1
      if (statements === Number(at)) process.kill(process.pid, 'SIGKILL')
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  const db = openSqlite({ path: file })
  await migrate(db.write.withPlugin(killer), lines, db.types, systemClock)
  await db.stop()
  process.stdout.write(String(statements))
}
