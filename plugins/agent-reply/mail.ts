// Mails of this plugin to an agent: transcripts and error notices, in the thread of the case's notifications.
import { comparedHtml, comparedText, escapeHtml, markerHtml, markerLine } from '../../core/plugin.ts'
import type { ActionLink, AgentConfig, Case, Compared, SendOutcome, Tx } from '../../core/plugin.ts'
import { texts } from './texts.ts'

/** A text, or several that stand side by side. */
export type Paragraph = string | readonly Compared[]

/** One such mail, in the agent's language; all texts are plain and are escaped for HTML when it is written. */
export interface AgentMail {
  readonly kind: 'transcript' | 'notice'
  readonly case: Case
  readonly agent: AgentConfig
  /** Message that an answer to this mail is about; null: an answer becomes a note. */
  readonly about: string | null
  /** Message-ID of the agent's mail. */
  readonly inReplyTo: string | null
  /** Paragraphs, whose lines are kept, and texts that are to be compared. */
  readonly paragraphs: readonly Paragraph[]
  readonly links?: readonly ActionLink[]
}

/** Sends it on the budget for automatic mail. Our marker comes first, so that an answer to it is cut like any other. */
export async function mailAgent(tx: Tx, mail: AgentMail): Promise<SendOutcome> {
  const { case: c, agent } = mail
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (!mailbox) return { sent: false, reason: 'the mailbox is gone' }
  const marker = texts(agent.locale, 'marker')
  const links = mail.links ?? []
  const bare = c.subject.replace(/^(?:\s{0,3}(?:re|fwd?|aw|wg|sv|antw|отв?|на)(?:\[\d{1,3}\])?:){1,5}/i, '').trim()
  return tx.outbox.send({
    case: c,
    messageId: mail.about,
    kind: mail.kind,
    from: { address: mailbox.address, name: mailbox.name },
    to: [{ address: agent.email, name: agent.name }],
    replyAs: { purpose: 'agent', agent: agent.id },
    subject: `[#${c.number}] ${bare || texts(agent.locale, 'subject.none')}`,
    text: `${[markerLine(marker), ...mail.paragraphs.map((p) => (typeof p === 'string' ? p : comparedText(p))), ...links.map((l) => `${l.label}: ${l.url}`)].join('\n\n')}\n`,
    html: `<div style="max-width:640px">\n${markerHtml(marker)}\n${mail.paragraphs.map(htmlOf).join('\n')}\n${links.map((l) => `<p><a href="${escapeHtml(l.url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#2563eb;color:#fff;text-decoration:none;font-weight:bold">${escapeHtml(l.label)}</a></p>`).join('\n')}\n</div>\n`,
    language: agent.locale,
    inReplyTo: mail.inReplyTo,
    // The root of the case's notifications (plugin notify).
    references: [`case.${c.id}@${tx.config.hostname}`],
    automatic: 'auto-replied',
  })
}

/** What an agent asked about no case, answered: there is nothing to which he could answer. */
export async function mailAsked(
  tx: Tx,
  {
    mailbox,
    agent,
    ...mail
  }: Pick<AgentMail, 'agent' | 'inReplyTo' | 'paragraphs'> & {
    readonly mailbox: { readonly address: string; readonly name: string }
    readonly subject: string
  },
): Promise<SendOutcome> {
  return tx.outbox.send({
    case: null,
    kind: 'transcript',
    from: { address: mailbox.address, name: mailbox.name },
    to: [{ address: agent.email, name: agent.name }],
    replyAs: null,
    subject: `Re: ${mail.subject || texts(agent.locale, 'subject.none')}`,
    text: `${mail.paragraphs.map((p) => (typeof p === 'string' ? p : comparedText(p))).join('\n\n')}\n`,
    html: `<div style="max-width:640px">\n${mail.paragraphs.map(htmlOf).join('\n')}\n</div>\n`,
    language: agent.locale,
    inReplyTo: mail.inReplyTo,
    automatic: 'auto-replied',
  })
}

function htmlOf(p: Paragraph): string {
  return typeof p === 'string' ? `<p style="margin:12px 0">${escapeHtml(p).replace(/\n/g, '<br>\n')}</p>` : comparedHtml(p)
}
