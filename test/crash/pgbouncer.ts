// PgBouncer in transaction mode in front of a PostgreSQL of the tests: each transaction may run on another connection of the server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { ownerOf } from '../support/postgres-server.ts'
import { freePorts } from './daemon.ts'

/** Undefined where PgBouncer is not installed. `url`: of the server behind it, by a unix socket. */
export async function startPgbouncer(base: string, url: string): Promise<{ readonly url: string; stop(): Promise<void> } | undefined> {
  const program = ['/usr/sbin', ...(process.env.PATH ?? '').split(path.delimiter)]
    .map((f) => path.join(f, 'pgbouncer'))
    .find((f) => existsSync(f))
  if (!program) return undefined
  const [port = 0] = await freePorts(1)
  const owner = ownerOf()
  const file = path.join(base, 'pgbouncer.ini')
  // As README says: `options` is ignored (PgBouncer keeps no settings of a session), the bounds are set for each connection of the server.
  writeFileSync(
    file,
    `[databases]
postgres = host=${new URL(url).searchParams.get('host') ?? ''} dbname=postgres user=postern connect_query='set lock_timeout = 5000; set statement_timeout = 30000; set idle_in_transaction_session_timeout = 10000'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
ignore_startup_parameters = options, extra_float_digits
`,
  )
  chmodSync(base, 0o755)
  if ('uid' in owner && owner.uid !== undefined) chownSync(base, owner.uid, owner.gid)
  const child = spawn(program, ['-q', file], { ...owner, cwd: base, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended at once: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url: `postgres://postern@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
