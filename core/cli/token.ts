// `postern token create|list|revoke`: who may use the API. A token is shown once; what is stored cannot be turned back into it.
import { parseDuration } from '../base/units.ts'
import { listTokens, revokeToken } from '../store/api-tokens.ts'
import { fromJson } from '../store/json.ts'
import { makeToken } from '../edge/http/make-token.ts'
import type { Access } from '../edge/http/access.ts'
import type { DatabaseSession, Session } from './session.ts'
import { UsageError, answer, exit, table, timeOf } from './terminal.ts'

/** What a new token may do and until when, as written on the command line. */
export interface TokenOptions {
  readonly access: string
  /** Ids of mailboxes with commas; default: all. */
  readonly mailbox?: string
  /** Agents in whose name it may act, with commas; default: all. */
  readonly agent?: string
  /** Names of actions with commas, `case.*` for all that begin so; default: all. */
  readonly action?: string
  /** A duration such as 90d, or `never`. */
  readonly expires: string
}

const levels: readonly string[] = ['read', 'act', 'admin'] satisfies readonly Access[]
const isAccess = (text: string): text is Access => levels.includes(text)

/** Prints the token; it is not to be had again. */
export async function createToken(session: Session, name: string, options: TokenOptions): Promise<number> {
  const { config, database, clock, terminal } = session
  if (!/^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$/.test(name))
    throw new UsageError('expected a name of letters, digits, blanks, ".", "_" and "-", at most 64')
  if (!isAccess(options.access)) throw new UsageError(`expected ${levels.join(', ')}, not "${options.access}"`)
  const mailboxes = idsOf(options.mailbox, config.mailboxes, 'mailbox')
  const agents = idsOf(options.agent, config.agents, 'agent')
  const span = options.expires === 'never' ? null : parseDuration(options.expires)
  if (span === undefined || span === 0) throw new UsageError(`expected a duration such as 90d, or never, not "${options.expires}"`)
  const now = clock.now()
  const expiresAt = span === null ? null : now + span
  const spec = { name, access: options.access, mailboxes, agents, actions: listOf(options.action), expiresAt }
  const { id, token } = await makeToken(database.write, { config, actions: session.engine.registry.actions, now }, spec)
  answer(terminal, { id, name, token, access: options.access, mailboxes, agents, actions: spec.actions, expiresAt }, () => [token])
  if (!terminal.json)
    terminal.complain(
      `Keep it: it is not shown again. ${name} may ${options.access === 'read' ? 'read' : options.access === 'act' ? 'read and act' : 'do everything'} ${mailboxes ? `in ${mailboxes.join(', ')}` : 'in all mailboxes'} ${expiresAt === null ? 'until it is revoked' : `until ${timeOf(expiresAt)}`}.`,
    )
  return exit.ok
}

const listOf = (text: string | undefined): readonly string[] | null =>
  text === undefined
    ? null
    : text
        .split(',')
        .map((s) => s.trim())
        .filter((s) => s !== '')

function idsOf(text: string | undefined, known: ReadonlyMap<string, unknown>, what: string): readonly string[] | null {
  if (text === undefined) return null
  const ids = listOf(text) ?? []
  const strange = ids.find((id) => !known.has(id))
  if (strange !== undefined || ids.length === 0)
    throw new UsageError(`there is no ${what} "${strange ?? ''}"; there are ${[...known.keys()].join(', ')}`)
  return ids
}

/** Oldest first, without anything that would let one in. */
export async function showTokens({ database, clock, terminal }: DatabaseSession): Promise<number> {
  const list = (text: string | null): readonly string[] | null => (text === null ? null : fromJson(text, 'api_tokens'))
  const tokens = (await listTokens(database.read)).map((t) => ({
    id: t.id,
    name: t.name,
    access: t.access,
    mailboxes: list(t.mailboxes),
    agents: list(t.agents),
    actions: list(t.actions),
    state: t.revoked_at !== null ? 'revoked' : t.expires_at !== null && t.expires_at <= clock.now() ? 'expired' : 'good',
    createdAt: t.created_at,
    expiresAt: t.expires_at,
    usedAt: t.used_at,
  }))
  answer(terminal, tokens, () =>
    table([
      ['ID', 'NAME', 'ACCESS', 'MAILBOXES', 'STATE', 'EXPIRES', 'USED'],
      ...tokens.map((t) => [t.id, t.name, t.access, t.mailboxes?.join(',') ?? 'all', t.state, timeOf(t.expiresAt), timeOf(t.usedAt)]),
    ]),
  )
  return exit.ok
}

/** Works at once, also in a running gateway. Exit code 1 where there is no such token. */
export async function revokeTokens({ database, clock, terminal }: DatabaseSession, names: readonly string[]): Promise<number> {
  const revoked: string[] = []
  for (const name of names) {
    const ids = await revokeToken(database.write, name, clock.now())
    if (ids.length === 0) terminal.complain(`there is no good token ${name}`)
    else for (const one of ids) revoked.push(one)
  }
  answer(terminal, { revoked }, () => revoked.map((id) => `revoked ${id}`))
  return revoked.length >= names.length ? exit.ok : exit.failed
}
