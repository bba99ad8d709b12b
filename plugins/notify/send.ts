// One notification: rendered in the agent's language, threaded with the others of its case, answered with his own signed address.
import type { AgentConfig, Host, Tx } from '../../core/plugin.ts'
import { filesOfNotes } from './facts.ts'
import type { Facts } from './facts.ts'
import type { NotificationTarget } from './items.ts'
import { noticesFor } from './notices.ts'
import { render } from './render.ts'
import { texts } from './texts.ts'

/**
 * Puts the notification of one agent into the outbox, in this transaction; its Message-ID. `before`: that of his last one of this case.
 * Where the outbox refuses it, the log says why and nothing is thrown.
 */
export async function send(
  tx: Tx,
  host: Host<{ readonly history_length: number; readonly attachments: number }>,
  facts: Facts,
  target: NotificationTarget,
  before: string | undefined,
): Promise<string | undefined> {
  const { case: c, shown } = facts
  const { agent } = target
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (!mailbox) return undefined
  // An answer to a note stays inside; an answer to anything else goes to the customer.
  const inside =
    target.notes.length > 0 && target.messages.length + target.deliveries.length + target.notices.length === 0 && target.assigned === null
  const notices = await noticesFor(tx, host.registry, facts.notices, agent)
  const sent = shown?.carried ?? []
  const noteFiles = await filesOfNotes(tx, target.notes, host.settings.attachments - sent.reduce((sum, f) => sum + f.sizeBytes, 0))
  const rendered = render({
    facts,
    target,
    notices,
    noteFiles,
    inside,
    commands: host.registry.actions.has('agent-reply.help'),
    config: tx.config,
    historyLength: host.settings.history_length,
    safeHtml: tx.safeHtml,
  })
  const root = `case.${c.id}@${tx.config.hostname}`
  const outcome = await tx.outbox.send({
    case: c,
    messageId: inside ? null : shown?.message.author === 'customer' ? shown.message.id : null,
    kind: 'notification',
    from: { address: mailbox.address, name: texts(agent.locale, 'from.via', { name: senderName(facts), mailbox: mailbox.name }) },
    to: [{ address: agent.email, name: agent.name }],
    replyAs: { purpose: 'agent', agent: agent.id },
    subject: `[#${c.number}] ${baseSubject(c.subject, agent)}`,
    text: rendered.text,
    html: rendered.html,
    language: agent.locale,
    attachments: [...sent, ...noteFiles.carried],
    // Every notification of a case names the same root, which nobody ever sent: programs thread by it all the same (RFC 5256).
    inReplyTo: before ?? root,
    references: [root],
    automatic: 'auto-generated',
  })
  if (!outcome.sent) {
    host.log.warn({ case: c.id, number: c.number, agent: agent.id, reason: outcome.reason }, 'a notification was not sent')
    return undefined
  }
  return outcome.headerId
}

function senderName({ case: c, shown }: Facts): string {
  const from = shown?.message.author === 'customer' ? shown.message.from : c.requester
  return from.name || from.address
}

/** The subject without "Re:" in front: mail programs group by it. */
function baseSubject(subject: string, agent: AgentConfig): string {
  const bare = subject.replace(/^(?:\s{0,3}(?:re|fwd?|aw|wg|sv|antw|отв?|на)(?:\[\d{1,3}\])?:){1,5}/i, '').trim()
  return bare === '' ? texts(agent.locale, 'subject.none') : bare
}
