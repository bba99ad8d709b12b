// What one accepted mail writes, and who may commit it.
import type { Insertable } from 'kysely'
import type { Inserted, NewInbound } from '../inbound.ts'
import type { NewOutbox } from '../outbox.ts'
import type { InboundTable, JobTable } from '../tables.ts'

/** The rows of one mail for one recipient; its bytes stand in `mail`. */
export interface AcceptedRows {
  readonly mail: NewInbound
  readonly inbound: Insertable<InboundTable>
  readonly job: Insertable<JobTable>
  readonly companion: NewOutbox | null
}

/** Commits accepted mail; keeps the promises of `insertInbound`. `now`: ms UTC, for the blobs. */
export interface Accepting {
  commit(rows: readonly AcceptedRows[], now: number): Promise<readonly Inserted[]>
}
