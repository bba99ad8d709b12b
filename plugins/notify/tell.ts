// Tells agents of a case: one mail each for what is told now; what is told later is kept.
import type { Case, Host, Tx } from '../../core/plugin.ts'
import { timeFor } from './choice.ts'
import { gather } from './facts.ts'
import { targetOf } from './items.ts'
import type { Item, NotificationTarget, Told } from './items.ts'
import type { CaseTold } from './notification-targets.ts'
import { wait } from './pending.ts'
import { send } from './send.ts'
import { keepNotifications, lastNotifications } from './store.ts'

/** Settings that a notification is made by. */
export interface NotificationSettings {
  readonly attachments: number
  readonly history: number
  readonly history_length: number
}

/** Tells what happened in a case, each agent at the time that he has chosen. */
export async function tellCase(tx: Tx, host: Host<NotificationSettings>, { case: c, isNew, told }: CaseTold): Promise<void> {
  const now = new Map<Told['agent'], Item[]>()
  for (const one of told) {
    const time = await timeFor(tx, one.agent, c, one.concern)
    if (time.at > tx.now) await wait(tx, host, c, one, time)
    else now.set(one.agent, [...(now.get(one.agent) ?? []), one.item])
  }
  const targets: NotificationTarget[] = []
  for (const [agent, items] of now) {
    const target = await targetOf(tx, agent, items)
    if (target) targets.push(target)
  }
  await notify(tx, host, c, isNew, targets)
}

/** Puts one mail for each target into the outbox. */
export async function notify(
  tx: Tx,
  host: Host<NotificationSettings>,
  c: Case,
  isNew: boolean,
  targets: readonly NotificationTarget[],
): Promise<void> {
  if (targets.length === 0) return
  const facts = await gather(tx, { case: c, isNew, targets }, host.settings)
  const before = await lastNotifications(tx, c.id)
  const sent = new Map<string, string>()
  for (const one of targets) {
    const headerId = await send(tx, host, facts, one, before.get(one.agent.id))
    if (headerId !== undefined) sent.set(one.agent.id, headerId)
  }
  await keepNotifications(tx, c.id, sent)
}
