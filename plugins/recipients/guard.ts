// Keeps an answer back that would reach other people than its writer believes.
import type { Case, Draft, Hold, Host, Message, Tx } from '../../core/plugin.ts'
import type { CasePeople } from './compare.ts'
import { judgementOf } from './judge.ts'
import type { Settings } from './judge.ts'
import { namesRequester, noticeOf } from './notices.ts'
import { canonical, peopleOf } from './people.ts'
import { originKey, peopleKnown } from './tables.ts'

/** Who names his readers himself, or sends knowing what held it, is not asked. */
export async function guard(tx: Tx, host: Host<Settings>, draft: Draft): Promise<Hold | null> {
  if (draft.audience === 'named' || draft.occasion === 'release') return null
  return (await privateReply(tx, host, draft)) ?? (await changedPeople(tx, draft))
}

/** An answer to somebody who wrote without the requester would tell the requester of it. */
async function privateReply(tx: Tx, host: Host<Settings>, draft: Draft): Promise<Hold | null> {
  const answered = await answeredBy(tx, draft)
  if (!answered || !(await keepsAway(tx, host, draft.case, answered))) return null
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

/** What it answers; where that is not said, what the customers' side said last. */
async function answeredBy(tx: Tx, draft: Draft): Promise<Message | undefined> {
  const named = draft.answers === null ? undefined : await tx.messages.get(draft.answers)
  if (named?.author === 'customer' && named.caseId === draft.case.id) return named
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
async function changedPeople(tx: Tx, draft: Draft): Promise<Hold | null> {
  const now = await peopleOf(tx, draft.case)
  const then = await seenBy(tx, draft, now)
  if (!then) return null
  const before = readersOf(then, draft.audience)
  const goesTo = new Set([...draft.to, ...draft.cc, ...draft.bcc].map((p) => canonical(p.address)))
  const joined = readersOf(now, draft.audience).filter((a) => !before.includes(a) && goesTo.has(a))
  const left = before.filter((a) => !goesTo.has(a) && !readersOf(now, draft.audience).includes(a))
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

/** Who took part as far as the writer knows: by the version that he saw, the message that he answered or a later look, or the time when he wrote. */
async function seenBy(tx: Tx, draft: Draft, now: CasePeople): Promise<CasePeople | undefined> {
  const { id } = draft.case
  const known = (when: { readonly version: number } | { readonly at: number }) => peopleKnown(tx, id, when, writers(draft), now)
  if (draft.seenVersion !== null) return known({ version: draft.seenVersion })
  const answered = draft.answers === null ? undefined : await tx.messages.get(draft.answers)
  if (answered?.caseId === id && (draft.seenAt === null || draft.seenAt <= answered.createdAt)) {
    const facts = judgementOf(answered)
    if (facts?.case === id) return known({ version: facts.version })
    // The first message came with the case itself; of others that were not judged (an agent's, or one from before this plugin) the time must do.
    const first = (await tx.messages.last(id, 1, answered.seq)).length === 0
    return known(first ? { version: 1 } : { at: answered.createdAt })
  }
  if (draft.seenAt !== null) return known({ at: draft.seenAt })
  const own = draft.occasion === 'deferred' ? await tx.messages.get(draft.messageId) : undefined
  return own && known({ at: own.createdAt })
}

/** In whose name changes are made that the writer knows of. */
const writers = (draft: Draft): readonly string[] => [originKey(draft.origin), ...(draft.agent === null ? [] : [`agent:${draft.agent}`])]
