// A case with what nearly every transaction on it asks for next, in one statement.
import type { Kysely } from 'kysely'
import { jsonArrayFrom as jsonOfPostgres } from 'kysely/helpers/postgres'
import { jsonArrayFrom as jsonOfSqlite } from 'kysely/helpers/sqlite'
import type { Person } from './cases.ts'
import type { Database } from './database.ts'
import { fromJson } from './json.ts'
import type { CaseRow, NoticeRow, Tables } from './tables.ts'
import type { WatcherRow } from './watchers.ts'

/** A case, people in copy in the order in which they were added, tags and watchers in alphabetical order, open notices in the order of the timeline. */
export interface CaseWithParts {
  readonly row: CaseRow
  readonly people: readonly Person[]
  readonly tags: readonly string[]
  readonly notices: readonly NoticeRow[]
  readonly watchers: readonly WatcherRow[]
}

/** The case of an id with its parts, without a lock. */
export async function caseWithParts(db: Kysely<Tables>, kind: Database['kind'], id: string): Promise<CaseWithParts | undefined> {
  // Both helpers answer with rows; on SQLite as text, which is read here.
  const json = kind === 'sqlite' ? jsonOfSqlite : (jsonOfPostgres as typeof jsonOfSqlite)
  const found = await db
    .selectFrom('cases')
    .selectAll()
    .select((eb) => [
      json(
        eb.selectFrom('case_people').select(['address', 'name', 'role']).where('case_id', '=', id).orderBy('added_at').orderBy('address'),
      ).as('its_people'),
      json(eb.selectFrom('case_tags').select('tag').where('case_id', '=', id).orderBy('tag')).as('its_tags'),
      json(eb.selectFrom('notices').select(noticeColumns).where('case_id', '=', id).where('state', '=', 'open').orderBy('seq')).as(
        'its_notices',
      ),
      json(eb.selectFrom('case_watchers').select(['agent', 'follows', 'muted_until']).where('case_id', '=', id).orderBy('agent')).as(
        'its_watchers',
      ),
    ])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!found) return undefined
  const { its_people, its_tags, its_notices, its_watchers, ...row } = found
  return {
    row,
    people: rowsOf<Person>(its_people),
    tags: rowsOf<{ readonly tag: string }>(its_tags).map(({ tag }) => tag),
    notices: rowsOf<NoticeRow>(its_notices),
    watchers: rowsOf<WatcherRow>(its_watchers),
  }
}

const noticeColumns = [
  'id',
  'case_id',
  'seq',
  'message_id',
  'kind',
  'data',
  'actions',
  'state',
  'taken_action',
  'resolved_by',
  'created_at',
  'resolved_at',
  'expires_at',
] as const satisfies readonly (keyof NoticeRow)[]

/** Rows as the database gives them: text on SQLite, read already by the driver of PostgreSQL. */
const rowsOf = <T>(rows: unknown): readonly T[] =>
  typeof rows === 'string' ? fromJson<readonly T[]>(rows, 'parts of a case') : (rows as readonly T[]) // columns of our own tables
