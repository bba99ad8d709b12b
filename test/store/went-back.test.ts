// REL-17: a database that knows of less mail than this node has accepted does not start unnoticed.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { silentLog } from '../../core/base/silent-log.ts'
import { missingBeside, restoreSqlite } from '../../core/store/sqlite/backup.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { markPath, readMark } from '../../core/store/high-water-mark.ts'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'

const plugins = ['desk', 'threading']
const mails = async (g: TestGateway, n: number): Promise<void> => {
  for (let i = 0; i < n; i += 1) await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: `Счёт ${i}`, text: 'x' })
  // The mark is written a second behind.
  await g.advance(2000)
  const mark = markPath(g.gateway.config.database, g.gateway.config.data)
  const fresh = (): boolean => {
    const found = readMark(mark)
    return typeof found === 'object' && found.at >= g.clock.now() - 1000
  }
  while (!fresh()) await new Promise((resolve) => setTimeout(resolve, 5))
}
const file = (folder: string): string => path.join(folder, 'data', 'postern.db')

/** The files of a gateway as a crash leaves them: with what is in the log, and the mark. */
async function crashed(damage: (database: string) => void): Promise<string> {
  const g = await testGateway({ plugins })
  const copy = mkdtempSync(path.join(tmpdir(), 'postern-test-'))
  try {
    await mails(g, 2)
    await mails(g, 3)
    cpSync(g.folder, copy, { recursive: true })
  } finally {
    await g.stop()
  }
  for (const lock of [`${file(copy)}.lock`]) if (existsSync(lock)) rmSync(lock)
  damage(file(copy))
  return copy
}

const damages: Readonly<Record<string, (database: string) => void>> = {
  'garbage in the middle of the log'(database) {
    const log = `${database}-wal`
    const handle = openSync(log, 'r+')
    writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, Math.floor(statSync(log).size / 2))
    closeSync(handle)
  },
  'a log that ends early': (database) => truncateSync(`${database}-wal`, Math.floor(statSync(`${database}-wal`).size / 3)),
  'an emptied database'(database) {
    for (const suffix of ['-wal', '-shm']) rmSync(database + suffix, { force: true })
    writeFileSync(database, '')
  },
}

test.skipIf(!databaseKinds.includes('sqlite')).each(Object.entries(damages))(
  '%s is said at the start, which goes on only with --accept-loss',
  async (_, damage) => {
    const folder = await crashed(damage)
    try {
      await expect(testGateway({ plugins, folder })).rejects.toThrow(/went back: this node has accepted 5 mails.* --accept-loss/)
      // Looking changed nothing, and `verify` says it too.
      await expect(testGateway({ plugins, folder })).rejects.toThrow(/went back/)
      expect(missingBeside(file(folder))).toMatch(/knows of [0-4] of them/)
      const { config, plugins: loaded } = await soundConfig(path.join(folder, 'postern.yaml'))
      const gateway = await startGateway({ config, plugins: loaded, log: silentLog, acceptLoss: true })
      await gateway.stop()
      const again = await testGateway({ plugins, folder })
      await again.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

test.skipIf(!databaseKinds.includes('sqlite'))(
  'a sound database starts after a crash; a backup that is put back is not called a loss',
  async () => {
    const folder = await crashed(() => {})
    try {
      let g = await testGateway({ plugins, folder })
      const backup = path.join(folder, 'backup.db')
      await g.gateway.database.backup(backup)
      await mails(g, 2)
      await g.stop()
      expect(JSON.parse(readFileSync(`${file(folder)}.mark`, 'utf8'))).toMatchObject({ accepted: 7 })
      await restoreSqlite({ from: backup, to: file(folder), force: true, send: false, now: Date.now(), outside: async () => [] })
      g = await testGateway({ plugins, folder })
      await g.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

test.skipIf(!databaseKinds.includes('postgres'))(
  'on PostgreSQL each node has a mark of its own: a replica that lagged behind is noticed',
  async () => {
    const place = await freshPlace('postgres')
    if (place.config.kind !== 'postgres') throw new Error('asked for PostgreSQL')
    const folders = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), 'postern-test-')))
    const open = (n: number): Promise<TestGateway> =>
      testGateway({ plugins, postgres: place.config.kind === 'postgres' ? place.config.url : '', folder: folders[n] ?? '' })
    try {
      const [a, b] = [await open(0), await open(1)]
      await mails(a, 2)
      await mails(b, 1)
      // What a replica that was promoted too early lacks.
      await a.gateway.database.write
        .updateTable('counters')
        .set((eb) => ({ value: eb('value', '-', 1) }))
        .where('name', 'like', 'accepted:%')
        .where('value', '=', 2)
        .execute()
      await a.stop()
      await b.stop()
      await expect(open(0)).rejects.toThrow(/accepted 2 mails.* knows of 1 of them/)
      const sound = await open(1)
      await sound.stop()
    } finally {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
      await place.drop()
    }
  },
)
