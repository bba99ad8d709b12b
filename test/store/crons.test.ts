import { expect, test } from 'vitest'
import { claimTick, settleCron } from '../../core/store/crons.ts'
import { eachDatabase } from '../support/databases.ts'

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
