// What the kind of a mail is told from.
import type { Part } from '../mime.ts'
import type { HeaderFacts, HeaderField } from '../fields.ts'

/** What the verdicts are made of. */
export interface KindInput {
  readonly raw: Uint8Array
  readonly root: Part
  readonly headers: readonly HeaderField[]
  readonly facts: HeaderFacts
  readonly text: string
  readonly hint: string | undefined
  readonly envelopeFrom?: string
}
