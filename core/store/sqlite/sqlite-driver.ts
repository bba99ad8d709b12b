// Kysely's way into SQLite: transactions that begin immediate, and statements that are prepared once.
import type Sqlite from 'better-sqlite3'
import { CompiledQuery, SqliteDialect, SqliteDriver } from 'kysely'
import type { DatabaseConnection, Driver, QueryResult } from 'kysely'

/** A connection of Kysely's own would begin deferred, where a second writer makes the first write fail at once with SQLITE_BUSY_SNAPSHOT. */
export class PreparedDialect extends SqliteDialect {
  readonly #db: Sqlite.Database
  constructor(db: Sqlite.Database) {
    super({ database: db })
    this.#db = db
  }
  override createDriver(): Driver {
    return new PreparedDriver(this.#db)
  }
}

class PreparedDriver extends SqliteDriver {
  readonly #connection: DatabaseConnection
  constructor(db: Sqlite.Database) {
    super({ database: db })
    this.#connection = new PreparedConnection(db)
  }
  override acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection)
  }
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(begin)
  }
}

const begin = CompiledQuery.raw('begin immediate')

/** Statements kept prepared; a mail's way takes about 60, and batches of each length have their own. */
const keptStatements = 500

/** Preparing costs more than running: SQLite parses and plans, and better-sqlite3 compiles a function that makes the rows. */
class PreparedConnection implements DatabaseConnection {
  readonly #db: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement<unknown[], unknown>>()

  constructor(db: Sqlite.Database) {
    this.#db = db
  }

  executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    // A rejection, not an exception: Kysely awaits.
    try {
      return Promise.resolve(this.#run<R>(sql, parameters))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const statement = this.#prepared(sql)
    // The rows are what the query was typed for, as in Kysely's own driver.
    if (statement.reader) return { rows: statement.all(parameters) as R[] }
    const { changes, lastInsertRowid } = statement.run(parameters)
    // Rows of a changed table would come out under the names of the old one.
    if (/^\s*(?:create|alter|drop)\b/i.test(sql)) this.#statements.clear()
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
  }

  #prepared(sql: string): Sqlite.Statement<unknown[], unknown> {
    const kept = this.#statements.get(sql)
    if (kept) {
      // Least recently used goes first: a Map keeps the order of insertion. Nobody has to go for long, so nothing is put in order before.
      if (this.#statements.size > keptStatements / 2) {
        this.#statements.delete(sql)
        this.#statements.set(sql, kept)
      }
      return kept
    }
    const statement = this.#db.prepare<unknown[], unknown>(sql)
    this.#statements.set(sql, statement)
    const oldest = this.#statements.size > keptStatements ? this.#statements.keys().next().value : undefined
    if (oldest !== undefined) this.#statements.delete(oldest)
    return statement
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // One of its own: a statement that is being read from cannot be run again meanwhile.
    for (const row of this.#db.prepare<unknown[], unknown>(sql).iterate(parameters)) yield { rows: [row as R] }
  }
}
