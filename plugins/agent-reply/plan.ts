// From written commands to orders: which actions, with which arguments, before or after the answer leaves; and what cannot be done, and why.
import { mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Case, Config, RegistryView } from '../../core/plugin.ts'
import type { Answer } from './block.ts'
import type { Fault, Knowledge } from './values.ts'
import { readValue } from './values.ts'
import type { CommandSpec, Vocabulary } from './vocabulary.ts'

/** One action to be ordered. Plain data: it may wait with a held answer. */
export interface Order {
  readonly command: string
  readonly line: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
}

export interface NotDone {
  readonly command: string
  readonly line: string
  readonly fault: Fault | 'unavailable' | 'no_reply' | 'waits' | 'refused'
  readonly about: string
}

export interface Plan {
  /** Must take effect before the answer leaves. */
  readonly before: readonly Order[]
  readonly after: readonly Order[]
  /** The command that sends the answer in its own way (later, say). */
  readonly sender: Order | null
  readonly notDone: readonly NotDone[]
}

export interface PlanInput {
  readonly answer: Answer
  readonly vocabulary: Vocabulary
  readonly registry: RegistryView
  readonly config: Config
  readonly agent: AgentConfig
  readonly case: Case
  /** Message that is answered. */
  readonly about: string | null
  /** There is something that can be sent. */
  readonly hasReply: boolean
}

/** Checks everything that can be checked before anything is done. */
export function planOf(input: PlanInput): Plan {
  const { answer, vocabulary, registry, config, agent } = input
  const known: Knowledge = { config, vocabulary, isOurs: (a) => registry.isOurs(a), mayAct: (id) => mayAct(config, id, input.case.mailbox) }
  const before: Order[] = []
  const after: Order[] = []
  const notDone: NotDone[] = []
  let sender: Order | null = null
  for (const command of answer.commands) {
    const { spec, line } = command
    const refuse = (fault: NotDone['fault'], about = ''): void => void notDone.push({ command: spec.id, line, fault, about })
    const action = registry.action(spec.action)
    if (!action) {
      refuse('unavailable')
      continue
    }
    const value = readValue(command, known)
    if ('fault' in value) {
      refuse(value.fault, value.about)
      continue
    }
    const constant = constants(spec, agent.id, input.about)
    if (!constant) {
      refuse('unavailable')
      continue
    }
    const order: Order = { command: spec.id, line, action: spec.action, args: { ...constant, ...value.args } }
    if (!spec.reply) (action.beforeSend ? before : after).push(order)
    else if (input.hasReply) sender = order
    else refuse('no_reply')
  }
  return { before, after, sender, notDone }
}

/** $agent and $message filled in; null where there is no message to fill in. */
function constants(spec: CommandSpec, agent: string, about: string | null): Readonly<Record<string, unknown>> | null {
  const values = Object.entries(spec.args).map(([key, value]) => [key, value === '$agent' ? agent : value === '$message' ? about : value] as const)
  return values.some(([, value]) => value === null) ? null : Object.fromEntries(values)
}
