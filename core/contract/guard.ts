// An answer that is about to leave, and why it may be kept back.
import type { Case, NoticeAction } from './model.ts'
import type { Origin } from './origin.ts'
import type { Address } from '../mail/address.ts'

/** An answer that is about to leave. */
export interface Draft {
  readonly case: Case
  /** Of the message of the timeline that it becomes (it may not be there yet). */
  readonly messageId: string
  readonly origin: Origin
  /** Agent id, where one wrote it. */
  readonly agent: string | null
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  /** Whom the writer meant: everybody in the case, its requester, or people whom he named himself. */
  readonly audience: 'everybody' | 'requester' | 'named'
  readonly subject: string
  readonly text: string
  /** The message that the writer answered, where it is known. */
  readonly answers: string | null
  /** The same, and where he did not say: what the customers' side had written last when he wrote. It may be in another case by now. */
  readonly about: string | null
  /** Case version that the writer saw, where it is known. */
  readonly seenVersion: number | null
  /** When the writer was shown the case (ms UTC), where that is known and the version is not; of a release: when he who releases it was. */
  readonly seenAt: number | null
  /** The case that he was shown: another one where the conversation has moved since. */
  readonly seenIn: string
  /** now: an answer of this moment; deferred: its planned time has come; release: an agent says, knowing what holds it, that it shall leave. */
  readonly occasion: 'now' | 'deferred' | 'release'
  /** Why it was held before: who releases it knows of that, and of nothing else that a guard would say. */
  readonly heldFor: readonly string[]
  /** Of a release: what its writer had seen when he wrote it, as `seenVersion`, `seenAt` and `seenIn` say of who releases it. */
  readonly writer: Pick<Draft, 'seenVersion' | 'seenAt' | 'seenIn'> | null
}

/** Why an answer is kept back, and what may be done about it. */
export interface Hold {
  /** A code: recipients_changed | private_reply | near_miss | ... */
  readonly reason: string
  /** Nothing is wrong with it: it stays deferred, and the plugin that says so has ordered that it leaves later (`reply.leave`). */
  readonly later?: true
  /** Raised for the agents, tied to the held message. */
  readonly notice?: {
    readonly kind: string
    readonly data?: Readonly<Record<string, unknown>>
    readonly actions: readonly NoticeAction[]
    readonly expiresAt?: number
  }
}
