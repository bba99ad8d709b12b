// One transaction from begin to commit: the work, then the events that it caused, then one COMMIT for everything.
import type { Clock } from '../../base/clock.ts'
import { PosternError } from '../../base/errors.ts'
import { withCaseNumbers } from '../../store/case-numbers.ts'
import { transact } from '../../store/database.ts'
import { dropJob, putJob } from '../../store/jobs.ts'
import { waitingInbound } from '../../store/inbound.ts'
import { hasKeyOf, repointCaseKeys, repointThreadKeys } from '../../store/messages.ts'
import { StoreTooSlow } from '../../store/store-fault.ts'
import { readingOf } from '../reading.ts'
import { contentsOfCase } from '../../store/delete-case.ts'
import { caseRepository } from './case-repository.ts'
import { outlineCase, removeCase } from './delete-case.ts'
import { dispatch } from './dispatch.ts'
import { callHook, HookTimeout } from './hook-call.ts'
import { messageRepository, noteRepository, noticeBook } from './message-repository.ts'
import { outboxOf } from './outbox-writer.ts'
import { asking, checkArguments, refusalOf } from '../../contract/arguments.ts'
import type { ActionDefinition } from '../../contract/actions.ts'
import { casesToLock } from '../../contract/arguments.ts'
import type { Case } from '../../contract/model.ts'
import type { PosternEvent } from '../../contract/events.ts'
import type { Origin } from '../../contract/origin.ts'
import { systemOrigin } from '../../contract/origin.ts'
import type { Occasion } from '../../contract/occasion.ts'
import type { ActionResult, Tx } from '../../contract/tx.ts'
import type { EngineServices } from './transaction-context.ts'
import { TransactionContext } from './transaction-context.ts'

/** A SQLite transaction that waits this long for anything but the database holds up every other writer, so it is broken off (SQL-3). */
const idleLimitMs = 200

/** What a transaction is begun with. */
export interface TransactionOptions {
  /** Cases that it probably makes; it may make others (see `withCaseNumbers`). */
  readonly cases?: number
}

/**
 * Runs `work` and everything that hears its events in one transaction. Whatever throws, nothing of it remains. Under contention, and where
 * it needs more case numbers than it was begun with, it is done again from the start, so `work` must not do anything besides.
 */
export async function inTransaction<T>(
  parts: EngineServices,
  clock: Clock,
  origin: Origin,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { value, dueKinds } = await tried(parts, clock, options, async (unit) => {
    const value = await work(txOf(unit, origin))
    await dispatch(unit, (u, event) => txOf(u, event.origin), txOf(unit, systemOrigin))
    return { value, dueKinds: unit.dueKinds }
  })
  for (const kind of dueKinds) parts.dueKinds.add(kind)
  return value
}

/** As `inTransaction`, with nothing left of it: after the work and all that heard of it, `look` says what would have been, and everything is rolled back. */
export async function inDryRun<T, R>(
  parts: EngineServices,
  clock: Clock,
  origin: Origin,
  work: (tx: Tx) => Promise<T>,
  look: (tx: Tx, value: T, events: readonly PosternEvent[]) => Promise<R>,
): Promise<R> {
  let seen: { readonly answer: R } | undefined
  try {
    await tried(parts, clock, {}, async (unit) => {
      const value = await work(txOf(unit, origin))
      await dispatch(unit, (u, event) => txOf(u, event.origin), txOf(unit, systemOrigin))
      seen = { answer: await look(txOf(unit, systemOrigin), value, unit.events) }
      throw new RolledBack()
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
  if (!seen) throw new PosternError('internal', 'a dry run came to no end')
  return seen.answer
}

/** One transaction with what it needs: case numbers taken before it, and a guard against waiting for anything but the database. */
function tried<T>(
  parts: EngineServices,
  clock: Clock,
  { cases = 0 }: TransactionOptions,
  run: (unit: TransactionContext) => Promise<T>,
): Promise<T> {
  return withCaseNumbers(
    parts.database.caseNumbers,
    cases,
    (numbers) =>
      transact(parts.database, clock, async (db) => {
        numbers?.begin()
        const unit = new TransactionContext(parts, db, clock.now(), numbers)
        try {
          const value = await guarded(parts, unit, () => run(unit))
          // Whoever caught the error of a case without a number must not have the rest kept.
          if (numbers?.exhausted) throw new PosternError('internal', 'a case could not be numbered')
          return value
        } catch (error) {
          // The plugin waits for an answer of the server, which is not its fault. On SQLite a query is answered at once.
          if (error instanceof HookTimeout && unit.waitsForDatabase && parts.database.kind !== 'sqlite') throw new StoreTooSlow(error)
          throw unit.rows.failure ?? error
        } finally {
          unit.close()
        }
      }),
    (error) => error instanceof RolledBack,
  )
}

class RolledBack extends Error {}

/**
 * On SQLite every query is synchronous, so a transaction that does nothing but read and write never lets a timer run: one that
 * fires twice says that a hook is waiting for something else while it holds the only writer.
 */
function guarded<T>(parts: EngineServices, unit: TransactionContext, run: () => Promise<T>): Promise<T> {
  if (parts.database.kind !== 'sqlite') return run()
  return new Promise((resolve, reject) => {
    const tooSlow = (): void => {
      unit.close()
      parts.counters.inc('postern_transactions_broken_off_total')
      reject(
        new PosternError('internal', `a plugin waited for something other than the database for ${idleLimitMs} ms inside a transaction`),
      )
    }
    // The second leg lets a process that was itself held up finish before anybody is blamed.
    let timer = parts.hooks.clock.setTimer(idleLimitMs, () => (timer = parts.hooks.clock.setTimer(10, tooSlow, { background: true })), {
      background: true,
    })
    run()
      .then(resolve, reject)
      .finally(() => timer.cancel())
  })
}

function txOf(unit: TransactionContext, origin: Origin): Tx {
  const tx: Tx = {
    now: unit.now,
    origin,
    config: unit.registry.config,
    get db() {
      return unit.db
    },
    read: readingOf(() => unit.db),
    cases: {
      ...caseRepository(unit, origin),
      contents: (id) => contentsOfCase(unit.db, id),
      delete: (id) => removeCase(unit, tx, id),
      anonymise: (id) => outlineCase(unit, tx, id),
    },
    messages: messageRepository(unit, origin),
    notes: noteRepository(unit, origin),
    notices: noticeBook(unit, origin),
    outbox: outboxOf(unit),
    jobs: {
      async put(kind, key, runAt, payload) {
        const job = unit.registry.jobs.get(kind)
        if (!job) throw new PosternError('internal', `no plugin has the job kind "${kind}"`)
        job.check?.(payload)
        await putJob(unit.db, unit.parts.ids, { kind, key, runAt, payload }, unit.now)
        if (runAt <= unit.now) unit.dueKinds.add(kind)
      },
      drop: (key) => dropJob(unit.db, key),
      mailWaiting: async (mailbox) => (await waitingInbound(unit.db, mailbox)) > 0,
    },
    threads: {
      find: (kind, keys) => unit.rows.threadKeys(kind, keys),
      leadsFrom: (mailbox, caseId) => hasKeyOf(unit.db, caseId, mailbox),
      put(kind, key, message, mailbox) {
        const of = { case_id: message.caseId, mailbox, message_id: message.id, purpose: null, recipient: null, outbox_id: null }
        unit.rows.later('thread_keys', [{ kind, key, ...of, created_at: unit.now, expires_at: null }])
        return Promise.resolve()
      },
      repoint: (messageId, toCaseId) => repointThreadKeys(unit.db, messageId, toCaseId),
      repointCase: (from, to) => repointCaseKeys(unit.db, from, to),
    },
    async emit(type, caseId, data) {
      const mailbox = caseId === null ? null : ((await caseRepository(unit, origin).get(caseId))?.mailbox ?? null)
      await unit.emit(origin, type, caseId, data, mailbox)
    },
    act: (name, caseId, args, occasion) => act(unit, origin, { name, caseId, args, occasion }),
    async guard(draft) {
      for (const { definition, hooks } of unit.registry.plugins) {
        const guard = hooks.guard
        const hold = guard && (await callHook(unit.parts.hooks, definition.name, 'guard', () => guard(txOf(unit, origin), draft)))
        if (hold) return hold
      }
      return null
    },
    attempt: (work, keeps = () => true) => unit.attempt(work, keeps),
    safeHtml: (html, options) => unit.safeHtml(html, options),
    as: (other) => txOf(unit, other),
    ...(unit.parts.explain && { explain: unit.parts.explain }),
  }
  return tx
}

interface Order {
  readonly name: string
  readonly caseId: string | null
  readonly args: unknown
  readonly occasion: Occasion | undefined
}

async function act(unit: TransactionContext, origin: Origin, { name, caseId, args, occasion }: Order): Promise<ActionResult> {
  const action = unit.registry.action(name)
  if (!action) throw new PosternError('not_found', `there is no action "${name}"`)
  const tx = txOf(unit, origin)
  const onCase = (action.on ?? 'case') === 'case'
  if (onCase && caseId === null) throw new PosternError('invalid', `${name} needs a case`)
  const target = onCase && caseId !== null ? await lockForAction(tx, action, caseId, args) : undefined
  const checked = checkArguments(name, action, args, asking(unit.registry, origin, target, unit.now))
  if (!checked.ok) throw refusalOf(checked.problems)
  // They were checked against the action's own schema a moment ago.
  const result = await callHook(unit.parts.hooks, action.plugin, `action ${name}`, () =>
    action.run(tx, { case: target, args: checked.value as never, origin, ...(occasion && { occasion }) }),
  )
  return result ?? {}
}

/** The case that an action acts on, locked, together with the others that it names. */
async function lockForAction(tx: Tx, action: ActionDefinition, caseId: string, args: unknown): Promise<Case> {
  for (const id of await casesToLock(tx, action, caseId, args)) await tx.cases.lock(id)
  return action.onMerged === true ? tx.cases.lock(caseId) : tx.cases.lockCurrent(caseId)
}
