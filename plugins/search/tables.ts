// The index: one row for each message, note and case; its words stand beside it (SQLite: FTS5 without the texts) or in it (PostgreSQL).
import { sql } from 'kysely'
import type { Generated } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

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

/** One row for each thing that can be found. Its words go with it: in SQLite by a trigger. */
export interface SearchDocTable {
  id: Generated<number>
  /** Number of the case. Numbers, not ids: three ids of 36 letters would take as much as half of the words. */
  case_number: number
  /** Place in `docKinds`. */
  kind: number
  /** `seq` of the message or the note in its case; 0 for the case itself. */
  item: number
  /** When it was said, ms UTC. */
  at: number
  /** 48 bits of a digest of the texts as they were indexed: what has not changed is not written again. */
  digest: number
}

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
]
