// `postern backup`, `verify` and `restore`: the whole database as one file.
import { existsSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { DatabaseConfig } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { formatSize } from '../base/units.ts'
import { copySqlite, missingBeside, restoreSqlite, verifySqlite } from '../store/sqlite/backup.ts'
import type { Verified } from '../store/sqlite/backup.ts'
import { answer, exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Copies the database of a running gateway into `file` and checks the copy. */
export async function backUp(
  config: DatabaseConfig,
  file: string,
  options: { readonly force: boolean },
  terminal: Terminal,
): Promise<number> {
  const from = pathOf(config)
  const target = path.resolve(file)
  if (target === from || [`${from}-wal`, `${from}-shm`, `${from}.lock`].includes(target))
    throw new PosternError('conflict', 'this is the database itself')
  if (existsSync(target) && !options.force) throw new PosternError('conflict', `${file} is there already; --force replaces it`)
  if (!existsSync(path.dirname(target))) throw new PosternError('not_found', `there is no folder ${path.dirname(target)}`)
  await copySqlite(from, target)
  const verified = verifySqlite(target)
  for (const rest of [`${target}-shm`, `${target}-wal`]) rmSync(rest, { force: true })
  answer(terminal, { file: target, sizeBytes: statSync(target).size, ...verified }, () =>
    verified.ok ? [`${file}: ${formatSize(statSync(target).size)}, sound: ${wordsOf(verified)}`] : [],
  )
  if (!verified.ok && !terminal.json) for (const problem of verified.problems) terminal.complain(`${file}: ${problem}`)
  return verified.ok ? exit.ok : exit.failed
}

/** Checks a backup, or the database in use. */
export function verify(config: DatabaseConfig, file: string | undefined, terminal: Terminal): number {
  const target = file ?? pathOf(config)
  if (!existsSync(target)) throw new PosternError('not_found', `there is no file ${target}`)
  const found = verifySqlite(target)
  // A database that is whole may still be an older one. One without tables says so itself.
  const missing = file === undefined && found.ok ? missingBeside(target) : null
  const verified = missing === null ? found : { ...found, ok: false, problems: [missing] }
  answer(terminal, { file: target, ...verified }, () => (verified.ok ? [`${target}: sound: ${wordsOf(verified)}`] : []))
  if (!verified.ok && !terminal.json) for (const problem of verified.problems) terminal.complain(`${target}: ${problem}`)
  return verified.ok ? exit.ok : exit.failed
}

/** Puts a backup in the place of the database; no daemon may run. */
export function restore(
  config: DatabaseConfig,
  file: string,
  options: { readonly force: boolean; readonly send: boolean },
  clock: Clock,
  terminal: Terminal,
): number {
  const to = pathOf(config)
  const { verified, replaced, held } = restoreSqlite({ from: path.resolve(file), to, ...options, now: clock.now() })
  answer(terminal, { database: to, replaced, held, ...verified }, () => [
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

function wordsOf({ counts }: Verified): string {
  return `${counts.cases} cases, ${counts.messages} messages, ${counts.mails} accepted mails, ${counts.blobs} blobs (${formatSize(counts.blobBytes)})`
}
