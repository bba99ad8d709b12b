// Tokens over the API: for admins' tokens that are bound to nothing. A new one is shown once.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { parseDuration } from '../../../base/units.ts'
import { listTokens, revokeToken } from '../../../store/api-tokens.ts'
import type { ApiTokenRow } from '../../../store/api-tokens.ts'
import { fromJson } from '../../../store/json.ts'
import { requireUnbound } from '../access.ts'
import type { Principal } from '../access.ts'
import { makeToken } from '../make-token.ts'
import type { ApiRoute } from '../route.ts'
import { iso, isoOrNull, nullable, time } from './views.ts'

const access = Type.Union([Type.Literal('read'), Type.Literal('act'), Type.Literal('admin')])
const ids = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 1000, description }))

const wanted = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'What it is for; the name that its doings carry' }),
  access: { ...access, default: 'act' },
  mailboxes: ids('Bound to these; default: all'),
  agents: ids('On behalf of these alone; default: all'),
  actions: ids('May order these alone (`case.*` for all that begin so), and upload files for them; default: all'),
  expires: Type.String({ default: '365d', maxLength: 40, description: 'How long it is good, such as 90d; or never' }),
})

const list = Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'null: all' })
const shown = {
  id: Type.String(),
  name: Type.String(),
  access: Type.String(),
  mailboxes: list,
  agents: list,
  actions: list,
  state: Type.String({ description: 'good, expired or revoked' }),
  created_at: time(),
  expires_at: nullable(time()),
  used_at: nullable(time('To the minute')),
}

const view = (t: ApiTokenRow, now: number) => {
  const listOf = (text: string | null): readonly string[] | null => (text === null ? null : fromJson(text, `api_tokens of ${t.id}`))
  return {
    ...{ id: t.id, name: t.name, access: t.access },
    ...{ mailboxes: listOf(t.mailboxes), agents: listOf(t.agents), actions: listOf(t.actions) },
    state: t.revoked_at !== null ? 'revoked' : t.expires_at !== null && t.expires_at <= now ? 'expired' : 'good',
    ...{ created_at: iso(t.created_at), expires_at: isoOrNull(t.expires_at), used_at: isoOrNull(t.used_at) },
  }
}

/** A token that may not do everything could make one that may. */
function requireWhole(principal: Principal): void {
  requireUnbound(principal)
  if (principal.agents !== null || principal.actions !== null || principal.agent !== null)
    throw new PosternError('forbidden', 'this needs a token that is bound to no agents and actions, and no On-Behalf-Of')
}

/** Routes that make, list and end tokens. */
export const tokenRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/tokens',
    list: { key: 'data' },
    access: 'admin',
    tag: 'Tokens',
    summary: 'Lists tokens, oldest first, without anything that would let one in',
    response: Type.Object({ data: Type.Array(Type.Object(shown)) }),
    async read({ db, principal, services }) {
      requireWhole(principal)
      return { body: { data: (await listTokens(db)).map((t) => view(t, services.clock.now())) } }
    },
  },
  {
    method: 'POST',
    url: '/v1/tokens',
    access: 'admin',
    tag: 'Tokens',
    summary: 'Makes a token; it is in the answer and not shown again',
    description: 'Takes no Idempotency-Key: its answer is kept nowhere.',
    body: wanted,
    status: 201,
    response: Type.Object({ id: Type.String(), name: Type.String(), token: Type.String(), expires_at: nullable(time()) }),
    async write(tx, { body, headers, principal, services }) {
      requireWhole(principal)
      // The kept answer would be the secret in the database.
      if (headers['idempotency-key'] !== undefined)
        throw new PosternError('invalid', 'Idempotency-Key: not for tokens, whose answer is kept nowhere')
      const a = body as Static<typeof wanted> // checked against it
      const span = a.expires === 'never' ? null : parseDuration(a.expires)
      if (span === undefined || span === 0) throw new PosternError('invalid', 'expires: a duration such as 90d, or never')
      const known = { config: services.config, actions: services.engine.registry.actions, now: tx.now }
      const made = await makeToken(tx.db, known, {
        ...{ name: a.name, access: a.access, expiresAt: span === null ? null : tx.now + span },
        ...{ mailboxes: a.mailboxes ?? null, agents: a.agents ?? null, actions: a.actions ?? null },
      })
      return { status: 201, body: { id: made.id, name: made.name, token: made.token, expires_at: isoOrNull(made.expiresAt) } }
    },
  },
  {
    method: 'DELETE',
    url: '/v1/tokens/:id',
    access: 'admin',
    tag: 'Tokens',
    summary: 'Ends a token at once, by its id or name',
    async write(tx, { params, principal }) {
      requireWhole(principal)
      const ended = await revokeToken(tx.db, params.id ?? '', tx.now)
      if (ended.length === 0) throw new PosternError('not_found', `good token ${(params.id ?? '').slice(0, 64)}`)
      return { status: 204 }
    },
  },
]
