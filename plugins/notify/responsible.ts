// Who answers for a case.
import { agentsOf, mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Case, Tx } from '../../core/plugin.ts'

/** The assignee, else the members of the case's group, else everybody on the mailbox's list; only those who may act there. */
export function responsible(tx: Tx, c: Case): readonly AgentConfig[] {
  const lists = [c.assignee ? [c.assignee] : [], c.group ? [c.group] : [], tx.config.mailboxes.get(c.mailbox)?.notify ?? []]
  for (const list of lists) {
    const agents = agentsOf(tx.config, list).filter((a) => mayAct(tx.config, a.id, c.mailbox))
    if (agents.length > 0) return agents
  }
  return []
}
