// A merge without a number: the requester's other open cases, each with a button.
import { languageOf, systemOrigin } from '../../core/plugin.ts'
import type { ActionResult, Case, Tx } from '../../core/plugin.ts'
import { say } from './texts.ts'

const lookedBackMs = 30 * 86_400_000
/** Cases that are offered at most. */
const most = 10

/** Raises a notice with one button for each; what is said lists them. */
export async function offerChoice(tx: Tx, c: Case): Promise<ActionResult> {
  const locale = languageOf(tx, c)
  const cases = await tx.read.cases({
    statuses: ['open', 'waiting'],
    person: c.requester.address,
    channel: c.channel,
    updated: { from: tx.now - lookedBackMs },
    limit: most + 1,
  })
  const others = cases
    .filter((other) => other.id !== c.id && other.requester.address === c.requester.address && other.mergedInto === null)
    .slice(0, most)
  if (others.length === 0) return { said: say(locale, 'choose.none'), data: { cases: [] } }
  for (const notice of await tx.notices.open(c.id, 'merge_choice')) await tx.notices.resolve(notice.id, { state: 'overtaken' })
  // Who asks is told of it too: the mail about it has the buttons.
  const notice = await tx.as(systemOrigin).notices.raise({
    caseId: c.id,
    kind: 'merge_choice',
    data: { case: c.id, number: c.number, ...(tx.origin.kind === 'agent' && { agent: tx.origin.id }) },
    actions: others.map((other) => ({ name: `merge_${other.number}`, action: 'case.merge', args: { into: `#${other.number}` } })),
  })
  return {
    said: [say(locale, 'choose.list', { number: c.number }), ...others.map((o) => `#${o.number} ${o.subject}`)].join('\n'),
    data: { notice: notice.id, cases: others.map((o) => ({ case: o.id, number: o.number, subject: o.subject })) },
  }
}
