// Applies the core's tables to a SQLite file and kills itself before statement N: node killed-migration-process.ts FILE N. It prints how many there were if it lives.
import { core0001 } from '../../core/store/migrations/0001-core.ts'
import { migrateKilled } from './migrate-killed.ts'

await migrateKilled([{ owner: 'core', migrations: [core0001] }])
