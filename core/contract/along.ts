// What goes along with an answer that leaves later: orders that take effect when it leaves, as arguments of the action that plans it.
import { isRecord } from '../base/schema-walk.ts'
import type { ActionDefinition } from './actions.ts'

/** Arguments by name. */
export type Arguments = Readonly<Record<string, unknown>>

/**
 * The arguments that carry this order with an answer which the action `planner` plans; null: it takes effect at once, since it cannot wait
 * or `planner` does not take such arguments.
 */
export function goesAlong(planner: ActionDefinition, action: ActionDefinition | undefined, args: Arguments): Arguments | null {
  // They were written for this action.
  const carried = action?.along?.(args as never) ?? null
  return carried && Object.keys(carried).every((key) => hasArgument(planner, key)) ? carried : null
}

/** Both together: lists one after the other, anything else as the later says. */
export function joinArguments(first: Arguments, second: Arguments): Arguments {
  const joined: Record<string, unknown> = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const before = joined[key]
    if (Array.isArray(before) && Array.isArray(value)) joined[key] = [...(before as readonly unknown[]), ...(value as readonly unknown[])]
    else joined[key] = isRecord(before) && isRecord(value) ? joinArguments(before, value) : value
  }
  return joined
}

/** Whether an action takes an argument of this name. */
export function hasArgument({ args }: ActionDefinition, key: string): boolean {
  return 'properties' in args && isRecord(args.properties) && key in args.properties
}
