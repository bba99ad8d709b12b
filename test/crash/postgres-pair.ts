// Two PostgreSQL servers, the second a synchronous replica of the first, behind an address that always leads to the one that is primary.
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import path from 'node:path'
import pg from 'pg'
import { startPostgres } from '../support/postgres-server.ts'
import type { PostgresServer } from '../support/postgres-server.ts'

/** Names the pair's address; `stopPrimary` and then `promote` are a failover. */
export interface PostgresPair {
  readonly url: string
  /** As `pg_ctl stop -m immediate`: no shutdown checkpoint, no word to anybody. */
  stopPrimary(): Promise<void>
  /** Resolves when the replica takes writes at the pair's address. */
  promote(): Promise<void>
  stop(): Promise<void>
}

export async function startPair(base: string): Promise<PostgresPair> {
  const folder = (name: string): string => {
    mkdirSync(path.join(base, name))
    return path.join(base, name)
  }
  // PostgreSQL runs as a user of its own, who must be let through.
  chmodSync(base, 0o755)
  const primary = await startPostgres(folder('a'), {
    settings: { synchronous_commit: 'on', synchronous_standby_names: '*', wal_level: 'replica' },
  })
  const replica = await startPostgres(folder('b'), { settings: { hot_standby: 'on' }, replicaOf: primary }).catch(
    async (error: unknown) => {
      await primary.stop()
      throw error
    },
  )
  await asked(primary, `select 1 from pg_stat_replication where sync_state = 'sync'`)
  let leadsTo = primary
  const sockets = new Set<Socket>()
  const address = createServer((client) => {
    const server = connect(path.join(leadsTo.base, '.s.PGSQL.5432'))
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const port = await new Promise<number>((resolve) =>
    address.listen(0, '127.0.0.1', () => {
      const at = address.address()
      resolve(typeof at === 'object' && at ? at.port : 0)
    }),
  )
  return {
    url: `postgres://postern@127.0.0.1:${port}/postgres`,
    async stopPrimary() {
      const pidFile = path.join(primary.base, 'data', 'postmaster.pid')
      process.kill(Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]), 'SIGQUIT')
      while (existsSync(pidFile)) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async promote() {
      leadsTo = replica
      await asked(replica, 'select 1 where pg_promote()')
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      address.close()
      await replica.stop()
      await primary.stop()
    },
  }
}

/** Asks until there is an answer with a row. */
async function asked(server: PostgresServer, question: string): Promise<void> {
  const client = new pg.Client({ host: server.base, user: 'postern', database: 'postgres' })
  await client.connect()
  try {
    while ((await client.query(question)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  } finally {
    await client.end()
  }
}
