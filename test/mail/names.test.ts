import { describe, expect, test } from 'vitest'
import { nameFlags } from '../../core/mail/names.ts'

const agents = [
  { name: 'Anna Lee', addresses: ['anna@desk.example'] },
  { name: 'Олег Носов', addresses: ['oleg@desk.example'] },
]
const flags = (name: string, address: string): readonly string[] => nameFlags({ name, address }, agents)

describe('a trick in a name is flagged', () => {
  test.each([
    ['support@bank.example', 'eve@evil.example', 'the name shows another address (support@bank.example)'],
    ['Bank <support@bank.example>', 'eve@evil.example', 'the name shows another address (support@bank.example)'],
    ['support＠bank.example', 'eve@evil.example', 'the name shows another address (support@bank.example)'],
    ['Anna Lee', 'eve@evil.example', 'the name is that of an agent, the address is not'],
    ['anna  LEE', 'eve@evil.example', 'the name is that of an agent, the address is not'],
    ['Аnna Lee', 'eve@evil.example', 'the name is that of an agent, the address is not'],
    ['Anna\u200b Lee', 'eve@evil.example', 'the name is that of an agent, the address is not'],
    ['Олег Носов', 'eve@evil.example', 'the name is that of an agent, the address is not'],
    ['Аnna Smith', 'a@b.example', 'the name mixes scripts within a word'],
    ['Bank\u202egro', 'a@b.example', 'the name turns the reading direction'],
    ['Ba\u200bnk', 'a@b.example', 'the name holds invisible characters'],
    ['Shop', 'a@xn--80ak6aa92e.com', 'the domain looks like another (xn--80ak6aa92e.com shows as аррӏе.com)'],
    ['Shop', 'a@раypal.example', 'the domain mixes scripts (раypal.example shows as раypal.example)'],
  ])('%s <%s>', (name, address, flag) => {
    expect(flags(name, address)).toContain(flag)
  })
})

test.each([
  ['Anna Lee', 'anna@desk.example'],
  ['Anna Lee', 'ANNA@desk.example'],
  ['anna@desk.example', 'anna@desk.example'],
  ['Иван Петров', 'ivan@пример.рф'],
  ['Иван Smith', 'a@b.example'],
  ['山田 Taro', 'a@b.example'],
  ['José Müller', 'jose@münchen.example'],
  ['ООО «Ромашка»', 'info@xn--e1afmkfd.xn--p1ai'],
  ['', 'a@b.example'],
  ['Support @ Shop', 'a@b.example'],
])('%s <%s> is in order', (name, address) => {
  expect(flags(name, address)).toEqual([])
})
