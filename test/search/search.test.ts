// Finding cases through every way in, on both databases: what is found, what is not, for whom, and what becomes of the index.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { client, tokenFor } from '../api/client.ts'
import { runCli } from '../support/cli.ts'
import { eachGateway } from '../support/each-gateway.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const plugins = ['desk', 'threading', 'agent-reply', 'search', 'notify']

const getter = (g: TestGateway, token: string) => {
  const call = client(g, token)
  return { get: (url: string) => call('GET', url) }
}

/** What `postern search` prints. */
async function command(g: TestGateway, args: readonly string[], json = false): Promise<string> {
  const lines: string[] = []
  const { commands } = g.gateway.engine.registry.plugins.find((p) => p.definition.name === 'search')?.hooks ?? {}
  await commands?.search?.run({ args, options: {}, print: (line) => void lines.push(line), json })
  return lines.join('\n')
}

/** Four cases: a refund in support, an invoice in Russian with a file, one of sales, and one that is spam. */
async function fill(g: TestGateway): Promise<void> {
  await g.mail({
    from: 'Carl Customer <carl@shop.example>',
    to: 'support@example.test',
    subject: 'Refund of order 4711',
    text: 'The screen was cracked. Please refund me.',
  })
  await g.mail({
    from: 'vera@elka.example',
    to: 'support@example.test',
    raw: `From: Вера Ёлкина <vera@elka.example>
To: support@example.test
Cc: buh@elka.example
Subject: Счёт за ёлки
Message-ID: <v1@elka.example>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Пришлите, пожалуйста, счёт. В прошлый раз счета приходили вовремя.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="договор-2026.pdf"

%PDF
--b--
`,
  })
  await g.mail({
    from: 'dora@other.example',
    to: 'sales@example.test',
    subject: 'Offer',
    text: 'We would like a refund policy and 100% of <b>it</b>.',
  })
  await g.mail({ from: 'noise@spam.example', to: 'support@example.test', subject: 'Refund now', text: 'Cheap pills' })
  await g.act('case.status', '#4', { status: 'spam' })
  await g.act('case.tags', '#1', { add: ['vip'] })
  await g.act('case.custom', '#1', { set: { order: 17, plan: 'Gold' } })
  await g.act('note.add', '#2', { text: 'Бухгалтерия уже ответила' }, agent('boris'))
  await g.act('case.assign', '#2', { assignee: 'boris' })
  await g.settle()
}

eachGateway((open) => {
  test('words, forms, fields and conditions find what they should, and nothing else', async () => {
    const g = await open({ plugins })
    await fill(g)
    const api = getter(g, await tokenFor(g, { access: 'read' }))
    const find = async (q: string, more = ''): Promise<readonly number[]> => {
      const { status, body } = await api.get(`/v1/search?q=${encodeURIComponent(q)}${more}`)
      expect([q, status, body]).toMatchObject([q, 200, { data: expect.anything() }])
      return (body as { data: readonly { case: { number: number } }[] }).data.map((d) => d.case.number).sort()
    }
    const expected: Readonly<Record<string, readonly number[]>> = {
      refund: [1, 3, 4],
      'refunds screen': [1],
      'refund -screen': [3, 4],
      'refund status:spam': [4],
      '"cracked screen"': [],
      '"was cracked"': [1],
      'screen OR счетом': [1, 2],
      елка: [2],
      'ЁЛКАМИ счетами': [2],
      'scr*': [1],
      'приходи*': [2],
      'from:carl': [1],
      'from:carl@shop.example refund': [1],
      'to:buh@elka.example': [2],
      'requester:vera@elka.example': [2],
      'domain:elka.example': [2],
      'subject:offer': [3],
      'subject:policy': [],
      'file:договор': [2],
      'has:file': [2],
      'tag:vip': [1],
      vip: [1],
      gold: [1],
      'custom.order:17': [1],
      'custom.plan:gold': [1],
      'custom.plan:silver': [],
      'assignee:boris': [2],
      'assignee:none refund': [1, 3, 4],
      'mailbox:sales': [3],
      бухгалтерия: [2],
      '#3': [3],
      '4711': [1],
      'refund after:2030-01-01': [],
      'refund before:2030-01-01 after:2d': [1, 3, 4],
      'бухгалтерия after:2d': [2],
      'after:2d from:vera': [2],
      'after:2d -refund': [2],
      'before:2020-01-01 -refund': [],
      // Nothing of it is an order to the index.
      '100%': [3],
      'carl@shop.example': [1],
      'refund AND NEAR(screen': [],
      "refund'; drop table cases; --": [],
      'body:refund': [],
      'b OR refund*': [1, 3, 4],
    }
    const got: Record<string, readonly number[]> = {}
    for (const q of Object.keys(expected)) got[q] = await find(q)
    expect(got).toEqual(expected)
    expect(await find('refund', '&mailbox=sales')).toEqual([3])
    // Page after page, each once.
    const first = await api.get('/v1/search?q=refund&limit=2&sort=-updated_at')
    const page = first.body as { data: readonly { case: { number: number } }[]; next: string; total_at_least: number }
    const second = await api.get(`/v1/search?q=refund&limit=2&sort=-updated_at&cursor=${page.next}`)
    expect([page.data.length, page.total_at_least, (second.body as typeof page).data.length, (second.body as typeof page).next]).toEqual([
      2,
      3,
      1,
      null,
    ])
    // Why it was found.
    expect(((await api.get('/v1/search?q=refund%20cracked')).body as typeof page).data[0]).toMatchObject({
      case: { number: 1, requester: { address: 'carl@shop.example' } },
      hits: [
        {
          kind: 'message',
          snippet: 'The screen was cracked. Please refund me.',
          ranges: [
            [15, 22],
            [31, 37],
          ],
        },
      ],
    })
    const refused = await api.get(`/v1/search?q=${encodeURIComponent('refund from:')}`)
    expect([refused.status, refused.body]).toMatchObject([422, { detail: 'At character 8: nothing stands behind “from:”.' }])
    // The same in lists of cases, together with their own filters.
    const listed = await api.get(`/v1/cases?q=${encodeURIComponent('refund')}&status=open`)
    expect((listed.body as { cases: readonly { number: number }[] }).cases.map((c) => c.number).sort()).toEqual([1, 3])
    expect((await api.get('/v1/cases?q=from:')).status).toBe(422)
    // A token that is bound to a mailbox finds nothing of another one.
    const bound = getter(g, await tokenFor(g, { access: 'read', mailboxes: ['sales'] }))
    const scoped = await bound.get('/v1/search?q=refund')
    expect((scoped.body as typeof page).data.map((d) => d.case.number)).toEqual([3])
    expect((scoped.body as typeof page).total_at_least).toBe(1)
    expect(((await bound.get('/v1/search?q=refund&mailbox=support')).body as typeof page).data).toEqual([])
  })

  test('what changes is found anew, what is forgotten is found no more', async () => {
    const g = await open({ plugins })
    await fill(g)
    // Without letting pass what is due: what is not indexed yet is not found.
    const numbers = async (query: string): Promise<unknown> => {
      const { data } = await g.transact((tx) => tx.act('search.find', null, { query }))
      return [...((data?.cases ?? []) as readonly number[])].sort()
    }
    await g.transact(async (tx) => {
      const c = await tx.cases.byRef('#1')
      await tx.act('case.subject', c?.id ?? '', { subject: 'Возмещение' })
    })
    expect(await numbers('возмещения')).toEqual([])
    await g.settle()
    expect(await numbers('возмещения')).toEqual([1])
    expect(await numbers('4711')).toEqual([1])
    await g.act('note.add', '#3', { text: 'Ask vera@elka.example about it' }, agent('boris'))
    await g.settle()
    expect(await numbers('vera@elka.example')).toEqual([2, 3])
    const cli = await runCli(['forget', 'vera@elka.example', '--yes', '--json', '-c', path.join(g.folder, 'postern.yaml')], g.folder)
    expect([0, 75]).toContain(cli.code)
    // At once, before anything is indexed anew.
    expect(await numbers('счета')).toEqual([])
    expect(await numbers('елкина')).toEqual([])
    await g.settle()
    expect([await numbers('счета'), await numbers('vera'), await numbers('ask')]).toEqual([[], [], [3]])
    // Who else was in it is not forgotten.
    expect(await numbers('buh@elka.example')).toEqual([2])
    if (g.gateway.config.database.kind === 'sqlite') {
      // Nor is it found by who reads the file.
      await sql`vacuum`.execute(g.gateway.database.write)
      const bytes = readFileSync(path.join(g.folder, 'data', 'postern.db'))
      expect(bytes.includes('елкин')).toBe(false)
    }
    // A case that is deleted takes its words along.
    await g.transact(async (tx) => void (await tx.db.deleteFrom('cases').where('number', '=', 3).execute()))
    expect(await numbers('offer')).toEqual([])
  })

  test('an index that is lost is made again, and goes on where it was broken off', async () => {
    const g = await open({ plugins })
    await fill(g)
    await g.transact(async (tx) => {
      await tx.db.deleteFrom('search_docs').execute()
      await tx.db.insertInto('search_state').values({ name: 'rebuild', value: 2 }).execute()
    })
    await g.settle()
    const found = async () => (await g.act('search.find', null, { query: 'refund OR счёт' })).data?.cases as readonly number[]
    expect(await found()).toEqual(expect.arrayContaining([3, 4]))
    expect(await found()).not.toContain(2)
    expect(await command(g, ['status'])).toMatch(/^\d+ documents; 0 events \(0 s\) and 0 cases behind$/)
    expect(await command(g, ['rebuild'])).toMatch(/^the index is complete: \d+ documents$/)
    // Not one document twice: the case itself, and what was said in it.
    expect(await command(g, ['status'])).toMatch(/^9 documents;/)
    expect(await command(g, ['вовремя'])).toMatch(/^#2 {2}open {2}vera@elka\.example {2}Счёт за ёлки\n {4}.*счета приходили вовремя\.$/)
    expect(JSON.parse(await command(g, ['from:carl', 'refund'], true))).toMatchObject({
      total_at_least: 1,
      data: [{ case: { number: 1 } }],
    })
    await g.mail({ from: 'eve@odd.example', to: 'support@example.test', subject: 'Odd', text: 'A strange\u001b[2J terminal\u009b31m' })
    await g.settle()
    expect(await command(g, ['strange'])).toMatch(/^#5 {2}open {2}eve@odd\.example {2}Odd\n {4}A strange \[2J terminal/)
    expect(await command(g, ['strange'])).not.toMatch(/[\u001b\u009b]/)
    expect(await command(g, ['nowhere'])).toBe('Nothing was found for “nowhere”.')
    await expect(command(g, ['from:'])).rejects.toThrow('At character 1: nothing stands behind “from:”.')
    expect([...(await found())].sort()).toEqual([1, 2, 3, 4])
  })

  test('an agent asks by mail, in his language, and learns of his mailboxes alone', async () => {
    const g = await open({
      plugins,
      config: `agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru }
groups:
  team: { name: Support team, members: [anna, boris], mailboxes: [support] }
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [team] }
  sales: { address: sales@example.test, name: Example Sales }`,
    })
    await fill(g)
    const ask = async (who: string, text: string): Promise<string> => {
      const notified = (await g.sentTo(who)).findLast((m) => m.mail.replyTo)
      g.clear()
      await g.mail({
        from: who,
        to: notified?.mail.replyTo?.value[0]?.address ?? '',
        subject: 'Re: x',
        text,
        inReplyTo: notified?.mail.messageId ?? '',
      })
      return (await g.sentTo(who)).map((m) => m.mail.text).join('\n')
    }
    const borisNotified = await g.sentTo('boris@agents.test')
    expect(borisNotified.length).toBeGreaterThan(0)
    const russian = await ask('boris@agents.test', '@найти счетами')
    expect(russian).toContain('По запросу «счетами» найдено 1 обращение:')
    expect(russian).toContain('#2 Счёт за ёлки (Вера Ёлкина, open')
    await g.act('note.add', '#1', { text: 'look', mentions: [{ kind: 'agent', id: 'anna' }] }, agent('boris'))
    await g.settle()
    const english = await ask('anna@agents.test', '@find refund')
    expect(english).toContain('Found 2 cases for “refund”:')
    expect(english).not.toContain('Offer')
  })

  test('an agent asks in a mail of its own, where it is proved to be his, and no case comes of it', async () => {
    const g = await open({
      plugins: ['desk', 'threading', 'agent-reply', 'search', 'notify'],
      config: `agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru }
plugins: [desk, threading, { agent-reply: { authentication: { trusted: mx.example.test } } }, search, notify]`,
    })
    await fill(g)
    const ask = async (who: string, text: string, verdict = 'pass'): Promise<string> => {
      g.clear()
      await g.mail({
        from: who,
        to: 'support@example.test',
        subject: 'A question',
        text,
        headers: { 'Authentication-Results': `mx.example.test; dmarc=${verdict} header.from=agents.test` },
      })
      return (await g.sentTo(who)).map((m) => `${m.mail.subject ?? ''}\n${m.mail.text ?? ''}`).join('\n')
    }
    expect(await ask('boris@agents.test', '@найти счетами')).toMatch(
      /^Re: A question\nПо запросу «счетами» найдено 1 обращение:\n#2 Счёт за ёлки/,
    )
    const english = await ask('anna@agents.test', '@find refund status:open\n@find from:')
    expect(english).toContain('for “refund status:open”:\n')
    expect(english).toContain('nothing stands behind “from:”')
    expect((await g.act('search.find', null, { query: 'from:anna' })).data?.cases).toEqual([])
    // A mail with more in it, and one of somebody who only says that he is Anna, stay what they are.
    expect(await ask('anna@agents.test', 'Please look.\n\n@find refund')).not.toContain('Found')
    expect(await ask('anna@agents.test', '@find refund', 'fail')).not.toContain('Found')
  })
})
