// Is this mail a delivery report, and what does it say of whom? (RFC 3461 to 3464, and prose.)
import type { KindInput } from './kind.ts'
import { evidence } from './automatic.ts'
import { readDeliveryStatus } from './delivery-status.ts'
import { leaves } from './parts.ts'

/** What became of one recipient. */
export interface BouncedRecipient {
  /** `local@domain`, lower-case domain; '' where the report names nobody. */
  readonly address: string
  /** RFC 3463 `d.d.d`, '' where nothing is known. */
  readonly status: string
  readonly action: string
  /** 5.x.x: trying again is no use. */
  readonly permanent: boolean
}

export interface Bounce {
  readonly recipients: readonly BouncedRecipient[]
  /** Some recipient failed for good. */
  readonly permanent: boolean
  /** Of the mail that the report is about. */
  readonly original: { readonly messageId: string | null; readonly from: string | null; readonly to: string | null; readonly subject: string | null } | null
}

/** The bounce and what showed it, or null. */
export function readBounce(input: KindInput): { readonly bounce: Bounce; readonly evidence: readonly string[] } | null {
  const status = leaves(input.root).filter((p) => p.type === 'message/delivery-status')
  if (status.length === 0) return null
  const recipients = status.flatMap((p) => readDeliveryStatus(input.raw, p))
  return { bounce: { recipients, permanent: recipients.some((r) => r.permanent), original: null }, evidence: [evidence('part', 'message/delivery-status')] }
}
