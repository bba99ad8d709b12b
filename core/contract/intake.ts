// An accepted mail on its way into a case, and what plugins answer to it.
import type { MailboxConfig } from '../base/config/types.ts'
import type { ReadMail } from '../mail/read.ts'
import type { ThreadKeyRow } from '../store/tables.ts'
import type { Address } from '../mail/address.ts'

/** An accepted mail on its way in. */
export interface Arrival {
  readonly inboundId: string
  readonly rawId: string
  /** sha256 of the raw bytes, hex. */
  readonly hash: string
  /** Envelope sender, '' for the null reverse-path. */
  readonly mailFrom: string
  /** Envelope recipient as it was accepted. */
  readonly rcpt: string
  readonly peer: string
  /** ms UTC. */
  readonly receivedAt: number
  readonly sizeBytes: number
  readonly mailbox: MailboxConfig
  readonly mail: ReadMail
  /** Who counts as its writer in place of From, once a plugin has said so. */
  readonly author?: Address
  /** Why it could not be parsed; then `mail` holds what the headers gave. */
  readonly degraded: string | null
}

/** Where a mail belongs and how we know. */
export interface Route {
  /** null: a new case. */
  readonly caseId: string | null
  readonly by: 'token' | 'own-id' | 'foreign-id' | 'marker' | 'subject' | 'new'
  /** One line for people: what decided. */
  readonly evidence: string
  /** The key that led here. */
  readonly key?: ThreadKeyRow
  /** A signed token in the recipient address: what it says, and whether it holds for its recipient. */
  readonly token?: {
    readonly purpose: 'customer' | 'agent' | 'bounce'
    readonly verdict: 'ok' | 'expired' | 'forged' | 'unknown-key'
    readonly recipient: string | null
  }
  /** A case that this may belong to, where the evidence was too weak to put it there: the new case is linked to it. */
  readonly weak?: {
    readonly caseId: string
    readonly why: string
    /** The new case goes on where that one ended, with its assignee and group. */ readonly goesOn?: boolean
  }
}

/** What a plugin does with a mail: leaves it to the next one, has made something else of it, or drops it with a reason that is kept. */
export type Intake =
  | {
      readonly verdict: 'pass'
      /** Kept with the message, under the plugin's name. */ readonly data?: unknown
      /** Recorded as if this had been the mail. */ readonly recast?: Recast
      /** Who counts as its writer where From names a machine (the form of a website), and is the requester of its case. */
      readonly author?: Address
      /** Whether it is spam, whatever a spam filter wrote into it; kept with the message as `data.spam`. */ readonly spam?: boolean
    }
  | {
      readonly verdict: 'taken'
      /** What became of it: reply | bounce | auto-reply | duplicate | ... */ readonly outcome: string
      readonly caseId?: string
      readonly messageId?: string
    }
  | { readonly verdict: 'dropped'; readonly reason: string }
  /**
   * Kept where people can look for it, and nobody hears of it: a message of kind `blocked` in a case of its own that is in spam from the start.
   * It is told as `message.blocked` alone.
   */
  | {
      readonly verdict: 'blocked'
      readonly reason: string
      /** Kept with the message, under the plugin's name. */ readonly data?: unknown
    }

/** What is recorded in place of what the mail says, e.g. the mail that an agent passed on. */
export interface Recast {
  readonly from: Address
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string
  readonly text: string
  readonly html: string | null
  /** ms UTC */
  readonly dateMs: number | null
}
