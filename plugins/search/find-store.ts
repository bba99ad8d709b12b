// From a query to SQL. Words of the user are letters and digits by then, and quoted all the same; everything else is a bound value.
import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import { letterOf } from './lexemes.ts'
import type { DocKey, Kind } from './index-store.ts'
import type { Clause, Condition, Phrase, Query } from './query.ts'
import { wordsOf } from './words.ts'

type Sql = RawBuilder<unknown>

/** A query with what had to be looked up for it. */
export interface Ready {
  readonly query: Query
  /** The words of a phrase as the index has them. */
  readonly stemsOf: (phrase: Phrase) => readonly string[]
  /** The beginning that a phrase ends with, in the form of the index; null where it ends with a word. */
  readonly beginningOf: (phrase: Phrase) => string | null
  /** The documents with all words that have to stand in one of them; null: what the index says is all there is to know. */
  readonly docs: readonly DocKey[] | null
  /** Numbers of the cases with each other phrase of several words. */
  readonly cases: ReadonlyMap<Phrase, readonly number[]>
}

/** What is asked of the index. */
export interface Asked {
  readonly ready: Ready
  /** null: all. */
  readonly mailboxes: readonly string[] | null
  readonly by: 'relevance' | '-updated_at'
  readonly most: number
}

/** A case that was found, and the document in which most of it was; null: by what the case is, not by words. */
export interface Found {
  readonly caseId: string
  readonly doc: DocKey | null
  readonly score: number
}

/** Ids of the cases that a query finds, as a subquery with one column. */
export function caseIds(kind: Kind, ready: Ready): RawBuilder<string> {
  return sql<string>`(select c.id from cases c where ${conditions(kind, ready, true)})`
}

/** Holds of a case `c` in these mailboxes. */
export const scopeOf = (mailboxes: readonly string[]): Sql => sql`c.mailbox in (${sql.join(mailboxes)})`

/**
 * The cases that a query finds within the mailboxes: the newest ones, and of these the best first where it is asked for. What the case itself
 * says decides that (its subject, its requester): to weigh the texts of all would be to read them.
 */
export async function findCases(db: Kysely<Tables>, kind: Kind, { ready, mailboxes, by, most }: Asked): Promise<readonly Found[]> {
  if (mailboxes?.length === 0) return []
  const { query } = ready
  const scope = mailboxes === null ? sql`1 = 1` : scopeOf(mailboxes)
  const first = query.number === null ? sql`` : sql`case when c.number = ${query.number} then 0 else 1 end,`
  const main = mainOf(query)
  const rest = conditions(kind, ready, main === null)
  const shown = sql`c.id as "caseId", c.number as n, c.subject, c.requester_name as name, c.requester_address as address`
  const found =
    main === null
      ? sql`select ${shown}, null as place from cases c where ${scope} and ${rest} order by ${first} c.updated_at desc, c.id desc limit ${most}`
      : sql`select ${shown}, h.place from (select d.case_number, max(d.place) as place from ${inOneDoc(kind, ready, main)} group by d.case_number) h
          join cases c on c.number = h.case_number where ${scope} and ${rest} order by c.updated_at desc, c.id desc limit ${most}`
  const { rows } = await sql<{
    caseId: string
    n: number | string
    place: number | null
    subject: string
    name: string
    address: string
  }>`${found}`.execute(db)
  const score = main !== null && by === 'relevance' ? scorer(main) : () => 0
  return rows
    .map(({ caseId, n, place, ...c }) => ({ caseId, doc: place === null ? null : { caseNumber: Number(n), place }, score: score(c) }))
    .sort((a, b) => b.score - a.score)
}

/** 1, and more for each word that the case's subject or its requester has. */
function scorer(main: Texts): (c: { readonly subject: string; readonly name: string; readonly address: string }) => number {
  return ({ subject, name, address }) => {
    const points = (text: string): number => {
      const words = wordsOf(text)
      return main.filter((any) =>
        any.some(
          ({ stems, prefix }) =>
            stems.every((s) => words.some((w) => w.stem === s)) && (prefix === null || words.some((w) => w.folded.startsWith(prefix))),
        ),
      ).length
    }
    return 1 + 8 * points(subject) + 4 * points(`${name} ${address}`)
  }
}

type Texts = readonly (readonly Phrase[])[]

/** Words that have to stand in one document: those without a field, else those of the first field. null: the query has no words. */
export function mainOf(query: Query): Texts | null {
  const plain = query.clauses.filter(isPlain).map((c) => c.any)
  if (plain.length > 0) return plain
  const fielded = query.clauses.find(isText)
  return fielded ? [fielded.any] : null
}

type TextClause = Clause & { readonly any: readonly Phrase[] }
const isText = (c: Clause): c is TextClause => !c.not && c.any.every((one) => one.what === 'text')
const isPlain = (c: Clause): c is TextClause => !c.not && c.any.every((one) => one.what === 'text' && one.field === null)

/** What holds of the case `c`. `whole`: everything that was asked, else what the words that stand in one document leave over. */
function conditions(kind: Kind, ready: Ready, whole: boolean): Sql {
  const { query } = ready
  const main = mainOf(query)
  const left = query.clauses.filter((c) => main === null || !isText(c) || !main.includes(c.any))
  const parts = left.map((c) => {
    const any = sql.join(
      c.any.map((one) => (one.what === 'text' ? inCase(kind, ready, one) : holds(kind, one))),
      sql` or `,
    )
    return c.not ? sql`not (${any})` : sql`(${any})`
  })
  if (main !== null && whole) parts.push(sql`c.number in (select d.case_number from ${inOneDoc(kind, ready, main)})`)
  if (main === null && (query.after !== null || query.before !== null)) parts.push(spanOfCase(query))
  return parts.length === 0 ? sql`1 = 1` : sql.join(parts, sql` and `)
}

/** The words of one phrase stand anywhere in the case. */
function inCase(kind: Kind, ready: Ready, phrase: Phrase): Sql {
  const known = ready.cases.get(phrase)
  if (known === undefined) return sql`c.number in (select d.case_number from ${matching(kind, ready, [[phrase]])})`
  const list = JSON.stringify(known)
  return kind === 'sqlite'
    ? sql`c.number in (select value from json_each(${list}))`
    : sql`c.number in (select v::bigint from jsonb_array_elements_text(${list}::jsonb) v)`
}

/** The documents `d` in which these words stand, from the time that was asked. */
function inOneDoc(kind: Kind, ready: Ready, main: Texts): Sql {
  const known = ready.docs && JSON.stringify(ready.docs.map((d) => [d.caseNumber, d.place]))
  const confirmed =
    known === null
      ? sql``
      : kind === 'sqlite'
        ? sql`and (d.case_number, d.place) in (select value ->> 0, value ->> 1 from json_each(${known}))`
        : sql`and (d.case_number, d.place) in (select (v ->> 0)::bigint, (v ->> 1)::integer from jsonb_array_elements(${known}::jsonb) v)`
  return sql`${matching(kind, ready, main)} and ${span(ready.query)} ${confirmed}`
}

/** The documents `d` with these words, in whatever order. */
export function matching(kind: Kind, ready: Pick<Ready, 'stemsOf' | 'beginningOf'>, texts: Texts): Sql {
  const asked = written(kind, ready, texts)
  return kind === 'sqlite'
    ? sql`search_words join search_docs d on d.id = search_words.rowid where search_words match ${asked}`
    : sql`search_docs d where search_document(d.case_number, d.place) @@ ${asked}::tsquery`
}

type Time = Pick<Query, 'after' | 'before'>

/** Holds of documents `d` from the time that was asked. The index does not keep when things were said: it is seldom asked, and would be a tenth of its rows. */
export function span(time: Time): Sql {
  if (time.after === null && time.before === null) return sql`1 = 1`
  const of = (table: Sql): Sql => sql`(select max(t.created_at) from cases s join ${table} t on t.case_id = s.id and t.seq = d.place / 4
    where s.number = d.case_number)`
  return within(
    sql`(case d.place % 4 when 1 then ${of(sql`messages`)} when 2 then ${of(sql`notes`)}
      else (select s.created_at from cases s where s.number = d.case_number) end)`,
    time,
  )
}

/** Holds of a case `c` in which something was said within the time. */
function spanOfCase(time: Time): Sql {
  const of = (table: Sql): Sql => sql`exists (select 1 from ${table} t where t.case_id = c.id and ${within(sql`t.created_at`, time)})`
  return sql`(${within(sql`c.created_at`, time)} or ${of(sql`messages`)} or ${of(sql`notes`)})`
}

function within(at: Sql, { after, before }: Time): Sql {
  const parts = [...(after === null ? [] : [sql`${at} >= ${after}`]), ...(before === null ? [] : [sql`${at} < ${before}`])]
  return sql.join(parts, sql` and `)
}

/** Letters of the fields in which a word without a field is looked for. */
const everywhere = [letterOf.body, letterOf.subject, letterOf.author, letterOf.people, letterOf.files]

const all = (kind: Kind, parts: readonly string[]): string => parts.map((p) => `(${p})`).join(kind === 'sqlite' ? ' AND ' : ' & ')

/**
 * For FTS5's MATCH or PostgreSQL's tsquery, as a bound value: nothing in it but quoted words of letters and digits, and our operators. A
 * beginning has two forms: as it was written, and as the word's stem would be.
 */
function written(kind: Kind, { stemsOf, beginningOf }: Pick<Ready, 'stemsOf' | 'beginningOf'>, texts: Texts): string {
  const or = kind === 'sqlite' ? ' OR ' : ' | '
  const one = (phrase: Phrase): string => {
    const letters = phrase.field === null ? everywhere : [letterOf[phrase.field]]
    const of = (word: string, end = ''): string => {
      const forms = letters.map((l) =>
        kind === 'sqlite' ? `"${l}${word.replaceAll('"', '""')}"${end}` : `'${l}${word.replaceAll("'", "''")}'${end}`,
      )
      return forms.length === 1 ? String(forms[0]) : `(${forms.join(or)})`
    }
    const words = stemsOf(phrase).map((word) => of(word))
    const beginning = beginningOf(phrase)
    if (phrase.prefix !== null && beginning !== null)
      words.push(`(${of(phrase.prefix, kind === 'sqlite' ? ' *' : ':*')}${or}${of(beginning)})`)
    return words.length === 1 ? String(words[0]) : all(kind, words)
  }
  return all(
    kind,
    texts.map((any) =>
      any
        .map(one)
        .map((o) => `(${o})`)
        .join(or),
    ),
  )
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
