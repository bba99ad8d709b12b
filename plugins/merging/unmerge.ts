// A merge is taken back: what came goes, with what has been answered to it since; what the target had before it has again.
import Type from 'typebox'
import { PosternError, defineAction, languageOf, mayAct, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Host, Message, Tx } from '../../core/plugin.ts'
import { canonical, peopleOf } from './people.ts'
import { repliesSince } from './replies.ts'
import { markUndone, mergeOf, mergesInto } from './store.ts'
import { giveLinksBack } from './take-links.ts'
import type { Merge } from './tables.ts'
import { localeOf, say } from './texts.ts'

const args = Type.Object({
  case: Type.Optional(
    Type.String({
      ...refersTo('case'),
      minLength: 1,
      maxLength: 64,
      description: '#number or id of the case that was merged; default: this one, or the last that came into it',
    }),
  ),
})

/** The action `case.unmerge`, by name. It throws `not_found` where nothing was merged, `conflict` where the target was merged on, and `gone` once people of the source have got an answer. */
export const unmergeActions = (host: Host<unknown>): Readonly<Record<string, ActionDefinition>> => ({
  'case.unmerge': defineAction({
    description: 'Takes a merge back, until somebody has answered the people who came with it. Ordered on either of the two cases.',
    args,
    onMerged: true,
    others: (a) => (a.case === undefined ? [] : [a.case]),
    run: async (tx, { case: c, args }) => undo(tx, host, await theMerge(tx, c, args.case), c),
  }),
})

/** The merge that is meant: of this case, of the one that is named, or the last into this one. */
async function theMerge(tx: Tx, c: Case, ref: string | undefined): Promise<Merge> {
  const named = ref === undefined ? undefined : await tx.cases.byRef(ref)
  const found =
    ref !== undefined
      ? named && (await mergeOf(tx, named.id))
      : c.mergedInto !== null
        ? await mergeOf(tx, c.id)
        : (await mergesInto(tx, c.id))[0]
  // Of a chain, the case that was merged first may name what it has become part of.
  const concerns = found && [found.row.source_id, found.row.target_id, (await tx.cases.current(found.row.target_id))?.id].includes(c.id)
  if (!found || !concerns) throw new PosternError('not_found', say(languageOf(tx, c), 'refused.notMerged', { number: c.number }))
  return found
}

/** Why a merge cannot be taken back any more; null: it can. */
export async function standsFast(tx: Tx, merge: Merge, source: Case, target: Case): Promise<PosternError | null> {
  const locale = languageOf(tx, target)
  if (target.mergedInto !== null) {
    const into = (await tx.cases.get(target.mergedInto))?.number ?? 0
    return new PosternError('conflict', say(locale, 'refused.later', { number: target.number, into }))
  }
  if (source.mergedInto !== target.id) return new PosternError('not_found', say(locale, 'refused.notMerged', { number: target.number }))
  const people = new Set((await peopleOf(tx, source)).map((p) => canonical(p.address)))
  const messages = await tx.messages.list(target.id)
  for (const m of messages) if (isOfSource(m, merge) && m.author === 'customer') people.add(canonical(m.from.address))
  const answered = messages.some(
    (m) =>
      m.author === 'agent' &&
      ['sending', 'sent', 'failed'].includes(m.state) &&
      (m.seq > merge.part.last || merge.taken.unsent.includes(m.id)) &&
      [...m.recipients.to, ...m.recipients.cc, ...m.recipients.bcc].some((p) => people.has(canonical(p.address))),
  )
  return answered ? new PosternError('gone', say(locale, 'refused.answered', { number: source.number })) : null
}

const isOfSource = (m: Message, { part }: Merge): boolean => m.seq > part.offset && m.seq <= part.last

async function undo(tx: Tx, host: Host<unknown>, merge: Merge, on: Case): Promise<ActionResult> {
  const { row, part, taken } = merge
  for (const id of [row.source_id, row.target_id].sort()) await tx.cases.lock(id)
  const [source, target] = [await tx.cases.lock(row.source_id), await tx.cases.lock(row.target_id)]
  const locale = languageOf(tx, on)
  for (const c of [source, target])
    if (tx.origin.kind === 'agent' && tx.origin.id !== null && !mayAct(tx.config, tx.origin.id, c.mailbox))
      throw new PosternError('forbidden', say(locale, 'refused.access', { number: c.number }))
  const why = await standsFast(tx, merge, source, target)
  if (why) throw why
  const later = await repliesSince(tx, host, merge, target)
  await tx.cases.unmerge(source.id, target.id, part)
  for (const id of later) await carryBack(tx, id, source.id, target.id)
  const messages = (await tx.messages.list(source.id)).length
  await tx.cases.unlink(source.id, target.id)
  await giveLinksBack(tx, source, target, taken.links)
  await takeOut(tx, merge, target)
  for (const notice of await tx.notices.open(target.id, 'merged_people'))
    if (notice.data.source === source.id) await tx.notices.resolve(notice.id, { state: 'overtaken' })
  await markUndone(tx, row.id)
  const words = localeOf(tx, target)
  await tx.notes.add({
    caseId: target.id,
    kind: 'merge',
    text: say(words, 'note.unmerged', { number: source.number, messages: say(words, 'messages', { n: messages }) }),
    data: { case: source.id, number: source.number },
  })
  await tx.notes.add({
    caseId: source.id,
    kind: 'merge',
    text: say(words, 'note.restored', { number: target.number }),
    data: { case: target.id, number: target.number },
  })
  await tx.emit('case.unmerged', target.id, { source: source.id, number: source.number, messages })
  await tx.emit('case.restored', source.id, { from: target.id, number: target.number })
  return {
    said: say(locale, 'said.unmerged', { source: source.number }),
    data: { case: source.id, number: source.number, from: target.id, messages },
  }
}

/** A message with what is asked and noted about it. */
async function carryBack(tx: Tx, id: string, to: string, from: string): Promise<void> {
  await tx.messages.move(id, to)
  for (const notice of await tx.notices.list(from)) if (notice.messageId === id) await tx.notices.move(notice.id, to)
  for (const note of await tx.notes.list(from)) if (note.messageId === id) await tx.notes.move(note.id, to)
}

/** Takes out of the target what the merge had brought, as far as nobody has changed it since. */
async function takeOut(tx: Tx, { part, taken }: Merge, target: Case): Promise<void> {
  if (taken.tags.length > 0) await tx.cases.tag(target.id, { remove: taken.tags })
  for (const agent of taken.followers ?? []) await tx.cases.watch(target.id, agent, { follows: false })
  for (const role of ['cc', 'bcc'] as const) {
    const brought = new Set(taken[role].map((p) => canonical(p.address)))
    if (brought.size === 0) continue
    const now = await (role === 'cc' ? tx.cases.cc(target.id) : tx.cases.bcc(target.id))
    await tx.cases.setPeople(
      target.id,
      role,
      now.filter((p) => !brought.has(canonical(p.address))),
    )
  }
  const c = await tx.cases.lock(target.id)
  const custom = Object.fromEntries(
    Object.entries(c.custom).filter(
      ([field, value]) => !Object.hasOwn(taken.custom, field) || JSON.stringify(taken.custom[field]) !== JSON.stringify(value),
    ),
  )
  const stays = (await tx.messages.list(target.id)).some((m) => m.seq > part.last && m.author === 'customer')
  await tx.cases.set(target.id, {
    ...(Object.keys(taken.custom).length > 0 && { custom }),
    // Somebody who has written since keeps it open.
    ...(taken.status !== null && c.status === 'open' && !stays && { status: taken.status }),
    ...(taken.subject !== null && { subject: taken.subject }),
  })
}
