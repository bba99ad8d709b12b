// The index: one row for each message, note and case. Its words stand beside it, and nowhere else: in SQLite in an FTS5 table without texts and
// places, in PostgreSQL in a GIN index on an expression (words-store.ts).
import { sql } from 'kysely'
import type { Generated } from 'kysely'
import type { Migration } from '../../core/plugin.ts'
import { makeWordFunctions } from './words-store.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    search_docs: SearchDocTable
    search_todo: SearchTodoTable
    search_state: SearchStateTable
  }
}

/** What of a case is indexed; the place in this list stands in the index. */
export const docKinds = ['case', 'message', 'note'] as const

/** What of a case is indexed. */
export type DocKind = (typeof docKinds)[number]

/** One row for each thing that can be found. Its words go with it: in SQLite by a trigger. Kept narrow: it counts for a quarter of the index. */
export interface SearchDocTable {
  /** SQLite alone, where it names the row of the words. */
  id: Generated<number>
  /** Number of the case. Numbers, not ids: three ids of 36 letters would take as much as half of the words. */
  case_number: number
  /** Which thing of the case: see `placeOf`. */
  place: number
  /** 31 bits of a digest of the texts as they were indexed: what has not changed is not written again. */
  digest: number
}

/** Names a thing of a case in one number; `item` is `seq` of the message or the note, 0 for the case itself. */
export const placeOf = (kind: DocKind, item: number): number => item * 4 + docKinds.indexOf(kind)

/** What `placeOf` named. */
export const thingAt = (place: number): { readonly kind: DocKind; readonly item: number } => ({
  kind: docKinds[place % 4] ?? 'case',
  item: Math.floor(place / 4),
})

/** Cases that have to be indexed anew whatever the feed of events says. */
export interface SearchTodoTable {
  case_id: string
}

/** rebuild: number of the last case that a rebuild has dealt with, there while it goes on; claim: until when a node indexes, ms UTC. */
export interface SearchStateTable {
  name: 'rebuild' | 'claim'
  value: number
}

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-search',
    async up(db, { kind }) {
      await db.schema
        .createTable('search_docs')
        .addColumn('id', kind === 'sqlite' ? 'integer' : 'bigint', (c) =>
          kind === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey().generatedAlwaysAsIdentity(),
        )
        .addColumn('case_number', 'bigint', (c) => c.notNull().references('cases.number').onDelete('cascade'))
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('digest', 'bigint', (c) => c.notNull())
        .addColumn('kind', 'integer', (c) => c.notNull())
        .addColumn('item', 'integer', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('search_docs_by_case').unique().on('search_docs').columns(['case_number', 'kind', 'item']).execute()
      await db.schema
        .createTable('search_todo')
        .addColumn('case_id', 'text', (c) => c.primaryKey().references('cases.id').onDelete('cascade'))
        .execute()
      await db.schema
        .createTable('search_state')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'bigint', (c) => c.notNull())
        .execute()
      if (kind === 'sqlite') {
        // Texts come folded and cut into words; unicode61 has only to split them at the blanks. `body` comes first: where a word stands in the
        // first column, FTS5 needs two octets less for it, a quarter of the whole index.
        await sql`create virtual table search_words using fts5(
          body, subject, author, people, files,
          content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0")`.execute(db)
        await sql`insert into search_words(search_words, rank) values ('rank', 'bm25(1.0, 8.0, 4.0, 2.0, 3.0)')`.execute(db)
        await sql`create trigger search_docs_gone after delete on search_docs begin
          delete from search_words where rowid = old.id; end`.execute(db)
      } else {
        await sql`alter table search_docs add column words tsvector`.execute(db)
        await sql`create index search_docs_words on search_docs using gin (words) with (fastupdate = off)`.execute(db)
      }
    },
  },
  {
    // The first form kept where each word stands, which took half of the text, and in PostgreSQL twice as much as it. All cases are indexed anew,
    // by the loop that does it at any other time.
    name: '0002-small',
    async up(db, { kind }) {
      await sql`drop table search_docs`.execute(db)
      if (kind === 'sqlite') {
        await sql`drop table search_words`.execute(db)
        await sql`create table search_docs (id integer primary key autoincrement,
          case_number integer not null references cases (number) on delete cascade,
          place integer not null, digest integer not null)`.execute(db)
        // Words come folded, stemmed, and each once: they have only to be split at the blanks, and for `ascii` every other letter is part of a word.
        await sql`create virtual table search_words using fts5(words, content = '', contentless_delete = 1, detail = none,
          tokenize = "ascii tokenchars '/'")`.execute(db)
        await sql`create trigger search_docs_gone after delete on search_docs begin
          delete from search_words where rowid = old.id; end`.execute(db)
      } else {
        await sql`create table search_docs (case_number integer not null references cases (number) on delete cascade,
          place integer not null, digest integer not null)`.execute(db)
        await makeWordFunctions(db)
        await sql`create index search_docs_words on search_docs using gin (search_document(case_number, place)) with (fastupdate = off)`.execute(
          db,
        )
        // Nobody asks the planner how often a word is met, and to count it would cut 30,000 texts at each ANALYZE.
        await sql`alter index search_docs_words alter column 1 set statistics 0`.execute(db)
      }
      await db.schema.createIndex('search_docs_by_case').unique().on('search_docs').columns(['case_number', 'place']).execute()
      await sql`delete from search_state where name = 'rebuild'`.execute(db)
      await sql`insert into search_state (name, value) select 'rebuild', 0 where exists (select 1 from meta where key = 'reader.search')`.execute(
        db,
      )
    },
  },
]
