// Runs rules: which of them an event concerns, whether their conditions hold, what they do.
import { PosternError, compileSchema } from '../../../core/plugin.ts'
import type { Case, EventType, Host, PosternEvent, Tx } from '../../../core/plugin.ts'
import { Facts, factsOf } from '../conditions/facts.ts'
import type { RuleContext } from '../conditions/facts.ts'
import { claimOnce } from './once.ts'
import { renderArgs } from '../files/rule-files.ts'
import type { Node, Rule } from '../files/rule-files.ts'
import type { Settings } from '../settings.ts'
import { mayEcho, valuesOf } from '../conditions/variables.ts'
import { localeFor } from './answers.ts'
import type { Modes } from '../watch/modes.ts'
import { watch } from '../watch/watch.ts'
import type { WouldDo } from '../watch/watch.ts'

/** Rules may cause one another so deep; below it the chain is cut, counted and logged. */
const deepest = 4

/** What rules run with. */
export interface Running {
  readonly host: Host<Settings>
  readonly context: RuleContext
  readonly modes: Modes
}

/** One condition as a dry run tells it. */
export interface Asked {
  readonly condition: string
  readonly wants: unknown
  readonly holds: boolean
  readonly seen: string
}

/** What a dry run is told of one rule. */
export interface RuleDecision {
  readonly rule: string
  readonly place: string
  readonly event: string
  readonly verdict: 'fired' | 'watched' | 'not' | 'once' | 'own' | 'cut'
  readonly asked: readonly Asked[]
  readonly did: readonly string[]
  /** What each of its actions was given, in the same order, with its texts rendered. */
  readonly given: readonly unknown[]
}

/** Rules by the event that they listen to, in the order in which they run. */
export function rulesByEvent(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const index = new Map<string, Rule[]>()
  for (const rule of rules) for (const event of rule.events) index.set(event, [...(index.get(event) ?? []), rule])
  return index
}

/** Lets the rules of an event run, in order, each seeing what those before it did. */
export async function hear(tx: Tx, event: PosternEvent<EventType>, rules: readonly Rule[], running: Running): Promise<void> {
  let facts: Facts | null = null
  for (const rule of rules) {
    if (rule.by && !rule.by.has(event.origin.kind)) continue
    if (rule.mailboxes && (event.mailbox === null || !rule.mailboxes.has(event.mailbox))) continue
    const own = event.origin.kind === 'rule' && event.origin.id === rule.name
    if (own || (event.origin.kind === 'rule' && event.depth >= deepest)) {
      if (!own) cut(event, rule, running, event.caseId === null ? undefined : await tx.cases.get(event.caseId))
      tell(tx, rule, event.type, own ? 'own' : 'cut', [], [])
      continue
    }
    if (!facts) await running.modes.refresh(tx)
    facts ??= await factsOf(tx, event, running.context)
    // What is ordered on a case that was merged away is done to the one that it is in, of which this event says nothing.
    if (!facts || facts.case.mergedInto !== null) return
    if (!(await fire(facts, rule, event.type, running))) continue
    facts = null
    if (rule.stop) return
  }
}

/** Asks one rule and lets it act; whether it fired. One on watch never does. `running.modes` must have been refreshed in this transaction. */
export async function fire(facts: Facts, rule: Rule, occasion: string, running: Running): Promise<boolean> {
  const { tx } = facts
  const mode = running.modes.of(rule)
  const asked: Asked[] | null = tx.explain ? [] : null
  facts.match = null
  const answer = holds(rule.when, facts, running, asked)
  if (!(typeof answer === 'boolean' ? answer : await answer)) {
    tell(tx, rule, occasion, 'not', asked ?? [], [])
    return false
  }
  if (!(await claimOnce(facts, rule, mode))) {
    tell(tx, rule, occasion, 'once', asked ?? [], [])
    return false
  }
  const given: unknown[] = []
  if (mode === 'watch') {
    const seen: Asked[] = asked ?? []
    if (!asked) await holds(rule.when, facts, running, seen)
    const would = await watch(facts, rule, occasion, seen, () => act(facts, rule, running, given))
    running.host.count('postern_rules_watched_total', { rule: rule.name })
    tell(tx, rule, occasion, 'watched', seen, would.map(lineOf), given)
    return false
  }
  const all = await act(facts, rule, running, given)
  for (const { action, refused, place } of all) {
    if (refused === undefined) continue
    running.host.count('postern_rule_refusals_total', { rule: rule.name, action })
    const { id, number } = facts.case
    running.host.log.warn({ rule: rule.name, place, action, case: id, number, why: refused }, 'a rule ordered what was refused')
  }
  const did = all.map(lineOf)
  running.host.count('postern_rules_fired_total', { rule: rule.name })
  await tx.as({ kind: 'rule', id: rule.name, via: 'rule' }).emit('rule.fired', facts.case.id, { rule: rule.name, on: occasion, did })
  tell(tx, rule, occasion, 'fired', asked ?? [], did, given)
  return true
}

function cut(event: PosternEvent, rule: Rule, { host }: Running, c: Case | undefined): void {
  host.count('postern_rule_loops_cut_total', { rule: rule.name })
  host.log.warn(
    {
      rule: rule.name,
      place: rule.place,
      event: event.type,
      case: event.caseId,
      number: c?.number,
      caused_by: event.origin.id,
      depth: event.depth,
    },
    'rules cause one another: this one was not asked any more',
  )
}

function tell(
  tx: Tx,
  rule: Rule,
  event: string,
  verdict: RuleDecision['verdict'],
  asked: readonly Asked[],
  did: readonly string[],
  given: readonly unknown[] = [],
): void {
  if (!tx.explain) return
  const decision: RuleDecision = { rule: rule.name, place: rule.place, event, verdict, asked, did, given }
  const words = {
    fired: 'fired',
    watched: 'would have fired (it is on watch)',
    not: 'did not fire',
    once: 'did not fire: it has fired for this already (once_per)',
    own: 'did not fire: it caused this itself',
    cut: 'did not fire: rules cause one another',
  }
  tx.explain({ plugin: 'rules', hook: 'rule', text: `${rule.name}: ${words[verdict]}`, data: decision })
}

/** Without `asked` it stops as soon as the answer is known. Answers at once where no condition has to look into the database. */
function holds(node: Node, facts: Facts, running: Running, asked: Asked[] | null): boolean | Promise<boolean> {
  if (node.kind === 'test') {
    if (!asked) return node.test.test(facts)
    return (async () => {
      const is = await node.test.test(facts)
      asked.push({ condition: node.name, wants: node.value, holds: is, seen: await node.test.seen(facts) })
      return is
    })()
  }
  if (node.kind === 'foreign') return foreign(node, facts, running, asked)
  if (node.kind === 'not') {
    const is = holds(node.node, facts, running, asked)
    return typeof is === 'boolean' ? !is : is.then((b) => !b)
  }
  return several(node, facts, running, asked, 0)
}

function several(
  node: Extract<Node, { kind: 'all' | 'any' }>,
  facts: Facts,
  running: Running,
  asked: Asked[] | null,
  from: number,
): boolean | Promise<boolean> {
  const decides = node.kind === 'any'
  for (let i = from; i < node.nodes.length; i++) {
    const inner = node.nodes[i]
    if (!inner) break
    const is = holds(inner, facts, running, asked)
    if (typeof is !== 'boolean') {
      return is.then(async (b) => {
        const rest = b === decides && !asked ? b : await several(node, facts, running, asked, i + 1)
        return decides ? b || rest : b && rest
      })
    }
    if (is === decides && !asked) return is
    if (is === decides) return Promise.resolve(several(node, facts, running, asked, i + 1)).then(() => decides)
  }
  return !decides
}

async function foreign(node: Extract<Node, { kind: 'foreign' }>, facts: Facts, { host }: Running, asked: Asked[] | null): Promise<boolean> {
  const condition = host.registry.conditions.get(node.name)
  const checked = condition && compileSchema(condition.value).check(node.value)
  // `verify` has refused the config otherwise.
  if (!condition || !checked?.ok) throw new PosternError('config_invalid', `${node.place}: the condition "${node.name}" cannot be asked`)
  const {
    holds: is,
    seen,
    binds,
  } = await condition.test(facts.tx, { case: facts.case, message: facts.message, event: facts.event }, checked.value as never) // checked against its own schema
  asked?.push({ condition: node.name, wants: node.value, holds: is, seen })
  if (is && binds) facts.bind(binds)
  return is
}

/** Refusals that the case's state explains: the rule goes on, an admin sees it. Anything else breaks the transaction. */
const expected: ReadonlySet<string> = new Set(['invalid', 'not_found', 'gone', 'conflict'])

/** One action as it is told in one line. */
const lineOf = ({ action, said, refused }: WouldDo): string =>
  refused !== undefined ? `${action} refused: ${refused}` : said ? `${action}: ${said}` : action

/** Does what a rule orders, in order; what is refused is told and the next one goes on. `given` gets the rendered arguments. */
async function act(
  facts: Facts,
  rule: Rule,
  { host }: Running,
  given: unknown[],
): Promise<readonly (WouldDo & { readonly place: string })[]> {
  const { tx, case: c } = facts
  const did: (WouldDo & { readonly place: string })[] = []
  const as = tx.as({ kind: 'rule', id: rule.name, via: 'rule' })
  let values: Promise<Readonly<Record<string, unknown>>> | undefined
  const seen = new Facts(as, facts.event, facts.case, facts.message, facts.context)
  seen.bind(facts.bound)
  for (const action of rule.actions) {
    given.push(action.args)
    try {
      const args = await renderArgs(action, async () => {
        values ??= valuesOf(seen, {
          locale: localeFor(seen),
          echo: mayEcho(seen),
          agent: c.assignee === null ? undefined : tx.config.agents.get(c.assignee),
          rule: rule.name,
        })
        return { ...(await values), match: mayEcho(seen) || !toCustomer.test(action.action) ? facts.match : null }
      })
      given[given.length - 1] = args
      const caseless = host.registry.action(action.action)?.on === 'none'
      const occasion = { messageId: facts.message?.id ?? null, event: facts.event?.type ?? null }
      const result = await as.act(action.action, caseless ? null : c.id, args, occasion)
      did.push({ action: action.action, args, place: action.place, ...(result.said !== undefined && { said: result.said }) })
    } catch (error) {
      if (!(error instanceof PosternError) || !expected.has(error.code)) throw error
      did.push({ action: action.action, args: given.at(-1), place: action.place, refused: error.detail ?? error.code })
    }
  }
  return did
}

/** Actions that may repeat their arguments to people outside. */
const toCustomer = /^(?:reply|receipt|template)\.|^case\.(?:forward|start)$/
