// From written commands to orders: which actions, with which arguments, before or after the answer leaves; and what cannot be done, and why.
import { agentOrigin, asking, checkArguments, goesAlong, hasArgument, joinArguments } from '../../core/plugin.ts'
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

/** A command that cannot be done: its id, its line as written, why, and the part of the value that is meant (or ''). */
export interface NotDone {
  readonly command: string
  readonly line: string
  readonly fault: Fault | 'unavailable' | 'no_reply' | 'files' | 'second' | 'waits' | 'refused'
  readonly about: string
}

/** The orders of one answer, each list in the order in which they were written. */
export interface Plan {
  /** Stand above the command that moves the conversation, and act where it was. */
  readonly above: readonly Order[]
  /** Moves the conversation: the answer and everything below go with it. */
  readonly mover: Order | null
  /** Must take effect before the answer leaves. */
  readonly before: readonly Order[]
  readonly after: readonly Order[]
  /** The command that sends the answer in its own way (later, say). */
  readonly sender: Order | null
  /** Such a command, or the one that moves the conversation, cannot be done: the answer must not leave in another way unasked. */
  readonly senderFailed: boolean
  /** Arguments that go along with the answer, whatever sends it. */
  readonly with: readonly Order[]
  readonly notDone: readonly NotDone[]
}

/** What is done after all else, in its turn where nothing is sent: a template that is named alone, say. */
export const inTurn = ({ sender, after }: Plan): readonly Order[] => (sender ? [sender, ...after] : after)

/** What a plan is made from. */
export interface PlanInput {
  readonly answer: Answer
  readonly vocabulary: Vocabulary
  readonly registry: RegistryView
  readonly config: Config
  readonly agent: AgentConfig
  /** undefined: commands about no case. */
  readonly case: Case | undefined
  /** ms UTC */
  readonly now: number
  /** Message that is answered. */
  readonly about: string | null
  /** There is something that can be sent. */
  readonly hasReply: boolean
  readonly hasFiles: boolean
}

/** Checks everything that can be checked before anything is done. */
export function planOf(input: PlanInput): Plan {
  const { answer, vocabulary, registry, config, agent } = input
  const known: Knowledge = { config, vocabulary }
  const asked = asking({ config, isOurs: (a) => registry.isOurs(a) }, agentOrigin(agent.id, 'command'), input.case, input.now)
  let above: readonly Order[] = []
  let mover: Order | null = null
  let before: Order[] = []
  let after: Order[] = []
  const places: Order[] = []
  const notDone: NotDone[] = []
  let sender: Order | null = null
  let senderFailed = false
  const along: Order[] = []
  for (const command of answer.commands) {
    const { spec, line } = command
    const refuse = (fault: NotDone['fault'], about = ''): void => {
      notDone.push({ command: spec.id, line, fault, about })
      if ((spec.reply !== false || spec.moves) && input.hasReply) senderFailed = true
    }
    const instead = spec.without !== null && !input.hasReply ? registry.action(spec.without) : undefined
    const name = spec.without !== null && instead ? spec.without : spec.action
    const action = instead ?? registry.action(spec.action)
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
    const order: Order = { command: spec.id, line, action: name, args: { ...constant, ...value.args } }
    if (spec.with) {
      if (input.hasReply) along.push(order)
      else refuse('no_reply')
      continue
    }
    // What sends the answer gets more arguments with it, and says then what it refuses.
    const alone = spec.reply === false || instead !== undefined
    const checked = alone ? checkArguments(name, action, order.args, asked) : { ok: true as const }
    if (!checked.ok) {
      refuse('refused', [...new Set(checked.problems.map((p) => p.message))].join('; '))
      continue
    }
    places.push(order)
    if (spec.moves && mover === null) {
      // What writes an answer by itself is an answer where it stands.
      const own = sender !== null && !input.hasReply ? [sender] : []
      above = [...before, ...own, ...after].sort((a, b) => places.indexOf(a) - places.indexOf(b))
      if (own.length > 0) sender = null
      mover = order
      before = []
      after = []
    } else if (alone) (action.beforeSend ? before : after).push(order)
    else if (!input.hasReply && spec.reply === true) refuse('no_reply')
    // It writes the answer itself (a template), or sends one that is there already.
    else if (!input.hasReply && (input.about === null || sender !== null)) after.push(order)
    else if (!input.hasReply) sender = order
    else if (input.hasFiles && !hasArgument(action, 'attachments')) refuse('files')
    else if (sender !== null) refuse('second')
    else sender = order
  }
  return { above, mover, before, after, sender: senderFailed ? null : sender, senderFailed, with: along, notDone }
}

/** What takes effect when the answer leaves, and not before: a command that sends it later takes it along in its arguments. */
export function takenAlong(plan: Plan, registry: RegistryView): { readonly plan: Plan; readonly along: readonly Order[] } {
  const action = plan.sender ? registry.action(plan.sender.action) : undefined
  if (!plan.sender || !action) return { plan, along: [] }
  const along: Order[] = []
  let args = plan.sender.args
  const stays = (order: Order): boolean => {
    const carried = goesAlong(action, registry.action(order.action), order.args)
    if (!carried) return true
    args = joinArguments(args, carried)
    along.push(order)
    return false
  }
  const [before, after] = [plan.before.filter(stays), plan.after.filter(stays)]
  return { plan: { ...plan, before, after, sender: { ...plan.sender, args } }, along }
}

/** A plan whose conversation cannot be moved: what stood above the command is done with the rest, each in its turn. */
export function withoutMover(plan: Plan, registry: RegistryView): Plan {
  const precedes = (o: Order): boolean => registry.action(o.action)?.beforeSend === true
  return {
    ...plan,
    above: [],
    mover: null,
    before: [...plan.above.filter(precedes), ...plan.before],
    after: [...plan.above.filter((o) => !precedes(o)), ...plan.after],
  }
}

/** $agent and $message filled in; null where there is no message to fill in. */
function constants(spec: CommandSpec, agent: string, about: string | null): Readonly<Record<string, unknown>> | null {
  const values = Object.entries(spec.args).map(
    ([key, value]) => [key, value === '$agent' ? agent : value === '$message' ? about : value] as const,
  )
  return values.some(([, value]) => value === null) ? null : Object.fromEntries(values)
}
