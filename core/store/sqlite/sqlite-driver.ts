// Kysely's way into SQLite: transactions that begin immediate, and statements that are prepared once.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import { bindable, sqliteError } from './sqlite-binding.ts'

/** Kysely's dialect of SQLite on a connection of `node:sqlite`, which it closes when it is destroyed. */
export function sqliteDialect(db: DatabaseSync): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(db),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class SqliteDriver implements Driver {
  readonly #db: DatabaseSync
  readonly #connection: DatabaseConnection
  constructor(db: DatabaseSync) {
    this.#db = db
    this.#connection = new PreparedConnection(db)
  }
  init(): Promise<void> {
    return Promise.resolve()
  }
  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection)
  }
  /** Kysely's own would begin deferred, where a second writer makes the first write fail at once with SQLITE_BUSY_SNAPSHOT. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(begin)
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(commit)
  }
  /** A disk that is full or fails makes SQLite roll back by itself: then there is nothing to do, and the error that counts is that one. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#db.isTransaction) await connection.executeQuery(rollback)
  }
  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }
  destroy(): Promise<void> {
    this.#db.close()
    return Promise.resolve()
  }
}

const begin = CompiledQuery.raw('begin immediate')
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

/** Statements kept prepared; a mail's way takes about 60, and batches of each length have their own. */
const keptStatements = 500

interface Prepared {
  readonly statement: StatementSync
  /** Names of the columns that it answers with; none where it answers with no rows. */
  readonly columns: readonly string[]
}

type Row = Record<string, SQLOutputValue>

/** Preparing costs more than running: SQLite parses and plans. */
class PreparedConnection implements DatabaseConnection {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    // A rejection, not an exception: Kysely awaits.
    try {
      return Promise.resolve(this.#run<R>(sql, parameters))
    } catch (error) {
      return Promise.reject(sqliteError(error))
    }
  }

  #run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const { statement, columns } = this.#kept(sql)
    const values = bindable(parameters)
    // The rows are what the query was typed for, as in Kysely's own driver.
    if (columns.length > 0) return { rows: statement.all(...values).map((row) => named(row, columns)) as R[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    // Rows of a changed table would come out under the names of the old one.
    if (/^\s*(?:create|alter|drop)\b/i.test(sql)) this.#prepared.clear()
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
  }

  #kept(sql: string): Prepared {
    const kept = this.#prepared.get(sql)
    if (kept) {
      // Least recently used goes first: a Map keeps the order of insertion. Nobody has to go for long, so nothing is put in order before.
      if (this.#prepared.size > keptStatements / 2) {
        this.#prepared.delete(sql)
        this.#prepared.set(sql, kept)
      }
      return kept
    }
    const prepared = prepare(this.#db, sql)
    this.#prepared.set(sql, prepared)
    const oldest = this.#prepared.size > keptStatements ? this.#prepared.keys().next().value : undefined
    if (oldest !== undefined) this.#prepared.delete(oldest)
    return prepared
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    try {
      // One of its own: a statement that is being read from cannot be run again meanwhile.
      const { statement, columns } = prepare(this.#db, sql)
      for (const row of statement.iterate(...bindable(parameters))) yield { rows: [named(row, columns) as R] }
    } catch (error) {
      throw sqliteError(error)
    }
  }
}

function prepare(db: DatabaseSync, sql: string): Prepared {
  const statement = db.prepare(sql)
  // SQLite prepares the first statement of a text and leaves the rest to the caller; node:sqlite forgets it.
  if (sql.slice(statement.sourceSQL.length).trim() !== '') throw new TypeError('one query is one statement, and this text holds more')
  // Arrays, made into objects here: node:sqlite makes objects that cost twice as much to make and to read.
  statement.setReturnArrays(true)
  return { statement, columns: statement.columns().map((column) => column.name) }
}

/** `row`: the values in the order of the columns; the types of node:sqlite do not know of `setReturnArrays`. */
function named(row: Readonly<Record<number, SQLOutputValue>>, columns: readonly string[]): Row {
  const made: Row = {}
  for (let i = 0; i < columns.length; i++) made[columns[i] ?? ''] = row[i] ?? null
  return made
}
