// For any two cases: a merge and its undo leave both as they were; and of two merges that cross, one is refused.
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import { runs, times } from '../support/runs.ts'
import type { Desk } from '../recipients/rig.ts'
import { eachGateway } from '../recipients/rig.ts'

const plugins = [
  'desk',
  'threading',
  'agent-reply',
  'recipients',
  { scheduler: { downtime: '3650d' } },
  'merging',
  'links',
  'notify',
] as const

/** Mails that left so far: what tells agents of a merge comes later, leads to the case of which it tells, and stays. */
const mailsOf = async (d: Desk): Promise<ReadonlySet<string>> =>
  new Set((await d.g.transact((tx) => tx.db.selectFrom('outbox').select('id').execute())).map((m) => m.id))

/** All that a case is, but for what only counts or times changes, and the notes and `mails` that tell of the merge. */
async function whole(d: Desk, ref: string, mails: ReadonlySet<string>) {
  const { version: _v, updatedAt: _u, statusAt: _s, previousStatus: _p, ...c } = await d.look(ref)
  const all = await d.g.transact((tx) =>
    tx.db.selectFrom('thread_keys').selectAll().where('case_id', '=', c.id).orderBy('key').orderBy('kind').orderBy('recipient').execute(),
  )
  const keys = all.filter((k) => k.outbox_id === null || mails.has(k.outbox_id))
  const reopens = await d.g.transact((tx) =>
    tx.db.selectFrom('scheduler_reopens').select(['id', 'slot', 'state', 'due_at']).where('case_id', '=', c.id).orderBy('id').execute(),
  )
  return { ...c, notes: c.notes.filter((n) => n.kind !== 'merge'), keys, reopens }
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

eachGateway((start, kind) => {
  test(
    'for any people, tags, fields, links, plans and statuses: a merge and its undo leave both cases as they were',
    async () => {
      const d = await start({ plugins })
      const people = ['q@a.test', 'r@a.test', 's@b.test']
      const side = fc.record({
        from: fc.constantFrom(...people),
        cc: fc.uniqueArray(fc.constantFrom(...people), { maxLength: 2 }),
        tags: fc.uniqueArray(fc.constantFrom('one', 'two', 'three'), { maxLength: 2 }),
        custom: fc.dictionary(fc.constantFrom('order', 'floor'), fc.integer({ min: 1, max: 3 }), { maxKeys: 2 }),
        status: fc.constantFrom('open', 'waiting', 'closed'),
        answered: fc.boolean(),
        held: fc.boolean(),
        planned: fc.boolean(),
        reopen: fc.boolean(),
        follower: fc.constantFrom('anna', 'boris'),
      })
      let number = 0
      await fc.assert(
        fc.asyncProperty(side, side, fc.constantFrom('keep', 'join'), fc.constantFrom('target', 'source'), async (a, b, join, subject) => {
          const refs: string[] = []
          for (const one of [a, b]) {
            number += 1
            const ref = `#${number}`
            refs.push(ref)
            await d.writes(one.from, { cc: one.cc.filter((p) => p !== one.from).join(', '), subject: `Case ${number}` })
            await d.g.act('case.tags', ref, { add: one.tags })
            await d.g.act('case.custom', ref, { set: one.custom })
            await d.g.act('case.follow', ref, { who: one.follower })
            if (one.answered) await d.g.act('reply.send', ref, { text: 'Hello' }, agent('anna'))
            if (one.held) await d.g.act('reply.send', ref, { text: 'Not yet', hold: 'test' }, agent('anna'))
            if (one.planned) await d.g.act('reply.defer', ref, { text: 'On Monday', in: '2 days' }, agent('anna'))
            if (one.reopen) await d.g.act('reopen.plan', ref, { in: '3 days' }, agent('anna'))
            await d.g.act('case.status', ref, { status: one.status })
          }
          const [source, target] = [refs[0] ?? '', refs[1] ?? '']
          await d.g.act('case.link', source, { other: target, kind: 'follows' })
          const mails = await mailsOf(d)
          const before = [await whole(d, source, mails), await whole(d, target, mails)]
          await d.g.act('case.merge', source, { into: target, people: join, subject }, agent('anna'))
          await d.g.act('case.unmerge', target, {}, agent('boris'))
          const after = [await whole(d, source, mails), await whole(d, target, mails)]
          const settled = (c: Awaited<ReturnType<typeof whole>>) => ({ ...c, notices: c.notices.filter((n) => n.kind !== 'merged_people') })
          expect(after.map(settled)).toEqual(before)
        }),
        { numRuns: runs(kind === 'sqlite' ? 15 : 4) },
      )
    },
    240_000 * times,
  )
})

test.skipIf(!databaseKinds.includes('postgres'))(
  'two nodes merge crosswise: one does it, the other is refused, and nothing is lost',
  async () => {
    const place = await freshPlace('postgres')
    ends.push(() => place.drop())
    const postgres = place.config.kind === 'postgres' ? place.config.url : ''
    const one = await testGateway({ plugins, postgres })
    ends.push(() => one.stop())
    const two = await testGateway({ plugins, postgres, sink: one.sink, clock: one.clock })
    ends.push(() => two.stop())
    const numbers = async () =>
      (await one.gateway.database.read.selectFrom('cases').select('number').orderBy('number').execute()).map((c) => `#${c.number}`)
    for (let i = 0; i < 5; i += 1) {
      const known = await numbers()
      for (const subject of ['One', 'Two'])
        await one.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: `${subject} ${i}`, text: 'It is broken' })
      await two.settle()
      await one.settle()
      const [a = '', b = ''] = (await numbers()).filter((n) => !known.includes(n))
      const outcomes = await Promise.allSettled([
        one.act('case.merge', a, { into: b }, agent('anna')),
        two.act('case.merge', b, { into: a }, agent('boris')),
      ])
      expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected'])
      const both = [await one.look(a), await one.look(b)]
      expect(both.map((c) => c.messages.length).sort()).toEqual([0, 2])
      expect(both.filter((c) => c.mergedInto !== null)).toHaveLength(1)
    }
  },
  120_000,
)
