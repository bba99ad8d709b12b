// What is planned, ordered by mail: send now, cancel, shorten, put off, on a condition; one's own, and a colleague's where it is the only one.
import { afterEach, expect, test } from 'vitest'
import type { SentMail, TestGateway } from '../support/gateway.ts'
import { answerAs, desk, lastTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const whole = {
  plugins: ['desk', 'threading', 'bounces', 'agent-reply', 'recipients', 'rules', 'scheduler', 'links', 'notify'],
  start: '2026-09-21T12:00:00Z',
}

/** A gateway with the first notification of each agent: they go on answering it. */
async function begun(): Promise<{ readonly gateway: TestGateway; readonly anna: SentMail; readonly boris: SentMail }> {
  const gateway = await desk({}, whole)
  g = gateway
  return { gateway, anna: await lastTo(gateway, 'anna'), boris: await lastTo(gateway, 'boris') }
}
const toCustomer = async (gateway: TestGateway) => (await gateway.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())
const told = async (gateway: TestGateway, who: 'anna' | 'boris') => (await lastTo(gateway, who)).mail.text ?? ''
const reopens = (gateway: TestGateway) =>
  gateway.transact((tx) => tx.db.selectFrom('scheduler_reopens').selectAll().orderBy('id').execute())
const iso = (ms: number | undefined) => new Date(ms ?? 0).toISOString()

test.each([
  ['anna', '@send now'],
  ['boris', '@отправить сейчас'],
] as const)('%s sends with %s what a colleague has planned, and with words of his own those alone', async (who, command) => {
  const { gateway, ...first } = await begun()
  const other = who === 'anna' ? 'boris' : 'anna'
  await answerAs(gateway, other, 'Planned words.\n\n@send tomorrow 9:00', { answers: first[other] })
  await answerAs(gateway, who, `Own words.\n\n${command}`, { answers: first[who] })
  expect(await toCustomer(gateway)).toEqual(['Own words.'])
  // His answer came first: what was planned before it has become a note. A new plan answers what the customer said to it.
  const [sent] = await gateway.sentTo('carl@customer.test')
  await gateway.mail({ from: 'carl@customer.test', to: 'support@example.test', text: 'And now?', inReplyTo: sent?.mail.messageId ?? '' })
  await answerAs(gateway, other, 'Planned again.\n\n@send tomorrow 9:00', { answers: await lastTo(gateway, other) })
  await answerAs(gateway, who, command, { answers: first[who] })
  expect(await toCustomer(gateway)).toEqual(['Planned again.'])
})

test.each([
  ['anna', '@send -10 hours', '2026-09-21T23:00:00.000Z'],
  ['boris', '@отправить завтра в 15:00', '2026-09-22T12:00:00.000Z'],
] as const)('%s moves with %s what a colleague has planned', async (who, command, due) => {
  const { gateway, ...first } = await begun()
  const other = who === 'anna' ? 'boris' : 'anna'
  await answerAs(gateway, other, 'Planned words.\n\n@send 22 September 2026 9:00', { answers: first[other] })
  await gateway.act('deferred.edit', '#1', { at: '2026-09-22T09:00:00Z' })
  await answerAs(gateway, who, command, { answers: first[who] })
  const rows = await gateway.transact((tx) => tx.db.selectFrom('scheduler_deferred').select(['state', 'due_at']).execute())
  expect(rows.map((r) => [r.state, iso(r.due_at)])).toEqual([['planned', due]])
  await answerAs(gateway, who, '@send -30 days', { answers: first[who] })
  expect(await told(gateway, who)).toContain('✗ @send -30 days')
})

test('where several are planned it is asked which, and the number says it', async () => {
  const { gateway, anna, boris } = await begun()
  await answerAs(gateway, 'anna', 'In the morning.\n\n@send tomorrow 9:00', { answers: anna })
  await answerAs(gateway, 'anna', 'At noon.\n\n@send tomorrow 12:00', { answers: anna })
  await answerAs(gateway, 'boris', '@отправить сейчас', { answers: boris })
  expect(await told(gateway, 'boris')).toMatch(/Запланировано несколько, скажите, что имеется в виду: 1\) Anna Smith, .*; 2\) Anna Smith, /)
  await answerAs(gateway, 'boris', '@отменить 2', { answers: boris })
  expect(await told(gateway, 'boris')).toContain('✓ @отменить 2')
  await answerAs(gateway, 'boris', '@отправить сейчас', { answers: boris })
  expect(await toCustomer(gateway)).toEqual(['In the morning.'])
  await answerAs(gateway, 'boris', '@отменить 7', { answers: boris })
  expect(await told(gateway, 'boris')).toContain('В обращении #1 ничего не запланировано.')
})

test.each([
  ['anna', '@reopen 5 days if mine: call Carl', '@reopen -2 days'],
  ['boris', '@напомнить 5 дней, если моё: позвонить', '@напомнить -2 дня'],
] as const)('%s plans on the condition that the case is still his, and shortens it: %s, %s', async (who, plan, shorten) => {
  const { gateway, ...first } = await begun()
  await answerAs(gateway, who, plan, { answers: first[who] })
  expect(await reopens(gateway)).toMatchObject([{ any_assignee: 0, assignee: who, note: who === 'anna' ? 'call Carl' : 'позвонить' }])
  await answerAs(gateway, who, shorten, { answers: first[who] })
  const [row, ...others] = await reopens(gateway)
  expect([others, iso(row?.due_at), row?.any_assignee]).toEqual([[], '2026-09-24T12:00:00.000Z', 0])
  // The only one is changed by a colleague too, and is his from then on.
  const other = who === 'anna' ? 'boris' : 'anna'
  await answerAs(gateway, other, '@reopen -1 day: sooner', { answers: first[other] })
  const [his] = await reopens(gateway)
  expect([his?.owner, iso(his?.due_at), his?.note]).toEqual([other, '2026-09-23T12:00:00.000Z', 'sooner'])
  await answerAs(gateway, who, '@cancel', { answers: first[who] })
  expect(await reopens(gateway)).toMatchObject([{ state: 'cancelled' }])
})

test('there is nothing to shorten where nothing is planned, and nobody is planned for in the past', async () => {
  const { gateway, anna } = await begun()
  await answerAs(gateway, 'anna', '@reopen -1 day', { answers: anna })
  expect(await told(gateway, 'anna')).toContain('✗ @reopen -1 day – No reopen is planned in case #1.')
  await answerAs(gateway, 'anna', '@reopen 1 day: look\n@reopen -3 days', { answers: anna })
  expect(await told(gateway, 'anna')).toMatch(/✗ @reopen -3 days – .* has passed already\./)
})

test.each([
  ['anna', '@postpone 3 days'],
  ['boris', '@отложить 3 дня'],
] as const)('%s puts a reopen off by any length from the mail that says it has come: %s', async (who, command) => {
  const { gateway, ...first } = await begun()
  await answerAs(gateway, who, '@closed\n@reopen 1 day: @me look', { answers: first[who] })
  gateway.clear()
  await gateway.advance('25h', 3_600_000)
  expect((await gateway.look('#1')).status).toBe('open')
  await answerAs(gateway, who, command)
  expect((await gateway.look('#1')).status).toBe('closed')
  expect(await reopens(gateway)).toMatchObject([{ state: 'planned' }])
  await gateway.advance('3d', 6 * 3_600_000)
  expect((await gateway.look('#1')).status).toBe('open')
})

test('colleagues hear of a planned answer in one line with what they can do about it, each in his language', async () => {
  const { gateway, anna } = await begun()
  await answerAs(gateway, 'anna', 'In the morning.\n\n@send tomorrow 9:00', { answers: anna })
  const mail = (await lastTo(gateway, 'boris')).mail.text ?? ''
  expect(mail).toContain('Anna Smith: ответ клиенту запланирован на 22 сентября 2026 г. в 09:00 UTC.')
  expect(mail).toContain('Отправить сейчас')
  expect(mail).toContain('Отменить отправку')
  expect((await gateway.look('#1')).notices).toMatchObject([{ kind: 'deferred_planned', state: 'open' }])
  await answerAs(gateway, 'anna', '@cancel', { answers: anna })
  expect((await gateway.look('#1')).notices).toMatchObject([{ kind: 'deferred_planned', state: 'overtaken' }])
})
