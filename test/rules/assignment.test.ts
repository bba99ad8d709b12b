// Whose turn it is: two nodes on one PostgreSQL hand out cases at the same time.
import { afterEach, expect, test } from 'vitest'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const config = `
mailboxes: { support: { address: support@example.test, notify: [anna] } }
agents: { anna: { name: Anna, email: anna@agents.test }, boris: { name: Boris, email: boris@agents.test }, clara: { name: Clara, email: clara@agents.test }, dan: { name: Dan, email: dan@agents.test, active: false } }
groups: { team: { members: [anna, boris, clara, dan] } }
`
const ruleFor = (how: string): string =>
  `rules: [{ name: nobody's case, on: incoming, if: { assignee: nobody }, do: [{ assign_next: { group: team, how: ${how} } }] }]\n`

async function twoNodes(how: string): Promise<readonly [TestGateway, TestGateway]> {
  const place = await freshPlace('postgres')
  ends.push(() => place.drop())
  const options = {
    config,
    plugins: ['desk', 'threading', 'rules'],
    files: { 'rules/a.yaml': ruleFor(how) },
    ...(place.config.kind === 'postgres' && { postgres: place.config.url }),
  }
  const one = await testGateway(options)
  ends.push(() => one.stop())
  const two = await testGateway({ ...options, sink: one.sink, clock: one.clock })
  ends.push(() => two.stop())
  return [one, two]
}

/** Cases by who is responsible. */
async function load(g: TestGateway): Promise<Readonly<Record<string, number>>> {
  const rows = await g.gateway.database.read
    .selectFrom('cases')
    .select(['assignee', (eb) => eb.fn.countAll<number>().as('n')])
    .groupBy('assignee')
    .execute()
  return Object.fromEntries(rows.map((r) => [r.assignee ?? 'nobody', Number(r.n)]))
}

/** As many mails at each node, all at once, until both have nothing left to do. */
async function flood(nodes: readonly TestGateway[], each: number): Promise<void> {
  await Promise.all(
    nodes.flatMap((g, n) =>
      Array.from({ length: each }, (_, i) =>
        g.deliver({ from: `c${n}.${i}@customer.test`, to: 'support@example.test', subject: `Question ${n} ${i}`, text: 'Where is it?' }),
      ),
    ),
  )
  for (let i = 0; i < 3; i++) for (const g of nodes) await g.settle()
}

test.skipIf(!databaseKinds.includes('postgres'))(
  'in turn: of cases that come to two nodes at the same time every active member gets the same number',
  async () => {
    const nodes = await twoNodes('round_robin')
    await flood(nodes, 9)
    expect(await load(nodes[0])).toEqual({ anna: 6, boris: 6, clara: 6 })
  },
)

test.skipIf(!databaseKinds.includes('postgres'))(
  'by load: whoever has the fewest open cases catches up, whatever the two nodes take in at the same time',
  async () => {
    const nodes = await twoNodes('least_busy')
    const [one] = nodes
    for (const subject of ['a', 'b', 'c', 'd']) {
      await one.transact(async (tx) => {
        const c = await tx.cases.create({
          mailbox: 'support',
          subject,
          requester: { address: 'old@customer.test', name: '' },
          status: subject === 'd' ? 'waiting' : 'open',
        })
        await tx.cases.set(c.id, { assignee: subject === 'd' ? 'clara' : 'anna' })
      })
    }
    await flood(nodes, 6)
    const after = await load(one)
    expect(after).toEqual({ anna: 5, boris: 5, clara: 6 }) // three open ones of Anna's from before count, the one that waits does not
  },
)
