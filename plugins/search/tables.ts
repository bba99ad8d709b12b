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

/** What of a case is indexed. */
export type DocKind = 'case' | 'message' | 'note'

/** One row for each thing that can be found. Its words go with it: in SQLite by a trigger. */
export interface SearchDocTable {
  id: Generated<number>
  kind: DocKind
  /** Id of the message, the note or the case. */
  item_id: string
  case_id: string
  /** When it was said, ms UTC. */
  at: number
  /** Of the texts as they were indexed: what has not changed is not written again. */
  digest: string
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
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('item_id', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('search_docs_by_case').unique().on('search_docs').columns(['case_id', 'kind', 'item_id']).execute()
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
        // Texts come folded and cut into words; unicode61 has only to split them at the blanks.
        await sql`create virtual table search_words using fts5(
          subject, author, people, body, files,
          content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0")`.execute(db)
        await sql`insert into search_words(search_words, rank) values ('rank', 'bm25(8.0, 4.0, 2.0, 1.0, 3.0)')`.execute(db)
        await sql`create trigger search_docs_gone after delete on search_docs begin
          delete from search_words where rowid = old.id; end`.execute(db)
      } else {
        await sql`alter table search_docs add column words tsvector`.execute(db)
        await sql`create index search_docs_words on search_docs using gin (words) with (fastupdate = off)`.execute(db)
      }
    },
  },
]
