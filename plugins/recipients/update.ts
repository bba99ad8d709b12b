// Makes the case's copies those of a reply (or adds its writer alone), and takes that back as long as nothing has come of it.
import Type from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { ActionDefinition, Address, Case, Host, Message, Tx } from '../../core/plugin.ts'
import { listOf } from './compare.ts'
import type { Settings } from './judge.ts'
import { refused } from './messages.ts'
import { noticeOf } from './notices.ts'
import { canonical, namedIn, peopleOf } from './people.ts'
import type { UpdateRow } from './tables.ts'
import { keepUpdate, markUpdateUndone, updateOf } from './store.ts'

const args = Type.Object({ message: Type.String({ description: 'The reply, by its id' }) })
interface Call {
  readonly case: Case | undefined
  readonly args: { readonly message: string }
}

/**
 * The actions by name. They throw `not_found` for a message that is not in the case, and `invalid` for one that is no reply or does not
 * name the requester.
 */
export function updateActions(host: Host<Settings>): Readonly<Record<string, ActionDefinition>> {
  return {
    'recipients.update': {
      description: 'Makes the people in copy those of a reply: who is new in it joins, who is missing from it leaves.',
      args,
      beforeSend: true,
      run: (tx, { case: c, args }: Call) => change(tx, host, c, args.message, 'update'),
    },
    'recipients.join': {
      description: 'Puts the writer of a reply in copy; nobody leaves.',
      args,
      beforeSend: true,
      run: (tx, { case: c, args }: Call) => change(tx, host, c, args.message, 'join'),
    },
    'recipients.undo': {
      description:
        'Takes back what recipients.update or recipients.join did for a reply, until somebody has written in the case or the people in copy have changed again.',
      args,
      run: (tx, { case: c, args }: Call) => undo(tx, c, args.message),
    },
  }
}

async function change(tx: Tx, host: Host<Settings>, c: Case | undefined, messageId: string, how: 'update' | 'join') {
  const message = await replyOf(tx, c, messageId)
  const before = await tx.cases.cc(message.caseId)
  const after = await copiesAfter(tx, host, message, how)
  if (!after) throw refused(tx, c, 'invalid', 'noRequester')
  const notice = await noticeOf(tx, message.caseId, message.id)
  if (notice) await tx.notices.resolve(notice.id, { state: 'taken', action: how })
  if (!sameList(before, after)) {
    await tx.cases.setPeople(message.caseId, 'cc', after)
    await remember(tx, message, before, after)
  }
  return { data: { cc: after.map((p) => p.address) } }
}

/** The copies as they would be; null where the requester would have to go. */
export async function copiesAfter(
  tx: Tx,
  host: Host<Settings>,
  message: Message,
  how: 'update' | 'join',
): Promise<readonly Address[] | null> {
  const c = await tx.cases.get(message.caseId)
  if (!c) return null
  const people = await peopleOf(tx, c)
  const before = await tx.cases.cc(c.id)
  const reply = namedIn(host.registry, people, message.from, message.recipients)
  if (how === 'join') return [people.requester, ...people.cc, ...people.bcc].includes(reply.from.address) ? before : [...before, reply.from]
  if (!reply.all.some((p) => p.address === people.requester)) return null
  // Those who stay keep their names and their order.
  const wanted = listOf(people, reply)
  const stay = before.filter((p) => wanted.some((w) => w.address === canonical(p.address)))
  return [...stay, ...wanted.filter((w) => !people.cc.includes(w.address))]
}

async function undo(tx: Tx, c: Case | undefined, messageId: string) {
  const message = await replyOf(tx, c, messageId)
  const row = await undoable(tx, message.caseId, message.id)
  if (!row) throw refused(tx, c, 'gone', 'movedOn')
  await markUpdateUndone(tx, message.id)
  await tx.cases.setPeople(message.caseId, 'cc', listIn(row.before))
  const notice = await noticeOf(tx, message.caseId, message.id)
  if (notice?.state === 'taken') await tx.notices.reopen(notice.id)
  return { data: { cc: listIn(row.before).map((p) => p.address) } }
}

/** The update of a reply, while it can be taken back: nobody has written since, and the copies are still what it made of them. */
export async function undoable(tx: Tx, caseId: string, messageId: string): Promise<UpdateRow | undefined> {
  const row = await updateOf(tx, caseId, messageId)
  if (!row) return undefined
  const untouched =
    (await tx.messages.last(caseId, 1))[0]?.id === row.last_message && sameList(await tx.cases.cc(caseId), listIn(row.after))
  return untouched ? row : undefined
}

async function remember(tx: Tx, message: Message, before: readonly Address[], after: readonly Address[]): Promise<void> {
  await keepUpdate(tx, {
    message_id: message.id,
    case_id: message.caseId,
    before: JSON.stringify(before),
    after: JSON.stringify(after),
    last_message: (await tx.messages.last(message.caseId, 1))[0]?.id ?? message.id,
    created_at: tx.now,
    undone_at: null,
  })
}

/** A message of somebody outside in this case. */
export async function replyOf(tx: Tx, c: Case | undefined, id: string): Promise<Message> {
  const message = await tx.messages.get(id)
  if (!c || !message || message.caseId !== c.id) throw new PosternError('not_found', `message ${id} in case #${c?.number ?? ''}`)
  if (message.author !== 'customer') throw refused(tx, c, 'invalid', 'noReply')
  return message
}

/** The people in a column of these tables, which holds a JSON list of addresses. */
export const listIn = (json: string): readonly Address[] => JSON.parse(json) as readonly Address[] // written by `remember`

function sameList(a: readonly Address[], b: readonly Address[]): boolean {
  const addresses = (list: readonly Address[]): string => JSON.stringify(list.map((p) => canonical(p.address)).sort())
  return addresses(a) === addresses(b)
}
