// `postern reopens ...` and `postern deferred ...`: what an admin sees and orders from a shell.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { PosternError, agentOrigin, plainLine } from '../../core/plugin.ts'
import type { ActionResult, CommandDefinition, Origin } from '../../core/plugin.ts'
import type { SchedulerHost } from './person.ts'
import { periodOf, periodWords } from './periods.ts'
import { deferredDetails, reopenDetails } from './show.ts'
import type { Details } from './show.ts'
import { caseIdOf, deferredRows, reopenRows } from './lists-store.ts'

type Call = Parameters<CommandDefinition['run']>[0]

const options = [
  ['--as <agent>', 'in the name of this agent (default: Postern)'],
  ['--when <period>', `list: ${periodWords}`],
  ['--all', 'list: also what is over'],
  ['--at <time>', 'add, edit: its time'],
  ['--add <length>', 'edit: move its time; may be negative'],
  ['--note <text>', 'reopens: its note'],
  ['--if-assignee', 'reopens: only if the planner is responsible then'],
  ['--any-assignee', 'reopens, edit: whoever is responsible then'],
  ['--text <text>', 'deferred: its words'],
  ['--status <status>', 'deferred: status once it is sent'],
  ['--files <paths>', 'deferred: its files, with commas; "" takes all away'],
  ['--cc-add <addresses>', 'deferred: who gets copies from then on, with commas'],
  ['--cc-remove <addresses>', 'deferred: who gets none any more'],
] as const

/** The commands `reopens` and `deferred`, by name. */
export function schedulerCommands(host: SchedulerHost): Readonly<Record<string, CommandDefinition>> {
  return {
    reopens: {
      description: 'planned reopens: list, show ID, add CASE --at TIME [--note TEXT], edit ID, cancel ID, fire ID',
      usage: '<action> [ref]',
      options,
      run: (call) => run(host, call, reopenActs),
    },
    deferred: {
      description: 'deferred messages: list, show ID, add CASE --at TIME --text TEXT, edit ID, cancel ID, send ID',
      usage: '<action> [ref]',
      options,
      run: (call) => run(host, call, deferredActs),
    },
  }
}

interface Row {
  readonly id: string
  readonly case_id: string
  readonly number: number
  readonly state: string
  readonly due_at: number
  readonly agent: string | null
  readonly text: string
}

/** The acts of one command: how to read its rows, and which action each word orders. */
interface Acts {
  readonly key: 'reopen' | 'message'
  readonly add: string
  readonly orders: Readonly<Record<string, string>>
  rows(host: SchedulerHost): Promise<readonly Row[]>
  details(host: SchedulerHost, id: string): Promise<Details>
}

const reopenActs: Acts = {
  key: 'reopen',
  add: 'reopen.plan',
  orders: { edit: 'reopen.edit', cancel: 'reopen.cancel', fire: 'reopen.fire' },
  rows: (host) => reopenRows(host.read),
  details: reopenDetails,
}

const deferredActs: Acts = {
  key: 'message',
  add: 'reply.defer',
  orders: { edit: 'deferred.edit', cancel: 'deferred.cancel', send: 'deferred.send' },
  rows: (host) => deferredRows(host.read),
  details: deferredDetails,
}

async function run(host: SchedulerHost, call: Call, acts: Acts): Promise<number> {
  const [word = '', ref] = call.args
  if (word === 'list') return list(host, call, acts)
  if (ref === undefined) throw new PosternError('invalid', `say which: ${word} ${word === 'add' ? 'CASE' : 'ID'}`)
  if (word === 'add') return order(host, call, acts.add, await caseOf(host, ref), given(call, acts), filesOf(call, acts))
  const found = (await acts.rows(host)).filter(
    (r) => r.id === ref || r.id.startsWith(ref.toLowerCase()) || (ref.startsWith('#') && `#${r.number}` === ref && r.state === 'planned'),
  )
  const [row, ...others] = found
  if (!row) throw new PosternError('not_found', ref)
  if (others.length > 0) throw new PosternError('invalid', `${ref} is more than one: ${found.map((r) => r.id).join(', ')}`)
  if (word === 'show') {
    show(call, row, await acts.details(host, row.id))
    return 0
  }
  const action = Object.hasOwn(acts.orders, word) ? acts.orders[word] : undefined
  if (action === undefined)
    throw new PosternError('invalid', `there is no "${word}"; there are list, show, add, ${Object.keys(acts.orders).join(', ')}`)
  return order(
    host,
    call,
    action,
    row.case_id,
    { [acts.key]: row.id, ...(word === 'edit' && given(call, acts)) },
    word === 'edit' ? filesOf(call, acts) : undefined,
  )
}

/** What the options say, as arguments of the action. */
function given({ options: o }: Call, acts: Acts): Readonly<Record<string, unknown>> {
  const mine =
    acts.key === 'reopen'
      ? { note: o.note, any_assignee: o.ifAssignee === true ? false : o.anyAssignee === true ? true : undefined }
      : { text: o.text, status: o.status, cc: copiesOf(o) }
  return Object.fromEntries(Object.entries({ at: o.at, add: o.add, ...mine }).filter(([, value]) => value !== undefined))
}

function copiesOf(o: Call['options']): Readonly<Record<string, readonly string[]>> | undefined {
  const lists = (
    [
      ['add', o.ccAdd],
      ['remove', o.ccRemove],
    ] as const
  ).flatMap(([how, list]) => (typeof list === 'string' ? [[how, words(list)] as const] : []))
  return lists.length > 0 ? Object.fromEntries(lists) : undefined
}

interface GivenFile {
  readonly filename: string
  readonly bytes: Uint8Array
}

/** undefined: nothing is said of files. Read before the transaction begins. */
function filesOf({ options: o }: Call, acts: Acts): readonly GivenFile[] | undefined {
  if (acts.key !== 'message' || typeof o.files !== 'string') return undefined
  return words(o.files).map((file) => {
    try {
      return { filename: path.basename(file), bytes: readFileSync(file) }
    } catch (error) {
      throw new PosternError('invalid', `${file} cannot be read`, { cause: error })
    }
  })
}

const words = (list: string): readonly string[] =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

async function caseOf(host: SchedulerHost, ref: string): Promise<string> {
  const id = await caseIdOf(host.read, ref)
  if (id === undefined) throw new PosternError('not_found', `there is no case ${ref}`)
  return id
}

async function order(
  host: SchedulerHost,
  { options: o, print, json }: Call,
  action: string,
  caseId: string,
  args: Readonly<Record<string, unknown>>,
  files?: readonly GivenFile[],
): Promise<number> {
  const result = await host.transact(origin(host, o.as), async (tx) => {
    const attachments: unknown[] = []
    if ((files ?? []).reduce((sum, f) => sum + f.bytes.byteLength, 0) > host.config.limits.message_size)
      throw new PosternError('message_too_big')
    for (const { filename, bytes } of files ?? [])
      attachments.push({
        filename,
        contentType: 'application/octet-stream',
        sizeBytes: bytes.byteLength,
        blob: await tx.messages.putBlob(bytes),
      })
    return tx.act(action, caseId, { ...args, ...(files && { attachments }) })
  })
  print(json ? JSON.stringify(result) : spoken(result))
  return 0
}

const spoken = (result: ActionResult): string => result.said ?? 'done'

function origin(host: SchedulerHost, as: string | boolean | undefined): Origin {
  if (typeof as !== 'string') return { kind: 'system', id: null, via: 'cli' }
  const agent = host.config.agents.get(as) ?? host.registry.agentByAddress(as)
  if (agent?.active !== true) throw new PosternError('invalid', `there is no active agent "${as}"`)
  return agentOrigin(agent.id, 'cli')
}

async function list(host: SchedulerHost, { options: o, print, json }: Call, acts: Acts): Promise<number> {
  const viewer = { now: host.now(), timezone: host.config.timezone, locale: host.config.locale }
  const period = typeof o.when === 'string' ? periodOf(o.when, viewer) : 'planned'
  if (!period || period === 'none') throw new PosternError('invalid', `--when: ${periodWords}`)
  const rows = (await acts.rows(host)).filter(
    (r) => (o.all === true || r.state === 'planned') && (period === 'planned' || (r.due_at >= period.from && r.due_at < period.to)),
  )
  if (json) print(JSON.stringify(rows))
  else for (const row of rows) print(lineOf(row))
  return 0
}

function lineOf(row: Row): string {
  const words = plainLine(row.text.trim().split('\n')[0] ?? '')
  return [
    row.id,
    `#${row.number}`,
    row.state.padEnd(9),
    new Date(row.due_at).toISOString(),
    (row.agent ?? '-').padEnd(10),
    words.length > 60 ? `${words.slice(0, 60)}…` : words,
  ]
    .join('  ')
    .trimEnd()
}

function show({ print, json }: Call, row: Row, details: Details): void {
  if (json) return print(JSON.stringify({ ...row, ...details }))
  print(lineOf({ ...row, text: '' }))
  for (const [name, value] of Object.entries(details)) {
    const said = typeof value === 'string' ? value : (value ?? []).join('; ')
    if (said !== '') print(`  ${`${name}:`.padEnd(12)} ${plainLine(said)}`)
  }
  for (const line of row.text.split('\n')) print(`    ${plainLine(line)}`.trimEnd())
}
