// Ways in that a plugin may open: HTTP routes and commands of the CLI.
import type { TSchema } from 'typebox'
import type { Origin } from './origin.ts'

/** An HTTP route. `public` ones must bring their own proof (signed links). */
export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `:name` parameters. */
  readonly url: string
  readonly access: 'public' | 'read' | 'act' | 'admin'
  readonly summary: string
  /** It answers with a list: under which key, and which parameter takes `next` (default: cursor). `data` and `next_url` then come by themselves. Experimental. */
  readonly list?: { readonly key: string; readonly cursor?: string }
  readonly schema?: { readonly params?: TSchema; readonly query?: TSchema; readonly body?: TSchema; readonly response?: TSchema }
  handle(request: RouteRequest): Promise<RouteAnswer>
}

/** A call of a plugin's route, its parts checked against the schemas of the route. */
export interface RouteRequest {
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly peer: string
  /** Who is known to ask; system for public routes. */
  readonly origin: Origin
  /** Whether what belongs to a mailbox (null: to none) is within the scope of who asks. A route answers `not_found` for everything else. */
  sees(mailbox: string | null): boolean
}

/** What a route answers: 200 with no body unless it says otherwise. */
export interface RouteAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: unknown
}

/** A call that a plugin makes to programs of others when something happens; for the `webhooks` of the OpenAPI document. */
export interface CallbackDefinition {
  /** Type of the event, or another name that says when. */
  readonly name: string
  readonly summary: string
  readonly description: string
  /** Headers and what they hold. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: TSchema
}

/** A command of the CLI: `postern NAME ...`. */
export interface CommandDefinition {
  readonly description: string
  /** e.g. `<action> [ref]`. */
  readonly usage: string
  readonly options?: readonly (readonly [flags: string, description: string])[]
  /** The exit code. */
  run(call: {
    readonly args: readonly string[]
    readonly options: Readonly<Record<string, string | boolean | undefined>>
    readonly print: (line: string) => void
    readonly json: boolean
  }): Promise<number>
}
