// Cases by a custom field: JSON is asked in the words of each database, and the name and the value are bound, never part of the words.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Database } from './database.ts'

/** Ids of the cases whose field has this value as text (`true`, `17`), as a subquery. */
export function casesWithCustom(kind: Database['kind'], name: string, value: string): RawBuilder<string> {
  return kind === 'sqlite'
    ? sql<string>`(select c.id from cases c, json_each(c.custom) j where j.key = ${name}
        and case j.type when 'true' then 'true' when 'false' then 'false' else cast(j.value as text) end = ${value})`
    : sql<string>`(select c.id from cases c, jsonb_each_text(c.custom::jsonb) j where j.key = ${name} and j.value = ${value})`
}
