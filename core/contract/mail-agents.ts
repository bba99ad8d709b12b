// Mail to agents about the gateway itself: no case, no answer to it.
import { agentsOf } from './access.ts'
import type { AgentConfig } from '../base/config/types.ts'
import type { Tx } from './tx.ts'

/** Orders a mail to each of these agents and groups (ids), in his own words. Nothing leaves where there is no mailbox to write from. */
export async function mailAgents(
  tx: Tx,
  people: readonly string[],
  wordsFor: (agent: AgentConfig) => { readonly subject: string; readonly text: string },
): Promise<void> {
  const [mailbox] = tx.config.mailboxes.values()
  if (!mailbox) return
  for (const agent of agentsOf(tx.config, people)) {
    await tx.outbox.send({
      case: null,
      kind: 'alarm',
      from: { address: mailbox.address, name: 'Postern' },
      to: [{ address: agent.email, name: agent.name }],
      replyAs: null,
      ...wordsFor(agent),
      automatic: 'auto-generated',
    })
  }
}
