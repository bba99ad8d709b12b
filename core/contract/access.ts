// Which agent may act in which mailbox, whom a list of ids in the config names, and what is there for who asks.
import type { Kysely } from 'kysely'
import type { AgentConfig, Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { caseByRef } from '../store/cases.ts'
import type { CaseRow, Tables } from '../store/tables.ts'

/**
 * An active agent may act in the mailboxes of his groups, and wherever he himself is named (`notify`, `assignee`). An agent in no group
 * may act everywhere: without groups nobody is limited to certain mailboxes.
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

/** A case by `12`, `#12` or its id. Throws `not_found` also where it lies beyond the scope of who asks. */
export async function caseFor(db: Kysely<Tables>, who: { sees(mailbox: string | null): boolean }, ref: string): Promise<CaseRow> {
  const row = ref.length > 64 ? undefined : await caseByRef(db, ref)
  if (!row || !who.sees(row.mailbox)) throw new PosternError('not_found', `case ${ref.slice(0, 64)}`)
  return row
}
