// What a reply is extracted from.

/** A mail's bodies, decoded. */
export interface ReplyInput {
  readonly text?: string
  readonly html?: string
  /** Tells a forward from a reply where their bodies look the same. Leave out only if there is none to know. */
  readonly subject?: string
  /**
   * false for a whole mail that answers nothing (no In-Reply-To, no References, no reply's prefix in its subject): nothing of it is cut but
   * a signature. A body without a header counts as an answer.
   */
  readonly answers?: boolean
  /** Address of the mail's author: a header block with it on top of the text is the mail's own. */
  readonly sender?: string
  /** Texts of our own marker lines in other wordings than `markerLine` gives. */
  readonly markers?: readonly string[]
}
