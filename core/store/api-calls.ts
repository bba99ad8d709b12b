// Calls that may be repeated: the answer of the first is kept beside what it did, in the same transaction. And uploads that wait to be used.
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'
import type { ApiUploadTable } from './api-tables.ts'

/** What is kept of a call: the hash of its request, and the answer once there is one. */
export interface KeptCall {
  readonly request: string
  readonly status: number | null
  readonly headers: string | null
  readonly body: string | null
  readonly created_at: number
}

/** Claims a key: undefined where the caller is the first, else what is kept. On PostgreSQL it waits for another that holds it. */
export async function claimCall(
  db: Kysely<Tables>,
  call: { readonly token: string; readonly key: string; readonly request: string; readonly now: number },
): Promise<KeptCall | undefined> {
  const mine = await db
    .insertInto('api_idempotency')
    .values({ token_id: call.token, key: call.key, request: call.request, status: null, headers: null, body: null, created_at: call.now })
    .onConflict((c) => c.columns(['token_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  if (mine) return undefined
  return db
    .selectFrom('api_idempotency')
    .select(['request', 'status', 'headers', 'body', 'created_at'])
    .where('token_id', '=', call.token)
    .where('key', '=', call.key)
    .executeTakeFirst()
}

/** Writes the answer of a claimed call. Call it in the transaction that did the work. */
export async function keepCall(
  db: Kysely<Tables>,
  token: string,
  key: string,
  answer: { readonly status: number; readonly headers: string; readonly body: string },
): Promise<void> {
  await db
    .updateTable('api_idempotency')
    .set({ ...answer })
    .where('token_id', '=', token)
    .where('key', '=', key)
    .execute()
}

/** Gives up a claim, so that the call may be made again. */
export async function dropCall(db: Kysely<Tables>, token: string, key: string): Promise<void> {
  await db.deleteFrom('api_idempotency').where('token_id', '=', token).where('key', '=', key).where('status', 'is', null).execute()
}

/** Records a file whose bytes are stored already. */
export async function insertUpload(db: Kysely<Tables>, upload: ApiUploadTable): Promise<void> {
  await db.insertInto('api_uploads').values(upload).execute()
}

/** An upload of this very token; from now on it is kept as long as what uses it. */
export async function useUpload(db: Kysely<Tables>, id: string, token: string): Promise<ApiUploadTable | undefined> {
  return db.updateTable('api_uploads').set({ used: 1 }).where('id', '=', id).where('token_id', '=', token).returningAll().executeTakeFirst()
}

/** Forgets answers and uploads that nobody used, from before this time. */
export async function pruneCalls(db: Kysely<Tables>, before: number): Promise<void> {
  await db.deleteFrom('api_idempotency').where('created_at', '<', before).execute()
  const unused = await db.deleteFrom('api_uploads').where('used', '=', 0).where('created_at', '<', before).returning('blob_id').execute()
  for (const { blob_id } of unused) await db.deleteFrom('blobs').where('id', '=', blob_id).execute()
}
