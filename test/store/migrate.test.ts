import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { migrate, pendingMigrations } from '../../core/store/migrate.ts'
import type { Migration } from '../../core/store/migrate.ts'
import { coreMigrations } from '../../core/engine/migration-lines.ts'
import { eachDatabase } from '../support/databases.ts'

const step = (name: string, table: string): Migration => ({
  name,
  up: (db) => db.schema.createTable(table).addColumn('id', 'text').execute(),
})
const core = { owner: 'core', migrations: coreMigrations }

eachDatabase((_kind, open) => {
  test('each plugin has a line of its own: applied once, in order, and not touched when it is switched off', async () => {
    const db = await open()
    const a = { owner: 'alpha', migrations: [step('0001-a', 'alpha_one')] }
    const b = { owner: 'beta', migrations: [step('0001-a', 'beta_one')] }
    expect(await migrate(db.write, [core, a, b], db.types, systemClock)).toEqual(['alpha/0001-a', 'beta/0001-a'])
    expect(await migrate(db.write, [core, b], db.types, systemClock)).toEqual([])
    const longer = { owner: 'alpha', migrations: [...a.migrations, step('0002-b', 'alpha_two')] }
    expect(await pendingMigrations(db.write, [core, longer])).toEqual({ empty: false, steps: ['alpha/0002-b'], upgrades: ['alpha/0002-b'] })
    expect(await migrate(db.write, [core, longer], db.types, systemClock)).toEqual(['alpha/0002-b'])
  })

  test('tables of a plugin that is new are no upgrade of what is there', async () => {
    const db = await open()
    const a = { owner: 'alpha', migrations: [step('0001-a', 'alpha_one')] }
    expect(await pendingMigrations(db.write, [core, a])).toEqual({ empty: false, steps: ['alpha/0001-a'], upgrades: [] })
  })

  test('a database that a newer version wrote is refused with the remedy, and is left alone', async () => {
    const db = await open({ lines: [{ owner: 'alpha', migrations: [step('0001-a', 'alpha_one'), step('0002-b', 'alpha_two')] }] })
    const older = { owner: 'alpha', migrations: [step('0001-a', 'alpha_one')] }
    await expect(migrate(db.write, [core, older], db.types, systemClock)).rejects.toThrow(
      /newer version.*"0002-b" of alpha.*restore the backup/,
    )
    await expect(pendingMigrations(db.write, [core, older])).rejects.toThrow(/newer version/)
    await sql`select * from alpha_two`.execute(db.read)
  })

  test('a step that fails leaves nothing of itself and is tried again', async () => {
    const db = await open()
    let fails = true
    const broken: Migration = {
      name: '0001-a',
      async up(tx) {
        await tx.schema.createTable('alpha_half').addColumn('id', 'text').execute()
        if (fails) throw new Error('killed in the middle')
      },
    }
    const line = { owner: 'alpha', migrations: [broken] }
    await expect(migrate(db.write, [core, line], db.types, systemClock)).rejects.toThrow('killed in the middle')
    expect((await db.write.introspection.getTables()).map((t) => t.name)).not.toContain('alpha_half')
    fails = false
    expect(await migrate(db.write, [core, line], db.types, systemClock)).toEqual(['alpha/0001-a'])
  })

  test('nodes that start together apply each step once', async () => {
    const db = await open()
    let runs = 0
    const counted: Migration = {
      name: '0001-a',
      async up(tx) {
        runs += 1
        await tx.schema.createTable('alpha_one').addColumn('id', 'text').execute()
      },
    }
    await Promise.all(
      Array.from({ length: 4 }, () => migrate(db.write, [core, { owner: 'alpha', migrations: [counted] }], db.types, systemClock)),
    )
    expect(runs).toBe(1)
  })
})
