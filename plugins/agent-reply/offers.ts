// Commands that were not done with their mail: each is offered to its writer with a button.
import { agentOrigin } from '../../core/plugin.ts'
import type { ActionLink, AgentConfig, NoticeTexts, Tx } from '../../core/plugin.ts'
import type { Desk } from './desk.ts'
import type { Order } from './plan.ts'
import { texts } from './texts.ts'

/** Raises a notice for each order and gives its writer's links to them; none where no plugin signs links, or the agent may not act. */
export async function offerOrders(
  tx: Tx,
  desk: Desk,
  caseId: string,
  agent: AgentConfig,
  orders: readonly Order[],
): Promise<readonly ActionLink[]> {
  const links: ActionLink[] = []
  for (const order of orders) {
    // In his name: he is told by the mail with these links, and not by a notification as well.
    const notice = await tx.as(agentOrigin(agent.id, 'mail')).notices.raise({
      caseId,
      kind: 'order_left',
      data: { agent: agent.id, line: order.line },
      actions: [{ name: 'do', action: order.action, args: order.args }],
    })
    const label = texts(agent.locale, 'orders.do')
    for (const link of await desk.host.registry.links(tx, notice, agent.id))
      links.push(link.label === label ? { ...link, label: `${label} ${order.line}`.slice(0, 120) } : link)
  }
  return links
}

/** A command that was not done, in words. */
export const leftTexts: NoticeTexts = {
  text: (notice, locale) => texts(locale, 'orders.text', { line: typeof notice.data.line === 'string' ? notice.data.line : '' }),
  label: (_action, locale) => texts(locale, 'orders.do'),
}
