// The links that stand in mails: one row per button, notice and agent.
import type { Insertable, Selectable } from 'kysely'
import type { Migration, Tx } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    links: LinkTable
  }
}

/** One link; times are ms UTC. `used_at` is null until it was used. */
export interface LinkTable {
  /** What the signed token in the URL names. */
  id: string
  case_id: string
  notice_id: string
  /** Agent id; nobody else's name stands behind what the link does. */
  agent: string
  /** Name of the button. */
  button: string
  /** The action and its arguments (JSON), as they were when the mail was written. */
  action: string
  args: string
  created_at: number
  expires_at: number
  used_at: number | null
  /** When fresh links were last mailed in its place. */
  renewed_at: number | null
}

/** A link as it is read. */
export type LinkRow = Selectable<LinkTable>

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-links',
    async up(db) {
      await db.schema
        .createTable('links')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addColumn('notice_id', 'text', (c) => c.notNull())
        .addColumn('agent', 'text', (c) => c.notNull())
        .addColumn('button', 'text', (c) => c.notNull())
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('args', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('used_at', 'bigint')
        .addColumn('renewed_at', 'bigint')
        .execute()
      await db.schema.createIndex('links_by_expiry').on('links').column('expires_at').execute()
    },
  },
]

/** Stores one link. */
export async function insertLink(tx: Tx, row: Insertable<LinkTable>): Promise<void> {
  await tx.db.insertInto('links').values(row).execute()
}

/** The link of an id, or undefined. */
export async function linkById(tx: Tx, id: string): Promise<LinkRow | undefined> {
  return tx.db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Whether the link was still unused; it is used from now on. */
export async function useLink(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.db
    .updateTable('links')
    .set({ used_at: tx.now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Whether fresh links may go out in its place: at most one mail in `pause` ms. */
export async function renewLink(tx: Tx, id: string, pause: number): Promise<boolean> {
  const rows = await tx.db
    .updateTable('links')
    .set({ renewed_at: tx.now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('renewed_at', 'is', null), eb('renewed_at', '<=', tx.now - pause)]))
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Forgets links that expired before `before`; after that they are unknown instead of expired. */
export async function pruneLinks(tx: Tx, before: number): Promise<void> {
  await tx.db.deleteFrom('links').where('expires_at', '<', before).execute()
}

/** Takes out every link of a case. */
export async function dropLinksOf(tx: Tx, caseId: string): Promise<void> {
  await tx.db.deleteFrom('links').where('case_id', '=', caseId).execute()
}
