// An incident is a case with parts: each part's requester gets the answer by himself and in his own case; the parts may share its status.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError, defineAction, languageOf, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Tx } from '../../core/plugin.ts'
import { say } from './texts.ts'

const status = Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')])

/** More parts than this are not answered in one transaction. */
const mostParts = 500

const args = Type.Object({
  text: Type.String({ maxLength: 5_000_000 }),
  html: Type.Optional(Type.Union([Type.String({ maxLength: 5_000_000 }), Type.Null()], { description: 'Sanitised before it is sent' })),
  attachments: Type.Optional(
    Type.Array(Type.Unknown(), { maxItems: 100, description: 'As with reply.send; files that are uploaded, not those of a case' }),
  ),
  agent: Type.Optional(Type.String({ ...refersTo('writer'), description: 'Agent in whose name it is written; default: who orders it' })),
  answers: Type.Optional(Type.String({ description: 'Message of this case that is answered' })),
  status: Type.Optional(
    Type.Union([Type.Literal('keep'), status], { description: 'Status of each case once it is sent, as with reply.send' }),
  ),
  itself: Type.Optional(Type.Boolean({ default: true, description: 'The requester of this case gets it too' })),
})

/** The actions by name. They throw `not_found` where the case has no open part. */
export const incidentActions: Readonly<Record<string, ActionDefinition>> = {
  'incident.answer': defineAction({
    description:
      'Sends one answer to the requester of each open part of this case, each by himself in his own case, and to the requester of this one.',
    args,
    check: ({ text, attachments }, asked) =>
      text.trim() === '' && !attachments?.length ? [{ path: ['text'], message: say(asked.locale, 'refused.empty') }] : [],
    run: (tx, { case: c, args }) => answerAll(tx, c, args),
  }),
  'incident.status': defineAction({
    description: 'Sets the status of this case and of all its parts that are not in spam or trash.',
    args: Type.Object({ status }),
    async run(tx, { case: c, args }) {
      const parts = await partsOf(tx, c, ['open', 'waiting', 'closed'])
      for (const one of [c, ...parts]) await tx.act('case.status', one.id, { status: args.status })
      return { data: { cases: [c, ...parts].map((p) => p.number) } }
    },
  }),
}

/** Parts in one of these statuses, by ascending id, as they are to be locked. */
async function partsOf(tx: Tx, c: Case, statuses: readonly Case['status'][]): Promise<readonly Case[]> {
  const parts: Case[] = []
  for (const l of await tx.cases.links(c.id)) {
    const part = l.kind === 'has-part' ? await tx.cases.get(l.caseId) : undefined
    if (part && part.mergedInto === null && statuses.includes(part.status)) parts.push(part)
  }
  return parts.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, mostParts)
}

async function answerAll(tx: Tx, c: Case, given: Static<typeof args>): Promise<ActionResult> {
  const { itself, answers, ...words } = given
  const parts = await partsOf(tx, c, ['open', 'waiting'])
  const locale = languageOf(tx, c)
  if (parts.length === 0) throw new PosternError('not_found', say(locale, 'refused.noParts', { number: c.number }))
  const results: {
    readonly case: string
    readonly number: number
    readonly message?: unknown
    readonly held?: unknown
    readonly refused?: string
  }[] = []
  let own: ActionResult = {}
  // Each alone: who takes part in one of them learns nothing of the others.
  for (const one of [...(itself === false ? [] : [c]), ...parts]) {
    const order = { ...words, to: 'requester', ...(one.id === c.id && answers !== undefined && { answers }) }
    try {
      const result = await tx.attempt(() => tx.act('reply.send', one.id, order))
      if (one.id === c.id) own = result
      results.push({
        case: one.id,
        number: one.number,
        message: result.data?.message,
        ...(result.data?.held !== undefined && { held: result.data.held }),
      })
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      if (!['invalid', 'not_found', 'conflict', 'gone', 'forbidden', 'bad_address'].includes(error.code)) throw error
      results.push({ case: one.id, number: one.number, refused: error.detail || error.message })
    }
  }
  const held = results.filter((r) => r.held !== undefined || r.refused !== undefined)
  return {
    said: [
      say(locale, 'said.answered', { n: results.length - held.length }),
      ...(held.length > 0 ? [say(locale, 'said.held', { list: held.map((r) => `#${r.number}`).join(', ') })] : []),
    ].join('; '),
    data: { ...own.data, cases: results },
  }
}
