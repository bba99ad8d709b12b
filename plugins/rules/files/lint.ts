// Doubts about rules that are sound by themselves: never reached, able to loop, answering too often, contradicting themselves.
import type { FileProblem } from './files.ts'
import { impossible } from './impossible.ts'
import type { Known } from './impossible.ts'
import { flat, namesOf } from './flat.ts'
import type { Node, Rule } from './rule-files.ts'
import type { Settings } from '../settings.ts'

/** All doubts, as warnings with their place; none of them keeps a rule from running. */
export function lint(rules: readonly Rule[], settings: Settings, known: Known): readonly FileProblem[] {
  return [
    ...unreachable(rules),
    ...impossible(rules, known),
    ...loops(rules),
    ...tooOften(rules),
    ...toRobots(rules),
    ...joinsStrangers(rules),
    ...neverHolds(rules, known.registry),
    ...contradictions(rules, settings),
  ].map((p) => ({
    ...p,
    path: [],
    warning: true as const,
  }))
}

type Doubt = Pick<FileProblem, 'place' | 'message'>

const everywhere = (one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): boolean =>
  one === null || (other !== null && [...other].every((x) => one.has(x)))

/** The conditions of `node` as lines; all have to hold. */
function lines(node: Node): readonly string[] {
  const say = (n: Node): string => {
    if (n.kind === 'not') return `not ${say(n.node)}`
    return n.kind === 'test' || n.kind === 'foreign' ? `${n.name}=${JSON.stringify(n.value)}` : `${n.kind}(${n.nodes.map(say).join()})`
  }
  return node.kind === 'all' ? node.nodes.flatMap((n) => (n.kind === 'all' ? lines(n) : [say(n)])) : [say(node)]
}

/** An earlier rule that stops takes every event that this one could fire for. */
function unreachable(rules: readonly Rule[]): readonly Doubt[] {
  return rules.flatMap((rule, i) => {
    const before = rules
      .slice(0, i)
      .find(
        (r) =>
          r.stop &&
          !r.once &&
          rule.events.length > 0 &&
          rule.events.every((e) => r.events.includes(e)) &&
          everywhere(r.by, rule.by) &&
          everywhere(r.mailboxes, rule.mailboxes) &&
          lines(r.when).every((line) => lines(rule.when).includes(line)),
      )
    return before
      ? [{ place: rule.place, message: `never fires: \`${before.name}\` runs before it, holds whenever it does, and stops` }]
      : []
  })
}

/** What an action makes other rules hear. */
const causes: Readonly<Record<string, readonly string[]>> = {
  'case.status': ['case.status_changed'],
  'case.assign': ['case.assigned'],
  'case.assign_next': ['case.assigned'],
  'case.tags': ['case.tags_changed'],
  'case.subject': ['case.subject_changed'],
  'case.requester': ['case.people_changed'],
  'case.move': ['case.moved', 'case.assigned'],
  'case.from': ['case.from_changed'],
  'case.undo': ['case.people_changed', 'case.moved', 'case.assigned', 'case.from_changed'],
  'case.cc': ['case.people_changed'],
  'case.bcc': ['case.people_changed'],
  'case.custom': ['case.custom_changed'],
  'note.rule': ['note.added'],
  'note.add': ['note.added'],
  'reply.automatic': ['message.sent'],
  'reply.send': ['message.sent'],
  'receipt.send': ['message.sent'],
}

/** Whether what `from` does makes `to` run. */
function leadsTo(from: Rule, to: Rule): boolean {
  if (to.by && !to.by.has('rule')) return false
  return from.actions.some((action) => {
    const caused = causes[action.action] ?? []
    if (!caused.some((e) => to.events.includes(e))) return false
    return action.action !== 'case.status' || statusFits(to.when, String(action.args.status))
  })
}

/** Whether the outermost conditions leave room for a case that has just got this status. */
function statusFits(when: Node, status: string): boolean {
  return (when.kind === 'all' ? when.nodes : [when]).every((n) => {
    if (n.kind !== 'test') return true
    const to = n.name === 'status' ? n.value : n.name === 'changed' ? (n.value as { readonly to?: unknown }).to : undefined // its schema has been checked
    return to === undefined || namesOf(to).includes(status)
  })
}

function loops(rules: readonly Rule[]): readonly Doubt[] {
  const doubts: Doubt[] = []
  const told = new Set<string>()
  for (const start of rules) {
    const path = circle(rules, start)
    if (!path) continue
    const key = [...path.map((r) => r.name)].sort().join('\n')
    if (told.has(key)) continue
    told.add(key)
    doubts.push({
      place: start.place,
      message: `can go round: ${[...path, start].map((r) => `\`${r.name}\``).join(' -> ')}; it is cut after 4 turns. Give one of them \`once_per\`, or \`by\` without rule`,
    })
  }
  return doubts
}

/** A shortest way from a rule back to itself over at least one other; rules that fire once end a circle. */
function circle(rules: readonly Rule[], start: Rule): readonly Rule[] | null {
  if (start.once) return null
  const queue: (readonly Rule[])[] = [[start]]
  const seen = new Set<Rule>([start])
  for (let path = queue.shift(); path; path = queue.shift()) {
    const last = path.at(-1)
    if (!last) break
    if (path.length > 1 && leadsTo(last, start)) return path
    if (path.length > 6) continue
    for (const next of rules) {
      if (seen.has(next) || next.once || !leadsTo(last, next)) continue
      seen.add(next)
      queue.push([...path, next])
    }
  }
  return null
}

const often: ReadonlySet<string> = new Set([
  'message.received',
  'message.sent',
  'case.status_changed',
  'case.tags_changed',
  'case.assigned',
  'note.added',
])

function tooOften(rules: readonly Rule[]): readonly Doubt[] {
  return rules.flatMap((rule): readonly Doubt[] => {
    const mail = rule.actions.find((a) => a.action === 'reply.automatic' || a.action === 'template.use')
    if (!mail || rule.once) return []
    if (rule.schedule)
      return [
        {
          place: mail.place,
          message:
            'is sent again at every time of the schedule for as long as the conditions hold; give the rule `once_per` (status: once while the case keeps its status)',
        },
      ]
    const event = rule.events.find((e) => often.has(e))
    if (!event || mentions(rule.when, 'first')) return []
    return [
      {
        place: mail.place,
        message: `is sent again at every ${event}, to machines without marks as well, until the caps are spent; give the rule \`once_per\``,
      },
    ]
  })
}

/** Answers of agents, ordered by a rule: they ask neither who wrote nor how often, as `reply` and `receipt` do. */
const unguarded: ReadonlySet<string> = new Set(['reply.send', 'reply.defer'])

function toRobots(rules: readonly Rule[]): readonly Doubt[] {
  return rules.flatMap((rule): readonly Doubt[] => {
    const mail = rule.actions.find((a) => unguarded.has(a.action))
    const hears = rule.events.some((e) => e === 'message.received' || e === 'case.created') && (!rule.by || rule.by.has('customer'))
    if (!mail || !hears || mentions(rule.when, 'kind')) return []
    return [
      {
        place: mail.place,
        message: `could answer robots: \`${mail.action}\` does not ask who wrote; use \`reply\`, or add the condition \`kind: normal\``,
      },
    ]
  })
}

/** The conditions of other plugins that all have to hold. */
function foreign(node: Node): readonly Extract<Node, { kind: 'foreign' }>[] {
  if (node.kind === 'foreign') return [node]
  return node.kind === 'all' ? node.nodes.flatMap(foreign) : []
}

/** A condition of another plugin that says of itself that it never holds. */
function neverHolds(rules: readonly Rule[], { conditions }: Known['registry']): readonly Doubt[] {
  return rules.flatMap((rule) =>
    foreign(rule.when).flatMap(({ name, value, place }) =>
      // It fits the schema of the condition, which is what that is written for.
      (conditions.get(name)?.never?.(value as never) ?? []).map((why): Doubt => ({ place, message: `never holds: ${why}` })),
    ),
  )
}

/** A rule that merges cases of whom it knows nothing, or knows that they may be different people. */
function joinsStrangers(rules: readonly Rule[]): readonly Doubt[] {
  return rules.flatMap((rule): readonly Doubt[] => {
    const merge = rule.actions.find((a) => a.action === 'case.merge')
    if (!merge) return []
    const found = foreign(rule.when).filter((n) => n.name === 'duplicate_of')
    // Its schema has been checked; without `strangers` it asks for the same requester itself, or for the same custom field.
    const known = found.some((t) => (t.value as { readonly strangers?: boolean }).strangers !== true)
    if (known) return []
    const message =
      found.length > 0
        ? 'may merge cases of strangers, whose words agents then take for one conversation: leave out `strangers: true`, name requester or a custom field in `same`, or ask with `merge.suggest`'
        : 'merges whoever the case is of: add the condition `duplicate_of`, or ask with `merge.suggest`'
    return [{ place: merge.place, message }]
  })
}

function mentions(node: Node, name: string): boolean {
  if (node.kind === 'test' || node.kind === 'foreign') return node.name === name
  return node.kind === 'not' ? false : node.nodes.some((n) => mentions(n, name))
}

/** Conditions whose value is one of a few words: two of them side by side must have one in common. */
const single: ReadonlySet<string> = new Set([
  'status',
  'mailbox',
  'channel',
  'assignee',
  'group',
  'kind',
  'author',
  'authenticated',
  'case_origin',
])

function contradictions(rules: readonly Rule[], settings: Settings): readonly Doubt[] {
  return rules.flatMap((rule) => {
    const doubts: Doubt[] = []
    const tests = flat(rule.when)
    const seen = new Map<string, { readonly values: readonly string[]; readonly place: string }>()
    if (rule.mailboxes) seen.set('mailbox', { values: [...rule.mailboxes], place: rule.place })
    for (const test of tests) {
      if (single.has(test.name)) {
        const values = namesOf(test.value)
        const earlier = seen.get(test.name)
        if (
          earlier &&
          !earlier.values.includes('anybody') &&
          !values.includes('anybody') &&
          !values.some((v) => earlier.values.includes(v))
        )
          doubts.push({
            place: test.place,
            message: `never holds: \`${test.name}\` cannot be ${values.join(' or ')} and ${earlier.values.join(' or ')} at the same time`,
          })
        seen.set(test.name, { values, place: test.place })
      }
      if (test.name === 'changed' && !rule.events.some((e) => /^case\.(status|subject|assigned|moved|people|custom)/.test(e)))
        doubts.push({ place: test.place, message: 'never holds: none of the events of this rule says what changed' })
      if (test.name === 'authenticated' && settings.authserv_id === undefined && !namesOf(test.value).includes('none'))
        doubts.push({ place: test.place, message: 'never holds: the setting `authserv_id` is missing, so nothing is known of any sender' })
      if (
        (test.name === 'domain' && JSON.stringify(test.value).includes('@')) ||
        ((test.name === 'sender' || test.name === 'domain') && /"(\*|[^"]*\*@)/.test(JSON.stringify(test.value)))
      )
        doubts.push({
          place: test.place,
          message: `never matches: ${test.name === 'domain' ? 'a domain has no @ and no *' : 'there are no wildcards; use starts, ends or contains, or the condition domain'}`,
        })
      const automatic =
        test.name === 'kind' &&
        !namesOf(test.value).includes('normal') &&
        namesOf(test.value).every((k) => ['auto-reply', 'bulk', 'bounce', 'report'].includes(k))
      const mail = rule.actions.find((a) => a.action === 'reply.automatic' || a.action === 'receipt.send')
      if (automatic && mail) doubts.push({ place: mail.place, message: 'is never sent: automatic mail gets no automatic answer' })
    }
    const receipt = rule.actions.find((a) => a.action === 'receipt.send')
    if (receipt && (rule.schedule || !rule.events.some((e) => e === 'case.created' || e === 'message.received')))
      doubts.push({ place: receipt.place, message: 'a receipt confirms a message of a customer; this rule hears of none' })
    if (receipt && rule.by && !rule.by.has('customer'))
      doubts.push({ place: receipt.place, message: 'is never sent: the rule hears only of cases that no customer began' })
    return doubts
  })
}
