// Orders mail: fixes its Message-ID, reply address, return path and bytes once, and writes them beside what they speak of.
import { automaticHeaders } from '../../mail/compose/automatic-headers.ts'
import { sendable } from '../../mail/compose/address-header.ts'
import { compose } from '../../mail/compose/compose.ts'
import { htmlDocument } from '../../mail/html-document.ts'
import { expiryDay, makeEnvelopeId, makeToken, newTokenRef, ownMessageId, plusAddress, withoutAgentTokens } from '../../mail/token.ts'
import type { TokenPurpose } from '../../mail/token.ts'
import { cancelOutbox, newOutbox, outboxById, recipientsOfOutbox, retryOutbox } from '../../store/outbox.ts'
import { suppress } from '../../store/automatic.ts'
import type { ThreadKeyRow } from '../../store/tables.ts'
import { spendBudget } from './budget.ts'
import type { Letter, Outbox, SendOutcome } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'

/** An agent's reply token lives this long (SEC-2). */
const agentTokenDays = 90
/** A bounce may come late; after this nobody waits for it. */
const bounceTokenDays = 30

/** The outbox of one transaction: mail is written beside what it speaks of and leaves after the commit. */
export function outboxOf(unit: TransactionContext): Outbox {
  return {
    send: (letter) => send(unit, letter),
    suppress: (address, reason, until) => suppress(unit.db, address, reason, until, unit.now),
    recipientsOf: async (outboxId) => (await recipientsOfOutbox(unit.db, outboxId)).map((r) => r.address),
    kindOf: async (outboxId) => (await outboxById(unit.db, outboxId))?.kind,
    retry: (outboxId) => retryOutbox(unit.db, outboxId, unit.now),
    cancel: (outboxId) => cancelOutbox(unit.db, outboxId, unit.now),
  }
}

async function send(unit: TransactionContext, letter: Letter): Promise<SendOutcome> {
  const { config } = unit.registry
  const { tokens } = unit.parts
  const recipients = envelope(letter)
  // People whose address no server would take stay in the envelope, so that they fail where agents see it; the header names the others.
  const [to, cc, bcc] = [letter.to, letter.cc ?? [], letter.bcc ?? []].map((list) => sendable(list).good)
  if (![to, cc, bcc].some((list) => list && list.length > 0)) return { sent: false, reason: 'no address that can be written to' }
  if (letter.automatic) {
    const refused = await spendBudget(unit, letter, recipients)
    if (refused) return { sent: false, ...refused }
  }
  const mailbox = letter.case ? config.mailboxes.get(letter.case.mailbox) : undefined
  const keys: ThreadKeyRow[] = []
  const ref = newTokenRef()
  const outboxId = unit.parts.ids.next()
  const headerId = ownMessageId(tokens, ref, config.hostname)
  const key = (kind: ThreadKeyRow['kind'], of: string, purpose: TokenPurpose, recipient: string, days: number | null): void => {
    if (!letter.case) return
    keys.push({
      kind,
      key: of,
      case_id: letter.case.id,
      mailbox: letter.case.mailbox,
      message_id: letter.messageId ?? null,
      purpose,
      recipient,
      outbox_id: outboxId,
      created_at: unit.now,
      expires_at: days === null ? null : unit.now + days * 86_400_000,
    })
  }

  let replyTo: string | null = null
  const as = letter.replyAs
  if (as && mailbox) {
    const recipient = as.purpose === 'agent' ? as.agent : as.address.toLowerCase()
    const days = as.purpose === 'agent' ? agentTokenDays : null
    // An answer from an alias comes back to that alias.
    replyTo = plusAddress(
      mailbox.aliases.includes(letter.from.address) ? letter.from.address : mailbox.address,
      makeToken(tokens, { purpose: as.purpose, ref, recipient, expiresDay: days === null ? null : expiryDay(unit.now, days) }),
    )
    if (replyTo) key('token', ref, as.purpose, recipient, days)
    key('own', ref, as.purpose, recipient, null)
  } else {
    key('own', ref, 'customer', '', null)
  }

  let envelopeFrom = ''
  if (letter.returnPath !== 'null') {
    const bounceRef = newTokenRef()
    const base = config.outgoing.bounce_address ?? mailbox?.address
    const verp = base
      ? plusAddress(
          base,
          makeToken(tokens, { purpose: 'bounce', ref: bounceRef, recipient: '', expiresDay: expiryDay(unit.now, bounceTokenDays) }),
        )
      : null
    if (verp && letter.case) key('token', bounceRef, 'bounce', '', bounceTokenDays)
    envelopeFrom = verp ?? base ?? ''
  }

  // What proves an agent is for himself alone.
  const words = (text: string): string => (as?.purpose === 'agent' ? text : withoutAgentTokens(text))
  const subject = words(letter.subject)
  const mail = compose({
    from: letter.from,
    to: to ?? [],
    cc,
    replyTo: replyTo ? { address: replyTo, name: letter.from.name } : undefined,
    subject,
    messageId: headerId,
    inReplyTo: letter.inReplyTo ?? undefined,
    references: letter.references,
    dateMs: unit.now,
    timezone: mailbox?.timezone ?? config.timezone,
    text: words(letter.text),
    html:
      letter.html === undefined
        ? undefined
        : htmlDocument({
            languages: [letter.language, letter.case?.locale, mailbox?.locale, config.locale],
            title: subject,
            // Message-IDs are rewritten on some ways; this comes back in the quote (plugins/threading reads it).
            id: letter.case ? bare(headerId) : undefined,
            content: words(letter.html),
          }),
    headers: [...(letter.automatic ? automaticHeaders(letter.automatic, config.name) : []), ...(letter.headers ?? [])],
    attachments: letter.attachments?.map((a) => ({
      filename: a.filename,
      contentType: a.contentType,
      contentId: a.contentId ?? undefined,
      inline: a.inline,
      source: [{ blob: a.blob.id, start: a.blob.start, end: a.blob.end, from: a.blob.encoding, sizeBytes: a.sizeBytes }],
    })),
  })
  const row = newOutbox(
    {
      id: outboxId,
      case_id: letter.case?.id ?? null,
      message_id: letter.messageId ?? null,
      kind: letter.kind,
      transport: 'default',
      envelope_from: envelopeFrom,
      envid: makeEnvelopeId(tokens, ref),
      header_id: bare(headerId),
      subject: letter.subject,
      segments: JSON.stringify(mail.segments),
      size: mail.sizeBytes,
      smtputf8: mail.needsSmtpUtf8 ? 1 : 0,
      automatic: letter.automatic ? 1 : 0,
      created_at: unit.now,
    },
    recipients.map((address) => ({ id: unit.parts.ids.next(), address })),
    unit.now,
  )
  unit.rows.later('outbox', [row.mail])
  unit.rows.later('outbox_recipients', row.recipients)
  unit.rows.later('thread_keys', keys)
  return { sent: true, outboxId, headerId: bare(headerId) }
}

/** Everybody once, To before Cc before Bcc. */
function envelope(letter: Letter): readonly string[] {
  const all = [...letter.to, ...(letter.cc ?? []), ...(letter.bcc ?? [])]
  return [...new Map(all.filter((p) => p.address).map((p) => [p.address.toLowerCase(), p.address])).values()]
}

const bare = (id: string): string => id.replace(/^<|>$/g, '')
