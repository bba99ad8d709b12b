// Rules on a schedule over many cases. POSTERN_SCHEDULED_CASES: how many (default 2000).
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { withRules } from './rig.ts'

const many = Number(process.env.POSTERN_SCHEDULED_CASES ?? 2000)

const rules = `
rules:
  - name: close after ten days
    schedule: { cron: "0 10 * * *", timezone: Europe/London }
    if: { status: waiting, since_agent: { over: 10d } }
    do: [{ status: closed }]
  - name: count the others
    schedule: { cron: "0 11 * * *", timezone: Europe/London }
    if: { status: [waiting, closed] }
    once_per: case
    do: [{ tags: seen }]
`

test(
  `a rule on a schedule looks at each of ${many} cases once, in portions, and acts only where its conditions hold`,
  { timeout: 60_000 + many * 30 },
  () =>
    withRules({ rules, start: '2026-09-21T08:30:00Z' }, async (g) => {
      const start = g.clock.now()
      await g.transact(async (tx) => {
        for (let i = 0; i < many; i++) {
          const status = i % 4 === 3 ? 'open' : 'waiting'
          await tx.cases.create({
            mailbox: 'support',
            subject: `Case ${i}`,
            requester: { address: `c${i}@customer.test`, name: '' },
            status,
          })
        }
      }, agent('anna'))
      const { write } = g.gateway.database
      // Every third was answered so long ago.
      await write
        .updateTable('cases')
        .set({ last_agent_at: start - 86_400_000 })
        .execute()
      await write
        .updateTable('cases')
        .set({ last_agent_at: start - 11 * 86_400_000 })
        .where(
          'number',
          'in',
          Array.from({ length: Math.ceil(many / 3) }, (_, i) => i * 3 + 1),
        )
        .execute()
      const old = (i: number): boolean => i % 3 === 0
      const waiting = Array.from({ length: many }, (_, i) => i).filter((i) => i % 4 !== 3)

      await g.advance('1s') // from here on the schedules know their next time
      await g.advance('45m', 45 * 60_000)
      const closed = await write.selectFrom('cases').select('number').where('status', '=', 'closed').orderBy('number').execute()
      expect(closed.map((c) => Number(c.number) - 1)).toEqual(waiting.filter(old))

      await g.advance('1h', 60 * 60_000)
      const fired = await write.selectFrom('events').select(['case_id', 'data']).where('type', '=', 'rule.fired').execute()
      const by = (rule: string): readonly (string | null)[] => fired.filter((e) => e.data.includes(rule)).map((e) => e.case_id)
      expect(by('close after ten days')).toHaveLength(waiting.filter(old).length)
      expect(by('count the others')).toHaveLength(waiting.length)
      expect(new Set(by('count the others')).size).toBe(waiting.length)
      expect(await write.selectFrom('jobs').select('id').where('kind', '=', 'rules.walk').execute()).toEqual([])

      // The next day nothing is left to do for either.
      await g.advance('24h', 24 * 3_600_000)
      expect(await write.selectFrom('events').select('id').where('type', '=', 'rule.fired').execute()).toHaveLength(fired.length)
    }),
)
