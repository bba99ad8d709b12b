import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { claimTick, settleCron } from '../../core/store/crons.ts'
import { databaseKinds, eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'

eachDatabase((_kind, open) => {
  test('of many nodes one runs each tick', async () => {
    const db = await open()
    expect(new Set(await Promise.all(Array.from({ length: 10 }, () => settleCron(db, 'daily', 0, () => 100)))).size).toBe(1)
    for (const due of [100, 200, 300]) {
      const won = await Promise.all(Array.from({ length: 10 }, () => claimTick(db.write, 'daily', due, due + 100)))
      expect(won.filter(Boolean).length).toBe(1)
    }
    expect(await settleCron(db, 'daily', 0, () => 0)).toBe(400)
  })

  test("a tick that is not the next one is nobody's", async () => {
    const db = await open()
    await settleCron(db, 'daily', 0, () => 100)
    expect(await claimTick(db.write, 'daily', 99, 200)).toBe(false)
    expect(await claimTick(db.write, 'other', 100, 200)).toBe(false)
  })
})

test.skipIf(!databaseKinds.includes('sqlite'))(
  'a schedule that a reload or a start changes holds from then on, and does nothing twice after a clock that went back',
  async () => {
    const rule = (cron: string): string =>
      `rules:\n  - { name: sweep, schedule: { cron: "${cron}" }, if: { status: open }, do: [{ tags: swept }] }\n`
    const g = await testGateway({
      plugins: ['desk', 'threading', 'rules'],
      files: { 'rules/a.yaml': rule('0 0 1 1 *') },
      start: '2026-09-21T09:30:00Z',
    })
    try {
      const ticks = async (): Promise<string> =>
        new Date(
          (
            await g.gateway.database.read
              .selectFrom('crons')
              .select('next_at')
              .where('name', '=', 'rules.rule sweep')
              .executeTakeFirstOrThrow()
          ).next_at,
        ).toISOString()
      const reload = async (cron: string): Promise<void> => {
        writeFileSync(path.join(g.folder, 'rules', 'a.yaml'), rule(cron))
        const loaded = await soundConfig(path.join(g.folder, 'postern.yaml'))
        g.gateway.reload(loaded.config, loaded.plugins)
        await g.gateway.engine.crons.look()
      }
      await g.advance('1m')
      expect(await ticks()).toBe('2027-01-01T00:00:00.000Z')
      await reload('0 * * * *')
      expect(await ticks()).toBe('2026-09-21T10:00:00.000Z')
      await g.advance('30m')
      expect(await ticks()).toBe('2026-09-21T11:00:00.000Z')
      g.clock.jump('2026-09-21T09:41:00Z')
      await reload('0,30 * * * *')
      // Ten o'clock has been: it is not done again.
      expect(await ticks()).toBe('2026-09-21T10:30:00.000Z')
      await reload('0 0 1 1 *')
      expect(await ticks()).toBe('2027-01-01T00:00:00.000Z')
    } finally {
      await g.stop()
    }
  },
)
