// Orders an agent's commands, one after another, in his name; a command may move the conversation, and what follows goes with it.
import { PosternError, agentOrigin } from '../../core/plugin.ts'
import type { AgentConfig, Case, Tx } from '../../core/plugin.ts'
import type { Desk } from './desk.ts'
import type { NotDone, Order, Plan } from './plan.ts'

/** What became of orders; `said`: what their actions say, in order. */
export interface Done {
  readonly done: readonly Order[]
  readonly notDone: readonly NotDone[]
  readonly said: readonly string[]
}

/** Orders actions in the agent's name (`caseId` null: those that are about no case); what one refuses is not done by half, and does not keep the others from being done. */
export async function runAll(tx: Tx, desk: Desk, caseId: string | null, agent: AgentConfig, orders: readonly Order[]): Promise<Done> {
  const as = tx.as(agentOrigin(agent.id, 'command'))
  const done: Order[] = []
  const notDone: NotDone[] = []
  const said: string[] = []
  for (const order of orders) {
    try {
      const target = desk.host.registry.action(order.action)
      const result = await tx.attempt(() => as.act(order.action, target?.on === 'none' ? null : caseId, order.args))
      done.push(order)
      if (result.said !== undefined && result.said !== '') said.push(result.said)
    } catch (error) {
      if (!isRefusal(error)) throw error
      notDone.push({ command: order.command, line: order.line, fault: 'refused', about: error.detail || error.message })
    }
  }
  return { done, notDone, said }
}

/** An action says no; everything else is a fault of ours and the mail is tried again. */
export function isRefusal(error: unknown): error is PosternError {
  return error instanceof PosternError && ['invalid', 'not_found', 'conflict', 'gone', 'forbidden', 'bad_address'].includes(error.code)
}

/** Does what stands above the command that moves the conversation, and that command. `case`: where the message is that is answered, locked. */
export async function move(
  tx: Tx,
  desk: Desk,
  c: Case,
  agent: AgentConfig,
  about: string | null,
  { above, mover }: Pick<Plan, 'above' | 'mover'>,
): Promise<Done & { readonly case: Case }> {
  if (mover === null) return { ...nothing, case: c }
  const done = together(await runAll(tx, desk, c.id, agent, above), await runAll(tx, desk, c.id, agent, [mover]))
  const message = about === null ? undefined : await tx.messages.get(about)
  return { ...done, case: message ? await tx.cases.lock(message.caseId) : c }
}

const nothing: Done = { done: [], notDone: [], said: [] }

/** Several of them as one. */
export function together(...all: readonly Done[]): Done {
  return { done: all.flatMap((d) => d.done), notDone: all.flatMap((d) => d.notDone), said: all.flatMap((d) => d.said) }
}
