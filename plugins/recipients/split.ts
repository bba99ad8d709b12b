// Splits a reply off into a case of its own, with everything that leads later mail to it, and puts it back.
import Type from 'typebox'
import { refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Address, Case, CaseStatus, Host, Message, Tx } from '../../core/plugin.ts'
import type { Settings } from './judge.ts'
import { refused } from './messages.ts'
import { noticeOf } from './notices.ts'
import { namedIn, peopleOf } from './people.ts'
import type { SplitRow } from './tables.ts'
import { replyOf } from './update.ts'
import { insertSplit, markUnsplit, splitInto, splitOf } from './store.ts'

interface SplitCall {
  readonly case: Case | undefined
  readonly args: { readonly message: string; readonly answer?: string }
}
interface UnsplitCall {
  readonly case: Case | undefined
  readonly args: { readonly case?: string }
}

/**
 * The actions by name. They throw `invalid` for a message that cannot be split off, and `not_found` where there is no such message or
 * split.
 */
export function splitActions(host: Host<Settings>): Readonly<Record<string, ActionDefinition>> {
  return {
    'case.split': {
      description:
        'Makes a new case of a reply: its writer is the requester, who else it names is in copy; later mail about it goes there.',
      args: Type.Object({
        message: Type.String({ description: 'The reply, by its id' }),
        answer: Type.Optional(Type.String({ description: 'An answer that is held: it goes along and is sent in the new case' })),
      }),
      beforeSend: true,
      run: (tx, { case: c, args }: SplitCall) => split(tx, host, c, args),
    },
    'case.unsplit': {
      description:
        'Puts a reply back that was split off, until somebody has written in the new case. Ordered on the new case, or on the old one with `case`.',
      args: Type.Object({
        case: Type.Optional(Type.String({ ...refersTo('case'), description: '#number or id of the case that was split off' })),
      }),
      run: (tx, { case: c, args }: UnsplitCall) => unsplit(tx, c, args.case),
    },
  }
}

async function split(tx: Tx, host: Host<Settings>, c: Case | undefined, args: SplitCall['args']): Promise<ActionResult> {
  const there = await tx.messages.get(args.message)
  const earlier = await splitOf(tx, args.message)
  // Somebody was faster: what is ordered with the split still goes where the reply has gone.
  const isDone =
    c !== undefined &&
    earlier?.new_case_id === there?.caseId &&
    (earlier?.new_case_id === c.id || (earlier?.case_id === c.id && args.answer !== undefined))
  const target = isDone && earlier ? await tx.cases.lock(earlier.new_case_id) : await divide(tx, host, c, args.message)
  if (c && args.answer !== undefined) await carryAnswer(tx, c, target, args.answer)
  return { data: { case: target.id, number: target.number } }
}

async function divide(tx: Tx, host: Host<Settings>, c: Case | undefined, messageId: string): Promise<Case> {
  const message = await replyOf(tx, c, messageId)
  const from = await tx.cases.lock(message.caseId)
  if (message.state !== 'received') throw refused(tx, from, 'invalid', 'notReceived')
  if ((await tx.messages.last(from.id, 1, message.seq)).length === 0) throw refused(tx, from, 'invalid', 'first')
  const { requester, cc } = await peopleOfSplit(tx, host, from, message)
  const made = await tx.cases.create({
    mailbox: from.mailbox,
    subject: subjectOf(message, from),
    requester,
    cc,
    assignee: from.assignee,
    group: from.group,
    locale: from.locale,
  })
  for (const { agent, follows } of await tx.cases.watchers(from.id)) if (follows) await tx.cases.watch(made.id, agent, { follows })
  const place = message.seq
  await tx.messages.move(message.id, made.id)
  await takeAlong(tx, message.id, from.id, made.id)
  await tx.emit('case.created', made.id, { message: message.id })
  await tx.cases.link(from.id, 'split-to', made.id, 'split-from')
  await tx.emit('case.split', from.id, { to: made.id, number: made.number, message: message.id })
  const statusBack = await statusBefore(tx, from, message, place)
  if (statusBack) await tx.cases.set(from.id, { status: statusBack })
  await insertSplit(tx, {
    new_case_id: made.id,
    case_id: from.id,
    message_id: message.id,
    place,
    status_back: statusBack,
    created_at: tx.now,
    undone_at: null,
  })
  const notice = await noticeOf(tx, from.id, message.id)
  if (notice) await tx.notices.resolve(notice.id, { state: 'taken', action: 'split' })
  return made
}

/** Who would be in the new case. */
export async function peopleOfSplit(
  tx: Tx,
  host: Host<Settings>,
  from: Case,
  message: Message,
): Promise<{ readonly requester: Address; readonly cc: readonly Address[] }> {
  const reply = namedIn(host.registry, await peopleOf(tx, from), message.from, message.recipients)
  return { requester: reply.from, cc: reply.all.slice(1) }
}

/** The reply had opened the case again and nothing has happened since: without the reply it is what it was. */
async function statusBefore(tx: Tx, from: Case, message: Message, place: number): Promise<CaseStatus | null> {
  const { status, previousStatus, statusAt } = from
  if (status !== 'open' || statusAt !== message.createdAt || (previousStatus !== 'waiting' && previousStatus !== 'closed')) return null
  const later = (await tx.messages.last(from.id, 20)).some((m) => m.seq > place && m.author === 'customer')
  return later ? null : previousStatus
}

/** Answers to a message that have not left go where it goes, each with what is asked about it. */
async function takeAlong(tx: Tx, message: string, from: string, to: string): Promise<void> {
  for (const m of await tx.messages.list(from)) if (isUnsentAnswer(m, message)) await tx.messages.move(m.id, to)
}

/** Of answers from before the desk kept what they are tied to, what was named in the order. */
function isUnsentAnswer(m: Message, to: string): boolean {
  const { about, reply } = m.data as { readonly about?: unknown; readonly reply?: { readonly answers?: unknown } } // written by the desk
  return (m.state === 'held' || m.state === 'deferred') && (about ?? reply?.answers) === to
}

/** A held answer to the split message leaves in the new case. */
async function carryAnswer(tx: Tx, from: Case, to: Case, id: string): Promise<void> {
  const answer = await tx.messages.get(id)
  if (answer?.state !== 'held' || ![from.id, to.id].includes(answer.caseId)) throw refused(tx, to, 'gone', 'notHeld')
  if (answer.caseId !== to.id) await tx.messages.move(id, to.id)
  for (const notice of await tx.notices.open(to.id))
    if (notice.messageId === id) await tx.notices.resolve(notice.id, { state: 'taken', action: 'split' })
  await tx.act('reply.release', to.id, { message: id, to: 'everybody' })
}

async function unsplit(tx: Tx, c: Case | undefined, ref: string | undefined): Promise<ActionResult> {
  const other = ref === undefined ? c : await tx.cases.byRef(ref)
  const row = other && (await splitInto(tx, other.id))
  if (!c || !row || (row.case_id !== c.id && row.new_case_id !== c.id)) throw refused(tx, c, 'not_found', 'noSplit')
  // Ascending ids, as everywhere; ordered on the new case its lock is there already, and a deadlock is tried again.
  const old = await tx.cases.lock(row.case_id)
  const made = await tx.cases.lock(row.new_case_id)
  if (!(await canGoBack(tx, row))) throw refused(tx, c, 'gone', 'splitOver')
  await tx.messages.move(row.message_id, old.id, row.place)
  await takeAlong(tx, row.message_id, made.id, old.id)
  for (const notice of await tx.notices.open(made.id)) await tx.notices.resolve(notice.id, { state: 'overtaken' })
  await tx.threads.repointCase(made.id, old.id)
  await tx.cases.unlink(old.id, made.id)
  if (row.status_back !== null && old.status === row.status_back) await tx.cases.set(old.id, { status: 'open' })
  await tx.cases.set(made.id, { status: 'trash' })
  await markUnsplit(tx, made.id)
  await tx.emit('case.unsplit', old.id, { from: made.id, number: made.number, message: row.message_id })
  const notice = await noticeOf(tx, old.id, row.message_id)
  if (notice?.state === 'taken') await tx.notices.reopen(notice.id)
  return { data: { case: old.id, number: old.number } }
}

/** The new case holds the split message and nothing else that somebody wrote, but for answers to it that have not left: they go back with it. */
export async function canGoBack(tx: Tx, row: SplitRow): Promise<boolean> {
  if (row.undone_at !== null) return false
  const messages = await tx.messages.list(row.new_case_id)
  return (
    messages.some((m) => m.id === row.message_id) &&
    messages.every((m) => m.id === row.message_id || isUnsentAnswer(m, row.message_id)) &&
    (await tx.notes.list(row.new_case_id)).length === 0
  )
}

/** Without "Re:" in front, and without the number of the case that it leaves. */
function subjectOf(message: Message, from: Case): string {
  const bare = message.subject
    .replaceAll(`[#${from.number}]`, ' ')
    .replace(/^(?:\s{0,3}(?:re|fwd?|aw|wg|sv|antw|отв?|на)(?:\[\d{1,3}\])?:){1,5}/i, '')
    .trim()
  return bare === '' ? from.subject : bare
}
