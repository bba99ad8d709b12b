// Which agent an address belongs to.
import type { AgentConfig, Config } from '../base/config/types.ts'
import { canonicalRecipient } from '../mail/recipient.ts'

/** Finds the agent whose address or alias it is, in whatever case and form it is written. */
export function agentTable(config: Pick<Config, 'agents'>): (address: string) => AgentConfig | undefined {
  const agents = new Map<string, AgentConfig>()
  for (const agent of config.agents.values())
    for (const address of [agent.email, ...agent.aliases]) agents.set(canonicalRecipient(address) ?? address, agent)
  return (address) => agents.get(canonicalRecipient(address) ?? address)
}
