// Who asks, and what he may: bearer tokens, their scopes, the agent on whose behalf they act, and how often they may ask.
//
// A token is `postern_<id>_<secret>`: the id finds its row, the SHA-256 of the whole is compared in constant time with what is stored, and
// the secret has 256 bits. Failed attempts are counted by address: from the 11th within 15 minutes on they are answered with 429. A good
// token passes all the same: nobody guesses 256 bits, and whoever shares an address with a stranger must not be locked out by him.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config/types.ts'
import { PosternError } from '../../base/errors.ts'
import { fromJson } from '../../store/json.ts'
import { mayAct } from '../../contract/access.ts'
import type { Origin } from '../../contract/origin.ts'
import { agentOrigin } from '../../contract/origin.ts'
import { tokenById, touchToken } from '../../store/api-tokens.ts'
import type { ApiTokenRow } from '../../store/api-tokens.ts'
import type { Database } from '../../store/database.ts'
import { TooManyRequests } from './problem.ts'

/** What a token may do, each including those before it: read, order changes (`act`), and administer. */
export type Access = 'read' | 'act' | 'admin'

/** Who is known to ask. */
export interface Principal {
  readonly tokenId: string
  readonly name: string
  readonly access: Access
  /** Mailboxes that he may see and act in; null: all, also what belongs to none. */
  readonly mailboxes: readonly string[] | null
  /** Agents in whose name he may act; null: all. */
  readonly agents: readonly string[] | null
  /** Names of actions that he may order, `case.*` for all that begin so; null: all. */
  readonly actions: readonly string[] | null
  /** On-Behalf-Of: the agent as whom he acts now. */
  readonly agent: string | null
  readonly origin: Origin
  /** Whether a mailbox is within his scope; without one: only where his scope has no bounds. */
  sees(mailbox: string | null): boolean
}

/** A new token: what is shown once, and what is stored. */
export function newToken(): { readonly token: string; readonly id: string; readonly hash: string } {
  const id = randomBytes(6).toString('hex')
  const token = `postern_${id}_${randomBytes(32).toString('base64url')}`
  return { token, id, hash: hashOf(token) }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
const tokenPattern = /^postern_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

/** Failed attempts of one address that are answered as such, and in what time. */
const failuresAllowed = 10
const failuresWithinMs = 15 * 60_000
/** Addresses and tokens that are remembered at a time. */
const remembered = 10_000

/** Knows callers by their tokens, and counts failed attempts and calls in the memory of this process. */
export class Authenticator {
  readonly #database: Database
  readonly #clock: Clock
  readonly #failures = new Map<string, number[]>()
  readonly #spent = new Map<string, { left: number; at: number }>()

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Knows the caller or throws `unauthenticated`, `too_many_requests`, or `forbidden` for an agent as whom he may not act. */
  async admit(
    config: Config,
    asked: {
      readonly authorization: string | undefined
      readonly onBehalfOf: string | undefined
      readonly peer: string
      readonly basic: boolean
    },
  ): Promise<Principal> {
    const token = presented(asked.authorization, asked.basic)
    const row = token === undefined ? undefined : await this.#find(token)
    const now = this.#clock.now()
    const why = refusalOf(row, now)
    if (row === undefined || why !== undefined) {
      if (asked.authorization !== undefined) this.#failed(asked.peer, now)
      throw new PosternError('unauthenticated', why)
    }
    this.#spend(row.id, config)
    if (row.used_at === null || now - row.used_at >= 60_000) await touchToken(this.#database.write, row.id, now)
    return principalOf(row, config, asked.onBehalfOf)
  }

  /** Who was let in before, by what holds now: his token, its agents, and the config. Counts as no call. Throws as `admit` does. */
  async again(config: Config, before: Pick<Principal, 'tokenId' | 'agent'>): Promise<Principal> {
    const row = await tokenById(this.#database.read, before.tokenId)
    const why = refusalOf(row, this.#clock.now())
    if (row === undefined || why !== undefined) throw new PosternError('unauthenticated', why)
    return principalOf(row, config, before.agent ?? undefined)
  }

  /** What a token has left, as headers (draft-ietf-httpapi-ratelimit-headers): calls, and the seconds in which all of them are there again. */
  limits(id: string, config: Config): Readonly<Record<string, string>> {
    const { count, ms } = config.http.rate
    const left = this.#spent.get(id)?.left ?? count
    return {
      'ratelimit-policy': `"token";q=${count};w=${Math.ceil(ms / 1000)}`,
      ratelimit: `"token";r=${Math.floor(left)};t=${Math.ceil(((count - left) * ms) / count / 1000)}`,
    }
  }

  async #find(token: string): Promise<ApiTokenRow | undefined> {
    const id = tokenPattern.exec(token)?.[1]
    const row = id === undefined ? undefined : await tokenById(this.#database.read, id)
    const given = Buffer.from(hashOf(token), 'hex')
    // Compared also where there is no such id, so that both take the same time.
    const same = timingSafeEqual(given, Buffer.from(row?.hash ?? hashOf(''), 'hex'))
    return same ? row : undefined
  }

  #failed(peer: string, now: number): void {
    const recent = (this.#failures.get(peer) ?? []).filter((at) => at > now - failuresWithinMs && at <= now)
    const [oldest = now] = recent
    if (recent.length >= failuresAllowed)
      throw new TooManyRequests('too many failed attempts from this address; wait 15 minutes', oldest + failuresWithinMs - now)
    this.#failures.delete(peer)
    this.#failures.set(peer, [...recent, now])
    forgetOldest(this.#failures)
  }

  /** A bucket that holds as many calls as the rate allows and fills up evenly. */
  #spend(id: string, config: Config): void {
    const { count, ms } = config.http.rate
    const now = this.#clock.monotonic()
    const before = this.#spent.get(id) ?? { left: count, at: now }
    const left = Math.min(count, before.left + ((now - before.at) / ms) * count)
    if (left < 1)
      throw new TooManyRequests(`at most ${count} calls in ${Math.round(ms / 1000)} s with one token`, ((1 - left) * ms) / count)
    this.#spent.delete(id)
    this.#spent.set(id, { left: left - 1, at: now })
    forgetOldest(this.#spent)
  }
}

/** Why a token is no good (any more). */
function refusalOf(row: ApiTokenRow | undefined, now: number): string | undefined {
  if (row === undefined) return 'send "Authorization: Bearer TOKEN" with a token made by "postern token create"'
  if (row.revoked_at !== null) return 'the token was revoked'
  return row.expires_at !== null && row.expires_at <= now ? 'the token has expired' : undefined
}

/** Maps keep the order in which things were put in. */
function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= remembered) return
    map.delete(key)
  }
}

/** The token in a header. Basic (any user, the token as password) is for browsers, which send nothing else, and only where nothing is changed. */
function presented(authorization: string | undefined, basic: boolean): string | undefined {
  const [, scheme, rest] = /^(bearer|basic) +([A-Za-z0-9._~+/=-]{1,400})$/i.exec(authorization ?? '') ?? []
  if (rest === undefined) return undefined
  if (scheme?.toLowerCase() === 'bearer') return rest
  return basic
    ? Buffer.from(rest, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '')
    : undefined
}

function principalOf(row: ApiTokenRow, config: Config, onBehalfOf: string | undefined): Principal {
  const mailboxes = row.mailboxes === null ? null : fromJson<readonly string[]>(row.mailboxes, `api_tokens.mailboxes of ${row.id}`)
  const agents = row.agents === null ? null : fromJson<readonly string[]>(row.agents, `api_tokens.agents of ${row.id}`)
  const agent = onBehalfOf === undefined || onBehalfOf === '' ? null : onBehalfOf
  if (agent !== null && (config.agents.get(agent)?.active !== true || (agents !== null && !agents.includes(agent))))
    throw new PosternError('forbidden', 'this token may not act on behalf of that agent')
  const ofToken = (mailbox: string | null): boolean => mailboxes === null || (mailbox !== null && mailboxes.includes(mailbox))
  const sees = (mailbox: string | null): boolean =>
    ofToken(mailbox) && (agent === null || mailbox === null || mayAct(config, agent, mailbox))
  const everywhere = mailboxes === null && (agent === null || [...config.mailboxes.keys()].every((m) => mayAct(config, agent, m)))
  return {
    tokenId: row.id,
    name: row.name,
    access: row.access,
    mailboxes: everywhere ? null : [...config.mailboxes.keys()].filter((m) => sees(m)),
    agents,
    actions: row.actions === null ? null : fromJson<readonly string[]>(row.actions, `api_tokens.actions of ${row.id}`),
    agent,
    origin: agent === null ? { kind: 'api', id: row.name, via: 'api' } : agentOrigin(agent, 'api'),
    sees: (mailbox) => (mailbox === null ? everywhere : sees(mailbox)),
  }
}

const ranks: Readonly<Record<Access, number>> = { read: 0, act: 1, admin: 2 }

/** Throws `forbidden` where a token is not made for it. */
export function requireAccess(principal: Pick<Principal, 'access'>, needed: Access): void {
  if (ranks[principal.access] < ranks[needed]) throw new PosternError('forbidden', `this needs a token with the access "${needed}"`)
}

/** Throws `forbidden` for a token that is bound to mailboxes: what is asked speaks of all. */
export function requireUnbound(principal: Pick<Principal, 'sees'>): void {
  if (!principal.sees(null)) throw new PosternError('forbidden', 'this token is bound to mailboxes')
}
