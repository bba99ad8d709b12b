// Makes a token of the API, for the command line and for admins over the API: what it may do is checked, the secret is shown once.
import type { Config } from '../../base/config/types.ts'
import { PosternError } from '../../base/errors.ts'
import { insertToken, listTokens } from '../../store/api-tokens.ts'
import { toJson } from '../../store/json.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../../store/tables.ts'
import { newToken } from './access.ts'
import type { Access } from './access.ts'

/** What a new token may do; null: all there are, those to come included. Times are ms UTC. */
export interface TokenSpec {
  readonly name: string
  readonly access: Access
  readonly mailboxes: readonly string[] | null
  readonly agents: readonly string[] | null
  /** Names of actions; `case.*` for all that begin so. */
  readonly actions: readonly string[] | null
  readonly expiresAt: number | null
}

/** What is known of a new token, its secret included. */
export type MadeToken = TokenSpec & { readonly id: string; readonly token: string }

/** Throws `invalid` for what the configuration does not know, `conflict` where a good token has this name. `actions`: those that there are. */
export async function makeToken(
  db: Kysely<Tables>,
  known: { readonly config: Pick<Config, 'mailboxes' | 'agents'>; readonly actions: ReadonlyMap<string, unknown>; readonly now: number },
  spec: TokenSpec,
): Promise<MadeToken> {
  const { name, access, mailboxes, agents, actions, expiresAt } = spec
  if (!/^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$/.test(name))
    throw new PosternError('invalid', 'name: letters, digits, blanks, ".", "_" and "-", at most 64')
  requireKnown('mailbox', mailboxes, (id) => known.config.mailboxes.has(id))
  requireKnown('agent', agents, (id) => known.config.agents.has(id))
  requireKnown('action', actions, (pattern) =>
    pattern.endsWith('*') ? [...known.actions.keys()].some((a) => a.startsWith(pattern.slice(0, -1))) : known.actions.has(pattern),
  )
  if (expiresAt !== null && expiresAt <= known.now) throw new PosternError('invalid', 'it would have expired already')
  if ((await listTokens(db)).some((t) => t.name === name && t.revoked_at === null))
    throw new PosternError('conflict', `there is a token "${name}" already; revoke it first, or choose another name`)
  const { token, id, hash } = newToken()
  const json = (list: readonly string[] | null): string | null => (list === null ? null : toJson(list))
  await insertToken(db, {
    ...{ id, name, hash, access, created_at: known.now, expires_at: expiresAt, revoked_at: null, used_at: null },
    ...{ mailboxes: json(mailboxes), agents: json(agents), actions: json(actions) },
  })
  return { ...spec, id, token }
}

function requireKnown(what: string, ids: readonly string[] | null, is: (id: string) => boolean): void {
  const strange = ids?.find((id) => !is(id))
  if (strange !== undefined) throw new PosternError('invalid', `there is no ${what} "${strange.slice(0, 100)}"`)
  if (ids?.length === 0) throw new PosternError('invalid', `name at least one ${what}, or leave them out`)
}
