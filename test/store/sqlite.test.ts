import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import { PosternError } from '../../core/base/errors.ts'
import { nextNumber } from '../../core/store/cases.ts'
import { transact } from '../../core/store/database.ts'
import { migrate } from '../../core/store/migrate.ts'
import { core0001 } from '../../core/store/migrations/0001-core.ts'
import { holdSqlite, openSqlite, sqliteInUse } from '../../core/store/sqlite/sqlite.ts'
import { testGateway } from '../support/gateway.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-sqlite-'))
  file = path.join(folder, 'sub', 'postern.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('every pragma that durability stands on is in force on the writing connection', async () => {
  const db = openSqlite({ path: file })
  const read: Record<string, unknown> = {}
  for (const name of ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'wal_autocheckpoint', 'journal_size_limit']) {
    const { rows } = await sql<Record<string, unknown>>`${sql.raw(`pragma ${name}`)}`.execute(db.write)
    read[name] = Object.values(rows[0] ?? {})[0]
  }
  expect(read).toEqual({
    journal_mode: 'wal',
    synchronous: 2,
    busy_timeout: 5000,
    foreign_keys: 1,
    wal_autocheckpoint: 1000,
    journal_size_limit: 64 * 1024 * 1024,
  })
  await expect(sql`create table x (id text)`.execute(db.read)).rejects.toThrow(/readonly/)
  await db.stop()
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
])('a network file system (magic %i, %s) is refused unless it is forced', async (magic, name) => {
  const open = () => openSqlite({ path: file, fileSystemType: () => magic })
  expect(open).toThrow(PosternError)
  expect(open).toThrow(name)
  expect(existsSync(file)).toBe(false)
  await openSqlite({ path: file, fileSystemType: () => magic, allowNetworkFileSystem: true }).stop()
})

test('a second daemon on the same file is refused, and let in once the first has gone', async () => {
  const first = openSqlite({ path: file, exclusive: true })
  expect(sqliteInUse(file)).toBe(true)
  expect(() => openSqlite({ path: file, exclusive: true })).toThrow(/another postern already runs/)
  const tool = openSqlite({ path: file })
  await tool.stop()
  await first.stop()
  expect(sqliteInUse(file)).toBe(false)
  const release = holdSqlite(file)
  expect(() => openSqlite({ path: file, exclusive: true })).toThrow(/another postern/)
  release()
  await openSqlite({ path: file, exclusive: true }).stop()
})

test('two processes that write all the time wait for one another and never see SQLITE_BUSY', async () => {
  const db = openSqlite({ path: file })
  await migrate(db.write, [{ owner: 'core', migrations: [core0001] }], db.types, systemClock)
  const other = spawn(process.execPath, [path.join(import.meta.dirname, 'writer-process.ts'), file, '200'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  other.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(other.stdout, 'data')
  const ended = once(other, 'exit')
  for (let i = 0; i < 200; i++) {
    await transact(db, systemClock, async (tx) => {
      await tx.selectFrom('counters').selectAll().execute()
      await nextNumber(tx, 'both')
    })
    // SQLite's lock has no queue: a process that asks again at once would starve the other, which no daemon and no command does.
    await sleep(systemClock, 1)
  }
  await ended
  expect([other.exitCode, said]).toEqual([0, 'ready\n200\n'])
  expect(await transact(db, systemClock, (tx) => nextNumber(tx, 'both', 0))).toBe(400)
  await db.stop()
})

test('a transaction that waits for something other than the database is broken off and leaves nothing', async () => {
  const g = await testGateway()
  try {
    let waits: () => void = () => {}
    const reached = new Promise<void>((resolve) => (waits = resolve))
    const slow = g.transact(async (tx) => {
      await tx.cases.create({ mailbox: 'support', subject: 'half done', requester: { address: 'c@customer.test', name: '' } })
      waits()
      await new Promise(() => {})
    })
    const failed = expect(slow).rejects.toThrow(/waited for something other than the database/)
    await reached
    g.clock.advance(200)
    g.clock.advance(10)
    await failed
    expect(await g.gateway.database.read.selectFrom('cases').selectAll().execute()).toEqual([])
    await g.mail({ from: 'c@customer.test', to: 'support@example.test', text: 'the writer is free again' })
    expect(await g.gateway.database.read.selectFrom('cases').select('number').execute()).toEqual([{ number: 1 }])
  } finally {
    await g.stop()
  }
})

test('the log is taken into the file when the daemon stops', async () => {
  const db = openSqlite({ path: file, exclusive: true })
  await sql`create table x (id text)`.execute(db.write)
  db.maintain()
  await db.stop()
  expect(existsSync(`${file}-wal`)).toBe(false)
  const plain = new DatabaseSync(file, { readOnly: true })
  expect(plain.prepare('select count(*) as n from x').get()).toEqual({ n: 0 })
  plain.close()
})
