// The way out, as the engine sees it: hand over fixed bytes and an envelope, get one outcome per recipient.
import type { EnvelopeAddress } from '../../mail/address.ts'

/** One mail on its way out. Every attempt hands over the same bytes (IDM-4). */
export interface OutgoingMail {
  /** Of the outbox row, a UUIDv7. */
  readonly id: string
  /** '' is the null reverse-path. */
  readonly envelopeFrom: EnvelopeAddress | ''
  readonly rcpts: readonly EnvelopeAddress[]
  /** RFC 3461 §4.4; comes back in delivery reports, where the next hop offers DSN. '' for none. */
  readonly envid: string
  /** The final bytes with CRLF line ends, before dot-stuffing. */
  readonly raw: Buffer
  /** The header itself needs SMTPUTF8 (RFC 6532), whatever the envelope says. */
  readonly smtputf8: boolean
}

/**
 * What became of the mail for one recipient. `reply` is one printable line of at most 500 characters, the peer's words or ours;
 * `status` is an enhanced status code (RFC 3463).
 */
export type RecipientOutcome =
  | { readonly outcome: 'sent'; readonly rcpt: EnvelopeAddress; readonly reply: string }
  /** Refused for good (5yz). */
  | { readonly outcome: 'failed'; readonly rcpt: EnvelopeAddress; readonly reply: string; readonly status: string }
  /** Surely not delivered, worth another try: 4yz, or trouble before the final dot was handed to the socket. */
  | { readonly outcome: 'retry'; readonly rcpt: EnvelopeAddress; readonly reply: string; readonly status: string }
  /** The connection broke after the final dot and before its reply: the peer may have the mail, or not (IDM-6). */
  | { readonly outcome: 'unknown'; readonly rcpt: EnvelopeAddress; readonly reason: string }

/** Sends mail to one next hop. Never rejects for what a peer or a network does: that is an outcome. */
export interface Transport {
  /** Sending the same mail twice leaves one copy: an attempt of unknown outcome may be repeated at once. */
  readonly idempotent: boolean
  /**
   * One outcome per recipient, in their order. An aborted `signal` ends the attempt before the final dot (outcome `retry`); behind it, it is
   * ignored. `mayCommit` is asked right before the final dot; false ends the attempt as well.
   */
  send(mail: OutgoingMail, signal: AbortSignal, mayCommit?: () => boolean): Promise<readonly RecipientOutcome[]>
  /** Gives attempts under way a few seconds to finish, then closes connections; harmless twice. */
  stop(): Promise<void>
}
