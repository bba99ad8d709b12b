// Tokens of the API. The secret itself is never stored: what is kept is the SHA-256 of the whole token.
import type { Insertable, Kysely, Selectable } from 'kysely'
import type { Tables } from './tables.ts'
import type { ApiTokenTable } from './api-tables.ts'

/** A token as it is stored, revoked and expired ones included. */
export type ApiTokenRow = Selectable<ApiTokenTable>

/** Stores a new token. */
export async function insertToken(db: Kysely<Tables>, token: Insertable<ApiTokenTable>): Promise<void> {
  await db.insertInto('api_tokens').values(token).execute()
}

/** A token by the part that is no secret, revoked or expired or not. */
export async function tokenById(db: Kysely<Tables>, id: string): Promise<ApiTokenRow | undefined> {
  return db.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Oldest first. */
export async function listTokens(db: Kysely<Tables>): Promise<readonly ApiTokenRow[]> {
  return db.selectFrom('api_tokens').selectAll().orderBy('created_at').orderBy('id').execute()
}

/** Ends it for good, by id or name; the ids of those that were still good. */
export async function revokeToken(db: Kysely<Tables>, idOrName: string, now: number): Promise<readonly string[]> {
  const rows = await db
    .updateTable('api_tokens')
    .set({ revoked_at: now })
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map((r) => r.id)
}

/** Writes down when a token was used (ms UTC). */
export async function touchToken(db: Kysely<Tables>, id: string, now: number): Promise<void> {
  await db.updateTable('api_tokens').set({ used_at: now }).where('id', '=', id).execute()
}
