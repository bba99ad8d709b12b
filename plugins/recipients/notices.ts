// Notices about changed recipients: raised when a reply comes in, overtaken when what they say no longer holds.
import type { Case, Host, Message, Notice, NoticeAction, Tx } from '../../core/plugin.ts'
import { judgementOf } from './judge.ts'
import type { Judgement, Settings } from './judge.ts'
import { namedIn, peopleOf } from './people.ts'
import { keepPeople } from './tables.ts'

/** Kind of the notices that come with a reply. */
export const kind = 'recipients'

/** A reply was recorded: new people join, or the agents are asked. */
export async function settleReply(tx: Tx, message: Message, found: Judgement): Promise<void> {
  const { added, dropped, by, doubt, authentication } = found
  if (found.class === 'none') return
  // Who names everybody again has taken back what he left out before.
  if (found.class !== 'c')
    await overtake(tx, message.caseId, async (n, facts) => facts.class !== 'c' && n.data.author === message.from.address)
  if (found.class === 'same') return
  if (found.class === 'a' && doubt === null)
    return tx.cases.setPeople(message.caseId, 'cc', [...(await tx.cases.cc(message.caseId)), ...added])
  const c = await tx.cases.get(message.caseId)
  await tx.notices.raise({
    caseId: message.caseId,
    kind,
    messageId: message.id,
    data: {
      class: found.class,
      by,
      added: added.map((p) => p.address),
      dropped,
      doubt,
      authentication,
      author: message.from.address,
      name: message.from.name,
      requester: c?.requester.address ?? '',
    },
    actions: offers(message, found),
  })
}

function offers(message: Message, { class: of, by }: Judgement): readonly NoticeAction[] {
  const args = { message: message.id }
  const update = { name: 'update', action: 'recipients.update', args }
  const split = { name: 'split', action: 'case.split', args }
  if (of === 'c') return by === 'outsider' ? [{ name: 'join', action: 'recipients.join', args }, split] : [split]
  return of === 'a' && by !== 'outsider' ? [update] : [update, split]
}

/** The people of a case changed: keeps who they are, and ends notices that have nothing left to ask. */
export async function peopleChanged(tx: Tx, host: Host<Settings>, caseId: string): Promise<void> {
  const c = await tx.cases.get(caseId)
  if (!c) return
  const people = await peopleOf(tx, c)
  await keepPeople(tx, caseId, c.version, people)
  await overtake(tx, caseId, async (n, facts) => {
    const message = n.messageId === null ? undefined : await tx.messages.get(n.messageId)
    if (!message) return true
    if (facts.class === 'c') return namesRequester(tx, host, c, message)
    return (
      facts.dropped.every((a) => !people.cc.includes(a) && a !== people.requester) &&
      facts.added.every((p) => people.cc.includes(p.address) || people.bcc.includes(p.address))
    )
  })
}

/** Whether a message went to him who is the requester now, or came from him. */
export async function namesRequester(tx: Tx, host: Host<Settings>, c: Case, message: Message): Promise<boolean> {
  const people = await peopleOf(tx, c)
  return namedIn(host.registry, people, message.from, message.recipients).all.some((p) => p.address === people.requester)
}

/** The notice that a reply raised, the latest if it was more than one; open or not. */
export async function noticeOf(tx: Tx, caseId: string, messageId: string): Promise<Notice | undefined> {
  return (await tx.notices.list(caseId)).filter((n) => n.kind === kind && n.messageId === messageId).at(-1)
}

async function overtake(tx: Tx, caseId: string, moot: (notice: Notice, facts: Judgement) => Promise<boolean>): Promise<void> {
  for (const notice of await tx.notices.open(caseId, kind)) {
    const message = notice.messageId === null ? undefined : await tx.messages.get(notice.messageId)
    const facts = message && judgementOf(message)
    if (facts && (await moot(notice, facts))) await tx.notices.resolve(notice.id, { state: 'overtaken' })
  }
}
