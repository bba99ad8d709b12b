// Writing messages that leave later; sending one now, changing it, taking it back.
import Type from 'typebox'
import type { Static, TProperties, TSchema } from 'typebox'
import { unsentAnswer, withLater } from '../../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Message, Tx } from '../../../core/plugin.ts'
import {
  changeDeferred,
  plannedMessages,
  copiesAction,
  copiesOf,
  planMessage,
  resumeAction,
  theMessage,
  timeOf,
  withCopies,
  withTime,
} from './store.ts'
import type { Deferred } from './store.ts'
import { release } from './send.ts'
import { scheduleActions } from '../schedule.ts'
import { tellPlanned } from './planned-notice.ts'
import { tellWriter } from './tell.ts'
import { lengthBack, movedBy, personOf, timeFor, understand, understandChange } from '../person.ts'
import type { SchedulerHost } from '../person.ts'
import { onCase } from '../reopen/actions.ts'
import { numberBefore, numbered } from '../reopen/store.ts'
import { say } from '../texts.ts'
import { timeWrong, whoAsks } from '../wrong.ts'

const when = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 120, description }))
const message = Type.Optional(Type.String({ description: 'Id of the message; default: the only one that is planned' }))
const addresses = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 3, maxLength: 320 }), { maxItems: 100, description }))
const cc = Type.Optional(
  Type.Object(
    { add: addresses('Addresses to add'), remove: addresses('Addresses to take out'), set: addresses('The whole list from then on') },
    { description: 'Who gets copies from then on; until it leaves nothing of that is changed' },
  ),
)
const changes = Type.Object({
  message,
  cc,
  at: when('Its new time; -1 hour: so much sooner than planned; #2 before it: the second of what is planned is meant'),
  in: when('Its new time, from now'),
  add: when('Moves its time by so much; may be negative'),
})

/** The actions by name. They throw `invalid` for a time that is not understood, and `not_found` for a message that is not in the case. */
export function deferredActions(host: SchedulerHost): Readonly<Record<string, ActionDefinition>> {
  // What an answer takes is the desk's to say; it stands before this plugin.
  const argsOf = (action: string): TProperties => {
    const args = host.registry.action(action)?.args
    return args && 'properties' in args ? (args.properties as TProperties) : {} // an object schema by the contract of actions
  }
  // So is what is wrong with the rest of it, and with people in copy.
  const ofAnother = (action: string, args: object, asked: ArgumentsAsked): readonly ArgumentProblem[] =>
    host.registry.action(action)?.check?.(args as never, asked) ?? []
  const copiesWrong = ({ cc: copies }: { readonly cc?: object }, asked: ArgumentsAsked): readonly ArgumentProblem[] =>
    copies ? ofAnother('case.cc', copies, asked).map((p) => ({ ...p, path: ['cc', ...p.path] })) : []
  const changeArgs = Type.Object({ ...argsOf('reply.change'), ...changes.properties })
  const deferArgs = Type.Object({
    ...argsOf('reply.send'),
    cc,
    at: when('When it is sent: tomorrow 9:00, 2026-09-25T14:00'),
    in: when('How long from now'),
  })
  return {
    'reply.defer': onCase(
      'Answers the customer later; until then only agents see it.',
      deferArgs,
      (tx, c, args) => defer(tx, host, c, args),
      (args, asked) => [
        ...timeWrong(host.settings, asked, args, { ways: ['at', 'in'], person: whoAsks(asked, agentIn(args)) }),
        ...copiesWrong(args, asked),
        ...ofAnother('reply.send', args, asked),
      ],
    ),
    'deferred.send': onCase('Sends a deferred message now.', Type.Object({ message }), async (tx, c, args) => {
      const { row, message: m } = await theMessage(tx, c, args.message)
      const result = await release(tx, host, c, row, m)
      if (typeof result.data?.held !== 'string') await tellWriter(tx, c, row, m, 'Sent')
      const { locale } = personOf(tx, c.mailbox)
      const notice = typeof result.data?.notice === 'string' ? await tx.notices.get(result.data.notice) : undefined
      // Who raised the notice words it.
      return { ...result, said: (notice && host.registry.notices.get(notice.kind)?.text(notice, locale)) ?? say(locale, 'deferred.sent') }
    }),
    'deferred.cancel': onCase(
      'Takes a deferred message out of the conversation before it leaves.',
      Type.Object({ message }),
      async (tx, c, args) => {
        const { row, message: m } = await theMessage(tx, c, args.message)
        await cancel(tx, c, row, m)
        return { said: say(personOf(tx, c.mailbox).locale, 'deferred.cancelled'), data: { message: m.id } }
      },
    ),
    'deferred.edit': onCase(
      'Changes a deferred message or its time; files that are given are all that it has from then on.',
      changeArgs,
      async (tx, c, args: Static<typeof changes>) => {
        const { number, rest } = numberBefore(args.at ?? '')
        const meant = number === null ? args.message : numbered(tx, c, await plannedMessages(tx, c.id), number).message_id
        const { row, message: m } = await theMessage(tx, c, meant)
        return edit(tx, host, c, row, m, { ...args, ...(number !== null && { at: rest }) })
      },
      (args, asked) => [
        ...timeWrong(host.settings, asked, args, { ways: ['at', 'in', 'add'], optional: true, back: true }),
        ...copiesWrong(args, asked),
        ...ofAnother('reply.change', args, asked),
      ],
    ),
    ...scheduleActions(argsOf('reply.send'), (args, asked) => ofAnother('reply.send', args, asked)),
    [resumeAction]: onCase(
      'Plans an answer that was held before it was planned, where its time is still to come; its release orders this.',
      Type.Object({ message: Type.String({ description: 'The message, by its id' }), to: replyTo(argsOf('reply.send')) }),
      (tx, c, args: { readonly message: string; readonly to?: unknown }) => resume(tx, c, args.message, args.to),
    ),
    [copiesAction]: onCase(
      'Changes who gets copies as it was said with a deferred message; its leaving orders this.',
      Type.Object({ message: Type.String({ description: 'The message, by its id' }) }),
      async (tx, c, args) => {
        const m = await tx.messages.get(args.message)
        const copies = m && copiesOf(m)
        if (copies !== undefined) await tx.act('case.cc', c.id, copies)
      },
    ),
  }
}

async function defer(tx: Tx, host: SchedulerHost, c: Case, args: Readonly<Record<string, unknown>>): Promise<ActionResult> {
  const { at, in: span, cc: copies, ...words } = args
  const person = personOf(tx, c.mailbox, agentIn(args))
  const text = typeof at === 'string' ? at : typeof span === 'string' ? span : ''
  const time = understand(host.settings, tx, person, text)
  const { data } = await tx.act('reply.prepare', c.id, words)
  const id = String(data?.message)
  const message = await tx.messages.get(id)
  if (copies !== undefined) await keepCopies(tx, message, copies as Copies) // checked against the arguments of the action
  const said = [say(person.locale, 'deferred.said', { time: timeFor(person, time.at) }), time.remark].filter(Boolean).join(' ')
  // Something is wrong with it already (a near miss of a command), or more has been said than its writer knows: an agent decides before anything
  // is planned, and what he lets go is planned for the same time.
  const older = args.hold === undefined && (await tx.act('reply.check', c.id, words)).data?.older
  if (message && (typeof args.hold === 'string' || typeof older === 'string')) {
    const kept = (await tx.messages.get(id)) ?? message
    await tx.messages.update(id, { data: withTime(kept.data, time.at, person.zone) })
    return tx.act('reply.leave', c.id, { message: id, ...(typeof args.hold === 'string' && { hold: args.hold }) })
  }
  await planMessage(tx, id, { kind: 'deferred', due: time.at, zone: person.zone })
  await tx.emit('deferred.planned', c.id, { message: id, due: time.at, agent: message?.agent ?? null, kind: 'deferred' })
  await tellPlanned(tx, id, { due_at: time.at, zone: person.zone })
  return { said, data: { message: id, due: time.at } }
}

const replyTo = (args: TProperties): TSchema => Type.Optional(args.to ?? Type.String())

/** Whatever else was ordered with it is done now; who gets copies changes when it leaves. */
async function resume(tx: Tx, c: Case, id: string, to: unknown): Promise<ActionResult> {
  const held = await tx.messages.get(id)
  const time = held && timeOf(held)
  if (!held || !time || held.state !== 'held' || time.due <= tx.now) return { data: { planned: false } }
  for (const action of unsentAnswer(held).first) if (action !== copiesAction) await tx.act(action, c.id, { message: id })
  const message = (await tx.messages.get(id)) ?? held
  const data = withLater(message.data, null)
  const reply = to === undefined ? data.reply : { ...unsentAnswer(message).order, to }
  await tx.messages.update(id, { state: 'deferred', data: { ...data, reply } })
  await planMessage(tx, id, { kind: 'deferred', due: time.due, zone: time.zone })
  await tx.emit('deferred.planned', message.caseId, { message: id, due: time.due, agent: message.agent, kind: 'deferred' })
  await tellPlanned(tx, id, { due_at: time.due, zone: time.zone })
  const person = personOf(tx, c.mailbox)
  return {
    said: say(person.locale, 'deferred.said', { time: timeFor(person, time.due) }),
    data: { message: id, due: time.due, planned: true },
  }
}

/** In whose name it is written, where that is not who orders it. */
const agentIn = (args: object): string | undefined => ('agent' in args && typeof args.agent === 'string' ? args.agent : undefined)

type Copies = NonNullable<Static<typeof cc>>

/** What is to become of CC is kept with the message until it leaves. */
async function keepCopies(tx: Tx, m: Message | undefined, copies: Copies): Promise<void> {
  if (m) await tx.messages.update(m.id, { data: withCopies(m.data, copies) })
}

/** Takes a message that has not left out of the conversation. */
export async function cancel(tx: Tx, c: Case, row: Deferred, m: Message): Promise<void> {
  await changeDeferred(tx, row, { state: 'cancelled' })
  await tellWriter(tx, c, row, m, 'Cancelled')
  await tx.messages.remove(m.id)
  await tx.emit('deferred.cancelled', c.id, { message: m.id, due: row.due_at, agent: m.agent })
  // A case that was begun with this message has nothing left in it.
  if (c.messageCount === 0 && (await tx.messages.list(c.id)).length === 0) await tx.cases.set(c.id, { status: 'trash' })
}

async function edit(tx: Tx, host: SchedulerHost, c: Case, row: Deferred, m: Message, args: Static<typeof changes>): Promise<ActionResult> {
  const person = personOf(tx, c.mailbox)
  const moved = args.at ?? args.in
  const back = args.at === undefined ? null : lengthBack(host.settings, tx, person, args.at)
  const time =
    args.add !== undefined
      ? understandChange(host.settings, tx, person, row.due_at, args.add)
      : back
        ? movedBy(host.settings, tx, person, row.due_at, back.span)
        : moved !== undefined
          ? understand(host.settings, tx, person, moved)
          : { at: row.due_at, remark: '' }
  const { message: _message, cc: copies, at: _at, in: _in, add: _add, ...words } = args
  if (Object.keys(words).length > 0) await tx.act('reply.change', c.id, { ...words, message: m.id })
  if (copies) await keepCopies(tx, await tx.messages.get(m.id), copies)
  const next = await changeDeferred(tx, row, { due_at: time.at, planned_at: tx.now, zone: person.agent === null ? row.zone : person.zone })
  await tellWriter(tx, c, next, m, 'Edited')
  await tx.emit('deferred.edited', c.id, { message: m.id, due: next.due_at, agent: m.agent, from: row.due_at })
  if (next.due_at !== row.due_at && next.kind === 'deferred') await tellPlanned(tx, m.id, next)
  return {
    said: [say(person.locale, 'deferred.edited', { time: timeFor(person, next.due_at) }), time.remark].filter(Boolean).join(' '),
    data: { message: m.id, due: next.due_at },
  }
}
