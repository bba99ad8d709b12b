// Rules on watch: what they would do is decided and kept, and nothing is done, until somebody makes them live.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { client, tokenFor } from '../api/client.ts'
import { agent } from '../support/gateway.ts'
import { behaviourKinds } from '../support/databases.ts'
import { soundConfig } from '../support/sound-config.ts'
import type { TestGateway } from '../support/gateway.ts'
import { withRules } from './rig.ts'

const rule = `
  - name: close offers
    mode: watch
    on: incoming
    if: { subject: offer }
    stop: true
    do:
      - tags: offer
      - assign: ghost-of-nobody-{{ case.number }}
      - reply: { text: We have read your offer. }
      - status: closed
`
const rules = `rules:${rule}
  - name: tag all
    on: incoming
    do: [{ tags: seen }]
`
const config = `
http: { port: 0 }
agents:
  anna: { email: anna@example.test, name: Anna }
  boris: { email: boris@example.test, name: Борис, locale: ru }
groups: { team: { name: Team, members: [anna, boris] } }
`
const settings = { watch: { at: '08:00' } }
const start = '2026-09-21T09:00:00Z'

const offer = (g: TestGateway, n: number): Promise<string> =>
  g.mail({ from: `carl${n}@customer.test`, to: 'support@example.test', subject: `Our offer ${n}`, text: 'Buy it' })

async function command(g: TestGateway, ...args: readonly string[]): Promise<string> {
  const found = g.gateway.engine.registry.plugins.map((p) => p.hooks.commands?.rules).find((c) => c)
  const lines: string[] = []
  await found?.run({ args, options: { since: '48h' }, print: (line) => void lines.push(line), json: false })
  return lines.join('\n')
}

async function fired(g: TestGateway): Promise<readonly string[]> {
  const rows = await g.gateway.database.read.selectFrom('events').select('data').where('type', '=', 'rule.fired').orderBy('id').execute()
  return rows.map((r) => (JSON.parse(r.data) as { readonly rule: string }).rule)
}

const linkIn = (text: string | undefined): string => /http:\/\/\S+(\/a\/rule\/\S+)/.exec(text ?? '')?.[1] ?? 'no link'

describe.each(behaviourKinds)('on %s', (kind) => {
  test('nothing is done, everything is kept, and later rules run', async () => {
    await withRules({ rules, config, settings, start, kind }, async (g) => {
      await offer(g, 1)
      const seen = await g.look('#1')
      expect(seen.status).toBe('open')
      expect(seen.tags).toEqual(['seen'])
      expect(await g.sentTo('carl1@customer.test')).toEqual([])
      expect(await fired(g)).toEqual(['tag all'])

      const api = client(g, await tokenFor(g, { access: 'read' }))
      const { body } = await api('GET', '/v1/rules/close%20offers/watched')
      expect(body.watched).toMatchObject([
        {
          rule: 'close offers',
          number: 1,
          event: 'case.created',
          asked: [{ condition: 'subject', wants: 'offer', holds: true }],
          would: [
            { action: 'case.tags', args: { add: ['offer'] } },
            { action: 'case.assign', refused: expect.stringContaining('ghost-of-nobody-1') },
            { action: 'reply.automatic', said: 'sent a text' },
            { action: 'case.status', args: { status: 'closed' } },
          ],
        },
      ])
      expect((await api('GET', '/v1/rules')).body.rules[0]).toMatchObject({ name: 'close offers', mode: 'watch', live_since: null })
      expect((await api('GET', '/v1/rules/nothing/watched')).status).toBe(404)
      const elsewhere = client(g, await tokenFor(g, { access: 'read', mailboxes: ['sales'] }))
      expect((await elsewhere('GET', '/v1/rules/close%20offers/watched')).body).toEqual({ watched: [] })
      expect(await command(g, 'watched', 'close offers')).toMatch(
        /#1 {2}on case\.created\n {4}yes {2}subject: "offer".*\n {4}-> {3}case\.tags/,
      )
    })
  })

  test('the daily mail counts, names what people did otherwise, and its link makes the rule live; another text is on watch again', async () => {
    await withRules({ rules, config, settings, start, kind }, async (g) => {
      for (const n of [1, 2, 3]) await offer(g, n)
      await g.act('case.status', '#2', { status: 'waiting' }, agent('anna'))
      g.clear()
      await g.advance('24h', 3_600_000)
      const [english, russian] = [(await g.sentTo('anna@example.test')).at(-1)?.mail, (await g.sentTo('boris@example.test')).at(-1)?.mail]
      expect(english?.text).toMatch(
        /close offers would have fired 3 times in 3 cases\.\n {2}case\.tags: 3\n {2}case\.assign: 3 \(refused 3: .*\n {2}reply\.automatic: 3\n {2}case\.status: 3\nOf these cases, people have set the status of 1 /,
      )
      expect(russian?.text).toContain('close offers: сработало бы раз: 3 (обращений: 3).')

      const browser = client(g, undefined)
      const url = linkIn(english?.text)
      const page = await browser('GET', url)
      expect([page.status, page.body]).toEqual([200, expect.stringContaining('Make the rule &#34;close offers&#34; live')])
      await offer(g, 4)
      expect((await g.look('#4')).status).toBe('open')
      expect((await browser('POST', `${url.slice(0, -1)}x`)).status).toBe(410)
      expect((await browser('POST', url)).status).toBe(200)
      await offer(g, 5)
      expect((await g.look('#5')).status).toBe('closed')
      expect(await command(g, 'list')).toContain('live   close offers')

      await command(g, 'watch', 'close offers')
      await offer(g, 6)
      expect((await g.look('#6')).status).toBe('open')
      await command(g, 'live', 'close offers')
      await offer(g, 7)
      expect((await g.look('#7')).status).toBe('closed')

      writeFileSync(path.join(g.folder, 'rules/a.yaml'), rules.replace('We have read', 'We read'))
      const loaded = await soundConfig(path.join(g.folder, 'postern.yaml'))
      g.gateway.reload(loaded.config, loaded.plugins)
      await offer(g, 8)
      expect((await g.look('#8')).status).toBe('open')
      expect((await browser('POST', url)).status).toBe(410)
    })
  })

  test('a live rule is put on watch, and once_per begins anew when it acts', async () => {
    const once = `rules:
  - name: greet
    on: [case.created, message.received]
    once_per: sender
    do: [{ tags: greeted }]
`
    await withRules({ rules: once, config, settings, start, kind }, async (g) => {
      await g.act('rule.watch', null, { name: 'greet' })
      await offer(g, 1)
      expect((await g.look('#1')).tags).toEqual([])
      await g.act('rule.live', null, { name: 'greet' })
      await g.mail({ from: 'carl1@customer.test', to: 'support@example.test', subject: 'Another', text: 'Hello' })
      expect((await g.look('#2')).tags).toEqual(['greeted'])
      await expect(g.act('rule.watch', null, { name: 'gret' })).rejects.toThrow('there is no rule "gret"')
    })
  })
})
