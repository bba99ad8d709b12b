// Which of a transaction's events are told to agents, and to whom: the assignee, else the case's group, else the mailbox's notify list; never the one who did it.
// Those who follow a case are told of its messages, answers of others included, and of the notes that agents and rules write.
// A note is told to those whom it mentions and to those in the `tell` of its data; `title` there is what the mail says above it. A notice is told
// to the `agent` of its data alone, or to those who are responsible and to those in its `tell`.
import { agentsOf, mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Case, Note, PosternEvent, Tx } from '../../core/plugin.ts'
import type { Concern } from './choice.ts'
import { followers } from './follow.ts'
import type { Item, Told } from './items.ts'
import { responsible } from './responsible.ts'
import { kindOfMail } from './store.ts'

/** One case in which something happened, and what each agent is told of it; `isNew`: its first message came in this transaction. */
export interface CaseTold {
  readonly case: Case
  readonly isNew: boolean
  readonly told: readonly Told[]
}

/** Which kinds of mail agents are told of. */
export interface TargetSettings {
  readonly auto_replies: boolean
  readonly bulk: boolean
  readonly deliveries: boolean
  /** Whether notices of this kind are told at once, whatever an agent has chosen. */
  always(kind: string): boolean
}

/** One entry per case that somebody should hear of. */
export async function targetsOf(tx: Tx, events: readonly PosternEvent[], settings: TargetSettings): Promise<readonly CaseTold[]> {
  const cases = new Map<string, PosternEvent[]>()
  for (const e of events) if (e.caseId !== null && interesting.has(e.type)) cases.set(e.caseId, [...(cases.get(e.caseId) ?? []), e])
  const all: CaseTold[] = []
  for (const [id, own] of cases) {
    const c = await tx.cases.get(id)
    const found = c && (await targetsOfCase(tx, c, own, settings))
    if (found && found.told.length > 0) all.push(found)
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

async function targetsOfCase(tx: Tx, c: Case, events: readonly PosternEvent[], settings: TargetSettings): Promise<CaseTold> {
  const told: Told[] = []
  const audience = responsible(tx, c)
  const following = await followers(tx, c.id)
  const quiet = c.status === 'spam' || c.status === 'trash'
  let isNew = false
  const tell = (e: PosternEvent, agents: readonly AgentConfig[], concern: Concern, item: Item): void => {
    for (const agent of agents)
      if ((e.origin.kind !== 'agent' || e.origin.id !== agent.id) && mayAct(tx.config, agent.id, c.mailbox))
        told.push({ agent, concern, item })
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
      tell(e, audience, 'case', { what: 'message', id: message.id, follows: false })
      tell(e, without(following, audience), 'case', { what: 'message', id: message.id, follows: true })
    } else if (is(e, 'message.sent')) {
      const message = quiet || e.data.author !== 'agent' || following.length === 0 ? undefined : await tx.messages.get(e.data.message)
      const others = following.filter((a) => a.id !== message?.agent)
      if (message) tell(e, others, 'case', { what: 'message', id: message.id, follows: true })
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
      tell(e, named, 'own', { what: 'note', id: note.id, follows: false })
      if (quiet || !written.has(note.kind)) continue
      const others = without(following, named).filter((a) => a.id !== note.agent)
      tell(e, others, 'case', { what: 'note', id: note.id, follows: true })
    } else if (is(e, 'reopen.postponed')) {
      // A note that has changed is told to those whom it concerns.
      const note = e.data.note === null ? undefined : await tx.notes.get(e.data.note)
      if (note) tell(e, agentsOf(tx.config, namedIn(note.data)), 'own', { what: 'note', id: note.id, follows: false })
    } else if (is(e, 'case.assigned')) {
      const { assignee, group, from } = e.data
      const agents = agentsOf(tx.config, assignee !== null ? (assignee === from ? [] : [assignee]) : group !== null ? [group] : [])
      const by = e.origin.kind === 'agent' || e.origin.kind === 'rule' ? e.origin.id : null
      const concern = assignee === null ? 'case' : 'own'
      tell(e, agents, concern, { what: 'assigned', assigned: { by, group: assignee === null ? group : null } })
    } else if (is(e, 'case.moved')) {
      const { from, notify } = e.data
      const by = e.origin.kind === 'agent' || e.origin.kind === 'rule' ? e.origin.id : null
      const before = responsible(tx, { ...c, mailbox: from })
      if (notify && !quiet) tell(e, [...new Set([...audience, ...before])], 'case', { what: 'moved', moved: { by, from } })
    } else if (is(e, 'notice.raised')) {
      // The delivery events themselves are told below.
      if (e.data.kind.startsWith('delivery_')) continue
      const notice = await tx.notices.get(e.data.notice)
      const owner = typeof notice?.data.agent === 'string' ? agentsOf(tx.config, [notice.data.agent]) : []
      // Whoever wrote or planned something hears of it also in a case that nobody looks at any more.
      const listeners =
        owner.length > 0 ? owner : [...(quiet ? [] : audience), ...(notice ? agentsOf(tx.config, namedIn(notice.data)) : [])]
      if (!notice) continue
      const concern = settings.always(notice.kind) ? 'always' : owner.length > 0 ? 'own' : 'case'
      tell(e, [...new Set(listeners)], concern, { what: 'notice', id: notice.id })
    } else if (is(e, 'message.failed') || is(e, 'message.unknown') || is(e, 'message.delayed')) {
      if (!settings.deliveries || !(await isForOutside(tx, e.data.outbox))) continue
      const message = e.data.message === null ? undefined : await tx.messages.get(e.data.message)
      const author = message?.agent ? agentsOf(tx.config, [message.agent]) : []
      const what = e.type === 'message.failed' ? 'failed' : e.type === 'message.unknown' ? 'unknown' : 'delayed'
      const { address, reply } = e.data
      const concern = author.length > 0 ? 'own' : 'case'
      tell(e, author.length > 0 ? author : audience, concern, { what: 'delivery', delivery: { what, address, reply } })
    }
  }
  return { case: c, isNew, told }
}

/** Kinds of notes that somebody wrote for others to read: an agent, a rule, a program; what tells of a state of things is none. */
const written: ReadonlySet<string> = new Set(['note', 'unsent'])

const without = (agents: readonly AgentConfig[], others: readonly AgentConfig[]): readonly AgentConfig[] =>
  agents.filter((a) => !others.includes(a))

/** Ids of agents whom a note or a notice concerns although it does not mention them (`tell` in its data). */
export function namedIn({ tell }: Note['data']): readonly string[] {
  return Array.isArray(tell) ? tell.filter((id) => typeof id === 'string') : []
}

/** Mail to our own agents that failed is for the admin's metrics, not for more mail to agents. */
async function isForOutside(tx: Tx, outbox: string): Promise<boolean> {
  const kind = await kindOfMail(tx, outbox)
  return kind !== undefined && ['reply', 'receipt', 'rule', 'forward'].includes(kind)
}
