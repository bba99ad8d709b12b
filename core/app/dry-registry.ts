// The plugins of a config set up without a database: for what only asks who does what in which order.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { idsFrom } from '../base/ids.ts'
import { silentLog } from '../base/silent-log.ts'
import { readingOf } from '../engine/reading.ts'
import { buildRegistry } from '../engine/registry.ts'
import type { Registry } from '../engine/registry.ts'
import { tokenKeys } from '../mail/token.ts'
import type { Tables } from '../store/tables.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** Throws `config_invalid` where the plugins do not go together. Hooks that are called find no data. */
export function dryRegistry(config: Config, plugins: readonly EnginePlugin[]): Registry {
  const read = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  const tokens = tokenKeys(config.name, [randomBytes(32)])
  const ids = idsFrom(systemClock)
  const dry = (): Promise<never> => Promise.reject(new PosternError('store_unavailable', 'there is no database here'))
  return buildRegistry(config, plugins, (plugin, settings, registry) => ({
    ...{ plugin, config, ids, tokens, registry, read, look: readingOf(() => read) },
    settings: settings as never, // checked against the plugin's own schema when the config was read
    configFolder: path.dirname(config.file),
    log: silentLog,
    now: () => systemClock.now(),
    transact: dry,
    readBlob: dry,
    count: () => {},
    parse: () => Promise.resolve(null),
  }))
}
