// What one mail may cost (REL-11): numbers that keep reading linear and bounded, and the error that says one was passed.

/** Bounds of one mail. Over a hard one a mail is not read at all (LimitError); at a soft one the excess is left out and named in `limits`. */
export const mailLimits = {
  /** MIME parts of one mail; hard. */
  parts: 1000,
  /** Multipart nesting; deeper containers are kept whole as an attachment. */
  depth: 50,
  /** Header bytes read of one part; the rest of that header block is skipped. */
  partHeaderBytes: 100_000,
  /** Header bytes read of all parts together; hard. */
  headerBytes: 256_000,
  /** Mailboxes in one address header. */
  addresses: 1000,
  /** Message-IDs in References: the first one and the last 199. */
  references: 200,
  /** Decoded subject, in UTF-16 units. */
  subject: 64_000,
  /** Decoded text of all text parts, in bytes before decoding. */
  textBytes: 5_000_000,
} as const

/** A hard bound was passed: the mail stays accepted and stored raw, and is shown as a degraded case. */
export class LimitError extends Error {
  /** The bound's name in `mailLimits`. */
  readonly limit: keyof typeof mailLimits
  constructor(limit: keyof typeof mailLimits) {
    super(`more than ${mailLimits[limit]} ${limit}`)
    this.name = 'LimitError'
    this.limit = limit
  }
}
