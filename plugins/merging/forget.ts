// What a merge has carried of a person's words into the case of somebody else: it goes with him.
import type { Tx } from '../../core/plugin.ts'
import { begunBy, emptyTaken, mergesOf, rewordEvents, rewordNotes, rewordNotices, setSilently } from './store.ts'
import { localeOf, say } from './texts.ts'

/**
 * Takes the subjects and fields of his cases out of those that they were merged into: the notes name the number alone, fields that came with
 * a case go where nobody has changed them since, and a subject that came with it gives way to the one before.
 */
export async function forgetMerged(tx: Tx, person: { readonly address: string; readonly cases: readonly string[] }): Promise<void> {
  const his = await begunBy(tx, person.cases, person.address)
  const byId = new Map(his.map((c) => [c.id, c]))
  for (const c of his) await rewordNotices(tx, c, `#${c.number}`)
  for (const merge of await mergesOf(tx, [...byId.keys()])) {
    const source = byId.get(merge.row.source_id)
    const target = await tx.cases.get(merge.row.target_id)
    if (!source || !target) continue
    const locale = localeOf(tx, target)
    await rewordNotes(tx, target.id, source, say(locale, 'note.forgotten', { number: source.number }))
    const { custom, subject } = merge.taken
    const left = Object.entries(target.custom).filter(([key, value]) => JSON.stringify(custom[key]) !== JSON.stringify(value))
    const patch = {
      ...(left.length < Object.keys(target.custom).length && { custom: Object.fromEntries(left) }),
      ...(subject !== null && target.subject === source.subject && { subject }),
    }
    if (Object.keys(patch).length > 0) await setSilently(tx, target.id, patch)
    await rewordEvents(tx, target.id, source.subject, `#${source.number}`)
    await emptyTaken(tx, merge)
  }
}
