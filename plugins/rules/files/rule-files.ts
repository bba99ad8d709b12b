// Rules from their folder: every file read, conditions compiled once, actions spelled out; what is wrong comes with its place.
import { createHash } from 'node:crypto'
import { Cron } from 'croner'
import { compileSchema, nearest } from '../../../core/plugin.ts'
import type { Path } from '../../../core/plugin.ts'
import { conditions } from '../conditions/conditions.ts'
import type { Test } from '../conditions/conditions.ts'
import type { RuleContext } from '../conditions/facts.ts'
import { issueIn, placeOf, readFolder } from './files.ts'
import type { FileProblem, SourceFile } from './files.ts'
import { eventWords, onceOf, ruleFileSchema } from './rule-schema.ts'
import type { Once, RuleSpec } from './rule-schema.ts'
import { expand } from './shorthand.ts'
import type { Order } from './shorthand.ts'
import type { Compiled, Engines } from './liquid.ts'
import { compileLiquid, originOf } from './liquid.ts'

/** Conditions as a tree; leaves of other plugins are found in the registry when they are asked. */
export type Node =
  | { readonly kind: 'all' | 'any'; readonly nodes: readonly Node[]; readonly place: string }
  | { readonly kind: 'not'; readonly node: Node; readonly place: string }
  | { readonly kind: 'test'; readonly name: string; readonly value: unknown; readonly test: Test; readonly place: string }
  | {
      readonly kind: 'foreign'
      readonly name: string
      readonly value: unknown
      readonly source: SourceFile
      readonly at: Path
      readonly place: string
    }

/** One action of a rule or a template, with its place (`file:line:column`) and the Liquid in its arguments compiled. */
export interface RuleAction extends Order {
  readonly place: string
  readonly source: SourceFile
  /** Path of the arguments in the file. */
  readonly path: Path
  /** Texts with Liquid in them, by their path inside the arguments. */
  readonly templates: readonly { readonly path: Path; readonly compiled: Compiled }[]
}

/** One rule, compiled. null in `by` and `mailboxes` means any; `place` is `file:line:column`. */
export interface Rule {
  readonly name: string
  readonly place: string
  readonly source: SourceFile
  readonly path: Path
  /** Names of events; empty for one on a schedule. */
  readonly events: readonly string[]
  readonly schedule: { readonly pattern: string; readonly timezone: string } | null
  readonly by: ReadonlySet<string> | null
  readonly mailboxes: ReadonlySet<string> | null
  readonly priority: number
  readonly once: Once | null
  readonly stop: boolean
  /** As it is written; see watch/modes.ts for what somebody has said since. */
  readonly mode: 'live' | 'watch'
  readonly when: Node
  readonly actions: readonly RuleAction[]
  /** Headers that it asks about, lower case. */
  readonly headers: readonly string[]
  /** Of what it says, for telling what a reload changed. */
  readonly hash: string
}

/** What of a rule names events, conditions and actions, however much else of it is wrong. */
export type Draft = Pick<Rule, 'source' | 'path' | 'events' | 'when' | 'actions'>

/** All rules of a folder with what is wrong in them. */
export interface Rules {
  /** In the order in which they run. Those that are not enabled are checked and left out. */
  readonly rules: readonly Rule[]
  /** All that is written, the faulty and the disabled ones too, for checking the names in them. */
  readonly drafts: readonly Draft[]
  readonly problems: readonly FileProblem[]
}

/** Reads all rules of a folder. */
export function loadRules(folder: string, context: RuleContext, engines: Engines): Rules {
  const { sources, problems: unreadable } = readFolder(folder)
  const problems: FileProblem[] = [...unreadable]
  const rules: Rule[] = []
  const drafts: Draft[] = []
  const names = new Map<string, string>()
  for (const source of sources) {
    const schema = compileSchema(ruleFileSchema)
    const filled = schema.fill(source.yaml.value ?? { rules: [] })
    const issues = schema.issues(filled)
    for (const one of issues.map((issue) => issueIn(source, issue.path.at(-1) === 'once_per' ? { ...issue, message: onceForms } : issue)))
      problems.push(one)
    const specs: readonly unknown[] = isRecord(filled) && Array.isArray(filled.rules) ? filled.rules : []
    specs.forEach((given, i) => {
      const path: Path = ['rules', i]
      // What fits is loaded, what does not is looked through: all that is wrong comes out at once.
      const fits = !issues.some((issue) => issue.path[0] !== 'rules' || issue.path.length < 2 || issue.path[1] === i)
      const [spec] = fits ? schema.convert({ rules: [given] }).rules : []
      if (!spec) {
        if (isRecord(given)) drafts.push(draftOf(given, source, path, context, engines, problems))
        return
      }
      const earlier = names.get(spec.name)
      if (earlier)
        problems.push({
          path: [],
          place: placeOf(source, [...path, 'name']),
          message: `there is a rule \`${spec.name}\` already, at ${earlier}`,
        })
      else names.set(spec.name, placeOf(source, [...path, 'name']))
      const rule = loadRule(spec, source, path, context, engines, problems)
      drafts.push(rule)
      if (rule.sound && spec.enabled) rules.push(rule)
    })
  }
  return {
    rules: rules
      .map((rule, i) => ({ rule, i }))
      .sort((a, b) => b.rule.priority - a.rule.priority || a.i - b.i)
      .map(({ rule }) => rule),
    drafts,
    problems,
  }
}

/** How many are more than doubts. */
export const faults = (problems: readonly FileProblem[]): number => problems.filter((p) => !p.warning).length

const onceForms = 'expected case, sender, status, a time such as 7d, {case: 7d} or {sender: 7d}'

interface Loading {
  readonly source: SourceFile
  readonly context: RuleContext
  readonly engines: Engines
  readonly problems: FileProblem[]
  readonly headers: Set<string>
}

function loadRule(
  spec: RuleSpec,
  source: SourceFile,
  path: Path,
  context: RuleContext,
  engines: Engines,
  problems: FileProblem[],
): Rule & { readonly sound: boolean } {
  const loading: Loading = { source, context, engines, problems, headers: new Set() }
  const before = faults(problems)
  const wrong = (at: Path, message: string, atKey = false): void =>
    void problems.push({ path: [], place: placeOf(source, [...path, ...at], atKey), message })
  if ((spec.on === undefined) === (spec.schedule === undefined)) wrong([], 'a rule has either `on` (events) or `schedule`')
  const words = spec.on === undefined ? [] : Array.isArray(spec.on) ? spec.on : [spec.on]
  const events = [...new Set(words.flatMap((word) => eventWords[word]?.events ?? [word]))]
  const implied = words.flatMap((word) => eventWords[word]?.by ?? [])
  const asked = spec.by === undefined ? null : Array.isArray(spec.by) ? spec.by : [spec.by]
  const only = implied.length > 0 && words.length === 1 ? implied : null
  const by = only && asked ? only.filter((who) => asked.some((one) => one === who)) : (asked ?? only)
  if (implied.length > 0 && words.length > 1)
    wrong(
      ['on'],
      `\`${words.find((w) => eventWords[w]?.by) ?? ''}\` stands alone: write a rule of its own for the others, or case.created with \`by\``,
    )
  for (const [i, mailbox] of (spec.mailboxes ?? []).entries()) {
    if (context.config.mailboxes.has(mailbox)) continue
    const near = nearest(mailbox, context.config.mailboxes.keys())
    wrong(['mailboxes', i], `there is no mailbox \`${mailbox}\`${near ? `, did you mean \`${near}\`?` : ''}`)
  }
  if (spec.schedule) checkCron(spec.schedule.cron, (message) => wrong(['schedule', 'cron'], message))
  if (spec.schedule && spec.by !== undefined) wrong(['by'], '`by` asks who caused an event; on a schedule there is none', true)
  const when =
    spec.if === undefined
      ? { kind: 'all' as const, nodes: [], place: placeOf(source, path) }
      : compileNode(spec.if, [...path, 'if'], loading)
  const actions: RuleAction[] = []
  let stop = spec.stop
  spec.do.forEach((item, i) => {
    const done = compileAction(item, [...path, 'do', i], loading)
    if (done === 'stop') stop = true
    else if (done) actions.push(done)
  })
  return {
    sound: faults(problems) === before,
    name: spec.name,
    place: placeOf(source, [...path, 'name'], true),
    ...{ source, path, events, actions, when, stop },
    schedule: spec.schedule ? { pattern: spec.schedule.cron, timezone: spec.schedule.timezone ?? context.config.timezone } : null,
    by: by === null ? null : new Set(by),
    mailboxes: spec.mailboxes ? new Set(spec.mailboxes) : null,
    priority: spec.priority,
    mode: spec.mode,
    once: onceOf(spec.once_per),
    headers: [...loading.headers],
    hash: createHash('sha256').update(JSON.stringify(spec)).digest('hex'),
  }
}

/** Of a rule that does not fit the schema, what can be read all the same. */
function draftOf(
  given: Readonly<Record<string, unknown>>,
  source: SourceFile,
  path: Path,
  context: RuleContext,
  engines: Engines,
  problems: FileProblem[],
): Draft {
  const loading: Loading = { source, context, engines, problems, headers: new Set() }
  const words = (Array.isArray(given.on) ? given.on : [given.on]).filter((word): word is string => typeof word === 'string')
  const items: readonly unknown[] = Array.isArray(given.do) ? given.do : []
  return {
    ...{ source, path },
    events: words.flatMap((word) => eventWords[word]?.events ?? [word]),
    when:
      given.if === undefined ? { kind: 'all', nodes: [], place: placeOf(source, path) } : compileNode(given.if, [...path, 'if'], loading),
    actions: items.flatMap((item, i) => {
      const action = compileAction(item, [...path, 'do', i], loading)
      return action && action !== 'stop' ? [action] : []
    }),
  }
}

function checkCron(pattern: string, report: (message: string) => void): void {
  try {
    const next = new Cron(pattern, { paused: true }).nextRun()
    if (!next) report('this time never comes')
  } catch (error) {
    report(`is not a cron pattern: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)}`)
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A mapping: every key has to hold; a list: every item has to. Unknown names are left to `verify`, which knows all plugins. */
function compileNode(value: unknown, path: Path, loading: Loading): Node {
  const place = placeOf(loading.source, path)
  if (Array.isArray(value)) return { kind: 'all', nodes: value.map((item: unknown, i) => compileNode(item, [...path, i], loading)), place }
  if (!isRecord(value)) {
    loading.problems.push({
      path: [],
      place,
      message: `expected conditions, such as \`subject: invoice\`, found ${value === null ? 'nothing' : JSON.stringify(value)}`,
    })
    return { kind: 'all', nodes: [], place }
  }
  const nodes = Object.entries(value).map(([name, inner]): Node => {
    const at = [...path, name]
    const here = placeOf(loading.source, at, true)
    if (name === 'not') return { kind: 'not', node: compileNode(inner, at, loading), place: here }
    if (name === 'all' || name === 'any') {
      if (!Array.isArray(inner) || inner.length === 0)
        loading.problems.push({
          path: [],
          place: placeOf(loading.source, at),
          message: `\`${name}\` takes a list of conditions (lines with -)`,
        })
      return {
        kind: name,
        nodes: (Array.isArray(inner) ? inner : []).map((item: unknown, i) => compileNode(item, [...at, i], loading)),
        place: here,
      }
    }
    return compileLeaf(name, inner, at, here, loading)
  })
  const [only] = nodes
  return nodes.length === 1 && only ? only : { kind: 'all', nodes, place }
}

const never: Test = { test: () => false, seen: () => '' }

function compileLeaf(name: string, value: unknown, at: Path, place: string, loading: Loading): Node {
  const known = Object.hasOwn(conditions, name) ? conditions[name] : undefined
  if (!known) return { kind: 'foreign', name, value, source: loading.source, at, place }
  const checked = compileSchema(known.value).check(value)
  if (!checked.ok) {
    for (const one of checked.issues.map((issue) => issueIn(loading.source, issue, at))) loading.problems.push(one)
    return { kind: 'test', name, value, test: never, place }
  }
  if (name === 'header' && isRecord(value)) for (const header of Object.keys(value)) loading.headers.add(header.toLowerCase())
  const test = known.compile(checked.value, {
    context: loading.context,
    report: (below, message, warning) =>
      loading.problems.push({
        path: [],
        place: placeOf(loading.source, [...at, ...below]),
        message: `${name}: ${message}`,
        ...(warning && { warning }),
      }),
  })
  return { kind: 'test', name, value, test, place }
}

/** One item of `do`; faults go to `problems`. */
export function compileAction(
  item: unknown,
  path: Path,
  loading: Pick<Loading, 'source' | 'engines' | 'problems'>,
): RuleAction | 'stop' | null {
  const expanded = expand(item)
  if ('stop' in expanded) return 'stop'
  if ('wrong' in expanded) {
    loading.problems.push({
      path: [],
      place: placeOf(loading.source, [...path, ...expanded.at], expanded.at.length > 0),
      message: expanded.wrong,
    })
    return null
  }
  const { order } = expanded
  const templates: { path: Path; compiled: Compiled }[] = []
  visit(order.args, [], (text, at) => {
    const inFile = [...path, ...order.at, ...at]
    const html = at.at(-1) === 'html'
    if (!text.includes('{{') && !text.includes('{%')) return
    const compiled = compileLiquid(
      html ? loading.engines.html : loading.engines.text,
      text,
      originOf(loading.source, inFile),
      loading.problems,
    )
    if (compiled) templates.push({ path: at, compiled })
  })
  return {
    ...order,
    place: placeOf(loading.source, [...path, ...order.at], order.at.length > 0),
    source: loading.source,
    path: [...path, ...order.at],
    templates,
  }
}

function visit(value: unknown, path: Path, found: (text: string, path: Path) => void): void {
  if (typeof value === 'string') found(value, path)
  else if (Array.isArray(value)) value.forEach((item: unknown, i) => visit(item, [...path, i], found))
  else if (isRecord(value)) for (const [key, item] of Object.entries(value)) visit(item, [...path, key], found)
}

/** The arguments with their texts rendered. */
export async function renderArgs(
  action: RuleAction,
  values: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  if (action.templates.length === 0) return action.args
  const copy = structuredClone(action.args) as Record<string, unknown> // what YAML gave, which is ours to change once it is copied
  for (const { path, compiled } of action.templates) put(copy, path, compiled.render(await values()))
  return copy
}

function put(target: unknown, path: Path, value: string): void {
  let at = target as Record<string | number, unknown> // every step below leads to a structure, or the path would not be there
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
  const last = path.at(-1)
  if (last !== undefined) at[last] = value
}
