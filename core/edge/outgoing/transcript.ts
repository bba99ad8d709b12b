// What the peer said about one mail, reply by reply, and what that means for each recipient.
import type { RecipientOutcome } from '../../engine/outbox/transport.ts'
import type { EnvelopeAddress } from '../../mail/address.ts'
import { replyText } from './reply.ts'
import type { Reply } from './reply.ts'
import { faultStatus } from './session-fault.ts'
import type { SessionFault } from './session-fault.ts'

/** Replies in the order of the commands: MAIL, each RCPT, DATA, then one for the text (LMTP: one per accepted recipient, RFC 2033 §4.2). */
export class Transcript {
  readonly #rcpts: readonly EnvelopeAddress[]
  readonly #lmtp: boolean
  readonly #replies: Reply[] = []
  /** The final dot has been handed to the socket: what is not answered from here on is unknown. */
  dot = false

  constructor(rcpts: readonly EnvelopeAddress[], protocol: 'smtp' | 'lmtp') {
    this.#rcpts = rcpts
    this.#lmtp = protocol === 'lmtp'
  }

  /** The peer has decided about each recipient. */
  get complete(): boolean {
    return this.#rcpts.every((_, i) => this.#verdict(i) !== undefined)
  }

  /** False, and not taken, where the reply is out of place: a text goes ahead by 354 only, and nobody accepts a mail whose dot was not sent. */
  hear(reply: Reply): boolean {
    const [at, data] = [this.#replies.length, this.#rcpts.length + 1]
    const fits = reply.code >= 400 || (at === data ? reply.code === 354 : reply.code < 300 && (at < data || this.dot))
    if (fits) this.#replies.push(reply)
    return fits
  }

  /** One per recipient, in order; `fault` tells why the peer has said nothing about a recipient. */
  outcomes(fault: SessionFault | undefined): readonly RecipientOutcome[] {
    const reason = fault?.message ?? 'the next hop said nothing about this recipient'
    return this.#rcpts.map((rcpt, i) => {
      const reply = this.#verdict(i)
      if (reply) return outcomeOf(rcpt, reply, reply === this.#replies[i + 1])
      if (this.dot) return { outcome: 'unknown', rcpt, reason }
      return { outcome: 'retry', rcpt, reply: reason, status: faultStatus(fault?.kind ?? 'protocol') }
    })
  }

  /** The reply that decides about the recipient in this place. */
  #verdict(i: number): Reply | undefined {
    const [replies, first] = [this.#replies, this.#rcpts.length + 2]
    for (const reply of [replies[0], replies[i + 1], replies[first - 1]]) if (!reply || reply.code >= 400) return reply
    const acceptedBefore = replies.slice(1, i + 1).filter((r) => r.code < 300).length
    return replies[this.#lmtp ? first + acceptedBefore : first]
  }
}

function outcomeOf(rcpt: EnvelopeAddress, reply: Reply, toRcpt: boolean): RecipientOutcome {
  const text = replyText(reply)
  if (reply.code < 300) return { outcome: 'sent', rcpt, reply: text }
  // 552 in answer to RCPT means "too many recipients" (RFC 5321 §4.5.3.1.10).
  if (toRcpt && reply.code === 552) return { outcome: 'retry', rcpt, reply: text, status: '4.5.3' }
  // 530 and 538 (RFC 4954 §6) speak of our session and not of the mail: an admin can mend that.
  if (reply.code >= 500 && reply.code !== 530 && reply.code !== 538)
    return { outcome: 'failed', rcpt, reply: text, status: reply.status.startsWith('5') ? reply.status : '5.0.0' }
  return { outcome: 'retry', rcpt, reply: text, status: reply.status.startsWith('4') ? reply.status : '4.0.0' }
}
