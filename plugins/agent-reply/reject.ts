// Mail at an answer address that proves nothing: kept as a flagged note without effect; the agent is told once a day per cause, a stranger never.
import type { AgentConfig, Case, Host, ReadMail, Tx } from '../../core/plugin.ts'
import type { Cause } from './authentication.ts'
import { noteForgery } from './forgery.ts'
import type { Incoming, Outcome } from './incoming.ts'
import { mailAgent } from './mail.ts'
import { texts } from './texts.ts'
import { addWrongToken, claimNotice, countWrongTokens, pruneCounts } from './store.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
/** Wrong tokens of one source in an hour before its mail is dropped: nobody shall find a token by trying. */
const maxWrongTokens = 10

/** Keeps the mail as a note of its case. `agent` is null where it is not certain whose token it is. */
export async function keepWithoutEffect(
  tx: Tx,
  host: Host<unknown>,
  incoming: Incoming,
  cause: Cause,
  agent: AgentConfig | null,
): Promise<Outcome> {
  const { mail, key } = incoming
  host.count('postern_agent_replies_refused_total', { cause })
  const c = await tx.cases.lockCurrent(key.case_id)
  if (!noteForgery(host, incoming, cause, key.case_id))
    host.log.warn(
      { case: c.id, number: c.number, cause, agent: agent?.id },
      'a mail to an answer address proves nothing and was kept without effect',
    )
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  const locale = mailbox?.locale ?? tx.config.locale
  const from = shownFrom(mail, incoming.mailFrom)
  const why = texts(locale, `cause.${cause}`)
  const head = agent
    ? texts(locale, 'note.unauthenticated', { agent: agent.name, cause: why, from })
    : texts(locale, 'note.unauthenticatedNobody', { cause: why, from })
  const note = await tx.notes.add({
    caseId: c.id,
    kind: 'unauthenticated',
    author: { kind: 'customer' },
    text: `⚠ ${head}\n\n${(mail.reply.text || mail.text).slice(0, 20_000)}`,
    data: { cause, from: mail.from?.address ?? '', agent: agent?.id ?? null, raw: incoming.rawId },
  })
  // Who is gone is told nothing; of a forged token nobody can say whose it is.
  if (agent?.active) await tellAgent(tx, c, agent, cause, from, incoming)
  return { outcome: `agent-reply refused (${cause})`, caseId: note.caseId }
}

/** To the agent's own address from the config, never to the one in the mail. */
async function tellAgent(tx: Tx, c: Case, agent: AgentConfig, cause: Cause, from: string, { mail, key }: Incoming): Promise<void> {
  if (!(await firstToday(tx, cause, agent.email))) return
  const { locale } = agent
  const more =
    cause === 'from' || cause === 'from_many'
      ? texts(locale, 'notice.from', { from })
      : cause === 'dmarc' || cause === 'expired' || cause === 'no_token'
        ? texts(locale, `notice.${cause}`)
        : texts(locale, 'notice.access')
  // Only where From is his own can the mail be his own: nobody else's id goes into his thread.
  const his = cause === 'expired' || cause === 'no_token' || cause === 'access'
  await mailAgent(tx, {
    kind: 'notice',
    case: c,
    agent,
    about: key.message_id,
    inReplyTo: his ? mail.messageId : null,
    paragraphs: [texts(locale, 'notice.title', { cause: texts(locale, `cause.${cause}`) }), more],
  })
}

/** Whether this is the first notice of its cause to this address today; by the table's key, so that two nodes agree. */
function firstToday(tx: Tx, cause: string, address: string): Promise<boolean> {
  return claimNotice(tx, cause, address, Math.floor(tx.now / dayMs))
}

/** Counts a wrong token against where it came from; true where that source has had its share for this hour. */
export async function tooManyWrongTokens(tx: Tx, host: Host<unknown>, mail: ReadMail, mailFrom: string): Promise<boolean> {
  const source = (mailFrom || mail.from?.address || 'unknown').toLowerCase().slice(0, 320)
  const before = await countWrongTokens(tx, source, tx.now - hourMs)
  host.count('postern_agent_reply_wrong_tokens_total')
  if (before >= maxWrongTokens) {
    host.log.error(
      { source, inAnHour: before },
      'more wrong answer tokens than anybody sends by mistake: mail of this source to answer addresses is dropped',
    )
    return true
  }
  await addWrongToken(tx, { id: host.ids.next(), source, at: tx.now })
  return false
}

/** Counts and notices of yesterday and before are of no use. */
export function prune(tx: Tx, now: number): Promise<void> {
  return pruneCounts(tx, now - dayMs, Math.floor(now / dayMs) - 1)
}

function shownFrom(mail: ReadMail, mailFrom: string): string {
  return mail.from?.address || mailFrom || '?'
}
