// Applies the core's tables to a SQLite file and kills itself before statement N: node killed-migration-process.ts FILE N. It prints how many there were if it lives.
import type { KyselyPlugin } from 'kysely'
import { systemClock } from '../../core/base/clock.ts'
import { migrate } from '../../core/store/migrate.ts'
import { core0001 } from '../../core/store/migrations/0001-core.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

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
await migrate(db.write.withPlugin(killer), [{ owner: 'core', migrations: [core0001] }], db.types, systemClock)
await db.stop()
process.stdout.write(String(statements))
