// What is shown of what was found: the rows of cases, and the texts from which pieces are shown.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import type { DocKey } from './index-store.ts'
import { placeOf, thingAt } from './tables.ts'
import type { DocKind } from './tables.ts'

/** The documents, with the words from which a piece is shown. */
export async function textsOf(db: Kysely<Tables>, docs: readonly DocKey[]) {
  const things = docs.map((d) => ({ number: d.caseNumber, ...thingAt(d.place) }))
  const of = (kind: 'message' | 'note') => {
    const list = things.filter((t) => t.kind === kind)
    // Whole numbers of ours: no bound values, of which a statement may not have so many.
    return list.length === 0
      ? null
      : {
          numbers: list.map((t) => t.number),
          pairs: sql`(values ${sql.join(list.map((t) => sql`(${sql.lit(t.number)}, ${sql.lit(t.item)})`))})`,
        }
  }
  const messages = of('message')
  const notes = of('note')
  const cases = things.flatMap((t) => (t.kind === 'case' ? [t.number] : []))
  const row = <R extends { readonly number: number; readonly item: number }>(r: R, kind: DocKind) => ({
    ...r,
    kind,
    key: keyOf({ caseNumber: Number(r.number), place: placeOf(kind, Number(r.item)) }),
  })
  return [
    ...(messages === null
      ? []
      : (
          await db
            .selectFrom('cases as c')
            .innerJoin('messages as m', 'm.case_id', 'c.id')
            .where('c.number', 'in', messages.numbers)
            .where(sql<boolean>`(c.number, m.seq) in ${messages.pairs}`)
            .select(['c.number', 'm.seq as item', 'm.id as item_id', 'm.created_at as at', 'm.text', 'm.subject'])
            .execute()
        ).map((r) => row(r, 'message'))),
    ...(notes === null
      ? []
      : (
          await db
            .selectFrom('cases as c')
            .innerJoin('notes as n', 'n.case_id', 'c.id')
            .where('c.number', 'in', notes.numbers)
            .where(sql<boolean>`(c.number, n.seq) in ${notes.pairs}`)
            .select(['c.number', 'n.seq as item', 'n.id as item_id', 'n.created_at as at', 'n.text', sql<string>`''`.as('subject')])
            .execute()
        ).map((r) => row(r, 'note'))),
    ...(cases.length === 0
      ? []
      : (
          await db
            .selectFrom('cases as c')
            .where('c.number', 'in', cases)
            .select([
              'c.number',
              sql<number>`0`.as('item'),
              'c.id as item_id',
              'c.created_at as at',
              'c.subject as text',
              sql<string>`''`.as('subject'),
            ])
            .execute()
        ).map((r) => row(r, 'case'))),
  ]
}

/** A document's key as a key of a map. */
export const keyOf = ({ caseNumber, place }: DocKey): string => `${caseNumber}/${place}`

/** The cases of these ids, as lists show them. */
export async function casesOf(db: Kysely<Tables>, ids: readonly string[]) {
  if (ids.length === 0) return []
  return db
    .selectFrom('cases')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute()
}
