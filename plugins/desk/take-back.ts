// Takes back what was put right in a case, until somebody has written.
import Type from 'typebox'
import { PosternError, mayAct, languageOf } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Tx } from '../../core/plugin.ts'
import { caseAction } from './case-actions.ts'
import { changeSender, peopleNow, setPeople, setPlace } from './changes.ts'
import type { Kept, People, Place } from './changes.ts'
import { lastChange, markTakenBack, senderNamed } from './store.ts'
import type { ChangeTable } from './tables.ts'
import { say } from './texts.ts'

/** The action `case.undo`. Throws `gone` where there is nothing to take back, somebody has written since, or it was changed in another way. */
export const takeBackActions: Readonly<Record<string, ActionDefinition>> = {
  'case.undo': caseAction({
    description:
      'Takes back the last change of the requester, the mailbox or the sending address, until somebody has written in the case (then `gone`).',
    args: Type.Object({
      what: Type.Optional(
        Type.Union([Type.Literal('requester'), Type.Literal('mailbox'), Type.Literal('from')], {
          description: 'The last change of this; default: whichever was the last',
        }),
      ),
    }),
    beforeSend: true,
    run: (tx, { case: c, args }) => takeBack(tx, c, args.what),
  }),
}

async function takeBack(tx: Tx, c: Case, kind: ChangeTable['kind'] | undefined): Promise<ActionResult> {
  const row = await lastChange(tx, c.id, kind)
  if (!row) throw gone(tx, c, 'refused.nothingToUndo')
  if (c.messageCount !== row.messages) throw gone(tx, c, 'refused.written')
  const [before, after] = [JSON.parse(row.before), JSON.parse(row.after)] as [unknown, unknown]
  const result =
    row.kind === 'requester'
      ? await backToPeople(tx, c, before as People, after as People) // written by `remember`, by this kind
      : row.kind === 'mailbox'
        ? await backToPlace(tx, c, before as Place, after as Place)
        : await backToSender(tx, c, before as Kept['from'], after as Kept['from'])
  await markTakenBack(tx, row.id)
  return result
}

async function backToPeople(tx: Tx, c: Case, before: People, after: People): Promise<ActionResult> {
  if (form(await peopleNow(tx, c.id)) !== form(after)) throw gone(tx, c, 'refused.changedAgain')
  await setPeople(tx, c.id, before)
  const { address } = before.requester
  return { said: say(languageOf(tx, c), 'said.requester', { address }), data: { requester: address } }
}

async function backToPlace(tx: Tx, c: Case, before: Place, after: Place): Promise<ActionResult> {
  const { mailbox, group } = before
  const name = tx.config.mailboxes.get(mailbox)?.name
  if (c.mailbox !== after.mailbox || name === undefined) throw gone(tx, c, 'refused.changedAgain')
  // Who was made responsible since stays it, where he may act there.
  const wanted = c.assignee === after.assignee ? before.assignee : c.assignee
  const assignee = wanted !== null && mayAct(tx.config, wanted, mailbox) ? wanted : null
  const known = c.group === after.group && (group === null || tx.config.groups.has(group))
  await setPlace(tx, c, { mailbox, assignee, group: known ? group : c.group }, true)
  return { said: say(languageOf(tx, c), 'said.moved', { mailbox: name }), data: { mailbox } }
}

async function backToSender(tx: Tx, c: Case, before: Kept['from'], after: Kept['from']): Promise<ActionResult> {
  if (((await senderNamed(tx, c.id)) ?? null) !== after.address) throw gone(tx, c, 'refused.changedAgain')
  await changeSender(tx, c.id, after.address, before.address)
  const address = before.address ?? tx.config.mailboxes.get(c.mailbox)?.address ?? ''
  return { said: say(languageOf(tx, c), 'said.from', { address }), data: { from: before.address } }
}

/** For comparing: order in a list says nothing. */
const form = (p: People): string =>
  JSON.stringify([p.requester.address, ...[p.cc, p.bcc].map((list) => list.map((one) => one.address).sort())])

const gone = (tx: Tx, c: Case, key: 'refused.nothingToUndo' | 'refused.written' | 'refused.changedAgain'): PosternError =>
  new PosternError('gone', say(languageOf(tx, c), key))
