import { expect, test } from 'vitest'
import type { AgentConfig, Config } from '../../core/plugin.ts'
import { readValue } from '../../plugins/agent-reply/values.ts'
import type { Reading } from '../../plugins/agent-reply/values.ts'
import { answer, vocabulary } from './rig.ts'

const person = (id: string, name: string, email: string, active = true): AgentConfig => ({
  id,
  name,
  email,
  aliases: [`${id}@alias.test`],
  locale: 'ru',
  timezone: 'UTC',
  active,
})
const agents = new Map([
  ['anna', person('anna', 'Анна Смирнова', 'anna@agents.test')],
  ['boris', person('boris', 'Пётр Борисов', 'boris@agents.test')],
  ['gone', person('gone', 'Ушедший Агент', 'gone@agents.test', false)],
  ['twin1', person('twin1', 'Двойник', 'twin1@agents.test')],
  ['twin2', person('twin2', 'Двойник', 'twin2@agents.test')],
  ['far', person('far', 'Далёкий', 'far@agents.test')],
])
const groups = new Map([['vip', { id: 'vip', name: 'Важные клиенты', members: ['anna'], mailboxes: [] }]])
// Only these two maps of the config are looked at.
const config = { agents, groups } as unknown as Config

/** The reading of the only command of a text. */
function read(line: string): Reading {
  const [command] = answer(line).commands
  if (!command) throw new Error(`no command in ${line}`)
  return readValue(command, { config, vocabulary })
}

test.each([
  ['@ответственный Анна Смирнова', { assignee: 'anna' }],
  ['@ответственный Смирнова Анна', { assignee: 'anna' }],
  ['@ответственный Петр Борисов', { assignee: 'boris' }],
  ['@ответственный ПЁТР БОРИСОВ', { assignee: 'boris' }],
  ['@ответственный boris@agents.test', { assignee: 'boris' }],
  ['@ответственный boris@agents.test<mailto:boris@agents.test>', { assignee: 'boris' }],
  ['@ответственный boris@alias.test', { assignee: 'boris' }],
  ['@ответственный важные клиенты', { group: 'vip' }],
  ['@ответственный никто', { assignee: null, group: null }],
  ['@копия a@b.ru', { add: ['a@b.ru'] }],
  ['@копия A@B.RU, c@d.ru;e@f.ru', { add: ['a@b.ru', 'c@d.ru', 'e@f.ru'] }],
  ['@копия a@b.ru<mailto:a@b.ru>, c@d.ru <mailto:c@d.ru>', { add: ['a@b.ru', 'c@d.ru'] }],
  ['@копия [a@b.ru](mailto:a@b.ru)', { add: ['a@b.ru'] }],
  ['@копия a\\@b.ru', { add: ['a@b.ru'] }],
  ['@копия Иван <ivan@b.ru>', { add: ['ivan@b.ru'] }],
  ['@копия a@b.ru c@d.ru', { add: ['a@b.ru', 'c@d.ru'] }],
  ['@копия a@b.ru.', { add: ['a@b.ru'] }],
  ['@копия почта@пример.рф', { add: ['почта@пример.рф'] }],
  ['@метки vip, оплата, vip, #срочно', { add: ['vip', 'оплата', 'срочно'] }],
  ['@тема Счёт № 17', { subject: 'Счёт № 17' }],
])('%s is understood', (line, args) => {
  expect(read(line)).toEqual({ args })
})

test.each([
  ['@ответственный Кто-то Другой', 'nobody'],
  ['@ответственный Ушедший Агент', 'inactive'],
  ['@ответственный Двойник', 'ambiguous'],
  ['@ответственный', 'missing'],
  ['@копия не адрес', 'address'],
  ['@копия a@b.ru, чепуха', 'address'],
  ['@копия a@localhost', 'address'],
  ['@закрытое совсем', 'extra'],
  ['@тема  Новая', 'spaces'],
  ['@метки ,', 'empty'],
  ['@заметка', 'missing'],
])('%s is a valid command with an invalid value', (line, fault) => {
  expect(read(line)).toMatchObject({ fault })
})
