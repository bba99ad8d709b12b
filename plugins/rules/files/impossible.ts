// Rules that can never fire, as far as the catalogue of events says: nothing that they hear can be what they ask for.
import type { RegistryView } from '../../../core/plugin.ts'
import { statusNames } from '../conditions/conditions.ts'
import { flat, namesOf } from './flat.ts'
import type { FileProblem } from './files.ts'
import type { Rule } from './rule-files.ts'

type Doubt = Pick<FileProblem, 'place' | 'message'>

/** What a condition can find where an event is heard, by condition and event; what is not named here can be anything. */
const finds: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  author: { 'message.received': ['customer'], 'message.sent': ['agent', 'system'] },
  kind: {
    'message.received': ['normal', 'auto-reply', 'bounce', 'bulk', 'report'],
    'message.sent': ['normal', 'receipt', 'rule', 'forward'],
  },
  authenticated: { 'message.sent': ['none'] },
  spam: { 'message.sent': ['false'] },
}

/** The same for cases that somebody of these begins (`incoming`, `outgoing`). */
const begun: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  author: { customer: ['customer'], agent: ['agent', 'system'] },
  case_origin: { customer: ['customer'], agent: ['agent'], api: ['api'] },
  first: { customer: ['true'] },
}

/** Each rule that can never fire, with the place of what keeps it from that. */
export function impossible(rules: readonly Rule[], { registry: { events }, config }: Known): readonly Doubt[] {
  return rules.flatMap((rule): readonly Doubt[] => {
    if (rule.by?.size === 0)
      return [
        {
          place: rule.place,
          message: 'never fires: nobody named in `by` causes what it listens to; `incoming` is of customers, `outgoing` of agents',
        },
      ]
    return flat(rule.when).flatMap((test): readonly Doubt[] => {
      const wanted = test.name === 'changed' ? [] : namesOf(test.value)
      if (test.name === 'author' && only(rule, 'message.sent') && wanted.every((who) => who === 'customer'))
        return [{ place: test.place, message: 'never fires: what is sent to a customer was not written by one' }]
      const found = test.name === 'changed' ? null : everythingFor(rule, test.name)
      if (found && !wanted.some((value) => found.has(value)))
        return [
          {
            place: test.place,
            message: `never fires: where ${rule.events.map((e) => `\`${e}\``).join(', ')} is heard, \`${test.name}\` is ${[...found].join(' or ')}`,
          },
        ]
      return test.name === 'changed' ? unchanged(rule, test.value, test.place, events, config) : []
    })
  })
}

/** What the registry and the config know. */
export interface Known {
  readonly registry: Pick<RegistryView, 'events' | 'conditions'>
  readonly config: { readonly agents: ReadonlyMap<string, unknown> }
}

const only = (rule: Rule, event: string): boolean => rule.events.length > 0 && rule.events.every((e) => e === event)

/** Everything that a condition can find wherever the rule is asked; null: anything. */
function everythingFor(rule: Rule, name: string): ReadonlySet<string> | null {
  const all = new Set<string>()
  if (rule.events.length === 0) return null
  for (const event of rule.events) {
    const lists = event === 'case.created' && rule.by ? [...rule.by].map((who) => begun[name]?.[who]) : [finds[name]?.[event]]
    for (const list of lists) {
      if (!list) return null
      for (const value of list) all.add(value)
    }
  }
  return all
}

/** `changed` asks what the event says: which of them say anything of it stands in their schemas. */
function unchanged(rule: Rule, value: unknown, place: string, events: RegistryView['events'], config: Known['config']): readonly Doubt[] {
  const { from, to } = value as { readonly from?: unknown; readonly to?: unknown } // its schema has been checked
  const has = (event: string, key: string): boolean => {
    const schema = events.get(event)?.data
    return schema !== undefined && 'properties' in schema && Object.hasOwn(schema.properties as object, key) // an object schema by the contract of events
  }
  const told = rule.events.filter((e) => has(e, 'from') || has(e, 'to') || has(e, 'assignee'))
  // That none of them says so is told elsewhere.
  if (told.length === 0) return []
  const known =
    told.every((e) => e === 'case.status_changed') && told.length === rule.events.length
      ? new Set(Object.values(statusNames))
      : told.every((e) => e === 'case.assigned') && told.length === rule.events.length
        ? new Set(['nobody', ...config.agents.keys()])
        : null
  return (
    [
      ['from', from],
      ['to', to],
    ] as const
  ).flatMap(([key, wanted]): readonly Doubt[] => {
    if (known === null || wanted === undefined || namesOf(wanted).some((v) => known.has(v))) return []
    return [{ place, message: `never fires: \`${key}\` can only be ${[...known].join(', ')}` }]
  })
}
