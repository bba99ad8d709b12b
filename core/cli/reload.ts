// `postern reload`: the gateways on this database take the changed configuration over; what it takes away has to be confirmed by name.
import { randomUUID } from 'node:crypto'
import { sleep } from '../base/clock.ts'
import { shownAs } from '../base/config/problems.ts'
import { isNamed, wordsOf } from '../base/config/removals.ts'
import { PosternError } from '../base/errors.ts'
import { formerAddresses, isFormerNamed, readOutcome, writeOrder } from '../store/config-record.ts'
import type { ReloadOutcome } from '../store/config-record.ts'
import { sqliteInUse } from '../store/sqlite/sqlite.ts'
import { judge, putOffMs, refusalOf } from '../app/config-in-force.ts'
import { readSettled } from './config.ts'
import { openSession } from './open-session.ts'
import type { Session } from './session.ts'
import { answer, exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What may be said behind `postern reload`. */
export interface ReloadOptions {
  /** Ids, addresses and names of what may go. */
  readonly remove?: readonly string[]
  /** Say what would be taken away, and change nothing. */
  readonly dryRun?: true
}

/** So long an answer is waited for, ms; a gateway looks once a second, and waits for a file that is being written. */
const patienceMs = 45_000

/** Exit code 0: in force (or, where no gateway runs, confirmed for its next start); 1: refused; 75: nobody answered; 78: the file is wrong. */
export async function runReload(configFile: string, options: ReloadOptions, terminal: Terminal): Promise<number> {
  const file = shownAs(configFile)
  const loaded = await readSettled(file, terminal, 'reload')
  if (typeof loaded === 'number') return loaded
  const { session, close } = await openSession(loaded.config, loaded.plugins, terminal)
  try {
    const remove = options.remove ?? []
    const { removals, unconfirmed } = await judged(session, loaded.plugins, remove)
    if (unconfirmed.length > 0) {
      terminal.complain(`postern: ${refusalOf(file, unconfirmed)}`)
      return exit.failed
    }
    if (options.dryRun) {
      const removed = removals.map(wordsOf)
      answer(terminal, { ok: true, removed }, () =>
        removed.length > 0 ? removed.map((r) => `would be taken away: ${r}`) : ['nothing would be taken away'],
      )
      return exit.ok
    }
    return await order(session, remove)
  } finally {
    await close()
  }
}

/** Throws for a name that stands for nothing: a mistyped one must not look as if it had been heard. */
async function judged({ database, config, clock }: Session, plugins: Parameters<typeof judge>[2], remove: readonly string[]) {
  const found = await judge(database, config, plugins, remove)
  const former = await formerAddresses(database.read, clock.now() - putOffMs)
  for (const name of remove) {
    const gone = former.some((f) => isFormerNamed(f, name))
    if (!gone && !found.removals.some((r) => isNamed(r, name)))
      throw new PosternError('invalid', `--remove ${name}: the configuration takes nothing of that name away`)
  }
  return found
}

async function order(session: Session, remove: readonly string[]): Promise<number> {
  const { database, config, clock, terminal } = session
  const id = randomUUID()
  await writeOrder(database.write, { id, at: clock.now(), remove })
  if (config.database.kind === 'sqlite' && !sqliteInUse(config.database.path)) {
    answer(terminal, { ok: true, running: false }, () => [
      'no gateway runs on this database; its next start takes the configuration over' +
        (remove.length > 0 ? ', and what was named may go' : ''),
    ])
    return exit.ok
  }
  for (const until = clock.monotonic() + patienceMs; clock.monotonic() < until; await sleep(clock, 200)) {
    const outcome = await readOutcome(database.read)
    if (outcome?.order === id) return told(terminal, outcome)
  }
  terminal.complain('postern: no gateway has answered yet; whichever starts within a day takes the configuration over')
  return exit.temporary
}

function told(terminal: Terminal, outcome: ReloadOutcome): number {
  const { order: _order, ...shown } = outcome
  answer(terminal, { ...shown, running: true }, () => {
    if (!outcome.ok) return []
    const list = (words: string, keys: readonly string[]): readonly string[] => (keys.length > 0 ? [`${words}: ${keys.join(', ')}`] : [])
    return [
      `${outcome.node}: the configuration is in force`,
      ...list('changed', outcome.changed),
      ...list('taken away', outcome.removed),
      ...list('needs a restart', outcome.needsRestart),
    ]
  })
  if (!outcome.ok && !terminal.json) for (const problem of outcome.problems) terminal.complain(`${outcome.node}: ${problem}`)
  return outcome.ok ? exit.ok : exit.failed
}
