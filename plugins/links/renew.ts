// Fresh links by mail, for somebody whose own have expired: the mailbox proves again who he is.
import type { AgentConfig, Case, Host, Notice, Tx } from '../../core/plugin.ts'
import { linesOf } from './buttons.ts'
import { say } from './messages.ts'
import { createLinks } from './create.ts'
import type { LinkSettings } from './create.ts'

/**
 * Mails the agent fresh links for a notice, in this transaction. Without a mailbox of the case nothing is sent; what the outbox refuses is
 * not told.
 */
export async function mailFreshLinks(
  tx: Tx,
  host: Host<LinkSettings>,
  about: { readonly case: Case; readonly notice: Notice; readonly agent: AgentConfig },
): Promise<void> {
  const { case: c, notice, agent } = about
  const { locale } = agent
  const mailbox = host.config.mailboxes.get(c.mailbox)
  if (!mailbox) return
  const links = await createLinks(tx, host, notice, agent.id)
  const text = [...linesOf(host.registry, notice, locale), ...links.map((l) => `${l.label}:\n${l.url}`), say(locale, 'mail.hint')].join(
    '\n\n',
  )
  // Refused by the budget: the page says that it is on its way all the same; only very many presses lead to that.
  await tx.outbox.send({
    case: c,
    messageId: notice.messageId,
    kind: 'notification',
    from: { address: mailbox.address, name: mailbox.name },
    to: [{ address: agent.email, name: agent.name }],
    replyAs: { purpose: 'agent', agent: agent.id },
    subject: say(locale, 'mail.subject', { number: c.number, subject: c.subject }),
    text,
    automatic: 'auto-generated',
  })
}
