// The lines of migrations of a gateway: the core, the API, and one per plugin.
import type { MigrationLine } from '../store/migrate.ts'
import { core0001 } from '../store/migrations/0001-core.ts'
import { api0001 } from '../store/migrations/0001-api.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** The lines of tables: the core's, and one per plugin. */
export function migrationLines(plugins: readonly EnginePlugin[]): readonly MigrationLine[] {
  return [
    { owner: 'core', migrations: [core0001] },
    { owner: 'api', migrations: [api0001] },
    ...plugins.map(({ definition }) => ({ owner: definition.name, migrations: definition.migrations ?? [] })),
  ]
}
