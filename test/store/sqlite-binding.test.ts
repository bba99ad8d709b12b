import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backupSqlite, losesLog, openSqliteFile, pragma } from '../../core/store/sqlite/sqlite-binding.ts'
import { connect } from '../../core/store/sqlite/sqlite-connect.ts'
import { sqliteDialect } from '../../core/store/sqlite/sqlite-driver.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'
import type { Tables } from '../../core/store/tables.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-binding-'))
  file = path.join(folder, 'postern.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const inMemory = (): Kysely<Tables> => new Kysely<Tables>({ dialect: sqliteDialect(connect(':memory:')) })

test.each([
  ['SQLITE_CONSTRAINT_PRIMARYKEY', "insert into x (id) values ('a')"],
  ['SQLITE_CONSTRAINT_UNIQUE', "insert into x (id, u) values ('b', 1)"],
  ['SQLITE_CONSTRAINT_NOTNULL', 'insert into x (id) values (null)'],
  ['SQLITE_CONSTRAINT_CHECK', "insert into x (id, c) values ('c', 10)"],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', "insert into x (id, f) values ('d', 'nobody')"],
  ['SQLITE_ERROR', 'select * from nowhere'],
  ['SQLITE_FULL', "insert into x (id, b) values ('e', zeroblob(100000))"],
])('a failure has the name that SQLite gives it: %s', async (code, text) => {
  const db = inMemory()
  await sql`create table x (id text primary key not null, u integer unique, c integer check (c < 10), f text references x (id), b blob)`.execute(
    db,
  )
  await sql`insert into x (id, u) values ('a', 1)`.execute(db)
  await sql`pragma max_page_count = 10`.execute(db)
  await expect(sql.raw(text).execute(db)).rejects.toMatchObject({ name: 'SqliteError', code })
  await db.destroy()
})

test('a lock of others, a file that is not there and one that is no database have their names too', async () => {
  const holder = openSqliteFile(file)
  holder.exec('create table x (id text); begin immediate')
  const db = new Kysely<Tables>({ dialect: sqliteDialect(openSqliteFile(file, { patienceMs: 0 })) })
  await expect(db.transaction().execute(() => Promise.resolve())).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
  await db.destroy()
  holder.close()
  await expect(async () => openSqliteFile(path.join(folder, 'nowhere'), { readOnly: true })).rejects.toMatchObject({
    code: 'SQLITE_CANTOPEN',
  })
  const letter = path.join(folder, 'letter.txt')
  writeFileSync(letter, 'Dear database, '.repeat(100))
  const wrong = new Kysely<Tables>({ dialect: sqliteDialect(openSqliteFile(letter)) })
  await expect(sql`select * from sqlite_master`.execute(wrong)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' })
  await wrong.destroy()
  const readOnly = openSqliteFile(file, { readOnly: true })
  await expect(sql`delete from x`.execute(new Kysely<Tables>({ dialect: sqliteDialect(readOnly) }))).rejects.toMatchObject({
    code: 'SQLITE_READONLY',
  })
  await expect(backupSqlite(readOnly, path.join(folder, 'no', 'such', 'folder'))).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' })
  readOnly.close()
})

test.each([
  [new Date(0), /Date/],
  [{ a: 1 }, /Object/],
  [[1], /Array/],
  [true, /a boolean/],
  [Symbol('x'), /cannot be bound/],
])('a value that the column would not hold as it is is refused, in any place: %s', async (value, why) => {
  const db = inMemory()
  await expect(sql`select ${value} as v, ${1} as w`.execute(db)).rejects.toThrow(why)
  await expect(sql`select ${1} as v, ${value} as w`.execute(db)).rejects.toThrow(why)
  await db.destroy()
})

test('a second statement in one query is refused, not forgotten', async () => {
  const db = inMemory()
  for (const text of ['create table a (x); create table b (x)', 'select 1; select 2', 'select 1;\n ;drop table a'])
    await expect(sql.raw(text).execute(db)).rejects.toThrow(/one statement/)
  for (const text of ['select 1 as v', ' select 1 as v ; \n', '-- why\nselect 1 as v'])
    expect((await sql.raw(text).execute(db)).rows).toEqual([{ v: 1 }])
  expect((await sql`select name from sqlite_master`.execute(db)).rows).toEqual([])
  await db.destroy()
})

test('a number that JavaScript cannot hold is refused, not rounded; bytes, texts and nothing come back as they went in', async () => {
  const db = inMemory()
  expect((await sql`select ${Number.MAX_SAFE_INTEGER} as v, ${-1.5} as f, ${7n} as i`.execute(db)).rows).toEqual([
    { v: Number.MAX_SAFE_INTEGER, f: -1.5, i: 7 },
  ])
  await expect(sql`select 9007199254740993 as v`.execute(db)).rejects.toThrow(/too large/)
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  const [row] = (
    await sql<
      Record<string, unknown>
    >`select ${bytes} as a, ${Buffer.from(bytes).subarray(5, 9)} as b, ${new Uint8Array()} as c, ${'a\0ü😀'} as d, ${null} as e`.execute(db)
  ).rows
  expect(row).toEqual({ a: bytes, b: Uint8Array.of(5, 6, 7, 8), c: new Uint8Array(), d: 'a\0ü😀', e: null })
  expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  await db.destroy()
})

test('rows of a table that was changed come out under their new names', async () => {
  const db = inMemory()
  await sql`create table x (a text, b text)`.execute(db)
  await sql`insert into x values ('1', '2')`.execute(db)
  const read = async () => (await sql`select * from x`.execute(db)).rows
  expect(await read()).toEqual([{ a: '1', b: '2' }])
  await sql`alter table x rename column a to z`.execute(db)
  expect(await read()).toEqual([{ z: '1', b: '2' }])
  await db.destroy()
})

test('where SQLite has rolled back by itself, the failure that made it do so is the one that is told', async () => {
  const connection = connect(':memory:')
  const db = new Kysely<Tables>({ dialect: sqliteDialect(connection) })
  const failed = db.transaction().execute(async (tx) => {
    await sql`create table x (id text)`.execute(tx)
    connection.exec('rollback')
    throw new Error('the disk is full')
  })
  await expect(failed).rejects.toThrow('the disk is full')
  await db.destroy()
})

test('no statement damages the file: its tables cannot be rewritten behind the back of SQLite', () => {
  const db = connect(file)
  db.exec('create table x (a); pragma writable_schema = on')
  expect(() => db.exec("update sqlite_master set sql = 'create table x (a, b)' where name = 'x'")).toThrow(/may not be modified/)
  db.close()
})

test('a name is never taken for a URI', () => {
  const here = process.cwd()
  process.chdir(folder)
  try {
    openSqliteFile('file:other.db?mode=memory').close()
    openSqliteFile('file:other.db?mode=memory', { readOnly: true }).close()
  } finally {
    process.chdir(here)
  }
})

test('a copy made while others write is whole', async () => {
  const [reader, writer] = [connect(file), connect(file)]
  writer.exec('create table x (n integer, filler text)')
  const insert = writer.prepare('insert into x values (?, ?)')
  const pair = (n: number): void => {
    writer.exec('begin immediate')
    insert.run(n, 'x'.repeat(2000))
    insert.run(-n, 'y'.repeat(2000))
    writer.exec('commit')
  }
  for (let n = 1; n <= 500; n++) pair(n)
  for (const pagesPerStep of [10, 0x7fffffff]) {
    const copy = path.join(folder, `copy-${pagesPerStep}.db`)
    let done = false
    const copied = backupSqlite(reader, copy, pagesPerStep).then(() => (done = true))
    let written = 0
    while (!done) {
      if (written < 100) pair(1000 + written++)
      await new Promise(setImmediate)
    }
    await copied
    const db = openSqliteFile(copy, { readOnly: true })
    expect([pragma(db, 'integrity_check'), db.prepare('select sum(n) as sum, count(*) % 2 as odd from x').get()]).toEqual([
      'ok',
      { sum: 0, odd: 0 },
    ])
    expect(Number(db.prepare('select count(*) as n from x').get()?.n)).toBeGreaterThanOrEqual(1000)
    db.close()
  }
  reader.close()
  writer.close()
})

test.each([
  ['3.7.0', true],
  ['3.44.5', true],
  ['3.44.6', false],
  ['3.45.0', true],
  ['3.50.4', true],
  ['3.50.7', false],
  ['3.51.2', true],
  ['3.51.3', false],
  ['3.52.0', false],
  ['3.53.4', false],
  ['4.0.0', false],
  ['nonsense', true],
])('SQLite %s can lose what is in its log: %s', (version, loses) => {
  expect(losesLog(version)).toBe(loses)
})

test('a file is not opened by a SQLite that can damage it, and the remedy is named; one in memory is', () => {
  expect(() => connect(file, false, '3.50.4')).toThrow(/SQLite 3\.50\.4, which can damage .*npm start/)
  connect(':memory:', false, '3.50.4').close()
  expect(losesLog(process.versions.sqlite ?? '')).toBe(false)
})

test('what Node says of its SQLite being new is kept from users, and nothing else is', () => {
  // As Node 22 does: the warning comes while the module is loaded.
  const says = `
    const { getBuiltinModule } = process
    process.getBuiltinModule = (id) => {
      if (id === 'node:sqlite') {
        process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning')
        process.emitWarning('Something else is experimental', 'ExperimentalWarning')
        process.emitWarning(new Error('and a third thing'))
      }
      return getBuiltinModule(id)
    }
    const { openSqliteFile } = await import(${JSON.stringify(new URL('../../core/store/sqlite/sqlite-binding.ts', import.meta.url).href)})
    openSqliteFile(':memory:').close()
    process.emitWarning('SQLite is an experimental feature, somebody else says')`
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', says], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stderr).not.toContain('might change at any time')
  for (const kept of ['Something else is experimental', 'and a third thing', 'somebody else says']) expect(stderr).toContain(kept)
})

test('the settings of a connection are those of the daemon, whoever opens it', async () => {
  const db = openSqlite({ path: file })
  for (const side of [db.write, db.read]) expect((await sql`pragma cache_size`.execute(side)).rows).toEqual([{ cache_size: -16000 }])
  await db.stop()
})
