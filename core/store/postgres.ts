// PostgreSQL 15+: one pool, session settings that bound every statement, and text that is safe for its encoding.
import pg from 'pg'
import { Kysely, PostgresDialect } from 'kysely'
import { PosternError } from '../base/errors.ts'
import { CaseNumbers } from './case-numbers.ts'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

/** Which PostgreSQL database, and how much of it this node uses. */
export interface PostgresOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string
  /** Connections of this node; 10 by default, and 20 are enough. */
  readonly pool?: number
}

/** ms in int8 columns stay below 2^53, so a number is exact. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === 20 || oid === 1700 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

/** PostgreSQL's text cannot hold NUL, and a mail may hold anything: NUL becomes U+FFFD. A cut connection ends no process. */
class SafeTextClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    // A connection that is cut while it is ours, between two queries, tells so by an event; the next query fails and says why.
    this.on('error', () => {})
  }
  // pg's overloads are many; what passes through is what pg was given.
  override query(...args: unknown[]): never {
    const [first, values] = args as [unknown, unknown]
    if (Array.isArray(values)) args[1] = values.map(safe)
    else if (typeof first === 'object' && first !== null && 'values' in first && Array.isArray(first.values))
      args[0] = { ...first, values: first.values.map(safe) }
    return (pg.Client.prototype.query as (...a: unknown[]) => never).apply(this, args)
  }
}

const safe = (value: unknown): unknown => (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value)

/** Opens the pool and checks that the server answers and is new enough. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.pool ?? 10,
    Client: SafeTextClient,
    types,
    options: '-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC',
    connectionTimeoutMillis: 5000,
  })
  // An idle connection that breaks is replaced by the pool; without a listener the process would end.
  pool.on('error', () => {})
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    const { rows } = await pool.query<{ server_version_num: string }>('show server_version_num')
    const version = Number(rows[0]?.server_version_num)
    if (version < 150_000)
      throw new PosternError('config_invalid', `PostgreSQL 15 or newer is needed, this server is ${Math.floor(version / 10_000)}`)
  } catch (cause) {
    await db.destroy()
    if (cause instanceof PosternError) throw cause
    throw new PosternError('store_unavailable', 'PostgreSQL does not answer; check database.postgres and that the server runs', { cause })
  }
  return {
    kind: 'postgres',
    write: db,
    read: db,
    types: { kind: 'postgres', bytes: 'bytea' },
    skipLocked: true,
    caseNumbers: new CaseNumbers(db),
    backup: () => Promise.reject(new PosternError('invalid', 'back up PostgreSQL with pg_dump')),
    maintain: () => {},
    stop: () => db.destroy(),
  }
}
