// Which of a transaction's events are told to agents, and to whom: the assignee, else the case's group, else the mailbox's notify list; never the one who did it.
// Those who follow a case are told of its messages, answers of others included, and of the notes that agents and rules write.
// A note is told to those whom it mentions and to those in the `tell` of its data; `title` there is what the mail says above it. A notice is told
// to the `agent` of its data alone, or to those who are responsible and to those in its `tell`.
import { agentsOf, mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Case, Message, Note, Notice, PosternEvent, Tx } from '../../core/plugin.ts'
import { followers } from './follow.ts'
import { kindOfMail } from './store.ts'

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
  readonly moved: { readonly by: string | null; readonly from: string } | null
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

/** One case in which something happened, and every agent who is told; `isNew`: its first message came in this transaction. */
export interface CaseTargets {
  readonly case: Case
  readonly isNew: boolean
  readonly targets: readonly NotificationTarget[]
}

/** Which kinds of mail agents are told of. */
export interface TargetSettings {
  readonly auto_replies: boolean
  readonly bulk: boolean
  readonly deliveries: boolean
}

type Draft = { -readonly [K in keyof NotificationTarget]: NotificationTarget[K] extends readonly (infer T)[] ? T[] : NotificationTarget[K] }

/** One entry per case that somebody should hear of. */
export async function targetsOf(tx: Tx, events: readonly PosternEvent[], settings: TargetSettings): Promise<readonly CaseTargets[]> {
  const cases = new Map<string, PosternEvent[]>()
  for (const e of events) if (e.caseId !== null && interesting.has(e.type)) cases.set(e.caseId, [...(cases.get(e.caseId) ?? []), e])
  const all: CaseTargets[] = []
  for (const [id, own] of cases) {
    const c = await tx.cases.get(id)
    const found = c && (await targetsOfCase(tx, c, own, settings))
    if (found && found.targets.length > 0) all.push(found)
  }
  return all
}

const interesting = new Set<string>([
  'message.received',
  'message.sent',
  'note.added',
  'reopen.postponed',
  'notice.raised',
  'message.failed',
  'message.unknown',
  'message.delayed',
  'case.assigned',
  'case.moved',
])

/** An event whose type is known, with its data. */
function is<T extends PosternEvent['type']>(e: PosternEvent, type: T): e is PosternEvent<T> {
  return e.type === type
}

async function targetsOfCase(tx: Tx, c: Case, events: readonly PosternEvent[], settings: TargetSettings): Promise<CaseTargets> {
  const drafts = new Map<string, Draft>()
  const audience = responsible(tx, c)
  const following = await followers(tx, c.id)
  const quiet = c.status === 'spam' || c.status === 'trash'
  let isNew = false
  const tell = (e: PosternEvent, agents: readonly AgentConfig[], add: (draft: Draft) => void): void => {
    for (const agent of agents) {
      if ((e.origin.kind === 'agent' && e.origin.id === agent.id) || !mayAct(tx.config, agent.id, c.mailbox)) continue
      const draft = drafts.get(agent.id) ?? {
        agent,
        follows: false,
        messages: [],
        notes: [],
        deliveries: [],
        notices: [],
        assigned: null,
        moved: null,
      }
      drafts.set(agent.id, draft)
      add(draft)
    }
  }
  for (const e of events) {
    if (is(e, 'message.received')) {
      const { kind, first } = e.data
      isNew ||= first
      // A bounce never notifies: a notification that bounces would cause another one.
      if (
        quiet ||
        kind === 'bounce' ||
        kind === 'report' ||
        (kind === 'auto-reply' && !settings.auto_replies) ||
        (kind === 'bulk' && !settings.bulk)
      )
        continue
      const message = await tx.messages.get(e.data.message)
      if (!message) continue
      tell(e, audience, (d) => d.messages.push(message))
      tell(e, without(following, audience), (d) => follow(d).messages.push(message))
    } else if (is(e, 'message.sent')) {
      const message = quiet || e.data.author !== 'agent' || following.length === 0 ? undefined : await tx.messages.get(e.data.message)
      if (message)
        tell(
          e,
          following.filter((a) => a.id !== message.agent),
          (d) => follow(d).messages.push(message),
        )
    } else if (is(e, 'note.added')) {
      const note = await tx.notes.get(e.data.note)
      if (!note) continue
      const told = namedIn(note.data)
      // Who mentioned himself in what he planned is reminded by it when its time has come.
      const mentioned = agentsOf(
        tx.config,
        note.mentions.map((m) => m.id),
      ).filter((a) => a.id !== note.agent || e.origin.kind !== 'agent')
      const named = agentsOf(tx.config, [...mentioned.map((a) => a.id), ...told])
      tell(e, named, (d) => d.notes.push(note))
      if (quiet || !written.has(note.kind)) continue
      tell(
        e,
        without(following, named).filter((a) => a.id !== note.agent),
        (d) => follow(d).notes.push(note),
      )
    } else if (is(e, 'reopen.postponed')) {
      // A note that has changed is told to those whom it concerns.
      const note = e.data.note === null ? undefined : await tx.notes.get(e.data.note)
      if (note) tell(e, agentsOf(tx.config, namedIn(note.data)), (d) => d.notes.push(note))
    } else if (is(e, 'case.assigned')) {
      const { assignee, group, from } = e.data
      const agents = agentsOf(tx.config, assignee !== null ? (assignee === from ? [] : [assignee]) : group !== null ? [group] : [])
      tell(
        e,
        agents,
        (d) =>
          (d.assigned = {
            by: e.origin.kind === 'agent' || e.origin.kind === 'rule' ? e.origin.id : null,
            group: assignee === null ? group : null,
          }),
      )
    } else if (is(e, 'case.moved')) {
      const { from, notify } = e.data
      const by = e.origin.kind === 'agent' || e.origin.kind === 'rule' ? e.origin.id : null
      const before = responsible(tx, { ...c, mailbox: from })
      if (notify && !quiet) tell(e, [...new Set([...audience, ...before])], (d) => (d.moved = { by, from }))
    } else if (is(e, 'notice.raised')) {
      // The delivery events themselves are told below.
      if (e.data.kind.startsWith('delivery_')) continue
      const notice = await tx.notices.get(e.data.notice)
      const owner = typeof notice?.data.agent === 'string' ? agentsOf(tx.config, [notice.data.agent]) : []
      // Whoever wrote or planned something hears of it also in a case that nobody looks at any more.
      const listeners =
        owner.length > 0 ? owner : [...(quiet ? [] : audience), ...(notice ? agentsOf(tx.config, namedIn(notice.data)) : [])]
      if (notice) tell(e, [...new Set(listeners)], (d) => d.notices.push(notice))
    } else if (is(e, 'message.failed') || is(e, 'message.unknown') || is(e, 'message.delayed')) {
      if (!settings.deliveries || !(await isForOutside(tx, e.data.outbox))) continue
      const message = e.data.message === null ? undefined : await tx.messages.get(e.data.message)
      const author = message?.agent ? agentsOf(tx.config, [message.agent]) : []
      const what = e.type === 'message.failed' ? 'failed' : e.type === 'message.unknown' ? 'unknown' : 'delayed'
      const { address, reply } = e.data
      tell(e, author.length > 0 ? author : audience, (d) => d.deliveries.push({ what, address, reply }))
    }
  }
  return { case: c, isNew, targets: [...drafts.values()] }
}

/** Kinds of notes that somebody wrote for others to read: an agent, a rule, a program; what tells of a state of things is none. */
const written: ReadonlySet<string> = new Set(['note', 'unsent'])

const without = (agents: readonly AgentConfig[], others: readonly AgentConfig[]): readonly AgentConfig[] =>
  agents.filter((a) => !others.includes(a))

function follow(draft: Draft): Draft {
  draft.follows = true
  return draft
}

/** Ids of agents whom a note or a notice concerns although it does not mention them (`tell` in its data). */
export function namedIn({ tell }: Note['data']): readonly string[] {
  return Array.isArray(tell) ? tell.filter((id) => typeof id === 'string') : []
}

/** The assignee, else the members of the case's group, else everybody on the mailbox's list; only those who may act there. */
export function responsible(tx: Tx, c: Case): readonly AgentConfig[] {
  const lists = [c.assignee ? [c.assignee] : [], c.group ? [c.group] : [], tx.config.mailboxes.get(c.mailbox)?.notify ?? []]
  for (const list of lists) {
    const agents = agentsOf(tx.config, list).filter((a) => mayAct(tx.config, a.id, c.mailbox))
    if (agents.length > 0) return agents
  }
  return []
}

/** Mail to our own agents that failed is for the admin's metrics, not for more mail to agents. */
async function isForOutside(tx: Tx, outbox: string): Promise<boolean> {
  const kind = await kindOfMail(tx, outbox)
  return kind !== undefined && ['reply', 'receipt', 'rule', 'forward'].includes(kind)
}
