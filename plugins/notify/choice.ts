// When an agent is told of something: at once, or later by what he has chosen.
//
//   always   what concerns the safety of his account: at once
//   own      what is for him alone (a mention, an assignment, a notice about what he did): at once
//   case     what a case brings to all who hear of it: not while he has muted the case
import type { AgentConfig, Case, Tx } from '../../core/plugin.ts'

/** For whom a thing is; see the head of this file. */
export type Concern = 'always' | 'own' | 'case'

/** When it is told (ms UTC; `tx.now`: at once). */
export interface Time {
  readonly at: number
}

/** When an agent is told of something of a case. */
export async function timeFor(tx: Tx, agent: AgentConfig, c: Case, concern: Concern): Promise<Time> {
  const muted = concern === 'case' ? await mutedUntil(tx, c.id, agent.id) : null
  return { at: Math.max(tx.now, muted ?? 0) }
}

/** Until when an agent has muted a case (ms UTC); null: he has not. */
export async function mutedUntil(tx: Tx, caseId: string, agent: string): Promise<number | null> {
  const until = (await tx.cases.watchers(caseId)).find((w) => w.agent === agent)?.mutedUntil ?? null
  return until !== null && until > tx.now ? until : null
}
