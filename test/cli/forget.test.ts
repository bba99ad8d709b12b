import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { afterEach, expect, test, vi } from 'vitest'
import type { Database } from '../../core/store/database.ts'
import { addressPattern } from '../../core/store/person.ts'
import { runCli } from '../support/cli.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

vi.setConfig({ testTimeout: 120_000 })

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function gateway(kind: DatabaseKind): Promise<TestGateway> {
  const g = await testGateway({ kind })
  cleanups.push(() => g.stop())
  return g
}

/** Everything that the database holds, as one text in lower case: the file and its log byte by byte, or all columns of all rows. */
async function everything(g: TestGateway, database: Database): Promise<string> {
  if (database.kind === 'sqlite') {
    const folder = path.join(g.folder, 'data')
    return readdirSync(folder)
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('\n')
      .toLowerCase()
  }
  const out: string[] = []
  for (const table of await database.read.introspection.getTables()) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table.name)}`.execute(database.read)
    for (const row of rows)
      for (const value of Object.values(row)) out.push(value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value))
  }
  return out.join('\n').toLowerCase()
}

const file = (name: string, text: string, boundary: string): string =>
  `--${boundary}\r\nContent-Type: text/plain; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${text}\r\n`

/** A mail in plain bytes, so that a trace of it would be found. */
const plainMail = (
  from: string,
  to: string,
  subject: string,
  id: string,
  text: string,
  extra: readonly string[] = [],
  attachment?: { readonly name: string; readonly text: string },
): string =>
  [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: <${id}>`,
    'Date: Mon, 21 Sep 2026 09:00:00 +0000',
    'MIME-Version: 1.0',
    ...extra,
    ...(attachment
      ? [
          'Content-Type: multipart/mixed; boundary="bb"',
          '',
          '--bb',
          'Content-Type: text/plain; charset=utf-8',
          '',
          text,
          file(attachment.name, attachment.text, 'bb') + '--bb--',
          '',
        ]
      : ['Content-Type: text/plain; charset=utf-8', '', text, '']),
  ].join('\r\n')

test.each(['sqlite', 'postgres'] as const)(
  'nothing of a forgotten person is left in the %s database, and what others wrote is',
  async (kind) => {
    const g = await gateway(kind)
    const { database } = g.gateway
    const first = plainMail(
      '"Carla Wiesengrund" <Carla@Customer.test>',
      'support@example.test',
      'Invoice swordfish',
      'first.swordfish@customer.test',
      'My account is swordfish seventeen.',
      ['Cc: Boss <boss@partner.test>'],
      { name: 'swordfish.txt', text: 'swordfish file' },
    )
    await g.mail({ from: 'carla@customer.test', to: 'support@example.test', raw: first })
    // Another takes part in her case, quotes her, and sends a file of his own.
    await g.mail({
      from: 'boss@partner.test',
      to: 'support@example.test',
      raw: plainMail(
        'Boss <boss@partner.test>',
        'support@example.test',
        'Re: Invoice swordfish',
        'second@partner.test',
        'Please pay Carla Wiesengrund (carla@customer.test) quickly.\r\n\r\nOn Monday Carla Wiesengrund <carla@customer.test> wrote:\r\n> My account is swordfish seventeen.',
        ['In-Reply-To: <first.swordfish@customer.test>', 'Cc: carla@customer.test'],
        { name: 'terms.txt', text: 'These are the terms of the partner.' },
      ),
    })
    await g.act('reply.send', '#1', { text: 'Dear Carla Wiesengrund, it is paid. See mailto:carla%40customer.test' }, agent('anna'))
    await g.transact(async (tx) => {
      const c = await tx.cases.byRef('#1')
      if (c) await tx.notes.add({ caseId: c.id, text: 'Carla Wiesengrund called from carla@customer.test about her invoice.' })
    })
    // A case of somebody whose address ends in hers, and who mentions her.
    await g.mail({
      from: 'xcarla@customer.test',
      to: 'support@example.test',
      raw: plainMail(
        'Xenia <xcarla@customer.test>',
        'support@example.test',
        'Printer',
        'third@customer.test',
        'Ask carla@customer.test, she knows. Mine is xcarla@customer.test.',
      ),
    })
    await database.write
      .insertInto('suppressions')
      .values({ address: 'carla@customer.test', reason: 'bounced', until: 9e15, created_at: 1 })
      .execute()
    expect((await database.read.selectFrom('cases').select('number').execute()).length).toBe(2)
    const before = await everything(g, database)
    for (const trace of ['carla@customer.test', 'carla wiesengrund', 'swordfish']) expect(before).toContain(trace)

    const config = path.join(g.folder, 'postern.yaml')
    const dry = await runCli(['forget', 'CARLA@customer.test', '--json', '-c', config], g.folder)
    expect([dry.code, dry.json()]).toMatchObject([0, { dryRun: true, messages: 1, cases: 1, names: ['Carla Wiesengrund'], waiting: 0 }])
    expect(await everything(g, database)).toContain('swordfish')

    const done = await runCli(['forget', 'CARLA@customer.test', '--yes', '--json', '-c', config], g.folder)
    expect([done.err, done.code]).toEqual(['', 0])
    const after = await everything(g, database)
    expect(addressPattern('carla@customer.test').exec(after)?.[0]).toBeUndefined()
    for (const trace of ['wiesengrund', 'swordfish', 'carla%40']) expect(after.includes(trace), trace).toBe(false)

    const mine = await g.look('#1')
    expect([mine.status, mine.subject, mine.requester.name, mine.messages.map((m) => m.author)]).toEqual([
      'closed',
      '[removed]',
      '',
      ['customer', 'customer', 'agent'],
    ])
    expect(mine.requester.address).toMatch(/^forgotten-[0-9a-f]{12}@forgotten\.invalid$/)
    expect(mine.messages[0]?.text).toBe('[removed]')
    expect(mine.messages[1]?.text).toContain('Please pay [removed]')
    expect(mine.messages[2]?.text).toContain('it is paid')
    const other = await g.look('#2')
    expect([other.status, other.requester.address, other.messages[0]?.text]).toMatchObject([
      'open',
      'xcarla@customer.test',
      expect.stringContaining('Mine is xcarla@customer.test.'),
    ])
    expect(other.messages[0]?.text).not.toMatch(/Ask carla@/)
    // The file of the partner is still there, in bytes of its own.
    const terms = await database.read
      .selectFrom('attachments')
      .innerJoin('blobs', 'blobs.id', 'attachments.blob_id')
      .select(['filename', 'bytes'])
      .execute()
    expect(terms.map((t) => [t.filename, Buffer.from(t.bytes).toString().trim()])).toContainEqual([
      'terms.txt',
      'These are the terms of the partner.',
    ])

    const again = await runCli(['forget', 'carla@customer.test', '--json', '-c', config], g.folder)
    expect(again.json()).toMatchObject({ messages: 0, cases: 0, storedMails: 0, outgoingMails: 0, waiting: 0 })
    // The gateway goes on, and she may come back.
    await g.mail({ from: 'carla@customer.test', to: 'support@example.test', text: 'Hello again' })
    expect((await g.look('#3')).messages[0]?.text).toContain('Hello again')
  },
)

test('agents and our own addresses are not forgotten by accident, and nonsense is refused', async () => {
  const g = await gateway('sqlite')
  const config = path.join(g.folder, 'postern.yaml')
  expect(await runCli(['forget', 'anna@agents.test', '--yes', '-c', config], g.folder)).toMatchObject({
    code: 2,
    err: expect.stringContaining('agent anna') as string,
  })
  expect((await runCli(['forget', 'support+x@example.test', '--yes', '-c', config], g.folder)).code).toBe(2)
  expect((await runCli(['forget', 'nonsense', '-c', config], g.folder)).code).toBe(2)
})

test('a mail of somebody else that still has to be taken in is not lost for it; forget says that it has to run again', async () => {
  const g = await gateway('sqlite')
  g.gateway.engine.jobs.hold(true)
  await g.deliver({
    from: 'boss@partner.test',
    to: 'support@example.test',
    raw: plainMail('boss@partner.test', 'support@example.test', 'x', 'a@partner.test', 'carla@customer.test is my colleague'),
  })
  await g.deliver({
    from: 'carla@customer.test',
    to: 'support@example.test',
    mailFrom: 'bounce@lists.test',
    raw: plainMail('carla@customer.test', 'support@example.test', 'x', 'b@customer.test', 'mine'),
  })
  const config = path.join(g.folder, 'postern.yaml')
  const first = await runCli(['forget', 'carla@customer.test', '--yes', '--json', '-c', config], g.folder)
  expect([first.code, first.json()]).toMatchObject([75, { waiting: 1, acceptedMails: 1 }])
  g.gateway.engine.jobs.hold(false)
  await g.settle()
  expect((await g.look('#1')).requester.address).toBe('boss@partner.test')
  expect((await runCli(['forget', 'carla@customer.test', '--yes', '-c', config], g.folder)).code).toBe(0)
  expect(addressPattern('carla@customer.test').test(await everything(g, g.gateway.database))).toBe(false)
})

test.each([
  ['carla@x.org', 'write to carla@x.org.', true],
  ['carla@x.org', '<CARLA@X.ORG>', true],
  ['carla@x.org', 'mailto:carla%40x.org?subject=a', true],
  ['carla@x.org', "'carla@x.org'", true],
  ['carla@x.org', '-carla@x.org', true],
  ['carla@x.org', 'joan.carla@x.org', false],
  ['carla@x.org', 'ms-carla@x.org', false],
  ['carla@x.org', 'xcarla@x.org', false],
  ['carla@x.org', 'support+carla@x.org', false],
  ['carla@x.org', 'carla@x.org.uk', false],
  ['carla@x.org', 'carla@x.orgs', false],
  ['carla@xn--bcher-kva.example', 'carla@bücher.example', true],
])('%s in "%s": %s', (address, text, found) => {
  expect(addressPattern(address).test(text)).toBe(found)
})
