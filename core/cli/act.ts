// `postern act`: orders a named action, as a rule, a command in a mail or the API would.
import { PosternError } from '../base/errors.ts'
import { agentOrigin } from '../contract/origin.ts'
import { caseByRef } from '../store/cases.ts'
import { adminOrigin } from './session.ts'
import type { Session } from './session.ts'
import { plainLine } from '../base/escape.ts'
import { UsageError, answer, exit, table } from './terminal.ts'

/** What the command line says about the action, as written. */
export interface ActOptions {
  /** `#12`, `12` or the id. */
  readonly case?: string
  /** A JSON object. */
  readonly args?: string
  /** Agent (id or address) on whose behalf. */
  readonly as?: string
}

/** Exit code 1 with the reason where the action refuses. */
export async function runAction(session: Session, name: string, options: ActOptions): Promise<number> {
  const args = argsOf(options.args)
  const target = options.case === undefined ? null : await caseByRef(session.database.read, options.case)
  if (target === undefined) throw new PosternError('not_found', `there is no case ${options.case ?? ''}`)
  const result = await session.transact(originOf(session, options.as), (tx) => tx.act(name, target?.id ?? null, args))
  answer(session.terminal, { ok: true, ...result }, () => [
    plainLine(result.said ?? 'done'),
    ...(result.data ? [JSON.stringify(result.data)] : []),
  ])
  return exit.ok
}

/** All actions with their arguments. */
export function listActions({ engine, terminal }: Session): number {
  const actions = [...engine.registry.actions.values()].map((a) => ({
    name: a.name,
    plugin: a.plugin,
    on: a.on ?? 'case',
    description: a.description,
    args: a.schema.json,
  }))
  answer(terminal, actions, () =>
    table(actions.map((a) => [a.name, a.on === 'case' ? '--case' : '', argumentsOf(a.args.properties), a.description])),
  )
  return exit.ok
}

const argumentsOf = (properties: unknown): string =>
  typeof properties === 'object' && properties !== null ? Object.keys(properties).join(' ') : ''

function argsOf(text: string | undefined): unknown {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below, for both.
  }
  throw new UsageError('--args expects a JSON object, e.g. \'{"status":"closed"}\'')
}

function originOf({ engine, config }: Session, agent: string | undefined) {
  if (agent === undefined) return adminOrigin
  const found = config.agents.get(agent) ?? engine.registry.agentByAddress(agent)
  if (!found?.active) throw new PosternError('not_found', `there is no active agent ${agent}`)
  return agentOrigin(found.id, 'cli')
}
