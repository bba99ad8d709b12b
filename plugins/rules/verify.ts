// What only shows once all plugins are set up: events, conditions and actions that nobody offers, arguments that do not fit.
import { compileSchema, nearest } from '../../core/plugin.ts'
import type { RegistryView } from '../../core/plugin.ts'
import { conditions } from './conditions/conditions.ts'
import { issueIn, placeOf } from './files/files.ts'
import type { FileProblem } from './files/files.ts'
import type { Node, Rule, RuleAction } from './files/rule-files.ts'
import { eventWords } from './files/rule-schema.ts'
import { hint } from './files/shorthand.ts'
import type { Templates } from './files/template-files.ts'

/** The names that rules may use, once every plugin is set up; `groups` and `agents` are ids. */
export interface Known {
  readonly registry: RegistryView
  readonly templates: Templates
  readonly groups: ReadonlySet<string>
  readonly agents: ReadonlySet<string>
}

/** Every name that nobody offers and every argument that does not fit, each with its place. */
export function verifyRules(
  rules: readonly Rule[],
  templateActions: ReadonlyMap<string, readonly RuleAction[]>,
  known: Known,
): readonly FileProblem[] {
  const problems: FileProblem[] = []
  for (const rule of rules) {
    for (const event of rule.events) {
      if (known.registry.events.has(event)) continue
      const near = nearest(event, [...known.registry.events.keys(), ...Object.keys(eventWords)])
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

/** Calls `found` for every condition of other plugins. */
function leaves(node: Node, found: (node: Extract<Node, { kind: 'foreign' }>) => void): void {
  if (node.kind === 'foreign') found(node)
  else if (node.kind === 'not') leaves(node.node, found)
  else if (node.kind !== 'test') for (const inner of node.nodes) leaves(inner, found)
}

function checkCondition(node: Extract<Node, { kind: 'foreign' }>, { registry }: Known, problems: FileProblem[]): void {
  const condition = registry.conditions.get(node.name)
  if (!condition) {
    const near = nearest(node.name, [...Object.keys(conditions), ...registry.conditions.keys(), 'all', 'any', 'not'])
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

/** Arguments are checked with the action's own schema; texts with Liquid in them only for their being texts. */
function checkAction(action: RuleAction, known: Known, problems: FileProblem[]): void {
  const definition = known.registry.action(action.action)
  if (!definition) {
    problems.push({
      path: [],
      place: action.place,
      message: `there is no action \`${action.action}\`${hint(action.action, known.registry.actions.keys())}`,
    })
    return
  }
  const checked = compileSchema(definition.args).check(action.args)
  if (!checked.ok) {
    for (const issue of checked.issues) {
      const liquid = action.templates.some((t) => t.path.join('/') === issue.path.join('/'))
      if (!liquid) problems.push(argumentIssue(action, issue))
    }
  }
  checkIds(action, known, problems)
}

/** The short words wrap what stands behind them, so a path into the arguments may not exist in the file. */
function argumentIssue(action: RuleAction, issue: Parameters<typeof issueIn>[1]): FileProblem {
  const { message } = issueIn(action.source, issue, action.path)
  const { line, column } = action.source.yaml.position([...action.path, ...issue.path], issue.atKey)
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return {
    path: [],
    place: `${action.source.file}:${line}:${column}`,
    message: `${action.action}: ${where}${message.replace(/^[^\s:]*: /, '')}`,
  }
}

function checkIds(action: RuleAction, { templates, groups, agents }: Known, problems: FileProblem[]): void {
  const wrong = (key: string, what: string, id: string, all: Iterable<string>): void => {
    const near = nearest(id, all)
    problems.push({
      path: [],
      place: placeOf(action.source, [...action.path, key]),
      message: `there is no ${what} \`${id}\`${near ? `, did you mean \`${near}\`?` : ''}`,
    })
  }
  const text = (key: string): string | undefined => {
    const value = action.args[key]
    return typeof value === 'string' && !value.includes('{{') ? value : undefined
  }
  const template =
    action.action === 'template.use'
      ? text('name')
      : action.action === 'reply.automatic' || action.action === 'receipt.send'
        ? text('template')
        : undefined
  if (template !== undefined && !templates.byName.has(template))
    wrong(action.action === 'template.use' ? 'name' : 'template', 'template', template, templates.byName.keys())
  if (
    action.action === 'reply.automatic' &&
    action.args.template === undefined &&
    action.args.text === undefined &&
    action.args.html === undefined
  )
    problems.push({ path: [], place: action.place, message: 'reply needs a `template` or a `text`' })
  if (action.action !== 'case.assign' && action.action !== 'case.assign_next') return
  const [assignee, group] = [text('assignee'), text('group')]
  if (assignee !== undefined && !agents.has(assignee)) wrong('assignee', 'agent', assignee, agents)
  if (group !== undefined && !groups.has(group)) wrong('group', 'group', group, groups)
}
