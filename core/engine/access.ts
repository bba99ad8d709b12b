// Which agent may act in which mailbox, and whom a list of ids in the config names.
import type { AgentConfig, Config } from '../base/config/types.ts'

/**
 * An active agent may act in the mailboxes of his groups, and wherever he himself is named (`notify`, `assignee`). An agent in no group
 * may act everywhere: a house without groups knows no walls.
 */
export function mayAct(config: Pick<Config, 'agents' | 'groups' | 'mailboxes'>, agent: string, mailbox: string): boolean {
  if (config.agents.get(agent)?.active !== true) return false
  const place = config.mailboxes.get(mailbox)
  if (place && (place.notify.includes(agent) || place.assignee === agent)) return true
  const groups = [...config.groups.values()].filter((g) => g.members.includes(agent))
  return groups.length === 0 || groups.some((g) => g.mailboxes.includes(mailbox))
}

/** The active agents that ids of agents and groups name, each once, in order. */
export function agentsOf(config: Pick<Config, 'agents' | 'groups'>, ids: readonly string[]): readonly AgentConfig[] {
  const expanded = ids.flatMap((id) => (config.agents.has(id) ? [id] : (config.groups.get(id)?.members ?? [])))
  return [...new Set(expanded)].flatMap((id) => {
    const agent = config.agents.get(id)
    return agent?.active ? [agent] : []
  })
}
