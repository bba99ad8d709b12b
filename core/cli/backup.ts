// `postern backup`, `verify` and `restore`: the whole database as one file.
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { BlobStorageConfig, Config, DatabaseConfig } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { formatSize } from '../base/units.ts'
import { manifestOf, outsideBlobs, outsideProblems } from '../store/outside-blobs.ts'
import type { OutsideBlob } from '../store/outside-blobs.ts'
import { openStorage } from '../store/storage/open-storage.ts'
import { copySqlite, missingBeside, restoreSqlite, verifySqlite } from '../store/sqlite/backup.ts'
import type { Verified } from '../store/sqlite/backup.ts'
import { answer, exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What these commands need of a configuration. */
export type BackupConfig = Pick<Config, 'database' | 'blobs'>

/** Copies the database of a running gateway into `file` and checks the copy; what lies outside is listed beside it. */
export async function backUp(
  { database, blobs }: BackupConfig,
  file: string,
  options: { readonly force: boolean },
  terminal: Terminal,
): Promise<number> {
  const from = pathOf(database)
  const target = path.resolve(file)
  if (target === from || [`${from}-wal`, `${from}-shm`, `${from}.lock`].includes(target))
    throw new PosternError('conflict', 'this is the database itself')
  if (existsSync(target) && !options.force) throw new PosternError('conflict', `${file} is there already; --force replaces it`)
  if (!existsSync(path.dirname(target))) throw new PosternError('not_found', `there is no folder ${path.dirname(target)}`)
  await copySqlite(from, target)
  const { outside, ...verified } = verifySqlite(target)
  for (const rest of [`${target}-shm`, `${target}-wal`]) rmSync(rest, { force: true })
  const manifest = outside.length > 0 ? `${target}.blobs` : null
  rmSync(`${target}.blobs`, { force: true })
  if (manifest !== null) writeFileSync(manifest, manifestOf(outside), { mode: 0o600, flush: true })
  answer(terminal, { file: target, sizeBytes: statSync(target).size, manifest, ...verified }, () =>
    verified.ok
      ? [
          `${file}: ${formatSize(statSync(target).size)}, sound: ${wordsOf(verified)}`,
          ...(manifest === null
            ? []
            : [
                `${outside.length} raw mails lie in ${blobs.storage === null ? 'a storage that the configuration does not name' : placeOf(blobs.storage)} and are no part of this file: copy them as well; ${file}.blobs names each with its SHA-256, as \`sha256sum -c\` reads it`,
              ]),
        ]
      : [],
  )
  if (!verified.ok && !terminal.json) for (const problem of verified.problems) terminal.complain(`${file}: ${problem}`)
  return verified.ok ? exit.ok : exit.failed
}

/** Checks a backup, or the database in use, with all raw mail that lies outside. */
export async function verify({ database, blobs }: BackupConfig, file: string | undefined, terminal: Terminal): Promise<number> {
  if (database.kind === 'postgres' && file === undefined && blobs.storage !== null) return verifyOutside({ database, blobs }, terminal)
  const target = file ?? pathOf(database)
  if (!existsSync(target)) throw new PosternError('not_found', `there is no file ${target}`)
  const { outside, ...found } = verifySqlite(target)
  // A database that is whole may still be an older one. One without tables says so itself.
  const missing = file === undefined && found.ok ? missingBeside(target) : null
  const problems = [...found.problems, ...(missing === null ? [] : [missing]), ...(await problemsOutside(blobs, outside))]
  const verified = { ...found, ok: problems.length === 0, problems }
  answer(terminal, { file: target, ...verified }, () => (verified.ok ? [`${target}: sound: ${wordsOf(verified)}`] : []))
  if (!verified.ok && !terminal.json) for (const problem of verified.problems) terminal.complain(`${target}: ${problem}`)
  return verified.ok ? exit.ok : exit.failed
}

/** The tables are PostgreSQL's to check; what lies outside of them is ours. */
async function verifyOutside(config: BackupConfig, terminal: Terminal): Promise<number> {
  const { openDatabase } = await import('../app/open-store.ts')
  const database = await openDatabase(config, false)
  try {
    const outside = await outsideBlobs(database)
    const problems = await outsideProblems(outside, database.storage)
    const place = database.storage?.place ?? ''
    answer(terminal, { file: place, ok: problems.length === 0, problems, counts: { moved: outside.length } }, () =>
      problems.length === 0 ? [`${place}: sound: ${outside.length} raw mails that have left the database`] : [],
    )
    if (!terminal.json) for (const problem of problems) terminal.complain(problem)
    return problems.length === 0 ? exit.ok : exit.failed
  } finally {
    await database.stop()
  }
}

async function problemsOutside({ storage }: Config['blobs'], outside: readonly OutsideBlob[]): Promise<readonly string[]> {
  if (outside.length === 0) return []
  return outsideProblems(outside, storage === null ? undefined : await openStorage(storage))
}

/** Puts a backup in the place of the database; no daemon may run. */
export async function restore(
  { database, blobs }: BackupConfig,
  file: string,
  options: { readonly force: boolean; readonly send: boolean; readonly acceptLoss: boolean },
  clock: Clock,
  terminal: Terminal,
): Promise<number> {
  const to = pathOf(database)
  const { acceptLoss, ...rest } = options
  const { verified, replaced, held } = await restoreSqlite({
    ...{ from: path.resolve(file), to, ...rest, now: clock.now() },
    outside: async (outside) => (acceptLoss ? [] : problemsOutside(blobs, outside)),
  })
  const { outside: _, ...shown } = verified
  answer(terminal, { database: to, replaced, held, ...shown }, () => [
    `${to}: restored: ${wordsOf(verified)}`,
    ...(replaced === null ? [] : [`the database that stood there is now ${replaced}`]),
    ...(held === 0
      ? []
      : [
          `${held} outgoing mail${held > 1 ? 's are' : ' is'} held, since ${held > 1 ? 'they' : 'it'} may have been sent after the backup was made: postern outbox list --state held, postern outbox retry --state held`,
        ]),
  ])
  return exit.ok
}

function pathOf(config: DatabaseConfig): string {
  if (config.kind !== 'sqlite') throw new PosternError('invalid', 'this database is PostgreSQL: use pg_dump and pg_restore')
  return config.path
}

function wordsOf({ counts }: Pick<Verified, 'counts'>): string {
  const moved = counts.moved > 0 ? `, ${counts.moved} of them outside` : ''
  return `${counts.cases} cases, ${counts.messages} messages, ${counts.mails} accepted mails, ${counts.blobs} blobs (${formatSize(counts.blobBytes)}${moved})`
}

const placeOf = (storage: BlobStorageConfig): string => (storage.kind === 'directory' ? storage.path : storage.url)
