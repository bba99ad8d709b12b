// What a resource of the API is made of, and what its calls are handed.
import type { ListOf } from './list-shape.ts'
import type { TSchema } from 'typebox'
import type { Kysely } from 'kysely'
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config/types.ts'
import type { Engine } from '../../engine/engine.ts'
import type { ParsePool } from '../../engine/intake/parse-pool.ts'
import type { Tx } from '../../contract/tx.ts'
import type { Database } from '../../store/database.ts'
import type { Tables } from '../../store/tables.ts'
import type { Metrics } from './metrics.ts'
import type { AnswerHeader } from './openapi-answers.ts'
import type { Access, Principal } from './access.ts'
import type { Rights } from './rights.ts'

/** What the API works with. */
export interface Services {
  readonly engine: Engine
  readonly database: Database
  readonly clock: Clock
  readonly metrics: Metrics
  /** Reads mail and makes HTML safe beside the event loop. */
  readonly pool: ParsePool
  readonly scenarios: ScenarioRunner
  /** The config in force. */
  readonly config: Config
  /** Aborted when the server stops: what streams ends then. */
  readonly stopping: AbortSignal
}

/** What became of scenario tests. */
export interface ScenarioResult {
  /** The text or the config is wrong: nothing ran. */
  readonly problems: readonly string[]
  readonly tests: readonly { readonly name: string; readonly steps: number; readonly failures: readonly string[]; readonly ms: number }[]
}

/** Runs the tests in a text of YAML with the configuration file, in a process of its own. Throws `too_busy` where one is running, `invalid` for what took too long. */
export type ScenarioRunner = (yaml: string, only: string | undefined, stopping: AbortSignal) => Promise<ScenarioResult>

/** One call after its token and its schemas have been checked. */
export interface ApiCall {
  readonly services: Services
  /** Who asks, as he is known when the body has come. */
  readonly principal: Principal
  /** The same later on, for what goes on for longer. */
  readonly rights: Rights
  /** Checked against the schemas of the route, defaults filled in. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
  /** For reading; a write reads through its transaction. */
  readonly db: Kysely<Tables>
}

/** What a route answers: 200 unless it says otherwise, and nothing behind the headers where there is no body. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON; bytes and streams as they are. */
  readonly body?: unknown
}

interface RouteBase {
  /** With `:name` parameters, below /v1. */
  readonly url: string
  readonly access: Access
  /** Chapter of the reference. */
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params?: TSchema
  readonly query?: TSchema
  /** Body of a good answer; of a list without `data` and `next_url`, which come by themselves. */
  readonly response?: TSchema
  /** It answers with a list. */
  readonly list?: ListOf
  /** Its status; default 200. */
  readonly status?: number
  /** Its content type where it is not JSON. */
  readonly responseType?: string
  /** Headers of a good answer, besides those that every answer has; a versioned route has `etag` by itself. */
  readonly answerHeaders?: readonly AnswerHeader[]
  /** What was there once may be over (`gone`, 410). */
  readonly gone?: true
  /** Browsers may send the token as the password of a Basic login. */
  readonly browser?: true
}

/** A route that reads and changes nothing. */
export interface ReadRoute extends RouteBase {
  readonly method: 'GET'
  read(call: ApiCall): Promise<Answer>
}

/** A route that changes something, once for each `Idempotency-Key`. */
export interface WriteRoute extends RouteBase {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: TSchema
  /** The body is bytes of any content type. */
  readonly bytes?: true
  /** Honours If-Match with the version of the case. */
  readonly versioned?: true
  /** The action that it is another name for; its schema describes the body. */
  readonly action?: string
  /** One transaction with the answer kept for a repeated call: all of it, or nothing. */
  write(tx: Tx, call: ApiCall): Promise<Answer>
}

/** A question too long for a URL: nothing is written. */
export interface AskRoute extends RouteBase {
  readonly method: 'POST'
  readonly body?: TSchema
  ask(call: ApiCall): Promise<Answer>
}

/** Any route of the core's API. */
export type ApiRoute = ReadRoute | AskRoute | WriteRoute
