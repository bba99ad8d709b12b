// Named actions and the questions that rules ask.
import type { TSchema } from 'typebox'
import type { ActionResult, Tx } from './tx.ts'
import type { Case, Message } from './model.ts'
import type { Origin } from './origin.ts'
import type { PosternEvent } from './events.ts'

/** A named action: what rules, commands, templates, API, links and CLI order. */
export interface ActionDefinition {
  readonly description: string
  /** TypeBox object schema of the arguments; in the OpenAPI document as well. */
  readonly args: TSchema
  /** `case` (default): acts on one case, whose lock is taken first. `none`: needs no case. */
  readonly on?: 'case' | 'none'
  /** Must take effect before an answer in the same mail is sent (subject, recipients). */
  readonly beforeSend?: boolean
  /** Runs with checked arguments. Throw PosternError `invalid` with a sentence to refuse. */
  run(tx: Tx, call: ActionCall): Promise<ActionResult | void>
}

/** What an action is called with, inside the transaction of whoever ordered it. */
export interface ActionCall {
  /** The locked case; for `on: 'none'` undefined. */
  readonly case: Case | undefined
  // Checked against `args` before the call; typed by the caller with `Static<typeof args>`.
  readonly args: never
  readonly origin: Origin
}

/** A question that rules may ask of a case (and the message that is the occasion). */
export interface ConditionDefinition {
  readonly description: string
  /** Schema of the value in YAML. */
  readonly value: TSchema
  /** `seen` is shown by `postern explain`. */
  test(tx: Tx, subject: ConditionSubject, value: never): Promise<{ readonly holds: boolean; readonly seen: string }>
}

/** What a condition is asked about: the case, and the message and the event that gave occasion, where there are any. */
export interface ConditionSubject {
  readonly case: Case
  readonly message: Message | null
  readonly event: PosternEvent | null
}
