// What only shows once all plugins are set up: events, conditions and actions that nobody offers, arguments that do not fit.
import { asking, checkArguments, compileSchema, nearest } from '../../core/plugin.ts'
import type { Config, Origin, RegistryView, SettingsProblem } from '../../core/plugin.ts'
import { conditions } from './conditions/conditions.ts'
import { issueIn, placeOf } from './files/files.ts'
import type { FileProblem } from './files/files.ts'
import type { Draft, Node, RuleAction } from './files/rule-files.ts'
import type { Templates } from './files/template-files.ts'
import { eventWords } from './files/rule-schema.ts'
import { hint } from './files/shorthand.ts'
import { ruleWords } from './files/other-words.ts'

/** What rules are checked against, once every plugin is set up. */
export interface Known {
  readonly registry: RegistryView
  readonly config: Config
  /** ms UTC; times in arguments are read from here. */
  readonly now: number
}

/** Every name that nobody offers and every argument that does not fit, each with its place. */
export function verifyRules(
  rules: readonly Draft[],
  templateActions: ReadonlyMap<string, readonly RuleAction[]>,
  known: Known,
): readonly FileProblem[] {
  const problems: FileProblem[] = []
  for (const rule of rules) {
    for (const event of rule.events) {
      if (known.registry.events.has(event)) continue
      const near = nearest(event, [...known.registry.events.keys(), ...Object.keys(eventWords)], ruleWords)
      problems.push({
        path: [],
        place: placeOf(rule.source, [...rule.path, 'on']),
        message: `there is no event \`${event}\`${near ? `, did you mean \`${near}\`?` : `; there are ${Object.keys(eventWords).join(', ')} and those of \`postern events\``}`,
      })
    }
    leaves(rule.when, (node) => checkCondition(node, known, problems))
    for (const action of rule.actions) checkAction(action, known, problems)
  }
  for (const actions of templateActions.values()) for (const action of actions) checkAction(action, known, problems)
  return problems
}

/** Signatures that no template has words for. */
export function signaturesWrong(config: Config, templates: Templates): readonly SettingsProblem[] {
  const of = (table: 'mailboxes' | 'agents'): readonly SettingsProblem[] =>
    [...config[table]].flatMap(([id, { signature }]) => {
      if (signature === undefined || templates.byName.get(signature)?.speaks === true) return []
      const near = nearest(signature, templates.byName.keys())
      const message = templates.byName.has(signature)
        ? `the template \`${signature}\` has no words`
        : `there is no template \`${signature}\`${near ? `, did you mean \`${near}\`?` : ''}`
      return [{ path: [table, id, 'signature'], from: 'config' as const, message }]
    })
  return [...of('mailboxes'), ...of('agents')]
}

/** Calls `found` for every condition of other plugins. */
function leaves(node: Node, found: (node: Extract<Node, { kind: 'foreign' }>) => void): void {
  if (node.kind === 'foreign') found(node)
  else if (node.kind === 'not') leaves(node.node, found)
  else if (node.kind !== 'test') for (const inner of node.nodes) leaves(inner, found)
}

function checkCondition(node: Extract<Node, { kind: 'foreign' }>, { registry }: Known, problems: FileProblem[]): void {
  const condition = registry.conditions.get(node.name)
  if (!condition) {
    const near = nearest(node.name, [...Object.keys(conditions), ...registry.conditions.keys(), 'all', 'any', 'not'], ruleWords)
    problems.push({
      path: [],
      place: node.place,
      message: `there is no condition \`${node.name}\`${near ? `, did you mean \`${near}\`?` : `; there are ${[...Object.keys(conditions), ...registry.conditions.keys()].join(', ')}`}`,
    })
    return
  }
  const checked = compileSchema(condition.value).check(node.value)
  if (!checked.ok) for (const one of checked.issues.map((issue) => issueIn(node.source, issue, node.at))) problems.push(one)
}

/** The action itself says what is wrong with its arguments; of texts with Liquid in them nobody knows yet. */
function checkAction(action: RuleAction, { registry, config, now }: Known, problems: FileProblem[]): void {
  const definition = registry.action(action.action)
  if (!definition) {
    problems.push({
      path: [],
      place: action.place,
      message: `there is no action \`${action.action}\`${hint(action.action, registry.actions.keys())}`,
    })
    return
  }
  const origin: Origin = { kind: 'rule', id: null, via: 'rule' }
  const ask = (at: number) => {
    const checked = checkArguments(
      action.action,
      definition,
      action.args,
      asking({ config, isOurs: (a) => registry.isOurs(a) }, origin, undefined, at),
    )
    return checked.ok ? [] : checked.problems.filter((p) => !action.templates.some((t) => t.path.every((step, i) => p.path[i] === step)))
  }
  // "Today at 9" is refused at noon and "on Monday" on a Monday: wrong is what is refused at each hour of two days.
  let found = ask(now)
  for (let hour = 1; hour < 48 && found.length > 0; hour++) {
    const later = ask(now + hour * 3_600_000)
    found = found.filter((p) => later.some((l) => l.path.join('/') === p.path.join('/')))
  }
  for (const problem of found) {
    // The short words wrap what stands behind them, so a path into the arguments may not exist in the file.
    const { line, column } = action.source.yaml.position([...action.path, ...problem.path], problem.atKey)
    const place = problem.path.length === 0 && !problem.atKey ? action.place : `${action.source.file}:${line}:${column}`
    problems.push({ path: [], place, message: problem.message })
  }
}
