// A mail at an answer address, with what is known of it: in an intake, or later, once its signature has been checked.
import type { ReadMail, ThreadKeyRow } from '../../core/plugin.ts'

/** Such a mail; `hash` is that of its raw bytes. */
export interface Incoming {
  readonly mail: ReadMail
  /** Blob of the raw mail: attachments are ranges of it. */
  readonly rawId: string
  readonly hash: string
  /** Envelope sender. */
  readonly mailFrom: string
  /** Address of the server that brought it, or `unix`; empty where it is not known any more. */
  readonly peer: string
  /** The notification that is answered. */
  readonly key: ThreadKeyRow
}

/** What became of it. */
export interface Outcome {
  readonly outcome: string
  readonly caseId: string
  readonly messageId?: string
}
