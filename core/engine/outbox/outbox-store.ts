// The outbox as its worker needs it: claims and renewals straight from the store, results in one transaction with the events that follow.
import type { Clock } from '../../base/clock.ts'
import type { Segment } from '../../mail/compose/segments.ts'
import { blobsOf, readBlob } from '../../store/blobs.ts'
import { fromJson } from '../../store/json.ts'
import { settleMessageState } from '../../store/messages.ts'
import { claimOutbox, completeRecipient, recoverOutbox, renewOutbox } from '../../store/outbox.ts'
import type { ClaimedOutbox, RecipientChange } from '../../store/outbox.ts'
import { isForAgents } from '../../contract/letter-kinds.ts'
import { systemOrigin } from '../../contract/origin.ts'
import type { ClaimedSend } from './lane.ts'
import type { OutboxStore, RecipientResult } from './outbox-worker.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'

/** A claim with what its events must name. */
interface NamedSend extends ClaimedSend {
  readonly caseId: string | null
  readonly messageId: string | null
  /** The mail is that message; a notification only speaks of it. */
  readonly isMessage: boolean
}

/** Rolls back a completion whose lease somebody else holds by now. */
class FencedOff extends Error {}

/** `onEvents`: a transaction told plugins something, so other workers may have work. */
export function outboxStoreOf(parts: EngineServices, clock: Clock, onEvents: () => void): OutboxStore {
  const { database } = parts
  return {
    claim: async (from, limit, leaseMs) => (await claimOutbox(database, clock, from, limit, leaseMs)).map(toSend),
    recover: async (limit, leaseMs) => (await recoverOutbox(database, clock, limit, leaseMs)).map(toSend),
    renew: async (send, leaseMs) => (await renewOutbox(database, clock, send.recipients, leaseMs)) === send.recipients.length,
    readBlob: (id) => readBlob(blobsOf(database), id),
    async complete(send, results) {
      try {
        await inTransaction(parts, clock, systemOrigin, async (tx) => {
          // Case before outbox: the one lock order of the program.
          const of = (send as NamedSend).caseId
          const locked = of !== null && results.some((r) => r.state !== 'sent') ? await tx.cases.lockCurrent(of) : null
          for (const r of results) if (!(await completeRecipient(database, tx.db, clock, changeOf(r, tx.now)))) throw new FencedOff()
          const { messageId, isMessage } = send as NamedSend // made by toSend below
          const caseId = locked?.id ?? of
          if (messageId !== null && isMessage) await settleMessageState(tx.db, messageId, send.id, tx.now)
          for (const r of results) {
            const data = { outbox: send.id, address: r.recipient.address, message: messageId }
            if (r.state === 'failed') await tx.emit('message.failed', caseId, { ...data, reply: r.reply })
            if (r.state === 'unknown' && r.resendIn === null) await tx.emit('message.unknown', caseId, { ...data, reply: r.reason })
            if (r.state === 'queued' && r.delayNotice) await tx.emit('message.delayed', caseId, { ...data, reply: r.reply })
          }
        })
      } catch (error) {
        if (error instanceof FencedOff) return false
        throw error
      }
      if (results.some((r) => r.state !== 'sent')) onEvents()
      return true
    },
  }
}

function toSend({ mail, recipients }: ClaimedOutbox): NamedSend {
  return {
    id: mail.id,
    caseId: mail.case_id,
    messageId: mail.message_id,
    isMessage: !isForAgents(mail.kind),
    transport: mail.transport,
    envelopeFrom: mail.envelope_from,
    envid: mail.envid,
    segments: fromJson<readonly Segment[]>(mail.segments, `outbox.segments of ${mail.id}`),
    smtputf8: mail.smtputf8 === 1,
    createdAt: mail.created_at,
    recipients: recipients.map((r) => ({
      id: r.id,
      token: r.token,
      address: r.address,
      firstAttemptAt: r.first_attempt_at,
      attempts: r.attempts,
      resends: r.resends,
      delayNoticed: r.delay_noticed === 1,
    })),
  }
}

function changeOf(r: RecipientResult, now: number): RecipientChange {
  const { recipient } = r
  const same = {
    id: recipient.id,
    token: recipient.token,
    attempts: recipient.attempts,
    resends: recipient.resends,
    delayNoticed: recipient.delayNoticed,
    firstAttemptAt: recipient.firstAttemptAt ?? now,
  }
  switch (r.state) {
    case 'sent':
      return { ...same, state: 'sent', attempts: same.attempts + 1, dueIn: null, reply: r.reply, status: null }
    case 'failed':
      return { ...same, state: 'failed', attempts: same.attempts + 1, dueIn: null, reply: r.reply, status: r.status }
    case 'unknown':
      return {
        ...same,
        state: 'unknown',
        attempts: same.attempts + 1,
        resends: same.resends + (r.resendIn === null ? 0 : 1),
        dueIn: r.resendIn,
        reply: r.reason,
        status: null,
      }
    case 'queued':
      return {
        ...same,
        state: 'queued',
        attempts: same.attempts + (r.counts ? 1 : 0),
        delayNoticed: same.delayNoticed || r.delayNotice,
        dueIn: r.retryIn,
        reply: r.reply,
        status: r.status,
      }
  }
}
