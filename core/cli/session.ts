// What the commands that look into the database are handed.
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import type { Engine } from '../engine/engine.ts'
import type { Origin } from '../contract/origin.ts'
import type { Tx } from '../contract/tx.ts'
import type { Database } from '../store/database.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with: the config, the open database, and an engine that starts no workers. */
export interface Session {
  readonly config: Config
  readonly database: Database
  /** Quiet: it takes nothing in and sends nothing; the daemon does what is ordered here. */
  readonly engine: Engine
  readonly clock: Clock
  readonly terminal: Terminal
  /** The only way to change something; plugins hear what happens. */
  transact<T>(origin: Origin, change: (tx: Tx) => Promise<T>): Promise<T>
}

/** The part of a session that needs no plugins. */
export type DatabaseSession = Pick<Session, 'config' | 'database' | 'clock' | 'terminal'>

/** Who acts from the command line, where no agent is named. */
export const adminOrigin: Origin = { kind: 'system', id: null, via: 'cli' }
