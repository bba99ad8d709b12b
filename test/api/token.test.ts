import { afterEach, expect, test } from 'vitest'
import { createToken, revokeTokens, showTokens } from '../../core/cli/token.ts'
import type { Session } from '../../core/cli/session.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'
import { client } from './client.ts'

let open: TestGateway | undefined
afterEach(async () => {
  await open?.stop()
  open = undefined
})

async function session(json: boolean): Promise<{ readonly g: TestGateway; readonly s: Session; readonly out: string[] }> {
  const g = (open = await testGateway({ plugins: ['desk', 'threading'] }))
  const { lines, terminal } = listening(json)
  // What is printed alone: a script keeps it.
  return { g, out: lines, s: sessionOf(g, { ...terminal, complain: () => {} }) }
}

test('a token is printed once, stored as a hash, listed without its secret, and revoked at once in the running gateway', async () => {
  const { g, s, out } = await session(false)
  expect(await createToken(s, 'desk ui', { access: 'act', mailbox: 'support', expires: '90d' })).toBe(0)
  const token = out.join('')
  expect(token).toMatch(/^postern_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/)
  const call = client(g, token)
  expect((await call('GET', '/v1/me')).body).toMatchObject({ token: 'desk ui', access: 'act', mailboxes: ['support'] })
  out.length = 0
  await showTokens(s)
  expect(out.join('\n')).toContain('desk ui')
  const rows = await g.gateway.database.read.selectFrom('api_tokens').selectAll().execute()
  expect(JSON.stringify(rows) + out.join('\n')).not.toContain(token.slice(21))
  await expect(createToken(s, 'desk ui', { access: 'act', expires: '90d' })).rejects.toThrow('already')
  expect(await revokeTokens(s, ['desk ui'])).toBe(0)
  expect((await call('GET', '/v1/me')).status).toBe(401)
  expect(await revokeTokens(s, ['desk ui'])).toBe(1)
})

test('what makes no sense on the command line makes no token', async () => {
  const { g, s } = await session(true)
  for (const wrong of [
    { access: 'root', expires: '90d' },
    { access: 'act', mailbox: 'nowhere', expires: '90d' },
    { access: 'act', agent: '', expires: '90d' },
    { access: 'act', expires: 'soon' },
    { access: 'act', expires: '0s' },
  ]) {
    await expect(createToken(s, 'x', wrong)).rejects.toThrow()
  }
  expect(await g.gateway.database.read.selectFrom('api_tokens').selectAll().execute()).toEqual([])
})

test('a token that asks more than its rate is told to slow down, and may go on a moment later', async () => {
  const g = (open = await testGateway({ plugins: ['desk', 'threading'], config: 'http: { host: 127.0.0.1, port: 0, rate: 5/10s }\n' }))
  const { tokenFor } = await import('./client.ts')
  const call = client(g, await tokenFor(g))
  const seen: number[] = []
  for (let i = 0; i < 7; i++) seen.push((await call('GET', '/v1/me')).status)
  expect(seen).toEqual([200, 200, 200, 200, 200, 429, 429])
  g.clock.advance(2000)
  expect((await call('GET', '/v1/me')).status).toBe(200)
})

test('a reload changes what the API knows without a restart', async () => {
  const { g, s, out } = await session(false)
  await createToken(s, 'x', { access: 'read', expires: 'never' })
  const call = client(g, out[0])
  const { config } = g.gateway
  const sales = config.mailboxes.get('sales')
  if (!sales) throw new Error('the test config has sales')
  const known = async (): Promise<readonly string[]> =>
    (await call('GET', '/v1/mailboxes')).body.mailboxes.map((m: { name: string }) => m.name)
  expect(await known()).toContain('Example Sales')
  g.gateway.reload(
    { ...config, mailboxes: new Map([...config.mailboxes, ['sales', { ...sales, name: 'Shop' }]]) },
    g.gateway.engine.registry.plugins.filter((p) => p.definition.name !== 'threading'),
  )
  expect(await known()).toContain('Shop')
  const actions = (await call('GET', '/v1/openapi.json')).body.paths
  expect(Object.keys(actions)).toContain('/v1/cases/{ref}/actions/case.status')
})
