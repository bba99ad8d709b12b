// The lines of migrations of a gateway: the core, the API, and one per plugin.
import type { Migration, MigrationLine } from '../store/migrate.ts'
import { core0001 } from '../store/migrations/0001-core.ts'
import { core0002 } from '../store/migrations/0002-blobs.ts'
import { core0003 } from '../store/migrations/0003-jobs.ts'
import { api0002 } from '../store/migrations/0002-api-integrators.ts'
import { core0004 } from '../store/migrations/0004-deleting.ts'
import { core0005 } from '../store/migrations/0005-merged.ts'
import { core0006 } from '../store/migrations/0006-watchers.ts'
import { api0001 } from '../store/migrations/0001-api.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** The core's, in their order. */
export const coreMigrations: readonly Migration[] = [core0001, core0002, core0003, core0004, core0005, core0006]

/** The lines of tables: the core's, and one per plugin. */
export function migrationLines(plugins: readonly EnginePlugin[]): readonly MigrationLine[] {
  return [
    { owner: 'core', migrations: coreMigrations },
    { owner: 'api', migrations: [api0001, api0002] },
    ...plugins.map(({ definition }) => ({ owner: definition.name, migrations: definition.migrations ?? [] })),
  ]
}
