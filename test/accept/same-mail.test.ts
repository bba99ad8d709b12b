import { afterEach, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

let g: TestGateway
afterEach(() => g.stop())

const raw = (way: string, changes: Readonly<Record<string, string>> = {}, body = 'The scanner is dead.'): string => {
  const fields = {
    From: 'carl@customer.test',
    To: 'support@example.test',
    Subject: 'Scanner',
    Date: 'Mon, 21 Sep 2026 10:00:00 +0300',
    'Message-ID': '<one@customer.test>',
    ...changes,
  }
  const lines = Object.entries(fields).filter(([, value]) => value !== '')
  return [
    `Received: from a by ${way}; Mon, 21 Sep 2026 10:00:01 +0300`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
    body,
    '',
  ].join('\n')
}
const take = (text: string): Promise<string> => g.mail({ from: 'carl@customer.test', to: 'support@example.test', raw: text })
const messages = async (): Promise<number> => {
  const { n } = await g.gateway.database.read
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

test('the same mail by two ways is one message', async () => {
  g = await testGateway({ plugins: ['desk', 'threading'] })
  await take(raw('mx1.test'))
  await take(raw('mx2.test'))
  await take(raw('mx3.test', { 'X-Scanned': 'yes' }))
  expect(await messages()).toBe(1)
})

test.each<[string, Readonly<Record<string, string>>, string?]>([
  ['other words', {}, 'The scanner works again.'],
  ['another time', { Date: 'Mon, 21 Sep 2026 10:00:05 +0300' }],
  ['another sender', { From: 'dora@customer.test' }],
  ['another subject', { Subject: 'Printer' }],
  ['no time', { Date: '' }],
])('a Message-ID that is used again with %s loses no mail', async (_, changes, body) => {
  g = await testGateway({ plugins: ['desk', 'threading'] })
  await take(raw('mx1.test'))
  await take(raw('mx2.test', changes, body))
  expect(await messages()).toBe(2)
})

test('two answers to a mail that we never saw belong together: of one writer in one case, of two in linked ones', async () => {
  g = await testGateway({ plugins: ['desk', 'threading'] })
  const answer = (id: string, more: Readonly<Record<string, string>> = {}): string =>
    raw('mx1.test', { 'Message-ID': `<${id}@customer.test>`, Subject: id, 'In-Reply-To': '<unseen@elsewhere.test>', ...more }, id)
  await take(answer('a1'))
  await take(answer('a2'))
  expect((await g.look('#1')).messages).toHaveLength(2)
  await take(answer('b1', { From: 'dora@other.test' }))
  const links = await g.gateway.database.read.selectFrom('case_links').selectAll().execute()
  expect(links.map((l) => l.kind).sort()).toEqual(['followed-by', 'follows'])
})

test('the unseen mail itself, when it comes after its answer, makes no second key', async () => {
  g = await testGateway({ plugins: ['desk', 'threading'] })
  await take(raw('mx1.test', { 'Message-ID': '<late@customer.test>', 'In-Reply-To': '<one@customer.test>' }, 'an answer'))
  await take(raw('mx1.test', {}, 'the mail before'))
  expect(await messages()).toBe(2)
})
