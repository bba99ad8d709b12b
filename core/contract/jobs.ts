// Durable work at a time, and recurring work.
import type { Tx } from './tx.ts'

/** Durable work at a time. */
export interface JobDefinition {
  /** Throws for a payload that the job cannot be run with; asked where it is put. `defineJob` makes it from a schema. */
  readonly check?: (payload: unknown) => void
  /** Work outside the database, before the transaction: HTTP, files. Its result is handed to `run`. */
  readonly io?: (payload: never, signal: AbortSignal) => Promise<unknown>
  /** Effects, in one transaction with the end of the job. Answer `{ againAt }` to be called again later (ms UTC) without counting as a failure. */
  run(tx: Tx, payload: never, result: unknown): Promise<void | { readonly againAt: number }>
  /** How many at once on this node; default 4. */
  readonly concurrency?: number
  /** Most jobs a second that this node begins of those overdue by more than a minute, oldest first; what is on time is not slowed. Default: no limit. */
  readonly overduePerSecond?: number
  /** Tries before it is parked; default 25. */
  readonly attempts?: number
  /** ms before the next try after `attempt` failures; default: 1 s, 5 s, 25 s ... up to 1 h, each up to a fifth more or less. */
  readonly retryIn?: (attempt: number) => number
}

/** Recurring work; a tick runs once over all nodes. */
export interface CronDefinition {
  /** Cron pattern (croner), five or six fields. */
  readonly pattern: string
  /** IANA zone; UTC by default. */
  readonly timezone?: string
  run(tx: Tx, tick: number): Promise<void>
  /**
   * For ticks of no consequence to anybody, where the clock is moved by somebody (scenarios): days in which nothing else is due are
   * passed over, and at their end `run` comes once ('once'), or this instead; it must leave what all the ticks would have left.
   * Default: every tick is run at its time.
   */
  readonly passOver?: 'once' | ((tx: Tx, tick: number) => Promise<void>)
}
