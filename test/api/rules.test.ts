import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runScenarioText } from '../../core/scenario/run.ts'
import { eachGateway } from '../support/each-gateway.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

const rules = `rules:
  - name: vips
    on: case.created
    if: { subject: urgent }
    do:
      - case.tags: { add: [vip] }
  - name: hello
    on: incoming
    do:
      - reply.automatic: { text: "We have it" }
`

const raw = (subject: string, text = 'It is broken'): string =>
  Buffer.from(
    `From: dora@customer.test\r\nTo: support@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject.length}.x@customer.test>\r\nDate: Mon, 21 Sep 2026 09:00:00 +0000\r\n\r\n${text}\r\n`,
  ).toString('base64')

eachGateway((open) => {
  const gateway = async (): Promise<TestGateway> => {
    const g = await open({ plugins: ['desk', 'threading', { rules: { rules: './rules' } }, 'notify'], files: { 'rules/a.yaml': rules } })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Urgent: help', text: 'It is broken' })
    return g
  }

  test('a message, an accepted mail and a raw mail are explained, and nothing of it is written or sent', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const before = {
      ...(await g.look('#1')),
      sent: (await g.sent()).length,
      events: (await call('GET', '/v1/events?limit=1000')).body.events.length as number,
    }
    const [message] = (await call('GET', '/v1/cases/1/messages')).body.messages
    const [inbound] = (await call('GET', '/v1/inbound')).body.inbound
    const seen = await call('POST', '/v1/rules/explain', { body: { message: message.id } })
    expect(seen.status, JSON.stringify(seen.body)).toBe(200)
    // As if it had not been taken in yet: the case is made anew, with the number that is next.
    expect(seen.body).toMatchObject({
      outcome: 'case',
      case: { new: true },
      sends: expect.arrayContaining([expect.objectContaining({ to: ['carl@customer.test'] })]) as unknown,
    })
    const fired = seen.body.decisions.filter((d: { plugin: string }) => d.plugin === 'rules').map((d: { text: string }) => d.text)
    expect(fired.join('\n')).toMatch(/vips[\s\S]*hello/)
    expect(seen.body.events.map((e: { type: string }) => e.type)).toEqual(
      expect.arrayContaining(['case.created', 'message.received', 'case.tags_changed']),
    )
    expect((await call('POST', '/v1/rules/explain', { body: { message: inbound.id } })).body.outcome).toBe('case')
    const stray = await call('POST', '/v1/rules/explain', { body: { raw: raw('A question') } })
    expect(stray.body).toMatchObject({ outcome: 'case', case: { new: true } })
    expect(stray.body.sends.map((s: { to: string[] }) => s.to)).toContainEqual(['dora@customer.test'])
    const elsewhere = await call('POST', '/v1/rules/explain', { body: { raw: raw('A question'), to: 'sales@example.test', from: '' } })
    expect(elsewhere.body).toMatchObject({ outcome: 'case', case: { new: true } })
    await g.settle()
    expect({
      ...(await g.look('#1')),
      sent: (await g.sent()).length,
      events: (await call('GET', '/v1/events?limit=1000')).body.events.length as number,
    }).toEqual(before)
    expect((await call('GET', '/v1/cases')).body.cases).toHaveLength(1)
  })

  test('many mails are explained while others arrive, and all of those are there', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const asked = Array.from({ length: 8 }, (_, i) => call('POST', '/v1/rules/explain', { body: { raw: raw(`Question ${i}`) } }))
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        g.deliver({ from: `c${i}@customer.test`, to: 'support@example.test', subject: `n${i}`, text: 'x' }),
      ),
    )
    expect((await Promise.all(asked)).map((a) => a.status)).toEqual(Array(8).fill(200))
    await g.settle()
    expect((await call('GET', '/v1/cases')).body.cases.map((c: { subject: string }) => c.subject).sort()).toEqual([
      'Urgent: help',
      'n0',
      'n1',
      'n2',
      'n3',
      'n4',
      'n5',
    ])
  })

  test('who may not, and what is none of ours, is refused with a sentence', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const status = async (body: unknown, token?: string): Promise<readonly [number, string]> => {
      const answer = await (token === undefined ? call : client(g, token))('POST', '/v1/rules/explain', { body })
      return [answer.status, String(answer.body.detail ?? '')]
    }
    expect(await status({ message: 'none' })).toEqual([404, expect.stringContaining('no such mail')])
    expect(await status({})).toEqual([422, expect.stringContaining('either')])
    expect(await status({ raw: raw('x'), to: 'nobody@elsewhere.test' })).toEqual([422, expect.stringContaining('nobody@elsewhere.test')])
    expect(await status({ raw: 'Blanks and dots. no Base64' })).toEqual([422, expect.stringContaining('raw')])
    expect((await status({ raw: raw('x') }, await tokenFor(g, { access: 'act' })))[0]).toBe(403)
    expect((await status({ raw: raw('x') }, await tokenFor(g, { access: 'admin', mailboxes: ['support'] })))[0]).toBe(403)
    expect(
      (
        await client(g, await tokenFor(g, { access: 'admin', mailboxes: ['support'] }))('POST', '/v1/rules/test', {
          body: { yaml: 'tests: []' },
        })
      ).status,
    ).toBe(403)
  })
})

const scenario = `tests:
  - name: an urgent mail is tagged and confirmed
    steps:
      - mail: { from: carl@customer.test, to: support, subject: Urgent thing, text: Help }
        expect:
          case: { tags: [vip] }
          sent: [{ to: carl@customer.test, text: We have it }]
  - name: this one is wrong
    steps:
      - mail: { from: carl@customer.test, to: support, subject: Quiet, text: Help }
        expect:
          case: { tags: [vip] }
          sent: [{ to: carl@customer.test }]
`

test(
  'scenarios run with the rules of the gateway, in a process of their own, one call at a time, and leave nothing in it',
  { timeout: 120_000 },
  async () => {
    const g = await testGateway({ plugins: ['desk', 'threading', { rules: { rules: './rules' } }], files: { 'rules/a.yaml': rules } })
    try {
      const call = client(g, await tokenFor(g, { access: 'admin' }))
      const ask = () => call('POST', '/v1/rules/test', { body: { yaml: scenario } })
      const answers = await Promise.all([ask(), ask()])
      const [done, refused] = [answers.find((a) => a.status === 200), answers.find((a) => a.status !== 200)]
      expect(refused).toMatchObject({ status: 503, body: { code: 'too_busy', temporary: true } })
      expect(done?.body, JSON.stringify(done?.body)).toMatchObject({
        ok: false,
        problems: [],
        tests: [
          { name: 'an urgent mail is tagged and confirmed', ok: true, steps: 1, failures: [] },
          { name: 'this one is wrong', ok: false },
        ],
      })
      expect(done?.body.tests[1].failures[0]).toMatch(/^scenario:10:9: /)
      expect((await call('GET', '/v1/cases')).body.cases).toEqual([])
    } finally {
      await g.stop()
    }
  },
)

test('a scenario from outside reaches no file, no secret and no other configuration', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-posted-'))
  process.env.POSTERN_TEST_SECRET = 'not-for-scenarios'
  try {
    const config = path.join(folder, 'postern.yaml')
    writeFileSync(config, 'mailboxes: { support: { address: support@example.test } }\nplugins: [desk]\ndata: ./data\n')
    writeFileSync(path.join(folder, 'secret.txt'), 'hidden-words')
    const run = (yaml: string) => runScenarioText(yaml, config, () => 0)
    const mail = '{ from: a@b.test, to: support, subject: s, text: t }'
    for (const name of [`\${file:${folder}/secret.txt}`, '${file:secret.txt}', '${POSTERN_TEST_SECRET}']) {
      const result = await run(`tests:\n  - name: "${name}"\n    steps: [{ mail: ${mail} }]\n`)
      expect([name, result.tests, result.problems.length]).toEqual([name, [], 1])
      expect(result.problems[0]).toMatch(/^scenario:2:11: .*(files cannot be named here|is not set)/)
      expect(JSON.stringify(result)).not.toMatch(/hidden-words|not-for-scenarios/)
    }
    const named = await run(`config: ./postern.yaml\ntests:\n  - name: x\n    steps:\n      - mail: { eml: secret.txt }\n`)
    expect(named.problems.map((p) => p.replace(/^.*?: /, ''))).toEqual([
      expect.stringContaining('configuration of the gateway is tested') as string,
      expect.stringContaining('files cannot be named here') as string,
    ])
    expect((await run('x: [')).problems).toHaveLength(1)
    expect(await run(`tests:\n  - name: x\n    steps: [{ mail: ${mail}, expect: { cases: 1 } }]\n`)).toMatchObject({
      problems: [],
      tests: [{ failures: [] }],
    })
  } finally {
    delete process.env.POSTERN_TEST_SECRET
    rmSync(folder, { recursive: true })
  }
})
