// Questions about cases, messages and people, so that a plugin needs no table of the core.
import type { Address } from '../mail/address.ts'
import type { CaseStatus } from '../store/tables.ts'
import type { Case, Message, Note } from './model.ts'

/** Which cases; what is left out does not matter, what is named must hold together. */
export interface CaseQuery {
  readonly statuses?: readonly CaseStatus[]
  /** Ids of the config. */
  readonly mailboxes?: readonly string[]
  /** mail | chat. */
  readonly channel?: string
  /** Agent id; null: nobody. */
  readonly assignee?: string | null
  /** Group id; null: none. */
  readonly group?: string | null
  /** All of them. */
  readonly tags?: readonly string[]
  /** An address: the requester, or somebody in copy. */
  readonly person?: string
  /** ms UTC: from (inclusive) and before (exclusive). */
  readonly created?: { readonly from?: number; readonly before?: number }
  readonly updated?: { readonly from?: number; readonly before?: number }
  /** The order; default `updated_at`, newest first. */
  readonly by?: 'updated_at' | 'created_at' | 'number'
  readonly direction?: 'asc' | 'desc'
  /** At most so many, 1 to 500; default 50. */
  readonly limit?: number
  /** The last case of the page before. */
  readonly after?: Case
}

/** Who belongs to a case. */
export interface CasePeople {
  readonly requester: Address
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
}

/** Reads what is committed (of a `Tx`: and what this transaction has written). Changes and locks nothing: decide upon it only under `tx.cases.lock`. */
export interface Reading {
  /** By `#12`, `12` or the id. */
  case(ref: string): Promise<Case | undefined>
  cases(query: CaseQuery): Promise<readonly Case[]>
  /** Of one case, newest first, before this place in the timeline; at most 500, default 50. */
  messages(caseId: string, page?: { readonly beforeSeq?: number; readonly limit?: number }): Promise<readonly Message[]>
  message(id: string): Promise<Message | undefined>
  /** Of one case, in order of the timeline. */
  notes(caseId: string): Promise<readonly Note[]>
  /** Undefined for an unknown case. */
  people(caseId: string): Promise<CasePeople | undefined>
  tags(caseId: string): Promise<readonly string[]>
}
