// Keeps the index behind the cases: a loop that follows the feed of events, so that nothing is written for it in anybody's transaction.
//
//   events behind `position` ─┐
//   search_todo (a person was forgotten) ─┼─> cases ─> documents read and cut, outside of a transaction ─> written, some at a time
//   cases behind `rebuild` ───┘                                                                           ─> position, rebuild moved
//
// A crash leaves documents that are written and a position that is not: they are found unchanged the next time. One node works at a time.
import { PollLoop, describeError } from '../../core/plugin.ts'
import type { PluginWorker, WorkerContext } from '../../core/plugin.ts'
import type { SearchHost } from './find.ts'
import { indexCases, indexOrigin } from './index-cases.ts'
import {
  casesBehind,
  changedCases,
  claim,
  dropTodo,
  newestPosition,
  positionOf,
  setPosition,
  setState,
  stateOf,
  todo,
} from './index-store.ts'

const pollMs = 1000
/** A node that says nothing for so long has died: longer than any batch takes. */
const claimMs = 60_000
/** Events and cases of one round. */
const eventsAtOnce = 200
const casesAtOnce = 50

/** Works until it is stopped. */
export class Indexer implements PluginWorker {
  readonly #host: SearchHost
  readonly #context: WorkerContext
  readonly #rounds: PollLoop
  #alone: boolean
  #stopped = false

  constructor(host: SearchHost, context: WorkerContext) {
    this.#host = host
    this.#context = context
    this.#alone = context.alone
    this.#rounds = new PollLoop({ clock: context.clock, look: () => this.#look(), pause: () => pollMs })
    this.#rounds.ask()
  }

  /** Not at each commit: what comes within a second is indexed together. */
  wake(): void {}

  async idle(): Promise<void> {
    await this.#rounds.looking
    this.#rounds.ask()
    await this.#rounds.looking
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#rounds.stop()
  }

  async #look(): Promise<boolean> {
    try {
      while (
        !this.#stopped &&
        (await indexRound(this.#host, this.#context.clock.now(), { alone: this.#alone, stopped: () => this.#stopped })) === 'more'
      )
        this.#alone = false
      return true
    } catch (error) {
      this.#host.count('postern_search_index_errors_total')
      this.#host.log.error({ error: describeError(error) }, 'the search index could not be brought up to date, trying again')
      return false
    }
  }
}

/**
 * One batch. `done`: nothing is left; `taken`: another node is at it. `alone`: there is no other, whatever a claim says. Where `stopped`
 * says so it ends early and loses nothing.
 */
export async function indexRound(
  host: SearchHost,
  now: number,
  { alone = false, stopped = () => false }: { readonly alone?: boolean; readonly stopped?: () => boolean } = {},
): Promise<'more' | 'done' | 'taken'> {
  const { read } = host
  const position = await positionOf(read)
  // Switched on where there are cases already: all of them, and from then on what changes.
  if (position === null) {
    await host.transact(indexOrigin, async (tx) => {
      await setPosition(tx.db, await newestPosition(tx.db))
      await setState(tx.db, 'rebuild', 0)
    })
    return 'more'
  }
  const again = await todo(read, casesAtOnce)
  const rebuild = await stateOf(read, 'rebuild')
  const changed = await changedCases(read, position, eventsAtOnce)
  const older = rebuild === null ? [] : await casesBehind(read, rebuild, casesAtOnce)
  if (again.length === 0 && changed.upTo === position && rebuild === null) return 'done'
  if (!(await host.transact(indexOrigin, (tx) => claim(tx.db, alone ? Number.MAX_SAFE_INTEGER : now, now + claimMs)))) return 'taken'
  const all = new Set(older.map((c) => c.id))
  const failed = await indexCases(host, new Set([...again, ...changed.cases, ...all]), all, stopped)
  const whole = !stopped()
  await host.transact(indexOrigin, async (tx) => {
    if (whole) {
      await dropTodo(
        tx.db,
        again.filter((id) => !failed.has(id)),
      )
      await setPosition(tx.db, changed.upTo)
      // Unless it was ordered anew meanwhile.
      if ((await stateOf(tx.db, 'rebuild')) === rebuild) await setState(tx.db, 'rebuild', older.at(-1)?.number ?? null)
    }
    await setState(tx.db, 'claim', 0)
  })
  return whole ? 'more' : 'done'
}
