import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { migrate } from '../../core/store/migrate.ts'
import { core0001 } from '../../core/store/migrations/0001-core.ts'
import { verifySqlite } from '../../core/store/sqlite/backup.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

const run = (file: string, at: number) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'killed-migration-process.ts'), file, String(at)])

test('a process killed at any statement of a migration leaves a database that opens and is brought up to date', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-killed-'))
  try {
    const count = Number(run(path.join(folder, 'whole.db'), 0).stdout)
    expect(count).toBeGreaterThan(40)
    for (const at of [1, 2, 3, 4, 5, 10, 20, 30, count - 1, count]) {
      const file = path.join(folder, `at-${at}.db`)
      expect(run(file, at).signal).toBe('SIGKILL')
      const db = openSqlite({ path: file })
      expect(await migrate(db.write, [{ owner: 'core', migrations: [core0001] }], db.types, systemClock)).toEqual(['core/0001-core'])
      await db.stop()
      expect(verifySqlite(file).problems).toEqual([])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
