// Tells an agent what he was to be told later: a job takes out all that is due and tells it once, in the transaction that takes it out; so it
// survives a restart, and two nodes do not both tell it. What has changed meanwhile counts: who may no longer act there, or no longer
// follows, is told nothing, and nobody is told what he has answered since.
import Type from 'typebox'
import { defineJob, mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Case, Host, JobDefinition, Tx } from '../../core/plugin.ts'
import { timeFor } from './choice.ts'
import type { Concern } from './choice.ts'
import { followers } from './follow.ts'
import { targetOf } from './items.ts'
import type { Item } from './items.ts'
import { wait } from './pending.ts'
import { takeDue } from './pending-store.ts'
import type { PendingRow } from './pending-store.ts'
import { responsible } from './responsible.ts'
import { notify } from './tell.ts'
import type { NotificationSettings } from './tell.ts'

/** The job that tells an agent what is due. */
export const dueJob = (host: Host<NotificationSettings>): JobDefinition =>
  defineJob({
    payload: Type.Object({ agent: Type.String() }),
    async run(tx, payload) {
      const rows = await takeDue(tx, payload.agent)
      const agent = tx.config.agents.get(payload.agent)
      if (agent?.active !== true) return
      const cases = new Map<string, { readonly case: Case; readonly items: Item[] }>()
      for (const row of rows) {
        const found = await stillTold(tx, host, agent, row)
        if (!found) continue
        const one = cases.get(found.case.id) ?? { case: found.case, items: [] }
        cases.set(found.case.id, one)
        one.items.push(found.item)
      }
      for (const one of cases.values()) {
        const target = await targetOf(tx, agent, one.items)
        if (target) await notify(tx, host, one.case, false, [target])
      }
    },
  })

/** The thing with the case where it is now; undefined where he is not told of it after all, or later still. */
async function stillTold(
  tx: Tx,
  host: Pick<Host<unknown>, 'ids'>,
  agent: AgentConfig,
  row: PendingRow,
): Promise<{ readonly case: Case; readonly item: Item } | undefined> {
  // Written by `wait`.
  const item = JSON.parse(row.item) as Item
  const concern: Concern = row.concern === 'own' ? 'own' : 'case'
  const c = await caseOf(tx, item, row.case_id)
  if (!c || !mayAct(tx.config, agent.id, c.mailbox)) return undefined
  if (concern === 'case') {
    if (c.status === 'spam' || c.status === 'trash') return undefined
    if ('follows' in item && item.follows && !(await hears(tx, c, agent))) return undefined
    if ((await tx.messages.last(c.id, 20)).some((m) => m.agent === agent.id && m.createdAt >= row.created_at)) return undefined
  }
  const time = await timeFor(tx, agent, c, concern)
  if (time.at <= tx.now) return { case: c, item }
  await wait(tx, host, c, { agent, concern, item }, time)
  return undefined
}

async function hears(tx: Tx, c: Case, agent: AgentConfig): Promise<boolean> {
  return (await followers(tx, c.id)).includes(agent) || responsible(tx, c).includes(agent)
}

/** What was told of may have gone elsewhere: split off, merged. */
async function caseOf(tx: Tx, item: Item, caseId: string): Promise<Case | undefined> {
  const thing =
    item.what === 'message'
      ? await tx.messages.get(item.id)
      : item.what === 'note'
        ? await tx.notes.get(item.id)
        : item.what === 'notice'
          ? await tx.notices.get(item.id)
          : { caseId }
  return thing && tx.cases.current(thing.caseId)
}
