// From a query to SQL. Words of the user are letters and digits by then, and quoted all the same; everything else is a bound value.
import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import { lexemeOf } from './index-store.ts'
import type { Kind } from './index-store.ts'
import type { Clause, Condition, Field, Phrase, Query } from './query.ts'
import { docKinds } from './tables.ts'
import { stem } from './words.ts'

type Sql = RawBuilder<unknown>

/** What is asked of the index. */
export interface Asked {
  readonly query: Query
  /** null: all. */
  readonly mailboxes: readonly string[] | null
  readonly by: 'relevance' | '-updated_at'
  readonly most: number
}

/** A case that was found, and the document in which most of it was; null: by what the case is, not by words. */
export interface Found {
  readonly caseId: string
  readonly doc: number | null
  readonly score: number
}

/** Ids of the cases that a query finds, as a subquery with one column. */
export function caseIds(kind: Kind, query: Query): RawBuilder<string> {
  return sql<string>`(select c.id from cases c where ${conditions(kind, query, true)})`
}

/** The cases that a query finds within the mailboxes, the best first. */
export async function findCases(db: Kysely<Tables>, kind: Kind, { query, mailboxes, by, most }: Asked): Promise<readonly Found[]> {
  if (mailboxes?.length === 0) return []
  const scope = mailboxes === null ? sql`1 = 1` : sql`c.mailbox in (${sql.join(mailboxes)})`
  const first = query.number === null ? sql`` : sql`case when c.number = ${query.number} then 0 else 1 end,`
  const main = mainOf(query)
  const rest = conditions(kind, query, main === null)
  const found =
    main === null
      ? sql`select c.id as "caseId", null as doc, 0 as score from cases c where ${scope} and ${rest}
          order by ${first} c.updated_at desc, c.id desc limit ${most}`
      : kind === 'sqlite'
        ? by === 'relevance'
          ? // A bare column beside min() is of the row that has it (SQLite's documentation of SELECT, "Bare columns").
            sql`select c.id as "caseId", h.doc as doc, -min(h.score) as score
              from (select d.case_number, d.id as doc, search_words.rank as score from ${matching(kind, main, query)}) h
              join cases c on c.number = h.case_number where ${scope} and ${rest}
              group by c.id order by min(h.score), c.updated_at desc, c.id desc limit ${most}`
          : sql`select c.id as "caseId", max(h.doc) as doc, 0 as score
              from (select d.case_number, d.id as doc from ${matching(kind, main, query)}) h
              join cases c on c.number = h.case_number where ${scope} and ${rest}
              group by c.id order by c.updated_at desc, c.id desc limit ${most}`
        : by === 'relevance'
          ? sql`select c.id as "caseId", (array_agg(h.doc order by h.score desc, h.doc desc))[1] as doc, max(h.score) as score
              from (select d.case_number, d.id as doc, ts_rank(d.words, ${tsquery(main)}) as score from ${matching(kind, main, query)}) h
              join cases c on c.number = h.case_number where ${scope} and ${rest}
              group by c.id order by max(h.score) desc, c.updated_at desc, c.id desc limit ${most}`
          : sql`select c.id as "caseId", max(h.doc) as doc, 0 as score
              from (select d.case_number, d.id as doc from ${matching(kind, main, query)}) h
              join cases c on c.number = h.case_number where ${scope} and ${rest}
              group by c.id order by c.updated_at desc, c.id desc limit ${most}`
  const { rows } = await sql<{ caseId: string; doc: number | string | null; score: number | string }>`${found}`.execute(db)
  return rows.map((r) => ({ caseId: r.caseId, doc: r.doc === null ? null : Number(r.doc), score: Number(r.score) }))
}

type Texts = readonly (readonly Phrase[])[]

/** Words that have to stand in one document: those without a field, else those of the first field. null: the query has no words. */
function mainOf(query: Query): Texts | null {
  const plain = query.clauses.filter(isPlain).map((c) => c.any)
  if (plain.length > 0) return plain
  const fielded = query.clauses.find(isText)
  return fielded ? [fielded.any] : null
}

type TextClause = Clause & { readonly any: readonly Phrase[] }
const isText = (c: Clause): c is TextClause => !c.not && c.any.every((one) => one.what === 'text')
const isPlain = (c: Clause): c is TextClause => !c.not && c.any.every((one) => one.what === 'text' && one.field === null)

/** What holds of the case `c`. `whole`: everything that was asked, else what the words that stand in one document leave over. */
function conditions(kind: Kind, query: Query, whole: boolean): Sql {
  const main = mainOf(query)
  const left = query.clauses.filter((c) => main === null || !isText(c) || !main.includes(c.any))
  const parts = left.map((c) => {
    const any = sql.join(
      c.any.map((one) => (one.what === 'text' ? inCase(kind, [[one]], null) : holds(kind, one))),
      sql` or `,
    )
    return c.not ? sql`not (${any})` : sql`(${any})`
  })
  if (main !== null && whole) parts.push(inCase(kind, main, query))
  if (main === null && (query.after !== null || query.before !== null))
    parts.push(sql`c.number in (select d.case_number from search_docs d where ${span(query)})`)
  return parts.length === 0 ? sql`1 = 1` : sql.join(parts, sql` and `)
}

const inCase = (kind: Kind, texts: Texts, query: Query | null): Sql =>
  sql`c.number in (select d.case_number from ${matching(kind, texts, query)})`

/** The documents `d` with these words, from the time that was asked. */
function matching(kind: Kind, texts: Texts, query: Query | null): Sql {
  const when = query === null ? sql`1 = 1` : span(query)
  return kind === 'sqlite'
    ? sql`search_words join search_docs d on d.id = search_words.rowid where search_words match ${match(texts)} and ${when}`
    : sql`search_docs d where d.words @@ ${tsquery(texts)} and ${when}`
}

function span({ after, before }: Query): Sql {
  const parts = [...(after === null ? [] : [sql`d.at >= ${after}`]), ...(before === null ? [] : [sql`d.at < ${before}`])]
  return parts.length === 0 ? sql`1 = 1` : sql.join(parts, sql` and `)
}

/** Both forms of a beginning: as it was written, and as the word's stem would be. */
const forms = ({ stems, prefix }: Phrase): readonly { readonly stems: readonly string[]; readonly begins: boolean }[] =>
  prefix === null
    ? [{ stems, begins: false }]
    : [
        { stems: [...stems, prefix], begins: true },
        { stems: [...stems, stem(prefix)], begins: false },
      ]

/** For FTS5's MATCH: nothing in it but quoted words, our operators and names of our columns. */
function match(texts: Texts): string {
  const one = (phrase: Phrase): string => {
    const column = phrase.field === null ? '' : `${phrase.field} : `
    return forms(phrase)
      .map((f) => `${column}"${f.stems.join(' ').replaceAll('"', '""')}"${f.begins ? ' *' : ''}`)
      .join(' OR ')
  }
  return texts.map((any) => `(${any.map(one).join(' OR ')})`).join(' AND ')
}

/** For PostgreSQL's tsquery, by its own reading of quoted lexemes, as a bound value. */
function tsquery(texts: Texts): Sql {
  const word = (lexeme: string, field: Field | null): string => `'${lexemeOf(lexeme, field).replaceAll("'", "''")}'`
  const one = (phrase: Phrase): string =>
    forms(phrase)
      .map((f) => {
        const words = f.stems.map((s) => word(s, phrase.field))
        return `(${words.join(' <-> ')}${f.begins ? ':*' : ''})`
      })
      .join(' | ')
  return sql`${texts.map((any) => `(${any.map(one).join(' | ')})`).join(' & ')}::tsquery`
}

/** What is asked of the case itself. */
function holds(kind: Kind, one: Condition): Sql {
  switch (one.what) {
    case 'requester':
      return one.value.includes('@')
        ? sql`lower(c.requester_address) = ${one.value}`
        : sql`lower(c.requester_address) like ${`${like(one.value)}%`} escape '!'`
    case 'domain':
      return sql`(lower(c.requester_address) like ${`%@${like(one.value)}`} escape '!' or lower(c.requester_address) like ${`%@%.${like(one.value)}`} escape '!')`
    case 'tag':
      return sql`c.id in (select case_id from case_tags where tag = ${one.value})`
    case 'mailbox':
      return sql`c.mailbox = ${one.value}`
    case 'status':
      return sql`c.status = ${one.value}`
    case 'assignee':
      return one.value === null ? sql`c.assignee is null` : sql`c.assignee = ${one.value}`
    case 'group':
      return one.value === null ? sql`c.group_id is null` : sql`c.group_id = ${one.value}`
    case 'number':
      return sql`c.number = ${one.value}`
    case 'file':
      return sql`c.id in (select m.case_id from messages m join attachments a on a.message_id = m.id where a.inline = 0)`
    case 'custom':
      return kind === 'sqlite'
        ? sql`exists (select 1 from json_each(c.custom) j where lower(j.key) = ${one.name.toLowerCase()} and lower(cast(j.value as text)) = ${one.value.toLowerCase()})`
        : sql`exists (select 1 from jsonb_each_text(c.custom::jsonb) j where lower(j.key) = ${one.name.toLowerCase()} and lower(j.value) = ${one.value.toLowerCase()})`
  }
}

const like = (text: string): string => text.replace(/[!%_]/g, '!$&')

/** The documents of these rows, with the words from which a piece is shown. */
export async function textsOf(db: Kysely<Tables>, docs: readonly number[]) {
  if (docs.length === 0) return []
  const of = db
    .selectFrom('search_docs as d')
    .innerJoin('cases as c', 'c.number', 'd.case_number')
    .where('d.id', 'in', [...docs])
  const messages = await of
    .innerJoin('messages as m', (on) => on.onRef('m.case_id', '=', 'c.id').onRef('m.seq', '=', 'd.item'))
    .where('d.kind', '=', docKinds.indexOf('message'))
    .select(['d.id', 'd.kind', 'm.id as item_id', 'd.at', 'm.text', 'm.subject'])
    .execute()
  const notes = await of
    .innerJoin('notes as n', (on) => on.onRef('n.case_id', '=', 'c.id').onRef('n.seq', '=', 'd.item'))
    .where('d.kind', '=', docKinds.indexOf('note'))
    .select(['d.id', 'd.kind', 'n.id as item_id', 'd.at', 'n.text', sql<string>`''`.as('subject')])
    .execute()
  const cases = await of
    .where('d.kind', '=', docKinds.indexOf('case'))
    .select(['d.id', 'd.kind', 'c.id as item_id', 'd.at', 'c.subject as text', sql<string>`''`.as('subject')])
    .execute()
  return [...messages, ...notes, ...cases].map((row) => ({ ...row, kind: docKinds[row.kind] ?? 'case' }))
}

/** The cases of these ids, as lists show them. */
export async function casesOf(db: Kysely<Tables>, ids: readonly string[]) {
  if (ids.length === 0) return []
  return db
    .selectFrom('cases')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute()
}

/** The documents in which this address stands, wherever. */
export async function docsWith(
  db: Kysely<Tables>,
  kind: Kind,
  stems: readonly string[],
): Promise<readonly { readonly id: number; readonly caseId: string }[]> {
  if (stems.length === 0) return []
  const texts: Texts = [[{ what: 'text', field: null, stems, prefix: null }]]
  const { rows } = await sql<{
    id: number | string
    caseId: string
  }>`select h.id, c.id as "caseId" from (select d.id, d.case_number from ${matching(kind, texts, null)}) h
    join cases c on c.number = h.case_number`.execute(db)
  return rows.map((r) => ({ id: Number(r.id), caseId: r.caseId }))
}
