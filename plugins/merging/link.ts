// Cases that belong together and stay two: related, one a part of the other (an incident), one following the other.
import Type from 'typebox'
import { PosternError, defineAction, languageOf, mayAct, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Tx } from '../../core/plugin.ts'
import { refPattern } from './merge.ts'
import { namedCase } from './plan.ts'
import { say } from './texts.ts'

/** What this case is to the other one, and what that one is then to this. */
const inverse = { related: 'related', 'part-of': 'has-part', follows: 'followed-by' } as const
const ours: ReadonlySet<string> = new Set(Object.entries(inverse).flat())

const other = Type.String({ ...refersTo('case'), minLength: 1, maxLength: 64, description: '#number or id of the other case' })

/** The actions by name. They throw `not_found` for an unknown case, `invalid` for a case and itself, `conflict` for two parts of each other. */
export const linkActions: Readonly<Record<string, ActionDefinition>> = {
  'case.link': defineAction({
    description: 'Links this case to another one: related to it, a part of it (an incident), or following it. Taken back by case.unlink.',
    args: Type.Object({
      other,
      kind: Type.Union([Type.Literal('related'), Type.Literal('part-of'), Type.Literal('follows')], {
        default: 'related',
        description: 'What this case is to the other one',
      }),
    }),
    others: (a) => [a.other],
    check: refProblems,
    run: (tx, { case: c, args }) => link(tx, c, args.other, args.kind),
  }),
  'case.unlink': defineAction({
    description: 'Takes the link between this case and another one out, of whatever kind case.link made it.',
    args: Type.Object({ other }),
    others: (a) => [a.other],
    check: refProblems,
    run: (tx, { case: c, args }) => unlink(tx, c, args.other),
  }),
}

function refProblems(args: { readonly other: string }, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  return refPattern.test(args.other.trim())
    ? []
    : [{ path: ['other'], message: say(asked.locale, 'refused.none', { ref: args.other.slice(0, 64) }), code: 'not_found' }]
}

async function link(tx: Tx, c: Case, ref: string, kind: keyof typeof inverse): Promise<ActionResult> {
  const there = await reachable(tx, c, ref)
  const locale = languageOf(tx, c)
  if (kind === 'part-of' && (await isPartOf(tx, there.id, c.id)))
    throw new PosternError('conflict', say(locale, 'refused.circle', { source: c.number, target: there.number }))
  const known = (await tx.cases.links(c.id)).some((l) => l.caseId === there.id && l.kind === kind)
  if (!known) await tx.cases.link(c.id, kind, there.id, inverse[kind])
  return { data: { case: there.id, number: there.number, kind } }
}

async function unlink(tx: Tx, c: Case, ref: string): Promise<ActionResult> {
  const there = await reachable(tx, c, ref)
  const links = (await tx.cases.links(c.id)).filter((l) => l.caseId === there.id)
  const mine = links.filter((l) => ours.has(l.kind))
  if (mine.length === 0)
    throw new PosternError('not_found', say(languageOf(tx, c), 'refused.linked', { source: c.number, target: there.number }))
  const back = (await tx.cases.links(there.id)).filter((l) => l.caseId === c.id && !ours.has(l.kind))
  await tx.cases.unlink(c.id, there.id)
  // What a split or a copy of the same mail has linked stays.
  for (const [i, l] of links.filter((l) => !ours.has(l.kind)).entries())
    await tx.cases.link(c.id, l.kind, there.id, back[i]?.kind ?? l.kind)
  for (const l of mine) await tx.emit('case.unlinked', c.id, { other: there.id, kind: l.kind })
  return { data: { case: there.id, number: there.number } }
}

async function reachable(tx: Tx, c: Case, ref: string): Promise<Case> {
  const there = await namedCase(tx, c, ref)
  const locale = languageOf(tx, c)
  if (there.id === c.id) throw new PosternError('invalid', say(locale, 'refused.itself'))
  if (tx.origin.kind === 'agent' && tx.origin.id !== null && !mayAct(tx.config, tx.origin.id, there.mailbox))
    throw new PosternError('forbidden', say(locale, 'refused.access', { number: there.number }))
  return there
}

/** Parts of parts that are looked through at most. */
const deepest = 16

async function isPartOf(tx: Tx, id: string, whole: string): Promise<boolean> {
  let level = [id]
  const seen = new Set(level)
  for (let i = 0; i < deepest && level.length > 0; i++) {
    const next: string[] = []
    for (const one of level)
      for (const l of await tx.cases.links(one)) {
        if (l.kind !== 'part-of' || seen.has(l.caseId)) continue
        if (l.caseId === whole) return true
        seen.add(l.caseId)
        next.push(l.caseId)
      }
    level = next
  }
  return false
}
