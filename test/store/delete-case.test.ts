// A case that is deleted leaves nothing but its number, in the tables of no plugin; and what another case needs stays.
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { systemOrigin } from '../../core/contract/origin.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { countPast, endPast, keepRetention } from '../../core/engine/retention.ts'
import { client, tokenFor } from '../api/client.ts'
import { databaseKinds } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const plugins = [
  'desk',
  'senders',
  'threading',
  'bounces',
  'agent-reply',
  'recipients',
  'rules',
  'scheduler',
  'links',
  'webhooks',
  'notify',
]
const files = {
  'templates/receipt.yaml': 'text: Got it',
  'rules/a.yaml': 'rules:\n  - { name: once, on: incoming, once_per: case, do: [{ tags: seen }] }\n',
}
const webhooks = { webhooks: { endpoints: { ui: { url: 'https://desk.example.com/hook' } } } }

/** Every row that names a text in any column of any table, as table.column. */
async function rowsWith(g: TestGateway, text: string): Promise<readonly string[]> {
  return g.transact(async (tx) => {
    const found: string[] = []
    for (const table of await tx.db.introspection.getTables())
      for (const { name, dataType } of table.columns) {
        if (!/text|char/i.test(dataType)) continue
        const rows = await tx.db
          .selectFrom(table.name as 'meta')
          .select(name as 'key')
          .where(name as 'key', 'like', `%${text}%`)
          .execute()
        for (const _ of rows) found.push(`${table.name}.${name}`)
      }
    return found
  })
}

const mail = (subject: string, to = 'support@example.test') => ({
  ...{ from: 'Carl Customer <carl@customer.test>', to, subject, text: `About ${subject}` },
  messageId: `<${subject}@customer.test>`,
})

test.each(databaseKinds)('nothing is left of it but its number, and other cases stay whole: %s', async (kind) => {
  const g = await testGateway({
    kind,
    files,
    plugins: plugins.map((p) => (p === 'webhooks' ? webhooks : p)) as (string | object)[] as string[],
  })
  try {
    // One mail to two mailboxes is stored once.
    await g.mail(mail('shared', 'support@example.test, sales@example.test'))
    await g.mail(mail('other'))
    const [first, second, other] = await g.transact(async (tx) =>
      tx.db.selectFrom('cases').select(['id', 'number', 'mailbox']).orderBy('number').execute(),
    )
    if (!first || !second || !other) throw new Error('three cases were expected')
    const ref = `#${first.number}`
    await g.act('reply.send', ref, { text: 'An answer' }, agent('anna'))
    await g.act('note.add', ref, { text: 'A note', mentions: [{ kind: 'agent', id: 'boris' }] }, agent('anna'))
    await g.act('reopen.plan', ref, { text: '1 day' }, agent('anna'))
    await g.act('reply.defer', ref, { text: 'Later', in: '1 hour' }, agent('anna'))
    await g.act('case.status', ref, { status: 'spam' }, agent('anna'))
    await g.settle()
    const blobs = async () => (await g.transact((tx) => tx.db.selectFrom('blobs').select('id').execute())).length
    const before = await blobs()
    const { data: counted } = await g.act('case.delete', ref, { dry_run: true }, systemOrigin)
    const { data: deleted } = await g.act('case.delete', ref, {}, systemOrigin)
    expect(counted).toMatchObject({ dry_run: true, messages: 3, notes: 2, leaving: 0 })
    const { leaving: _leaving, ...gone } = counted ?? {}
    expect(deleted).toEqual({ ...gone, dry_run: false })
    // What the other case says of having been linked to it is its own past, and holds nothing but the id.
    expect(await rowsWith(g, first.id)).toEqual(['events.data', 'webhooks_deliveries.body'])
    const events = await g.transact((tx) =>
      tx.db.selectFrom('events').select(['data', 'case_id']).where('type', '=', 'case.deleted').execute(),
    )
    expect(events.map((e) => [e.case_id, JSON.parse(e.data)])).toEqual([[null, { number: first.number }]])
    // Its raw mail is also that of the case in the other mailbox.
    expect(await blobs()).toBe(before)
    await g.act('case.delete', `#${second.number}`, {}, systemOrigin)
    expect(await blobs()).toBe(before - 1)
    expect((await g.look(`#${other.number}`)).messages.length).toBeGreaterThan(0)
    await g.advance('2d', 86_400_000)
    expect(await rowsWith(g, first.id)).toEqual([])
  } finally {
    await g.stop()
  }
})

test('only who is an admin deletes, in the same words everywhere, and not while mail of it may leave', async () => {
  const g = await testGateway({ files, plugins: ['desk', 'threading', 'scheduler', 'rules', 'notify'] })
  try {
    await g.mail(mail('one'))
    const words = 'case.delete is for admins: by the CLI, or with an API token for admins'
    await expect(g.act('case.delete', '#1', {}, agent('anna'))).rejects.toThrow(words)
    await expect(g.act('case.delete', '#1', {}, { kind: 'rule', id: 'x', via: 'rule' })).rejects.toThrow(words)
    const call = client(g, await tokenFor(g))
    expect((await call('POST', '/v1/cases/1/actions/case.delete', { body: {}, as: 'anna' })).status).toBeGreaterThanOrEqual(400)
    await g.transact((tx) => tx.db.updateTable('outbox_recipients').set({ state: 'queued', next_at: Number.MAX_SAFE_INTEGER }).execute())
    await expect(g.act('case.delete', '#1', {}, systemOrigin)).rejects.toThrow(/may still leave/)
    expect((await g.look('#1')).messages.length).toBeGreaterThan(0)
  } finally {
    await g.stop()
  }
})

test('retention deletes by status and time, one transaction a case, counts before, and leaves what is held', async () => {
  const g = await testGateway({ plugins: ['desk', 'threading', 'notify'] })
  try {
    const day = 86_400_000
    const statuses = ['spam', 'trash', 'closed', 'closed', 'open'] as const
    for (const [i, status] of statuses.entries()) {
      await g.mail(mail(`case-${i}`))
      await g.act('case.status', `#${i + 1}`, { status }, agent('anna'))
    }
    await g.act('case.tags', '#4', { add: ['keep'] }, agent('anna'))
    await g.settle()
    const all = { mailboxes: [], tags: [], without: [] }
    const retention = {
      raw: null,
      outgoing: null,
      spam: 2 * day,
      trash: 4 * day,
      closed: { after: 6 * day, how: 'delete', if: all },
    } as const
    const { database, engine } = g.gateway
    const remove = (id: string) => engine.transact(systemOrigin, (tx) => tx.cases.delete(id))
    const left = async () =>
      (await g.transact((tx) => tx.db.selectFrom('cases').select('number').orderBy('number').execute())).map((c) => c.number)
    expect(await countPast(database, g.clock.now() + 3 * day, retention)).toEqual({ spam: 1, trash: 0, closed: 0 })
    expect(await left()).toEqual([1, 2, 3, 4, 5])
    expect(await endPast(database, g.clock.now() + 3 * day, retention, remove)).toEqual({ spam: 1, trash: 0, closed: 0 })
    await keepRetention(database, new TestClock(g.clock.now() + 7 * day), retention, remove, silentLog)
    expect(await left()).toEqual([4, 5])
  } finally {
    await g.stop()
  }
})

test.each(databaseKinds)('an anonymised case keeps what happened when, and nothing that says of whom or what: %s', async (kind) => {
  const g = await testGateway({ kind, files, plugins: [...plugins.filter((p) => p !== 'webhooks'), 'search', 'merging', 'report'] })
  try {
    await g.mail({
      ...mail('Принтер-Петрова'),
      from: 'Карл Петров <carl.petrov@customer.test>',
      cc: 'boss@petrov.test',
      text: 'Секретные слова',
    })
    await g.mail({ ...mail('second'), from: 'Карл Петров <carl.petrov@customer.test>', text: 'Другие слова' })
    await g.act('reply.send', '#1', { text: 'Ответ Петрову' }, agent('anna'))
    await g.act('note.add', '#1', { text: 'Петров звонил' }, agent('anna'))
    await g.act('case.custom', '#1', { set: { order: 'petrov-17' } }, agent('anna'))
    await g.act('case.subject', '#1', { subject: 'petrov' }, agent('anna'))
    await g.act('case.tags', '#1', { add: ['printer'] }, agent('anna'))
    await g.act('case.link', '#1', { other: '#2' }, agent('anna'))
    await expect(g.act('case.anonymise', '#1', {}, systemOrigin)).rejects.toThrow(/close it first/)
    await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
    await g.act('case.delete', '#2', {}, systemOrigin)
    await g.settle()
    await expect(g.act('case.anonymise', '#1', {}, agent('anna'))).rejects.toThrow(/is for admins/)
    const before = await g.look('#1')
    const types = async () =>
      g.transact((tx) =>
        tx.db.selectFrom('events').select(['type', 'case_seq']).where('case_id', '=', before.id).orderBy('case_seq').execute(),
      )
    const happened = await types()
    const { data: counted } = await g.act('case.anonymise', '#1', { dry_run: true }, systemOrigin)
    expect(counted).toMatchObject({ dry_run: true, messages: before.messages.length, notes: 1 })
    await g.act('case.anonymise', '#1', {}, systemOrigin)
    await g.settle()
    const after = await g.look('#1')
    expect(after).toMatchObject({
      id: before.id,
      mailbox: 'support',
      status: 'closed',
      tags: before.tags,
      assignee: before.assignee,
      notes: [],
      cc: [],
    })
    expect(after.messages.map((m) => [m.author, m.agent, m.createdAt])).toEqual(
      before.messages.map((m) => [m.author, m.agent, m.createdAt]),
    )
    expect((await types()).slice(0, happened.length)).toEqual(happened)
    for (const word of ['etrov', 'carl', 'boss', 'Петров', 'Секрет', 'Ответ П', 'ринтер-'])
      expect([word, (await rowsWith(g, word)).filter((where) => !/^(?:sent_automatic|senders_|api_)/.test(where))]).toEqual([word, []])
    expect(await g.transact((tx) => tx.db.selectFrom('blobs').select('id').execute())).toEqual([])
    await expect(g.act('case.anonymise', '#1', {}, systemOrigin)).rejects.toThrow(/already/)
    // Whoever writes again begins anew.
    await g.mail({ ...mail('again [#1]'), from: 'carl.petrov@customer.test', inReplyTo: '<Принтер-Петрова@customer.test>' })
    expect((await g.look('#1')).messages).toHaveLength(after.messages.length)
  } finally {
    await g.stop()
  }
})

test('retention anonymises once, and only the closed cases that are meant; the counts are the same before', async () => {
  const g = await testGateway({ plugins: ['desk', 'threading', 'notify'] })
  try {
    const day = 86_400_000
    for (const [i, to] of ['support', 'support', 'sales', 'support', 'support'].entries()) {
      await g.mail(mail(`case-${i}`, `${to}@example.test`))
      await g.act('case.status', `#${i + 1}`, { status: 'closed' }, agent('anna'))
    }
    await g.act('case.tags', '#2', { add: ['contract'] }, agent('anna'))
    await g.act('case.tags', '#4', { add: ['keep'] }, agent('anna'))
    await g.settle()
    const { database, engine } = g.gateway
    const end = (id: string, how: 'delete' | 'anonymise') => engine.transact(systemOrigin, (tx) => tx.cases[how](id))
    const meant = { mailboxes: ['support'], tags: [], without: ['contract'] }
    const retention = {
      raw: null,
      outgoing: null,
      spam: null,
      trash: null,
      closed: { after: 6 * day, how: 'anonymise', if: meant },
    } as const
    const now = g.clock.now() + 7 * day
    expect(await countPast(database, now, retention)).toEqual({ closed: 2 })
    expect(await endPast(database, now, retention, end)).toEqual({ closed: 2 })
    expect(await countPast(database, now + 7 * day, retention)).toEqual({ closed: 0 })
    const named = await g.transact((tx) =>
      tx.db.selectFrom('cases').select('number').where('requester_address', '=', 'carl@customer.test').orderBy('number').execute(),
    )
    expect(named.map((c) => c.number)).toEqual([2, 3, 4])
    const tagged = {
      ...retention,
      closed: { after: 6 * day, how: 'delete', if: { mailboxes: [], tags: ['contract'], without: [] } },
    } as const
    expect(await endPast(database, now, tagged, end)).toEqual({ closed: 1 })
  } finally {
    await g.stop()
  }
})
