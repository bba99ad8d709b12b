// Who may act (SEC-1 to SEC-3): token, From and DMARC in all combinations, each with the tricks that forgers use; no effect outside the good cell.
import { afterEach, describe, expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'
import { answerAs, carl, desk, eachDesk, lastTo, replyTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const trusted = 'mx.example.test'
const pass = `${trusted}; dmarc=pass header.from=agents.test`
const fail = `${trusted}; dmarc=fail header.from=agents.test`

/** One character of the tag changed. */
function forged(address: string): string {
  const at = address.indexOf('@')
  const last = address.charAt(at - 1)
  return `${address.slice(0, at - 1)}${last === 'a' ? 'b' : 'a'}${address.slice(at)}`
}

interface Attempt {
  readonly token: boolean
  readonly from: boolean
  readonly dmarc: boolean
}

const cells: readonly Attempt[] = [true, false].flatMap((token) =>
  [true, false].flatMap((from) => [true, false].map((dmarc) => ({ token, from, dmarc }))),
)

/** Header lines of an attempt; top first, as a server that received it last would have put them. */
type Trick = readonly [name: string, headers: (attempt: Attempt) => readonly string[], spoils?: true]

const fromLine = ({ from }: Attempt): string => (from ? 'From: Anna Smith <anna@agents.test>' : 'From: Anna Smith <eve@evil.test>')
const results = ({ dmarc }: Attempt): string => `Authentication-Results: ${dmarc ? pass : fail}`

const tricks: readonly Trick[] = [
  ['nothing else', (a) => [results(a), fromLine(a)]],
  ['a forged result below the real one', (a) => [results(a), `Authentication-Results: ${pass}`, fromLine(a)]],
  [
    'a result of another server above',
    (a) => ['Authentication-Results: evil.test; dmarc=pass header.from=agents.test', results(a), fromLine(a)],
    true,
  ],
  [
    'a forged result that came with the mail while ours said nothing',
    (a) => ['Received: from evil.test by relay.evil.test; Mon, 21 Sep 2026 10:00:00 +0000', `Authentication-Results: ${pass}`, fromLine(a)],
    true,
  ],
  [
    'a result hidden in a comment and in quotes',
    (a) => [
      `Authentication-Results: ${trusted}; (x; dmarc=pass) spf=pass smtp.mailfrom="x; dmarc=pass"; dmarc=${a.dmarc ? 'pass' : 'fail'} header.from=agents.test`,
      fromLine(a),
    ],
  ],
  [
    'an encoded word that holds a result',
    (a) => [
      `Authentication-Results: ${trusted}; spf=pass smtp.mailfrom==?utf-8?q?x;_dmarc=3Dpass?=; dmarc=${a.dmarc ? 'pass' : 'fail'} header.from=agents.test`,
      fromLine(a),
    ],
  ],
  [
    'Sender and Reply-To of the agent',
    (a) => [results(a), fromLine(a), 'Sender: anna@agents.test', 'Reply-To: Anna <anna@agents.test>', 'Return-Path: <anna@agents.test>'],
  ],
  ['Sender and Reply-To of somebody else', (a) => [results(a), fromLine(a), 'Sender: eve@evil.test', 'Reply-To: eve@evil.test']],
  [
    'ARC headers that say pass',
    (a) => [
      'ARC-Authentication-Results: i=1; mx.example.test; dmarc=pass header.from=agents.test',
      'ARC-Seal: i=1; cv=pass; d=evil.test',
      results(a),
      fromLine(a),
    ],
  ],
  ['two From fields', (a) => [results(a), fromLine(a), 'From: anna@agents.test'], true],
  ['two addresses in From without a comma', (a) => [results(a), 'From: anna@agents.test eve@evil.test'], true],
  ['an address behind the brackets of From', (a) => [results(a), 'From: Anna <anna@agents.test> eve@evil.test'], true],
  ['a domain with another full stop', (a) => [results(a), 'From: anna@agents\u3002test'], true],
  ['a domain with an invisible sign', (a) => [results(a), 'From: anna@ag\u00adents.test'], true],
  ['a domain in full-width letters', (a) => [results(a), 'From: anna@\uff41gents.test'], true],
  ['a comment within the domain', (a) => [results(a), 'From: anna@agents.t(x)est'], true],
  ['two addresses in From', (a) => [results(a), `${fromLine(a)}, anna@agents.test`], true],
  ['the address in an encoded word', (a) => [results(a), 'From: =?utf-8?q?anna=40agents.test?= <eve@evil.test>'], true],
  ['the address in the name', (a) => [results(a), 'From: "anna@agents.test" <eve@evil.test>'], true],
  ['From with a comment before it', (a) => [results(a), 'From: anna@agents.test <eve@evil.test>'], true],
]

describe.each(tricks.map(([name, headers, spoils]) => ({ name, headers, spoils })))('$name', ({ headers, spoils }) => {
  test('has an effect in the good cell only', async () => {
    const gateway = await desk({ authentication: { trusted } })
    g = gateway
    await gateway.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
    const address = replyTo(await lastTo(gateway, 'anna'))
    let n = 0
    let effects = 0
    for (const cell of cells) {
      gateway.clear()
      const tag = `t${++n}`
      const raw = [
        ...headers(cell),
        `To: ${cell.token ? address : forged(address)}`,
        'Subject: Re: [#1] Help',
        `Message-ID: <${tag}@agents.test>`,
        '',
        `Words of ${tag}`,
        '',
        `@tags ${tag}`,
        '',
      ].join('\r\n')
      await gateway.mail({ from: 'anna@agents.test', mailFrom: 'anna@agents.test', to: cell.token ? address : forged(address), raw })
      const good = cell.token && cell.from && cell.dmarc && !spoils
      const c = await gateway.look('#1')
      expect(c.tags.includes(tag), JSON.stringify(cell)).toBe(good)
      expect((await gateway.sentTo('carl@customer.test')).length, JSON.stringify(cell)).toBe(good ? 1 : 0)
      expect(await gateway.sentTo('eve@evil.test'), 'nothing goes to a stranger').toEqual([])
      if (!good)
        expect(
          c.notes.some((x) => x.kind === 'unauthenticated' && x.text.includes(`Words of ${tag}`) && x.author === 'customer'),
          JSON.stringify(cell),
        ).toBe(true)
      effects += good ? 1 : 0
    }
    expect(effects).toBe(spoils ? 0 : 1)
  })
})

test('without a trusted server, token and sender suffice', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Fine.', { headers: { 'Authentication-Results': fail } })
  expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
})

test('an alias of the agent is his address too; letter case makes no difference', async () => {
  g = await desk(
    {},
    {
      config:
        'agents:\n  anna: { name: Anna Smith, email: anna@agents.test, aliases: [a.smith@agents.test] }\n  boris: { name: Борис, email: boris@agents.test }\n',
    },
  )
  await answerAs(g, 'anna', 'Fine.', { from: 'Anna <A.Smith@AGENTS.test>' })
  expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
})

test('another agent cannot use an agent’s token, nor can the customer', async () => {
  g = await desk()
  const address = replyTo(await lastTo(g, 'anna'))
  g.clear()
  for (const from of ['boris@agents.test', 'carl@customer.test'])
    await g.mail({ from, to: address, subject: 'Re: [#1] Help', text: '@closed' })
  const c = await g.look('#1')
  expect(c.status).toBe('open')
  expect(c.messages).toHaveLength(1)
  expect(c.notes.map((n) => [n.kind, n.data.cause])).toEqual([
    ['unauthenticated', 'from'],
    ['unauthenticated', 'from'],
  ])
})

test('an expired token has no effect, and the agent is told to answer a newer mail', async () => {
  g = await desk()
  const notification = await lastTo(g, 'anna')
  g.clock.jump(g.clock.now() + 92 * 86_400_000)
  await answerAs(g, 'anna', 'Late.\n@closed', { answers: notification })
  expect(await g.sentTo('carl@customer.test')).toEqual([])
  expect((await g.look('#1')).status).toBe('open')
  expect((await lastTo(g, 'anna')).mail.text).toContain('the notification that was answered is too old')
})

test('an agent who was deactivated, or has lost the mailbox, has no effect any more', async () => {
  const everybody =
    'agents:\n  anna: { name: Anna Smith, email: anna@agents.test }\n  boris: { name: Борис, email: boris@agents.test }\n  cleo: { name: Cleo, email: cleo@agents.test }\n'
  const groups = (mailboxes: string): string => `groups:\n  team: { name: Team, members: [anna, boris, cleo]${mailboxes} }\n`
  const before = await desk({}, { config: everybody + groups('') })
  g = before
  const address = replyTo(await lastTo(before, 'anna'))
  for (const [config, told] of [
    [everybody.replace('anna@agents.test }', 'anna@agents.test, active: false }') + groups(''), 0],
    [everybody + groups(', mailboxes: [sales]'), 1],
  ] as const) {
    const { readFileSync, writeFileSync } = await import('node:fs')
    const file = `${before.folder}/postern.yaml`
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/^agents:[\s\S]*?(?=^(?!agents|groups|  ))/m, config))
    const loaded = await soundConfig(file)
    before.gateway.reload(loaded.config, loaded.plugins)
    before.clear()
    await before.mail({ from: 'anna@agents.test', to: address, subject: 'Re: [#1] Help', text: `@closed\n@note ${told}` })
    const c = await before.look('#1')
    expect(c.status).toBe('open')
    expect(c.notes.at(-1)?.kind).toBe('unauthenticated')
    expect(await before.sent()).toHaveLength(told)
  }
})

test('an out-of-office of an agent is no answer', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'I am away until Monday.', {
    subject: 'Automatic reply: [#1] Help',
    headers: { 'Auto-Submitted': 'auto-replied' },
  })
  expect(await g.sent()).toEqual([])
  expect(await g.look('#1')).toMatchObject({ status: 'open', notes: [], messageCount: 1 })
})

test('an answer to the visible sender instead of the answer address has no effect and makes no case', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Fine.\n@closed', { to: 'support@example.test' })
  expect(await g.sentTo('carl@customer.test')).toEqual([])
  expect((await g.look('#1')).notes[0]?.data.cause).toBe('no_token')
  await expect(g.look('#2')).rejects.toThrow('no case')
  expect((await lastTo(g, 'anna')).mail.text).toContain('Please use “Reply”')
})

test('a token works in any letter case, cut short it is none', async () => {
  g = await desk()
  const notification = await lastTo(g, 'anna')
  const address = replyTo(notification)
  g.clear()
  await g.mail({ from: 'anna@agents.test', to: address, rcpt: [address.toUpperCase()], subject: 'Re: [#1] Help', text: 'Fine.' })
  expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
  await g.mail({ ...carl, from: 'anna@agents.test', messageId: '<cut@agents.test>', to: address.replace(/..@/, '@'), text: '@closed' })
  expect((await g.look('#1')).status).toBe('waiting')
})

eachDesk((desk) => {
  test('the agent is told once a day, at his own address, and the forger never', async () => {
    g = await desk()
    const address = replyTo(await lastTo(g, 'anna'))
    g.clear()
    for (let i = 0; i < 5; i++) await g.mail({ from: 'eve@evil.test', to: address, subject: 'Re', text: `@closed ${i}` })
    const told = await g.sent()
    expect(told.map((m) => m.rcpts)).toEqual([['anna@agents.test']])
    expect(told[0]?.mail.text).toContain('It came from eve@evil.test')
    expect(told[0]?.mail.text).not.toContain('@closed')
    await g.advance('24h', 3_600_000)
    await g.mail({ from: 'eve@evil.test', to: address, subject: 'Re', text: 'again' })
    expect(await g.sent()).toHaveLength(2)
  })

  test('after ten wrong tokens in an hour a source is not listened to, and another one is', async () => {
    g = await desk()
    const address = forged(replyTo(await lastTo(g, 'anna')))
    for (let i = 0; i < 14; i++) await g.mail({ from: 'eve@evil.test', to: address, subject: 'Re', text: `try ${i}` })
    expect((await g.look('#1')).notes).toHaveLength(10)
    await g.mail({ from: 'mallory@evil.test', to: address, subject: 'Re', text: 'try' })
    expect((await g.look('#1')).notes).toHaveLength(11)
    await g.advance('61m', 3_660_000)
    await g.mail({ from: 'eve@evil.test', to: address, subject: 'Re', text: 'later' })
    expect((await g.look('#1')).notes).toHaveLength(12)
  })
}, behaviourKinds)
