// Documents and cases by words alone, in no order of merit: for phrases that have yet to be looked for, for similar cases, for people to be forgotten.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import { matching, scopeOf, span } from './find-store.ts'
import type { Ready } from './find-store.ts'
import type { DocKey, Kind } from './index-store.ts'
import type { Phrase, Query } from './query.ts'

/** Documents that have one of each of these lists, by their words. `query`: from the time that it asks for. */
export async function candidates(
  db: Kysely<Tables>,
  kind: Kind,
  ready: Ready,
  main: readonly (readonly Phrase[])[],
  { mailboxes, query, most }: { readonly mailboxes: readonly string[] | null; readonly query: Query | null; readonly most: number },
): Promise<readonly DocKey[]> {
  const { rows } = await sql<{ n: number | string; place: number }>`select d.case_number as n, d.place
    from ${matching(kind, ready, main)} and ${query === null ? sql`1 = 1` : span(query)}
    ${mailboxes === null ? sql`` : sql`and d.case_number in (select c.number from cases c where ${scopeOf(mailboxes)})`}
    limit ${most}`.execute(db)
  return rows.map((r) => ({ caseNumber: Number(r.n), place: r.place }))
}

/** The documents in which the words of this address stand, wherever and in whatever order. */
export async function docsWith(
  db: Kysely<Tables>,
  kind: Kind,
  ready: Pick<Ready, 'stemsOf' | 'beginningOf'>,
  address: Phrase,
): Promise<readonly (DocKey & { readonly caseId: string })[]> {
  const { rows } = await sql<{ n: number | string; place: number; caseId: string }>`
    select h.case_number as n, h.place, c.id as "caseId" from (select d.case_number, d.place from ${matching(kind, ready, [[address]])}) h
    join cases c on c.number = h.case_number`.execute(db)
  return rows.map((r) => ({ caseNumber: Number(r.n), place: r.place, caseId: r.caseId }))
}

/** Numbers of other cases of the mailbox with one of these words, said since `from` (ms UTC), the newest first. */
export async function casesWithAny(
  db: Kysely<Tables>,
  kind: Kind,
  ready: Pick<Ready, 'stemsOf' | 'beginningOf'>,
  words: readonly Phrase[],
  { mailbox, not, from, most }: { readonly mailbox: string; readonly not: number; readonly from: number; readonly most: number },
): Promise<readonly number[]> {
  const { rows } = await sql<{ number: number | string }>`
    select c.number from cases c where c.mailbox = ${mailbox} and c.number <> ${not} and c.merged_into is null and c.status in ('open', 'waiting', 'closed')
      and c.number in (select d.case_number from ${matching(kind, ready, [words])} and ${span({ after: from, before: null })})
    order by c.number desc limit ${most}`.execute(db)
  return rows.map((r) => Number(r.number))
}
