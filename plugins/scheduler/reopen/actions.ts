// Planning, changing, cancelling, keeping and postponing reopens: what agents, rules, templates, API and CLI order.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import { PosternError, defineAction } from '../../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Tx } from '../../../core/plugin.ts'
import { conditionIn } from './condition.ts'
import { mentionsIn } from './mentions.ts'
import { lengthBack, movedBy, personOf, timeFor, understand, understandChange, understandHead } from '../person.ts'
import type { Person, SchedulerHost } from '../person.ts'
import { fire } from './fire.ts'
import {
  authorOf,
  changeReopen,
  endReopenNotices,
  factsOf,
  installationView,
  insertReopen,
  mentionsOf,
  nameOf,
  numberBefore,
  numbered,
  offeredReopens,
  othersThan,
  plannedInSlot,
  plannedReopens,
  planSentence,
  slotOf,
  theReopen,
} from './store.ts'
import type { Reopen } from './store.ts'
import { say } from '../texts.ts'
import { mentionsWrong, timeWrong } from '../wrong.ts'

const when = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 120, description }))
const reopen = Type.Optional(
  Type.String({ description: 'Id of the planned reopen; default: your own in this case, else the only one that is planned' }),
)
const note = Type.Optional(Type.String({ maxLength: 20_000, description: 'What is to be done then; @name tells an agent or a group' }))
const mentions = Type.Optional(
  Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50, description: 'Agents and groups to be told, besides those in the note' }),
)
const any_assignee = Type.Optional(
  Type.Boolean({ description: 'Works whoever is responsible then (default); false: only if you still are' }),
)

/** An action that throws `invalid` where it is ordered without a case. */
export function onCase<S extends TSchema>(
  description: string,
  args: S,
  run: (tx: Tx, c: Case, args: Static<S>) => Promise<ActionResult | void>,
  check: (args: Static<S>, asked: ArgumentsAsked) => readonly ArgumentProblem[] = () => [],
): ActionDefinition {
  return defineAction({ description, args, check, run: (tx, call) => run(tx, call.case, call.args) })
}

/**
 * The actions by name. They throw `invalid` with a sentence in the person's language for a time that is not understood, is past or is too
 * far ahead.
 */
export function reopenActions(host: SchedulerHost): Readonly<Record<string, ActionDefinition>> {
  const { settings } = host
  // That one of them is given, `check` has seen.
  const timed = (tx: Tx, person: Person, args: { readonly in?: string; readonly at?: string }) =>
    understand(settings, tx, person, args.in ?? args.at ?? '')
  return {
    'reopen.plan': onCase(
      'Plans that the case is reopened later. Each agent and each rule has one such plan in a case: planning again moves it.',
      Type.Object({
        in: when('How long from now: 2 days 5 hours'),
        at: when('When: tomorrow 9:00, 2026-09-25T14:00'),
        text: Type.Optional(
          Type.String({
            maxLength: 20_120,
            description:
              'The time and behind it the note, in one text, instead of `in`, `at` and `note`. "if mine" between them: only if you still are responsible then; -1 day: the planned one is moved by so much; #2 before it: the second of what is planned is changed',
          }),
        ),
        note,
        mentions,
        any_assignee,
      }),
      async (tx, c, args) => {
        const person = personOf(tx, c.mailbox)
        const { number, rest } = numberBefore(args.text ?? '')
        const back = lengthBack(settings, tx, person, rest)
        if (number !== null || back) {
          const row = number === null ? await theReopen(tx, c, undefined) : numbered(tx, c, await plannedReopens(tx, c.id), number)
          const to = back
            ? { ...movedBy(settings, tx, person, row.due_at, back.span), rest: back.rest }
            : understandHead(settings, tx, person, rest)
          const { any, note: words } = conditionIn(to.rest)
          return edit(tx, c, row, person, to, {
            ...(words !== '' && { note: words }),
            ...(args.mentions && { mentions: args.mentions }),
            ...(args.any_assignee !== undefined ? { any_assignee: args.any_assignee } : any ? {} : { any_assignee: false }),
          })
        }
        const head =
          args.text === undefined ? { ...timed(tx, person, args), rest: args.note ?? '' } : understandHead(settings, tx, person, args.text)
        const { any, note: words } = args.text === undefined ? { any: true, note: head.rest } : conditionIn(head.rest)
        return plan(tx, c, person, head, {
          note: words,
          mentions: args.mentions ?? [],
          any: args.any_assignee ?? any,
          id: host.ids.next(),
        })
      },
      (args, asked) => [...timeWrong(settings, asked, args, { ways: ['in', 'at', 'text'] }), ...mentionsWrong(asked, args)],
    ),
    'reopen.edit': onCase(
      'Changes a planned reopen; who changes it owns it from then on.',
      Type.Object({
        reopen,
        add: when('Moves its time by so much; may be negative: -1 day'),
        at: when('Its new time'),
        in: when('Its new time, from now'),
        note,
        mentions,
        any_assignee,
      }),
      async (tx, c, args) => {
        const row = await theReopen(tx, c, args.reopen)
        mustBePlanned(tx, c, row)
        const person = personOf(tx, c.mailbox)
        const time =
          args.add !== undefined
            ? understandChange(settings, tx, person, row.due_at, args.add)
            : args.at !== undefined || args.in !== undefined
              ? timed(tx, person, args)
              : { at: row.due_at, remark: '' }
        return edit(tx, c, row, person, time, args)
      },
      (args, asked) => [...timeWrong(settings, asked, args, { ways: ['add', 'at', 'in'], optional: true }), ...mentionsWrong(asked, args)],
    ),
    'reopen.cancel': onCase('Cancels a planned reopen.', Type.Object({ reopen }), async (tx, c, args) => {
      const row = await theReopen(tx, c, args.reopen)
      mustBePlanned(tx, c, row)
      await changeReopen(tx, row, { state: 'cancelled' })
      await endReopenNotices(tx, row, 'reopen_planned', 'taken', 'cancel')
      const person = personOf(tx, c.mailbox)
      const by = tx.origin.kind === 'agent' ? tx.origin.id : null
      await tx.notes.add({
        caseId: c.id,
        kind: 'reopen_cancelled',
        text: say(tx.config.locale, 'note.cancelled', { who: nameOf(tx, by), time: timeFor(installationView(tx, row), row.due_at) }),
        data: { ...factsOf(tx, row), tell: othersThan(tx, row) },
      })
      await tx.emit('reopen.cancelled', c.id, { reopen: row.id, due: row.due_at, owner: row.owner })
      return { said: say(person.locale, 'reopen.cancelled', { time: timeFor(person, row.due_at) }), data: { reopen: row.id } }
    }),
    'reopen.keep': onCase(
      'Says that a planned reopen stays in force after a message of the customer.',
      Type.Object({ reopen }),
      async (tx, c, args) => {
        const row = await theReopen(tx, c, args.reopen)
        mustBePlanned(tx, c, row)
        await endReopenNotices(tx, row, 'reopen_planned', 'taken', 'keep')
        await tellOthers(tx, c, row, othersThan(tx, row), 'note.kept')
        await tx.emit('reopen.kept', c.id, { reopen: row.id, due: row.due_at, owner: row.owner })
        const person = personOf(tx, c.mailbox)
        return { said: say(person.locale, 'reopen.kept', { time: timeFor(person, row.due_at) }), data: { reopen: row.id } }
      },
    ),
    'reopen.postpone': onCase(
      'Puts off a reopen that has just come: the status is again what it was.',
      Type.Object({
        reopen: Type.Optional(Type.String({ description: 'Id of the reopen; default: the one of this case that has just come' })),
        in: when('How long from now'),
        at: when('Until when'),
      }),
      async (tx, c, args) => {
        const row = await theReopen(tx, c, args.reopen ?? (await offeredReopens(tx, c.id)).at(-1)?.id)
        if (row.offered !== 1) throw new PosternError('gone', say(personOf(tx, c.mailbox).locale, 'which.movedOn'))
        const person = personOf(tx, c.mailbox)
        return postpone(tx, c, row, person, timed(tx, person, args))
      },
      (args, asked) => timeWrong(settings, asked, args, { ways: ['in', 'at'] }),
    ),
    'reopen.fire': onCase('Lets a planned reopen come now.', Type.Object({ reopen }), async (tx, c, args) => {
      const row = await theReopen(tx, c, args.reopen)
      mustBePlanned(tx, c, row)
      await fire(tx, host, c, row)
      return { data: { reopen: row.id } }
    }),
  }
}

function mustBePlanned(tx: Tx, c: Case, row: Reopen): void {
  if (row.state === 'planned') return
  const { locale } = personOf(tx, c.mailbox)
  throw new PosternError('gone', say(locale, 'which.gone', { state: say(locale, `state.${row.state}`) }))
}

interface Plan {
  readonly id: string
  readonly note: string
  readonly mentions: readonly string[]
  readonly any: boolean
}

async function plan(
  tx: Tx,
  c: Case,
  person: Person,
  time: { readonly at: number; readonly remark: string },
  p: Plan,
): Promise<ActionResult> {
  const named = mentionsIn(tx, person, p.note, p.mentions)
  const assignee = p.any ? null : conditionOn(tx, c)
  const slot = slotOf(tx)
  const fields = { due_at: time.at, zone: person.zone, note: p.note.trim(), any_assignee: Number(p.any), assignee }
  const before = await plannedInSlot(tx, c.id, slot)
  if (before) {
    // A second plan of the same agent is a change of mind; of a rule, its newest reason.
    const row = await changeReopen(tx, before, { ...fields, owner: person.agent }, named)
    await endReopenNotices(tx, row, 'reopen_planned', 'overtaken')
    await tellPlan(tx, c, row, 'note.edited')
    await tx.emit('reopen.edited', c.id, { reopen: row.id, due: row.due_at, owner: row.owner, from: before.due_at })
    return answer(person, 'reopen.moved', row, time)
  }
  const row: Reopen = {
    ...{
      id: p.id,
      case_id: c.id,
      slot,
      owner: person.agent,
      planner: person.agent,
      came_from: null,
      owner_kind: tx.origin.kind,
      state: 'planned',
    },
    ...fields,
    ...{ mentions: JSON.stringify(named), rev: 1, before_status: null, offered: 0, note_id: null, created_at: tx.now, updated_at: tx.now },
  }
  await insertReopen(tx, row, named)
  await tellPlan(tx, c, row, 'note.planned')
  await tx.emit('reopen.planned', c.id, { reopen: row.id, due: row.due_at, owner: row.owner })
  return answer(person, 'reopen.said', row, time)
}

/** Who must be responsible then: the agent who plans; for a rule, who is responsible now. */
function conditionOn(tx: Tx, c: Case): string {
  const agent = tx.origin.kind === 'agent' ? tx.origin.id : c.assignee
  if (agent === null) throw new PosternError('invalid', say(personOf(tx, c.mailbox).locale, 'which.unassigned'))
  return agent
}

interface Change {
  readonly note?: string
  readonly mentions?: readonly string[]
  readonly any_assignee?: boolean
}

async function edit(
  tx: Tx,
  c: Case,
  row: Reopen,
  person: Person,
  time: { readonly at: number; readonly remark: string },
  change: Change,
): Promise<ActionResult> {
  const owner = person.agent ?? row.owner
  const text = change.note ?? row.note
  const named = change.note !== undefined || change.mentions ? mentionsIn(tx, person, text, change.mentions ?? []) : mentionsOf(row)
  const any = change.any_assignee ?? row.any_assignee === 1
  const assignee = any ? null : person.agent !== null ? person.agent : (row.assignee ?? conditionOn(tx, c))
  // It becomes the editor's; if he has one of his own already, both are.
  const wanted = person.agent === null ? row.slot : slotOf(tx)
  const taken = wanted !== row.slot && (await plannedInSlot(tx, c.id, wanted)) !== undefined
  const slot = taken ? `${wanted}:${row.id}` : wanted
  const zone = person.agent === null ? row.zone : person.zone
  const next = await changeReopen(
    tx,
    row,
    {
      due_at: time.at,
      zone,
      owner,
      slot,
      owner_kind: person.agent === null ? row.owner_kind : 'agent',
      note: text.trim(),
      any_assignee: Number(any),
      assignee,
    },
    named,
  )
  await endReopenNotices(tx, next, 'reopen_planned', 'overtaken')
  const others = othersThan(tx, row)
  if (next.due_at !== row.due_at || next.assignee !== row.assignee) await tellPlan(tx, c, next, 'note.edited', others)
  else await tellOthers(tx, c, next, others, 'note.changed')
  await tx.emit('reopen.edited', c.id, { reopen: row.id, due: next.due_at, owner: next.owner, from: row.due_at })
  return answer(person, 'reopen.edited', next, time)
}

async function postpone(
  tx: Tx,
  c: Case,
  row: Reopen,
  person: Person,
  time: { readonly at: number; readonly remark: string },
): Promise<ActionResult> {
  const owner = person.agent ?? row.owner
  const wanted = person.agent === null ? row.slot : slotOf(tx)
  const taken = await plannedInSlot(tx, c.id, wanted)
  const next = await changeReopen(tx, row, {
    state: 'planned',
    due_at: time.at,
    zone: person.zone,
    offered: 0,
    owner,
    slot: taken ? `${wanted}:${row.id}` : wanted,
  })
  await endReopenNotices(tx, row, 'reopen_fired', 'taken', 'postpone')
  const before = row.before_status
  if (before === 'waiting' || before === 'closed') await tx.cases.set(c.id, { status: before })
  if (row.note_id !== null) {
    const first = say(tx.config.locale, 'note.postponed', {
      who: nameOf(tx, owner),
      time: timeFor(installationView(tx, next), next.due_at),
    })
    await tx.notes.update(row.note_id, {
      text: [first, row.note].filter(Boolean).join('\n\n'),
      data: { ...factsOf(tx, next), postponed: true, tell: othersThan(tx, row) },
    })
  }
  await tx.emit('reopen.postponed', c.id, { reopen: row.id, due: next.due_at, owner, note: row.note_id })
  return answer(person, 'reopen.postponed', next, time)
}

/** `tell`: ids of agents who hear of it. */
async function tellPlan(tx: Tx, c: Case, row: Reopen, key: 'note.planned' | 'note.edited', tell: readonly string[] = []): Promise<void> {
  await tx.notes.add({
    caseId: c.id,
    kind: 'reopen_planned',
    text: planSentence(tx, row, key),
    data: { ...factsOf(tx, row), tell },
    author: authorOf(row.owner),
  })
}

/** What leaves no note otherwise is told by one to those who planned it, where somebody else has done it. */
async function tellOthers(tx: Tx, c: Case, row: Reopen, tell: readonly string[], key: 'note.kept' | 'note.changed'): Promise<void> {
  if (tell.length === 0) return
  const who = nameOf(tx, tx.origin.kind === 'agent' ? tx.origin.id : null)
  const sentence = say(tx.config.locale, key, { who, time: timeFor(installationView(tx, row), row.due_at) })
  await tx.notes.add({
    caseId: c.id,
    kind: 'reopen_planned',
    text: [sentence, row.note].filter(Boolean).join('\n\n'),
    data: { ...factsOf(tx, row), tell },
    author: authorOf(tx.origin.kind === 'agent' ? tx.origin.id : null),
  })
}

function answer(
  person: Person,
  key: 'reopen.said' | 'reopen.moved' | 'reopen.edited' | 'reopen.postponed',
  row: Reopen,
  time: { readonly remark: string },
): ActionResult {
  const said = say(person.locale, key, { time: timeFor(person, row.due_at) })
  return { said: [said, time.remark].filter(Boolean).join(' '), data: { reopen: row.id, due: row.due_at } }
}
