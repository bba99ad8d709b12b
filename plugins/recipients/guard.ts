// Keeps an answer back that would reach other people than its writer believes.
import type { Case, Draft, Hold, Host, Message, Tx } from '../../core/plugin.ts'
import type { CasePeople } from './compare.ts'
import { judgementOf } from './judge.ts'
import type { Settings } from './judge.ts'
import { namesRequester, noticeOf } from './notices.ts'
import { canonical, namedIn, peopleOf } from './people.ts'
import { originKey, peopleKnown } from './tables.ts'

/** Who names his readers himself is not asked; who sends knowing what held it is asked about what he does not know yet. */
export async function guard(tx: Tx, host: Host<Settings>, draft: Draft): Promise<Hold | null> {
  if (draft.audience === 'named') return null
  // Who releases what was held for something else has not been asked this: it is judged as when it was written.
  if (draft.occasion === 'release' && !draft.heldFor.some((r) => ours.has(r)) && draft.writer)
    return guard(tx, host, { ...draft, ...draft.writer, occasion: 'now' })
  if (draft.occasion === 'release') return draft.seenAt === null ? null : changedPeople(tx, host, draft)
  return (await privateReply(tx, host, draft)) ?? (await changedPeople(tx, host, draft))
}

/** Reasons for which it is held here. */
const ours: ReadonlySet<string> = new Set(['private_reply', 'undecided_reply', 'recipients_changed'])

/** An answer to somebody who wrote without the requester would tell the requester of it. */
async function privateReply(tx: Tx, host: Host<Settings>, draft: Draft): Promise<Hold | null> {
  const answered = await answeredBy(tx, draft)
  // Whom an answer reaches from a case that its message has left: changedPeople.
  if (answered?.caseId !== draft.case.id || !(await keepsAway(tx, host, draft.case, answered))) return null
  const { from } = answered
  return {
    reason: judgementOf(answered)?.class === 'c' ? 'private_reply' : 'undecided_reply',
    notice: {
      kind: judgementOf(answered)?.class === 'c' ? 'private_reply' : 'undecided_reply',
      data: { author: from.address, name: from.name, requester: draft.case.requester.address, answers: answered.id },
      actions: [
        { name: 'send_all', action: 'reply.release', args: { message: draft.messageId, to: 'everybody' } },
        { name: 'split_send', action: 'case.split', args: { message: answered.id, answer: draft.messageId } },
        { name: 'discard', action: 'reply.discard', args: { message: draft.messageId } },
      ],
    },
  }
}

/** What it answers, wherever that is now; of an answer that was recorded before this was kept, what the customers' side said last. */
async function answeredBy(tx: Tx, draft: Draft): Promise<Message | undefined> {
  const named = draft.about === null ? undefined : await tx.messages.get(draft.about)
  if (named?.author === 'customer') return named
  return (await tx.messages.last(draft.case.id, 50)).find(
    (m) => m.author === 'customer' && m.state === 'received' && judgementOf(m)?.class !== 'none',
  )
}

/** Whether the agents still have to say what becomes of this reply. */
async function keepsAway(tx: Tx, host: Host<Settings>, c: Case, message: Message): Promise<boolean> {
  const facts = judgementOf(message)
  const asked = facts?.class === 'c' || (facts?.class === 'b' && host.settings.hold_undecided)
  if (!asked) return false
  const state = (await noticeOf(tx, c.id, message.id))?.state
  if (state === 'taken' || state === 'dismissed') return false
  return facts.class === 'c' ? !(await namesRequester(tx, host, c, message)) : state === 'open'
}

/** It was written when others took part than do now. */
async function changedPeople(tx: Tx, host: Host<Settings>, draft: Draft): Promise<Hold | null> {
  const now = await peopleOf(tx, draft.case)
  const moved = await hasMoved(tx, draft)
  const then = moved ? await namedFor(tx, host, draft, now) : await seenBy(tx, draft, now)
  if (!then) return null
  const before = readersOf(then, draft.audience)
  const goesTo = new Set([...draft.to, ...draft.cc, ...draft.bcc].map((p) => canonical(p.address)))
  const joined = readersOf(now, draft.audience).filter((a) => !before.includes(a) && goesTo.has(a))
  const left = moved ? [] : before.filter((a) => !goesTo.has(a) && !readersOf(now, draft.audience).includes(a))
  if (joined.length === 0 && left.length === 0) return null
  const release = { message: draft.messageId }
  return {
    reason: 'recipients_changed',
    notice: {
      kind: 'recipients_changed',
      data: { joined, left },
      actions: [
        ...(draft.audience === 'requester'
          ? [{ name: 'send_requester', action: 'reply.release', args: { ...release, to: 'requester' } }]
          : [
              { name: 'send_all', action: 'reply.release', args: { ...release, to: 'everybody' } },
              { name: 'send_requester', action: 'reply.release', args: { ...release, to: 'requester' } },
            ]),
        { name: 'discard', action: 'reply.discard', args: release },
      ],
    },
  }
}

const readersOf = (people: CasePeople, audience: Draft['audience']): readonly string[] =>
  audience === 'requester' ? [people.requester] : [people.requester, ...people.cc, ...people.bcc]

/** The writer (or who releases it) was shown another case than this one, or what he answers is in another one. */
async function hasMoved(tx: Tx, draft: Draft): Promise<boolean> {
  if (draft.occasion === 'release') return draft.seenIn !== draft.case.id
  const answered = draft.about === null ? undefined : await tx.messages.get(draft.about)
  return draft.seenIn !== draft.case.id || (answered !== undefined && answered.caseId !== draft.case.id)
}

/** Who may read an answer in a case that its writer was not shown: the people of the message that it answers, and whom he has chosen since. */
async function namedFor(tx: Tx, host: Host<Settings>, draft: Draft, now: CasePeople): Promise<CasePeople | undefined> {
  const answered = await answeredBy(tx, draft)
  const named = answered ? namedIn(host.registry, now, answered.from, answered.recipients).all.map((p) => p.address) : []
  const people = { requester: named.includes(now.requester) ? now.requester : '', cc: named, bcc: [] }
  const since = answered?.caseId === draft.case.id ? await writtenAt(tx, answered) : { at: answered?.createdAt ?? tx.now }
  return peopleKnown(tx, draft.case.id, since, writers(draft), now, people)
}

/** When a message came into the case in which it is. */
async function writtenAt(tx: Tx, message: Message): Promise<{ readonly version: number } | { readonly at: number }> {
  const facts = judgementOf(message)
  if (facts?.case === message.caseId) return { version: facts.version }
  // The first message came with the case itself; of others that were not judged (an agent's, or one from before this plugin) the time must do.
  const first = (await tx.messages.last(message.caseId, 1, message.seq)).length === 0
  return first ? { version: 1 } : { at: message.createdAt }
}

/** Who took part as far as the writer knows: by the version that he saw, the message that he answered or a later look, or the time when he wrote. */
async function seenBy(tx: Tx, draft: Draft, now: CasePeople): Promise<CasePeople | undefined> {
  const { id } = draft.case
  const known = (when: { readonly version: number } | { readonly at: number }) => peopleKnown(tx, id, when, writers(draft), now)
  if (draft.seenVersion !== null) return known({ version: draft.seenVersion })
  const answered = draft.answers === null ? undefined : await tx.messages.get(draft.answers)
  const told = draft.occasion === 'release' ? null : answered
  if (told?.caseId === id && (draft.seenAt === null || draft.seenAt <= told.createdAt)) return known(await writtenAt(tx, told))
  if (draft.seenAt !== null) return known({ at: draft.seenAt })
  const own = draft.occasion === 'deferred' ? await tx.messages.get(draft.messageId) : undefined
  return own && known({ at: own.createdAt })
}

/** In whose name changes are made that the writer knows of. */
const writers = (draft: Draft): readonly string[] => [originKey(draft.origin), ...(draft.agent === null ? [] : [`agent:${draft.agent}`])]
