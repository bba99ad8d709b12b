// The official client lists, reads and answers: over HTTP against the gateway, and by stdio against the command.
import path from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, test } from 'vitest'
import { tokenFor } from '../api/client.ts'
import { behaviourKinds } from '../support/databases.ts'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const root = path.join(import.meta.dirname, '..', '..')

async function overHttp(g: TestGateway, token: string, agent: string | undefined): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  const headers = { authorization: `Bearer ${token}`, ...(agent !== undefined && { 'on-behalf-of': agent }) }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${g.gateway.http?.port}/v1/mcp`), { requestInit: { headers } }),
  )
  return client
}

/** The text of a tool's answer. */
async function call(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<{ readonly error: boolean; readonly text: string }> {
  const { content, isError } = await client.callTool({ name, arguments: args })
  const [first] = content as readonly { readonly type: string; readonly text?: string }[]
  return { error: isError === true, text: first?.text ?? '' }
}

eachGateway((open) => {
  test('lists, reads, acts and answers on behalf of an agent; answers are held, and what is beyond him does not exist', async () => {
    const g = await open({
      plugins: ['desk', 'threading', 'search', 'mcp', 'notify'],
      config: `groups:
  team: { name: Support team, members: [anna], mailboxes: [support] }
  sellers: { name: Sellers, members: [boris], mailboxes: [sales] }
mailboxes:
  support: { address: support@example.test, name: Support, notify: [team] }
  sales: { address: sales@example.test, name: Sales, notify: [boris] }`,
    })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Broken', text: 'The screen is cracked' })
    await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Secret price', text: 'How much' })
    const token = await tokenFor(g)
    await expect(overHttp(g, token, undefined)).rejects.toThrow()
    const client = await overHttp(g, token, 'anna')
    const { tools } = await client.listTools()
    const byName = new Map(tools.map((t) => [t.name, t]))
    expect(byName.get('read_case')?.annotations).toMatchObject({ readOnlyHint: true })
    expect(byName.get('case_tags')?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false })
    expect(byName.get('note_add')?.annotations).toMatchObject({ destructiveHint: true })
    expect(byName.get('case_status')?.inputSchema.required).toEqual(['case', 'status'])
    // What could only send is not there.
    expect(byName.has('case_start')).toBe(false)
    const listed = JSON.parse((await call(client, 'list_cases', {})).text) as { readonly cases: readonly { readonly number: number }[] }
    expect(listed.cases.map((c) => c.number)).toEqual([1])
    expect((await call(client, 'read_case', { case: '#1' })).text).toContain('The screen is cracked')
    expect(await call(client, 'read_case', { case: '#2' })).toMatchObject({ error: true, text: expect.stringContaining('no such thing') })
    expect((await call(client, 'search', { query: 'cracked OR price' })).text).toContain('"cases":[1]')
    expect(await call(client, 'case_tags', { case: '#2', add: ['x'] })).toMatchObject({ error: true })
    expect((await call(client, 'case_tags', { case: '#1', add: ['vip'] })).error).toBe(false)
    g.clear()
    expect((await call(client, 'reply_send', { case: '#1', text: 'We send a new one' })).text).toContain('"held"')
    await g.settle()
    const c = await g.look('#1')
    expect(c.messages.map((m) => [m.state, m.agent])).toEqual([
      ['received', null],
      ['held', 'anna'],
    ])
    expect(await g.sentTo('carl@customer.test')).toEqual([])
    await client.close()
  })

  test('the same by stdio, as the command serves it', async () => {
    const g = await open({ plugins: ['desk', 'threading', 'mcp'] })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Сломалось', text: 'Экран треснул' })
    const client = new Client({ name: 'test', version: '1' })
    const args = [path.join(root, 'core', 'postern.mjs'), 'mcp', '--as', 'boris', '-c', path.join(g.folder, 'postern.yaml')]
    await client.connect(new StdioClientTransport({ command: process.execPath, args }))
    expect((await client.listTools()).tools.map((t) => t.name)).toEqual(expect.arrayContaining(['list_cases', 'read_case', 'note_add']))
    expect((await call(client, 'read_case', { case: '1' })).text).toContain('Экран треснул')
    expect((await call(client, 'note_add', { case: '1', text: 'Посмотрю' })).error).toBe(false)
    await client.close()
    const [only] = (await g.look('#1')).notes
    expect(only).toMatchObject({ text: 'Посмотрю', agent: 'boris' })
  })
}, behaviourKinds)
