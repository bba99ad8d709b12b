// What one accepted mail writes, and who may commit it.
import type { Insertable } from 'kysely'
import type { InboundTable, JobTable, OutboxRecipientTable, OutboxTable } from '../tables.ts'

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

/** One mail for one recipient, as it came over the wire. */
export interface NewInbound {
  readonly id: string
  /** One blob for all recipients of one transaction. */
  readonly rawId: string
  readonly raw: Uint8Array
  /** sha256 of `raw`, hex. */
  readonly hash: string
  readonly mailFrom: string
  readonly rcpt: string
  readonly mailbox: string
  readonly peer: string
  readonly helo: string
  readonly protocol: 'smtp' | 'lmtp'
  readonly smtputf8: boolean
  /** ms UTC. */
  readonly receivedAt: number
}

/** What became of one mail and recipient in a commit. */
export interface Inserted {
  readonly id: string
  /** It was known already: the sender did not hear our 250 the first time. */
  readonly duplicate: boolean
}

/** A mail to be sent, with its recipients. */
export interface NewOutbox {
  readonly mail: Insertable<OutboxTable>
  readonly recipients: readonly Insertable<OutboxRecipientTable>[]
}
