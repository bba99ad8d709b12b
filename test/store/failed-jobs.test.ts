import { expect, test } from 'vitest'
import { databaseKinds } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'

const plugin = `
let failures = 0
export default {
  name: 'trouble', description: 'Fails once.', config: { type: 'object', properties: {} },
  setup: () => ({
    jobs: { work: { run: async (tx) => { if (failures++ === 0) throw new Error('not yet'); const c = await tx.cases.create({ mailbox: 'support', subject: 'done', requester: { address: 'a@customer.test', name: '' } }); await tx.cases.created(c.id) } } },
    on: { 'case.created': async (tx, event) => { if (event.origin.kind === 'customer') await tx.jobs.put('trouble.work', 'trouble.work', tx.now, {}) } },
  }),
}
`

test.each(databaseKinds)(
  '%s: a job that failed is put back at once and tried again after its pause, without its lease running out',
  async (kind) => {
    const g = await testGateway({ plugins: ['desk', 'threading', './trouble.mjs'], files: { 'trouble.mjs': plugin }, kind })
    try {
      await g.mail({ from: 'c@customer.test', to: 'support@example.test' })
      const waiting = await g.gateway.database.read
        .selectFrom('jobs')
        .select(['state', 'attempts', 'lost', 'error', 'run_at'])
        .where('kind', '=', 'trouble.work')
        .executeTakeFirst()
      expect(waiting).toMatchObject({ state: 'ready', attempts: 1, lost: 0, error: expect.stringContaining('not yet') as string })
      await g.advance(Number(waiting?.run_at) - g.clock.now())
      expect((await g.look('#2')).subject).toBe('done')
    } finally {
      await g.stop()
    }
  },
)
