// One thing that an agent is told: plain data, for it may have to wait; and what several of them come to in one notification.
import type { AgentConfig, Message, Note, Notice, Tx } from '../../core/plugin.ts'
import type { Concern } from './choice.ts'

/** A message, a note or a notice by its id, or what is told of it in full. `follows`: he hears of it because he follows the case. */
export type Item =
  | { readonly what: 'message' | 'note'; readonly id: string; readonly follows: boolean }
  | { readonly what: 'notice'; readonly id: string }
  | { readonly what: 'delivery'; readonly delivery: Delivery }
  | { readonly what: 'assigned'; readonly assigned: Assigned }
  | { readonly what: 'moved'; readonly moved: Moved }

/** What an agent is to be told of a case. */
export interface Told {
  readonly agent: AgentConfig
  readonly concern: Concern
  readonly item: Item
}

/** What is told to one agent about one case. */
export interface NotificationTarget {
  readonly agent: AgentConfig
  /** He is told of some of it because he follows the case. */
  readonly follows: boolean
  /** New messages of people outside; answers too where he follows the case. */
  readonly messages: readonly Message[]
  /** Notes that mention or concern him. */
  readonly notes: readonly Note[]
  /** Mails of ours that did not arrive, are late, or may be lost. */
  readonly deliveries: readonly Delivery[]
  /** Notices that were raised. */
  readonly notices: readonly Notice[]
  /** He, or his group, was made responsible; by whom. */
  readonly assigned: Assigned | null
  /** The case was moved into another mailbox; by whom and from which (its id). */
  readonly moved: Moved | null
}

/** A mail to one address outside that did not go as it should; `reply` is what the other server said, or our reason. */
export interface Delivery {
  readonly what: 'failed' | 'unknown' | 'delayed'
  readonly address: string
  readonly reply: string
}

/** Who made the agent responsible; `group`: by being in this group (its id), null: by himself. */
export interface Assigned {
  /** An agent's id, a rule's name; null for Postern itself. */
  readonly by: string | null
  readonly group: string | null
}

/** Who moved the case (an agent's id, a rule's name; null for Postern itself), and from which mailbox. */
export interface Moved {
  readonly by: string | null
  readonly from: string
}

/** What several items come to for one agent, in their order; what is no longer there is left out. undefined: nothing is left. */
export async function targetOf(tx: Tx, agent: AgentConfig, items: readonly Item[]): Promise<NotificationTarget | undefined> {
  const messages = await present(idsOf(items, 'message'), (id) => tx.messages.get(id))
  const notes = await present(idsOf(items, 'note'), (id) => tx.notes.get(id))
  const notices = await present(idsOf(items, 'notice'), (id) => tx.notices.get(id))
  const deliveries = items.flatMap((i) => (i.what === 'delivery' ? [i.delivery] : []))
  const assigned = items.flatMap((i) => (i.what === 'assigned' ? [i.assigned] : [])).at(-1) ?? null
  const moved = items.flatMap((i) => (i.what === 'moved' ? [i.moved] : [])).at(-1) ?? null
  const follows = items.some((i) => 'follows' in i && i.follows)
  const something = messages.length + notes.length + notices.length + deliveries.length > 0 || assigned !== null || moved !== null
  return something ? { ...{ agent, follows, messages, notes, deliveries, notices, assigned, moved } } : undefined
}

const idsOf = (items: readonly Item[], what: 'message' | 'note' | 'notice'): readonly string[] => [
  ...new Set(items.flatMap((i) => (i.what === what && 'id' in i ? [i.id] : []))),
]

async function present<T>(ids: readonly string[], get: (id: string) => Promise<T | undefined>): Promise<readonly T[]> {
  const found: T[] = []
  for (const id of ids) {
    const one = await get(id)
    if (one !== undefined) found.push(one)
  }
  return found
}
