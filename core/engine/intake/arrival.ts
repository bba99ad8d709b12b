// From stored bytes to an Arrival: parsed in the killable worker, or, where that is not possible, what the header gives.
import { PosternError } from '../../base/errors.ts'
import type { MailboxConfig } from '../../base/config/types.ts'
import type { ReadMail } from '../../mail/read.ts'
import type { SafeHtmls } from '../../mail/safe-html.ts'
import type { InboundRow } from '../../store/tables.ts'
import type { ParsePool, ReadOutcome } from './parse-pool.ts'
import type { Arrival } from '../../contract/intake.ts'

/** A mail as it stands, or would stand, in `inbound`. */
export type Given = Pick<InboundRow, 'id' | 'raw_id' | 'hash' | 'mail_from' | 'rcpt' | 'peer' | 'received_at' | 'size' | 'mailbox'>

/** A mail over the bounds of its reader is tried again so long (ms) after its first try and its second; then it is shown unread. */
const againAfterMs = [60_000, 600_000]

/** The reader could not, which may have had other reasons than the mail: it is to be tried again after `waitMs`. */
export class ReadLater extends PosternError {
  readonly waitMs: number
  constructor(detail: string, waitMs: number) {
    super('internal', `parsing failed: ${detail}`)
    this.waitMs = waitMs
  }
}

/**
 * Reads a mail, and makes its HTML safe. `attempt` counts from 1; null: there is no other, and whatever the mail holds, an Arrival comes out.
 * Throws `ReadLater` where it took too much and has not been tried three times, and a fault of ours in the worker as an error.
 */
export async function readArrival(
  pool: ParsePool,
  row: Given,
  raw: Uint8Array,
  mailbox: MailboxConfig,
  attempt: number | null,
): Promise<{ readonly arrival: Arrival; readonly safe: SafeHtmls }> {
  const outcome = await pool.read(raw, { envelopeFrom: row.mail_from, safe: true })
  if (!outcome.ok && attempt !== null) {
    if (outcome.reason === 'error') throw new PosternError('internal', `parsing failed: ${outcome.detail}`)
    const waitMs = outcome.reason === 'limit' ? undefined : againAfterMs[attempt - 1]
    if (waitMs !== undefined) throw new ReadLater(`${outcome.reason}: ${outcome.detail}`, waitMs)
  }
  const arrival: Arrival = {
    inboundId: row.id,
    rawId: row.raw_id ?? '',
    hash: row.hash,
    mailFrom: row.mail_from,
    rcpt: row.rcpt,
    peer: row.peer,
    receivedAt: row.received_at,
    sizeBytes: row.size,
    mailbox,
    mail: outcome.ok ? outcome.mail : degradedMail(outcome, raw.byteLength),
    degraded: outcome.ok ? null : `${outcome.reason}: ${outcome.detail}`,
  }
  return { arrival, safe: (outcome.ok ? outcome.safe : undefined) ?? new Map() }
}

/** A mail that was not parsed: its header, no text, and itself as the only attachment, so that agents can open it. */
function degradedMail(outcome: Extract<ReadOutcome, { ok: false }>, sizeBytes: number): ReadMail {
  return {
    ...outcome.headers,
    text: '',
    html: null,
    attachments: [
      {
        filename: 'message.eml',
        shownName: 'message.eml',
        contentType: 'message/rfc822',
        sizeBytes,
        contentId: null,
        inline: false,
        range: { start: 0, end: sizeBytes, encoding: 'identity' },
      },
    ],
    reply: { text: '', html: null, quoted: '', signature: '', forwarded: false, flags: [] },
    kind: 'normal',
    verdicts: { bounce: false, autoReply: false, bulk: false, report: false },
    evidence: [],
    bounce: null,
    forward: null,
    warnings: [],
    limits: [outcome.reason],
  }
}
