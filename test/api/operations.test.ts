// What admins do over the API when something went wrong, and live streams that end with the right to them.
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { suppress } from '../../core/store/automatic.ts'
import { revokeToken, tokenById } from '../../core/store/api-tokens.ts'
import { eachDatabase, freshPlace } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import { soundConfig } from '../support/sound-config.ts'
import { client, tokenFor } from './client.ts'

const poison = fileURLToPath(new URL('../webhooks/poison-plugin.ts', import.meta.url))

eachDatabase((kind) => {
  const open: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close()
  })
  const gateway = async (options: Parameters<typeof testGateway>[0] = {}): Promise<TestGateway> => {
    const place = await freshPlace(kind)
    open.push(() => place.drop())
    const g = await testGateway({
      plugins: ['desk', 'threading', { [poison]: {} }],
      ...options,
      ...(place.config.kind === 'postgres' && { postgres: place.config.url }),
    })
    open.push(() => g.stop())
    return g
  }

  test('a parked mail is found, read, tried again, and given up', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    await g.deliver({ from: 'carl@customer.test', to: 'support@example.test', subject: 'poison', text: 'x' })
    const state = async (id?: string) =>
      id === undefined ? (await call('GET', '/v1/inbound?state=parked')).body.inbound[0] : (await call('GET', `/v1/inbound/${id}`)).body
    for (let i = 0; i < 60 && !(await state()); i++) await g.advance('1h', 3_600_000)
    const parked = await state()
    expect(parked).toMatchObject({ state: 'parked', has_raw: true, error: expect.stringContaining('this mail is poison') })
    expect((await call('GET', `/v1/inbound/${parked.id}/raw`)).body).toContain('Subject: poison')
    expect((await call('POST', `/v1/inbound/${parked.id}/retry`)).body).toMatchObject({ state: 'queued' })
    await g.settle()
    // The plugin is as it was: one attempt is over, and the next waits.
    const job = await g.gateway.database.write
      .selectFrom('jobs')
      .select(['state', 'attempts'])
      .where('payload', 'like', `%${parked.id}%`)
      .executeTakeFirst()
    expect(job?.attempts).toBeGreaterThan(0)
    expect((await call('POST', `/v1/inbound/${parked.id}/drop`, { body: { reason: 'spam' } })).body).toMatchObject({ state: 'dropped' })
    expect(await call('POST', '/v1/inbound/none/retry')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('a mail that was refused is found, read and sent again; what has left cannot be dropped', async () => {
    const sink = await smtpSink()
    open.push(() => sink.close())
    const g = await gateway({ sink })
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'x' })
    sink.script((m) => (m.at === 'rcpt' ? '550 5.1.1 no such user' : undefined))
    await g.act('reply.send', '#1', { text: 'An answer' }, agent('anna'))
    await g.settle()
    const [failed] = (await call('GET', '/v1/outbox?state=failed')).body.outbox
    expect(failed).toMatchObject({
      kind: 'reply',
      recipients: [{ address: 'carl@customer.test', state: 'failed', reply: expect.stringContaining('no such user') }],
    })
    expect((await call('GET', `/v1/outbox/${failed.id}/raw`)).body).toContain('An answer')
    sink.script(() => undefined)
    expect((await call('POST', `/v1/outbox/${failed.id}/retry`)).body.recipients).toMatchObject([{ state: 'queued' }])
    await g.settle()
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['An answer'])
    expect((await call('GET', `/v1/outbox/${failed.id}`)).body.recipients).toMatchObject([{ state: 'sent' }])
    for (const what of ['retry', 'drop'])
      expect(await call('POST', `/v1/outbox/${failed.id}/${what}`)).toMatchObject({ status: 410, body: { code: 'gone' } })
  })

  test('a live stream tells what its token may see, and ends when the token is revoked', async () => {
    const g = await gateway()
    const token = await tokenFor(g, { access: 'read', mailboxes: ['support'] })
    const response = await fetch(`http://127.0.0.1:${g.gateway.http?.port ?? 0}/v1/events/stream?type=message.*`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    let text = ''
    const ended = (async () => {
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString()
        if (text.includes('message.received') && !text.includes('revoked')) {
          text += '\n\nrevoked'
          await revokeToken(g.gateway.database.write, /_([0-9a-f]{12})_/.exec(token)?.[1] ?? '', g.clock.now())
          // Something happens once more: the stream looks, and says nothing of it.
          await g.deliver({ from: 'eve@customer.test', to: 'support@example.test', subject: 'Too late', text: 'x' })
        }
      }
    })()
    await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Of others', text: 'x' })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'x' })
    await ended
    expect([...text.matchAll(/^event: (.*)$/gm)].map((m) => m[1])).toEqual(['message.received'])
    await g.settle()
  })

  describe('rights hold when they are used, not when the call began', () => {
    const reload = async (g: TestGateway, edit: (yaml: string) => string): Promise<void> => {
      const file = path.join(g.folder, 'postern.yaml')
      writeFileSync(file, edit(readFileSync(file, 'utf8')))
      const { config, plugins } = await soundConfig(file)
      g.gateway.reload(config, plugins)
    }
    const listen = async (g: TestGateway, as: string, query = '') => {
      const token = await tokenFor(g, { access: 'read' })
      const response = await fetch(`http://127.0.0.1:${g.gateway.http?.port ?? 0}/v1/events/stream?type=message.*${query}`, {
        headers: { authorization: `Bearer ${token}`, 'on-behalf-of': as },
      })
      let text = ''
      const ended = (async () => {
        for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
      })()
      // One that goes on until the gateway stops is broken off then.
      ended.catch(() => undefined)
      return { ended, text: () => text }
    }
    const groups = 'groups:\n  team: { name: Team, members: [anna, boris], mailboxes: [support, sales] }\n'
    const config = `mailboxes:\n  support: { address: support@example.test }\n  sales: { address: sales@example.test }\n${groups}`
    const events = (text: string): number => [...text.matchAll(/^event: /gm)].length

    test('a live stream ends when its agent is switched off', async () => {
      const g = await gateway({ config })
      const stream = await listen(g, 'anna')
      await g.mail({ from: 'a@customer.test', to: 'support@example.test', subject: 'First' })
      await expect.poll(() => events(stream.text())).toBe(1)
      await reload(g, (yaml) => yaml.replace('anna: { ', 'anna: { active: false, '))
      await g.mail({ from: 'b@customer.test', to: 'support@example.test', subject: 'Second' })
      await stream.ended
      expect(events(stream.text())).toBe(1)
    })

    test('a live stream follows the groups of its agent, and one about a case ends with the right to it', async () => {
      const g = await gateway({ config })
      const stream = await listen(g, 'anna')
      await g.mail({ from: 'a@customer.test', to: 'sales@example.test', subject: 'First' })
      const ofCase = await listen(g, 'anna', '&case=1')
      await expect.poll(() => events(stream.text())).toBe(1)
      await reload(g, (yaml) => yaml.replace('mailboxes: [support, sales]', 'mailboxes: [support]'))
      await g.mail({ from: 'b@customer.test', to: 'sales@example.test', subject: 'Of others' })
      await g.mail({ from: 'c@customer.test', to: 'support@example.test', subject: 'Third' })
      await ofCase.ended
      await expect.poll(() => events(stream.text())).toBe(2)
      await reload(g, (yaml) => yaml.replace('mailboxes: [support]', 'mailboxes: [support, sales]'))
      await g.mail({ from: 'd@customer.test', to: 'sales@example.test', subject: 'Again' })
      await expect.poll(() => events(stream.text())).toBe(3)
    })

    test('a file that is being fetched breaks off, and one that is being sent is not taken', async () => {
      const g = await gateway({ config })
      const body = 'x'.repeat(76) + '\r\n'
      await g.mail({ from: 'a@customer.test', to: 'sales@example.test', subject: 'Big', text: body.repeat(150_000) })
      const token = await tokenFor(g, { access: 'admin' })
      const headers = { authorization: `Bearer ${token}`, 'on-behalf-of': 'anna' }
      const base = `http://127.0.0.1:${g.gateway.http?.port ?? 0}`
      const { inbound } = (await client(g, token)('GET', '/v1/inbound')).body as { readonly inbound: readonly { readonly id: string }[] }
      const raw = (await fetch(`${base}/v1/inbound/${inbound[0]?.id ?? ''}/raw`, { headers })).body?.getReader()
      expect((await raw?.read())?.done).toBe(false)

      // The first half of an upload is there: its token has been looked at.
      const uploader = await tokenFor(g, { access: 'act' })
      const sending = request(`${base}/v1/uploads?filename=a.txt`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${uploader}`, 'content-type': 'text/plain' },
      })
      const answered = new Promise<number | undefined>((resolve, reject) =>
        sending.on('error', reject).on('response', (response) => resolve(response.resume().statusCode)),
      )
      sending.write('first half')
      const used = async (): Promise<unknown> =>
        (await tokenById(g.gateway.database.write, /_([0-9a-f]{12})_/.exec(uploader)?.[1] ?? ''))?.used_at ?? null
      await expect.poll(used).not.toBeNull()

      await reload(g, (yaml) => yaml.replace('anna: { ', 'anna: { active: false, '))
      sending.end('second half')
      expect(await answered).toBe(403)
      await expect(
        (async () => {
          while (raw && !(await raw.read()).done);
        })(),
      ).rejects.toThrow()
    })
  })

  test('suppressed addresses are listed, and let go again', async () => {
    const g = await gateway({ plugins: ['desk', 'threading'] })
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    for (const [i, who] of ['a', 'b', 'c'].entries()) {
      const now = g.clock.now()
      await g.gateway.database.write
        .transaction()
        .execute((tx) => suppress(tx, `${who}@Customer.test`, 'bounced: 5.1.1', now + (who === 'a' ? 1000 : 86_400_000), now))
      await g.advance(`${i + 1}s`)
    }
    const list = async (query = '') =>
      ((await call('GET', `/v1/suppressions${query}`)).body.suppressions as readonly { readonly address: string }[]).map((s) => s.address)
    expect(await list()).toEqual(['c@customer.test', 'b@customer.test'])
    expect(await list('?limit=1')).toEqual(['c@customer.test'])
    expect(await list('?before=c@customer.test')).toEqual(['b@customer.test'])
    expect((await call('DELETE', '/v1/suppressions/B%40customer.test')).body).toMatchObject({
      address: 'b@customer.test',
      reason: 'bounced: 5.1.1',
    })
    expect(await list()).toEqual(['c@customer.test'])
    expect(await call('DELETE', '/v1/suppressions/b@customer.test')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    for (const [access, status] of [
      ['read', 403],
      ['act', 403],
    ] as const) {
      const weak = client(g, await tokenFor(g, { access }))
      expect(await weak('DELETE', '/v1/suppressions/c@customer.test')).toMatchObject({ status })
    }
    const bound = client(g, await tokenFor(g, { access: 'admin', mailboxes: ['support'] }))
    for (const [method, url] of [
      ['GET', '/v1/suppressions'],
      ['DELETE', '/v1/suppressions/c@customer.test'],
    ] as const)
      expect(await bound(method, url)).toMatchObject({ status: 403 })
    expect(await list()).toEqual(['c@customer.test'])
  })
})
