// REL-16: what a database cannot do now is done again and says nothing of the mail; no case waits for the end of another one's transaction.
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { systemOrigin } from '../../core/contract/origin.ts'
import { databaseKinds, freshPlace, openPlace } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { faults, tries } from './contention-plugin.ts'

const plugin = fileURLToPath(new URL('./contention-plugin.ts', import.meta.url))
const plugins = ['desk', 'threading', plugin]
const mailOf = (subject: string) => ({ from: 'carl@customer.test', to: 'support@example.test', subject, text: 'Привет' })

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}
const stateOf = async (g: TestGateway, subject: string) =>
  g.gateway.database.read.selectFrom('messages').select(['subject', 'case_id']).where('subject', '=', subject).execute()

test.skipIf(!databaseKinds.includes('postgres'))(
  'a mail that waits for a lock holds up no other case, waits for as long as it takes, and is never parked for it',
  async () => {
    const place = await freshPlace('postgres')
    if (place.config.kind !== 'postgres') throw new Error('asked for PostgreSQL')
    const g = await testGateway({ plugins, postgres: place.config.url, config: 'intake: { attempts: 2 }' })
    const beside = await openPlace(place.config)
    tries.clear()
    try {
      await beside.write.insertInto('meta').values({ key: 'locked', value: 'x' }).execute()
      const released = Promise.withResolvers<void>()
      const held = beside.write.transaction().execute(async (tx) => {
        await sql`update meta set value = value where key = 'locked'`.execute(tx)
        await g.deliver(mailOf('locked'))
        await until(() => (tries.get('locked') ?? 0) > 0)
        await g.deliver(mailOf('another'))
        await until(async () => (await stateOf(g, 'another')).length === 1)
        // Five tries of each transaction are made at once: these are several tries of the job, which has two.
        await until(() => (tries.get('locked') ?? 0) > 11)
        released.resolve()
      })
      await released.promise
      await held
      await until(async () => (await stateOf(g, 'locked')).length === 1)
      const cases = await g.gateway.database.read.selectFrom('cases').select(['number', 'subject']).orderBy('number').execute()
      expect(new Set(cases.map((c) => c.number)).size).toBe(2)
      expect(await g.gateway.database.read.selectFrom('inbound').select('state').execute()).toEqual([{ state: 'done' }, { state: 'done' }])
    } finally {
      await beside.stop()
      await g.stop()
      await place.drop()
    }
  },
)

test.skipIf(!databaseKinds.includes('postgres'))(
  'one transaction may make more cases than numbers were taken for it; none is given twice',
  async () => {
    const g = await testGateway({ plugins, kind: 'postgres' })
    const make = (n: number): Promise<readonly number[]> =>
      g.transact(async (tx) => {
        const made: number[] = []
        for (let i = 0; i < n; i += 1)
          made.push(
            (await tx.cases.create({ mailbox: 'support', subject: `№ ${i}`, requester: { address: 'c@customer.test', name: '' } })).number,
          )
        return made
      }, systemOrigin)
    try {
      expect(await make(7)).toEqual([1, 2, 3, 4, 5, 6, 7])
      const many = (await Promise.all(Array.from({ length: 12 }, () => make(2)))).flat()
      expect(new Set(many).size).toBe(24)
    } finally {
      await g.stop()
    }
  },
)

test('contention, a database that is away and a full one count as no try; a plugin that throws anything else does', async () => {
  const g = await testGateway({ plugins, config: 'intake: { attempts: 2 }' })
  tries.clear()
  try {
    for (const code of ['40001', '40P01', '55P03', '57014', '57P01', '08006', '53300', 'ECONNREFUSED', 'SQLITE_BUSY', 'SQLITE_FULL'])
      for (const wrapped of [false, true]) faults.push({ code, wrapped })
    await g.deliver(mailOf('faults'))
    await until(async () => {
      await g.advance(2000)
      return (await stateOf(g, 'faults')).length === 1
    })
    expect(faults).toEqual([])
    for (let i = 0; i < 4; i += 1) faults.push({ code: '22P02', wrapped: false })
    await g.mail({ ...mailOf('faults'), text: 'Another' })
    await g.advance('1m')
    expect(await g.gateway.database.read.selectFrom('inbound').select('state').orderBy('id').execute()).toEqual([
      { state: 'done' },
      { state: 'parked' },
    ])
  } finally {
    faults.splice(0)
    await g.stop()
  }
})
