// Lets plugins hear the events of a transaction: breadth first, in YAML order, at most 8 deep; then `finish`; then `written`, and the events are stored.
import { PosternError } from '../../base/errors.ts'
import { toJson } from '../../store/json.ts'
import { insertEvents } from '../../store/events.ts'
import type { LoadedPlugin } from '../registry.ts'
import type { PosternEvent } from '../../contract/events.ts'
import { callHook } from './hook-call.ts'
import type { Tx } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'

/** An event deeper than this is stored and not heard: a loop of plugins is cut, counted and logged. */
export const deepest = 8

/** Makes the transaction as the handlers of an event get it, caused by what the event was caused by. */
export type TxFor = (unit: TransactionContext, event: PosternEvent) => Tx

/** Runs until nothing is left to hear, then writes all events. Call once, at the end of the transaction's own work. */
export async function dispatch(unit: TransactionContext, txFor: TxFor, finishTx: Tx): Promise<void> {
  await drain(unit, txFor)
  // What `finish` emits is heard by the handlers too; `finish` itself runs once, so it cannot feed itself.
  const events = unit.events.filter((e) => !unit.isGone(e.caseId))
  if (events.length > 0) {
    unit.depth = 1
    for (const { definition, hooks } of unit.registry.plugins) {
      const finish = hooks.finish
      if (finish) await callHook(unit.parts.hooks, definition.name, 'finish', () => finish(finishTx, events))
    }
    await drain(unit, txFor)
    await passOn(unit, finishTx)
  }
  await unit.rows.write()
  await insertEvents(
    unit.db,
    unit.events
      .filter((e) => !unit.isGone(e.caseId))
      .map((e) => ({
        id: e.id,
        position: null,
        case_id: e.caseId,
        case_seq: e.caseSeq,
        mailbox: e.mailbox,
        type: e.type,
        data: toJson(e.data),
        origin: toJson(e.origin),
        depth: e.depth,
        created_at: e.at,
      })),
    unit.parts.database.kind === 'sqlite',
  )
}

/** Shows every event to those who pass them on; nobody would hear what they emit. */
async function passOn(unit: TransactionContext, tx: Tx): Promise<void> {
  const events = unit.events.filter((e) => !unit.isGone(e.caseId))
  const before = unit.events.length
  for (const { definition, hooks } of unit.registry.plugins) {
    const written = hooks.written
    if (written) await callHook(unit.parts.hooks, definition.name, 'written', () => written(tx, events))
  }
  if (unit.events.length > before) throw new PosternError('internal', 'a `written` hook emitted an event')
}

async function drain(unit: TransactionContext, txFor: TxFor): Promise<void> {
  for (let event = unit.queue.shift(); event; event = unit.queue.shift()) {
    if (unit.isGone(event.caseId)) continue
    if (event.depth >= deepest) {
      unit.parts.counters.inc('postern_event_loops_cut_total', { type: event.type })
      const c = event.caseId === null ? undefined : await txFor(unit, event).cases.get(event.caseId)
      unit.parts.log.warn(
        { type: event.type, case: event.caseId, number: c?.number, depth: event.depth },
        'events cause one another without end; this one is stored and no longer heard',
      )
      continue
    }
    for (const plugin of unit.registry.listeners(event.type)) await hear(unit, plugin, event, txFor)
  }
}

async function hear(unit: TransactionContext, plugin: LoadedPlugin, event: PosternEvent, txFor: TxFor): Promise<void> {
  // The key and the event's type agree by the registry's construction, which the mapped type cannot express.
  const handler = plugin.hooks.on?.[event.type] as ((tx: Tx, event: PosternEvent) => Promise<void>) | undefined
  if (!handler) return
  unit.depth = event.depth + 1
  await callHook(unit.parts.hooks, plugin.definition.name, `on ${event.type}`, () => handler(txFor(unit, event), event))
}
