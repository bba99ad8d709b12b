// An address that was ours is put off, not refused; and what a configuration may take away.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { formerAddresses, keepFormer } from '../../core/store/config-record.ts'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { send } from '../support/send.ts'
import { soundConfig } from '../support/sound-config.ts'

/** Takes over the file as `edit` changes it; `remove`: what is confirmed by name. */
async function reload(g: TestGateway, edit: (yaml: string) => string, remove: readonly string[] = []): Promise<void> {
  const file = path.join(g.folder, 'postern.yaml')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, edit(before))
  try {
    const { config, plugins } = await soundConfig(file)
    await g.gateway.inForce.take(config, plugins, remove)
    g.gateway.reload(config, plugins)
  } catch (error) {
    writeFileSync(file, before)
    throw error
  }
}
const allowed = (yaml: string): string => `reload: { allow_removal: true }\n${yaml}`
const without = (text: RegExp) => (yaml: string) => yaml.replace(text, '')
const sales = /^ {2}sales: .*\n/m
const replyTo = (g: TestGateway, to: string): Promise<string> => send(g.gateway.ports[0] ?? 0, { to })
/** As if what is put off had gone so many hours earlier; the gateway has looked at it. */
async function age(g: TestGateway, hours: number): Promise<void> {
  const { write } = g.gateway.database
  for (const former of await formerAddresses(write, 0)) await keepFormer(write, { ...former, since: former.since - hours * 3_600_000 })
  await g.gateway.inForce.look()
}

eachGateway((open) => {
  test('mail for an address that went unconfirmed is put off for five days and then refused', async () => {
    const g = await open()
    await expect(reload(g, without(sales))).rejects.toThrow('the mailbox sales (sales@example.test, shop@example.test)')
    expect(await replyTo(g, 'sales@example.test')).toMatch(/^250/)
    await reload(g, (yaml) => allowed(without(sales)(yaml)))
    for (const to of ['sales@example.test', 'Shop+a@EXAMPLE.test']) expect(await replyTo(g, to)).toMatch(/^451 4\.2\.1/)
    expect(await replyTo(g, 'other@example.test')).toMatch(/^550 5\.1\.1/)
    await age(g, 119)
    expect(await replyTo(g, 'sales@example.test')).toMatch(/^451/)
    await age(g, 2)
    expect(await replyTo(g, 'sales@example.test')).toMatch(/^550 5\.1\.1/)
  })

  test('an address that is back is ours at once, and the days are counted anew when it goes again', async () => {
    const g = await open()
    await reload(g, (yaml) => allowed(yaml.replace(', aliases: [shop@example.test]', '')))
    expect(await replyTo(g, 'shop@example.test')).toMatch(/^451/)
    await age(g, 96)
    await reload(g, (yaml) => yaml.replace('sales: {', 'sales: { aliases: [shop@example.test],'))
    expect(await replyTo(g, 'shop@example.test')).toMatch(/^250/)
    await reload(g, (yaml) => yaml.replace(' aliases: [shop@example.test],', ''))
    await age(g, 96)
    expect(await replyTo(g, 'shop@example.test')).toMatch(/^451/)
  })

  test('an agent goes without a word unless he has cases that are not closed', async () => {
    const g = await open({
      config: 'groups: { team: { members: [anna] } }\nmailboxes: { support: { address: support@example.test, notify: [team] } }',
    })
    const boris = /^ {2}boris: .*\n/m
    await g.mail({ from: 'c@customer.test', to: 'support@example.test', subject: 'Broken' })
    await g.act('case.assign', '#1', { assignee: 'boris' })
    await expect(reload(g, without(boris))).rejects.toThrow('the agent boris, who has open cases')
    await g.act('case.status', '#1', { status: 'waiting' })
    await expect(reload(g, without(boris))).rejects.toThrow('the agent boris')
    await g.act('case.status', '#1', { status: 'closed' })
    await reload(g, without(boris))
    expect([...g.gateway.config.agents.keys()]).toEqual(['anna'])
  })

  test('an address that only another node has in force is put off here, not refused', async () => {
    const g = await open()
    const file = path.join(g.folder, 'postern.yaml')
    const { config, plugins } = await soundConfig(file)
    // The other node has taken its file over; here only the record tells.
    const more = new Map(config.mailboxes)
    const [one] = config.mailboxes.values()
    if (one) more.set('new', { ...one, id: 'new', address: 'new@example.test', aliases: [] })
    await g.gateway.inForce.take({ ...config, mailboxes: more }, plugins, [])
    expect(await replyTo(g, 'new@example.test')).toMatch(/^451 4\.2\.1/)
    expect(await replyTo(g, 'old@example.test')).toMatch(/^550 5\.1\.1/)
  })
})
