// Two nodes on one PostgreSQL: replies at the same time are compared one after the other, and of two decisions one is first.
import { afterEach, expect, test } from 'vitest'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import { Desk, client, manager, page, plugins } from './rig.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const bea = 'Bea Boss <bea@customer.test>'
const inPostgres = test.skipIf(!databaseKinds.includes('postgres'))

async function twoNodes(): Promise<readonly [Desk, Desk]> {
  const place = await freshPlace('postgres')
  ends.push(() => place.drop())
  const postgres = place.config.kind === 'postgres' ? place.config.url : ''
  const one = await testGateway({ plugins, postgres })
  ends.push(() => one.stop())
  const two = await testGateway({ plugins, postgres, sink: one.sink, clock: one.clock })
  ends.push(() => two.stop())
  return [new Desk(one), new Desk(two)]
}

/** Both at the same time, one at each node; until neither has anything left to do. */
async function atOnce(
  nodes: readonly [Desk, Desk],
  work: readonly [(d: Desk) => Promise<unknown>, (d: Desk) => Promise<unknown>],
): Promise<void> {
  await Promise.all([work[0](nodes[0]), work[1](nodes[1])])
  await settled(nodes)
}

/** Either may have taken up what the other had to do. */
async function settled(nodes: readonly Desk[]): Promise<void> {
  for (let i = 0; i < 2; i++) for (const d of nodes) await d.g.settle()
}

/** A new case, by its number (each node has its own), and the answer that everybody in it has got. */
async function conversation(nodes: readonly [Desk, Desk], cc: string) {
  const [d] = nodes
  const numbers = async () => (await d.g.gateway.database.read.selectFrom('cases').select('number').execute()).map((c) => c.number)
  const before = await numbers()
  await d.writes(client, { cc })
  await settled(nodes)
  const ref = `#${(await numbers()).find((n) => !before.includes(n)) ?? 0}`
  await d.g.act('reply.send', ref, { text: 'Hello' }, agent('anna'))
  await settled(nodes)
  // Nobody answers a mail in the millisecond in which it leaves.
  await d.g.advance(1000)
  return { ref, answer: await d.sent() }
}

const rounds = 6

inPostgres(
  "two who bring somebody in at the same time both do, and neither is told to have left out the other's",
  async () => {
    const nodes = await twoNodes()
    const [d] = nodes
    for (let i = 1; i <= rounds; i++) {
      const { ref, answer } = await conversation(nodes, `${manager}, ${bea}`)
      await atOnce(nodes, [
        (n) => n.replies(client, answer, { all: true, cc: `${manager}, ${bea}, nora@customer.test` }),
        (n) => n.replies(manager, answer, { all: true, cc: `${client}, ${bea}, otto@company.test` }),
      ])
      const c = await d.look(ref)
      expect([...c.cc].sort()).toEqual(['bea@customer.test', 'mona@company.test', 'nora@customer.test', 'otto@company.test'])
      expect(c.notices).toEqual([])
      expect(
        c.messages.filter((m) => m.author === 'customer').map((m) => (m.data.recipients as { class?: string } | undefined)?.class),
      ).toEqual([undefined, 'a', 'a'])
    }
  },
  120_000,
)

inPostgres(
  'one leaves somebody out while another writes privately: each gets his notice, and nobody comes or goes',
  async () => {
    const nodes = await twoNodes()
    const [d] = nodes
    for (let i = 1; i <= rounds; i++) {
      const { ref, answer } = await conversation(nodes, `${manager}, ${bea}`)
      await atOnce(nodes, [(n) => n.replies(client, answer, { cc: manager }), (n) => n.replies(manager, answer)])
      const c = await d.look(ref)
      expect(c.cc).toEqual(['mona@company.test', 'bea@customer.test'])
      expect(c.notices.map((n) => [n.data.class, n.state]).sort()).toEqual([
        ['b', 'open'],
        ['c', 'open'],
      ])
    }
  },
  120_000,
)

inPostgres(
  'of two agents who decide differently at two nodes exactly one is first, and the other is told',
  async () => {
    const nodes = await twoNodes()
    const [d] = nodes
    for (let i = 1; i <= rounds; i++) {
      d.g.clear()
      const { ref, answer } = await conversation(nodes, manager)
      await d.replies(client, answer)
      await settled(nodes)
      const [anna, boris] = [await d.told('anna'), await d.told('boris')]
      const pages: { readonly status: number; readonly title: string }[] = []
      await atOnce(nodes, [
        async (n) => pages.push(await page(n.link(anna, 'Update recipients'), {})),
        async (n) => pages.push(await page(n.link(boris, 'Выделить в новое обращение'), {})),
      ])
      expect(pages.map((p) => p.status).sort()).toEqual([200, 409])
      const c = await d.look(ref)
      const action = c.notices.find((n) => n.kind === 'recipients')?.takenAction
      expect([c.cc.length, c.links.length]).toEqual(action === 'update' ? [0, 0] : [1, 1])
    }
  },
  120_000,
)
