// What `postern reload` leaves in the database for the gateways on it, and their answer.
import { hostname } from 'node:os'
import type { Clock } from '../base/clock.ts'
import { readOrder, readOutcome, writeOutcome } from '../store/config-record.ts'
import type { ReloadOrder, ReloadOutcome } from '../store/config-record.ts'
import type { Database } from '../store/database.ts'

/** An order that nobody has answered by then is forgotten, ms: who gave it has long looked for himself. */
const forgottenMs = 86_400_000

/** The order that no gateway has answered yet. */
export async function openOrder(database: Database, clock: Clock): Promise<ReloadOrder | undefined> {
  const order = await readOrder(database.write)
  if (!order || clock.now() - order.at > forgottenMs) return undefined
  return (await readOutcome(database.write))?.order === order.id ? undefined : order
}

/** Tells whoever waits for it what became of an order here; what is not named is empty. */
export async function answerOrder(
  database: Database,
  order: ReloadOrder,
  outcome: Pick<ReloadOutcome, 'ok'> & Partial<ReloadOutcome>,
): Promise<void> {
  const nothing = { problems: [], changed: [], needsRestart: [], removed: [] }
  await writeOutcome(database.write, { ...nothing, ...outcome, order: order.id, node: hostname() })
}
