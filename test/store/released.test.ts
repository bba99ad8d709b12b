// A database of every release opens in this version, at whatever moment the upgrade was killed (SQL-8).
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { migrate } from '../../core/store/migrate.ts'
import { verifySqlite } from '../../core/store/sqlite/backup.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { agent, testGateway } from '../support/gateway.ts'
import { linesOfNow, linesWithNext } from './killed-upgrade-process.ts'
import { allPlugins, releasedFolder, worked } from './released.ts'

const releases = readdirSync(releasedFolder).filter((name) => name.endsWith('.sql'))

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function folderOfTest(): string {
  const folder = freshFolder('postern-released-')
  folders.push(folder)
  return folder
}

/** A file as that release left it. */
function restored(release: string, file: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  try {
    database.exec(`begin; ${readFileSync(path.join(releasedFolder, release), 'utf8')} commit;`)
  } finally {
    database.close()
  }
}

function within<T>(file: string, look: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return look(database)
  } finally {
    database.close()
  }
}

/** The schema without the way in which it is spelled. */
const schemaOf = (file: string): readonly string[] =>
  within(file, (database) =>
    database
      .prepare("select sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
      .all()
      .map((m) => String(m.sql).replace(/\s+/g, ' '))
      .sort(),
  )

const version = process.env.POSTERN_WRITE_RELEASED
test.runIf(version)('writes what this version leaves, where POSTERN_WRITE_RELEASED names it', async () => {
  writeFileSync(path.join(releasedFolder, `${version ?? ''}.sql`), await worked(), { flag: 'wx' })
})

test('the first release is kept', () => {
  expect(releases).toContain('0.1.0.sql')
})

describe.each(releases)('a database of %s', (release) => {
  test('goes on in this version: cases are there, an old conversation is followed, what was planned is done', async () => {
    const folder = folderOfTest()
    restored(release, path.join(folder, 'data', 'postern.db'))
    const g = await testGateway({ plugins: allPlugins, folder, start: '2026-12-24T08:30:00Z' })
    try {
      const old = await g.look('#1')
      expect([old.subject, old.tags, old.notes.map((n) => n.text)]).toEqual(['Printer', ['vip'], ['Заметка для коллег']])
      expect(old.messages.map((m) => m.text)).toEqual(['It smokes.', 'Water.'])
      const answered = old.messages[1]
      await g.mail({
        ...{ to: 'support@example.test', from: 'Carla <carla@customer.test>', subject: 'Re: Printer', text: 'Thank you!' },
        headers: { 'in-reply-to': `<${answered?.headerId ?? ''}>` },
      })
      expect((await g.look('#1')).messages.map((m) => m.text)).toEqual(['It smokes.', 'Water.', 'Thank you!'])
      await g.act('reply.send', '#1', { text: 'Welcome.' }, agent('anna'))
      await g.act('case.status', '#2', { status: 'closed' })
      await g.advance('1h', 600_000)
      expect((await g.look('#2')).status).toBe('open')
    } finally {
      await g.stop()
    }
  })

  test('its steps are what they were: made anew by this version they give the same tables', async () => {
    const folder = folderOfTest()
    const [old, anew] = [path.join(folder, 'old.db'), path.join(folder, 'anew.db')]
    restored(release, old)
    const applied = within(old, (d) =>
      d
        .prepare('select owner, name from migrations')
        .all()
        .map((m) => `${String(m.owner)}/${String(m.name)}`),
    )
    const lines = (await linesOfNow()).map((l) => ({
      ...l,
      migrations: l.migrations.filter((m) => applied.includes(`${l.owner}/${m.name}`)),
    }))
    const database = openSqlite({ path: anew })
    expect((await migrate(database.write, lines, database.types, systemClock)).toSorted()).toEqual(applied.toSorted())
    await database.stop()
    expect(schemaOf(anew)).toEqual(schemaOf(old))
  })

  test('killed at any statement of its upgrade, it opens, loses nothing, and is brought up to date by the next start', async () => {
    const folder = folderOfTest()
    const run = (file: string, at: number) =>
      spawnSync(process.execPath, [path.join(import.meta.dirname, 'killed-upgrade-process.ts'), file, String(at)])
    const whole = path.join(folder, 'whole.db')
    restored(release, whole)
    const count = Number(run(whole, 0).stdout)
    expect(count).toBeGreaterThan(6)
    const lines = await linesWithNext()
    for (let at = count - 7; at <= count; at++) {
      const file = path.join(folder, `at-${at}.db`)
      restored(release, file)
      expect(run(file, at).signal).toBe('SIGKILL')
      const database = openSqlite({ path: file })
      expect(await migrate(database.write, lines, database.types, systemClock)).toContain('core/9999-next')
      await database.stop()
      expect(verifySqlite(file).problems).toEqual([])
      expect(schemaOf(file)).toEqual(schemaOf(whole))
      expect(
        within(file, (d) =>
          d.prepare('select number, urgency, (select tag from case_tags where case_id = id) as tag from cases order by number').all(),
        ),
      ).toEqual(
        within(whole, (d) =>
          d.prepare('select number, urgency, (select tag from case_tags where case_id = id) as tag from cases order by number').all(),
        ),
      )
    }
  }, 120_000)
})
