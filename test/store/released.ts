// What a release leaves in a SQLite file, as SQL text, for the tests of every later version. It is written once for each release that has
// added a migration (.github/CONTRIBUTING.md), and never changed: databases of that release are out there.
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { agent, testGateway } from '../support/gateway.ts'

/** Where those texts lie, one for each release. */
export const releasedFolder = path.join(import.meta.dirname, 'released')

/** Every plugin with tables, as the shipped configuration has them. */
export const allPlugins = [
  ...['desk', 'threading', 'bounces', 'agent-reply', 'recipients', 'rules', 'links', 'scheduler', 'chat', 'forwards', 'notify'],
  { webhooks: { endpoints: { crm: { url: 'https://receiver.example.test/hook', events: ['case.created'] } } } },
]

/** A database after some work: a case with an answer, a note, tags, a planned reopen, a chat, and a delivery that waits. */
export async function worked(): Promise<string> {
  const g = await testGateway({ plugins: allPlugins, start: '2026-11-28T09:00:00Z' })
  try {
    await g.mail({ to: 'support@example.test', from: 'Carla <carla@customer.test>', subject: 'Printer', text: 'It smokes.' })
    await g.mail({ to: 'sales@example.test', from: 'Вера <vera@customer.test>', subject: 'Счёт', text: 'Где мой счёт?' })
    await g.act('reply.send', '#1', { text: 'Water.' }, agent('anna'))
    await g.act('note.add', '#1', { text: 'Заметка для коллег' }, agent('boris'))
    await g.act('case.tags', '#1', { add: ['vip'] })
    await g.act('reopen.plan', '#2', { at: '2026-12-24T09:00:00Z' }, agent('boris'))
    const database = new DatabaseSync(path.join(g.folder, 'data', 'postern.db'), { readOnly: true })
    try {
      return dump(database)
    } finally {
      database.close()
    }
  } finally {
    await g.stop()
  }
}

/** The statements that make the database again: tables in the order in which they were made, their rows, then indexes. */
function dump(database: DatabaseSync): string {
  const made = database
    .prepare("select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by rowid")
    .all()
  const tables = made.filter((m) => m.type === 'table')
  return [
    'pragma foreign_keys = off;',
    ...tables.map((m) => `${String(m.sql)};`),
    ...tables.flatMap(({ name }) =>
      database
        .prepare(`select * from "${String(name)}"`)
        .all()
        .map((row) => `insert into "${String(name)}" values (${Object.values(row).map(literal).join(', ')});`),
    ),
    ...made.filter((m) => m.type !== 'table').map((m) => `${String(m.sql)};`),
    '',
  ].join('\n')
}

/** A value as an SQL literal on one line. */
function literal(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const text = String(value)
  // A line end or NUL in a text would break the line.
  return /[\0-\x1f]/.test(text) ? `cast(x'${Buffer.from(text).toString('hex')}' as text)` : `'${text.replaceAll("'", "''")}'`
}
