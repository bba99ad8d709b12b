// Named actions and the questions that rules ask.
import type { TSchema } from 'typebox'
import type { Config } from '../base/config/types.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Path } from '../base/schema.ts'
import type { ActionResult, Tx } from './tx.ts'
import type { Case, Message } from './model.ts'
import type { Occasion } from './occasion.ts'
import type { Origin } from './origin.ts'
import type { PosternEvent } from './events.ts'

/** A named action: what rules, commands, templates, API, links and CLI order. */
export interface ActionDefinition {
  readonly description: string
  /** TypeBox object schema of the arguments; in the OpenAPI document as well. */
  readonly args: TSchema
  /** `case` (default): acts on one case, whose lock is taken first. `none`: needs no case. */
  readonly on?: 'case' | 'none'
  /** Only an admin may order it: the CLI, an API token for admins, Postern itself. */
  readonly admin?: true
  /**
   * A case that was merged into another one leads on: what is ordered on it is done to that other one. true: this action is for the case itself,
   * wherever it leads.
   */
  readonly onMerged?: boolean
  /** References (#12, id) of further cases that it will lock: whoever orders locks all of them by ascending id, so that orders that cross do not wait for each other. */
  others?(args: never): readonly string[]
  /** Must take effect before an answer in the same mail is sent (subject, recipients). */
  readonly beforeSend?: boolean
  /**
   * What of an order may wait for an answer that leaves later, as arguments of the action that plans it (`{ status: 'closed' }`); null, and
   * without this function: it takes effect at once.
   */
  along?(args: never): Readonly<Record<string, unknown>> | null
  /**
   * What is wrong with arguments that fit the schema, as far as that can be known without the database: `postern check` asks it of rules and
   * templates, an agent's command before anything of his mail is done, and every order before it runs; all of them say the same words.
   */
  check?(args: never, asked: ArgumentsAsked): readonly ArgumentProblem[]
  /** Runs with checked arguments. Throw PosternError `invalid` with a sentence to refuse. */
  run(tx: Tx, call: ActionCall): Promise<ActionResult | void>
}

/** What arguments are checked against. */
export interface ArgumentsAsked {
  /** undefined: no case is known yet (a file is read), or none is needed. */
  readonly case: Case | undefined
  readonly origin: Origin
  /** Language in which a refusal is said. */
  readonly locale: Locale
  readonly config: Config
  /** ms UTC */
  readonly now: number
  /** Whether an address is one of our mailboxes. */
  readonly isOurs: (address: string) => boolean
}

/** One thing that is wrong with arguments: where in them, and a sentence for whoever orders. */
export interface ArgumentProblem {
  readonly path: Path
  readonly message: string
  /** Default: `invalid`. */
  readonly code?: Extract<ErrorCode, 'invalid' | 'not_found'>
}

/** What an action is called with, inside the transaction of whoever ordered it. */
export interface ActionCall {
  /** The locked case; for `on: 'none'` undefined. */
  readonly case: Case | undefined
  // Checked against `args` before the call; typed by the caller with `Static<typeof args>`.
  readonly args: never
  readonly origin: Origin
  /** What a rule heard, where a rule orders it. */
  readonly occasion?: Occasion
}

/** A question that rules may ask of a case (and the message that is the occasion). */
export interface ConditionDefinition {
  readonly description: string
  /** Schema of the value in YAML. */
  readonly value: TSchema
  /** Why a value that fits the schema can never hold, one sentence each; for `postern check`, which warns. */
  never?(value: never): readonly string[]
  /** `seen` is shown by `postern explain`. */
  /** `binds`: what it has found, for the texts of the rule's actions (of the variables that rules know). */
  test(
    tx: Tx,
    subject: ConditionSubject,
    value: never,
  ): Promise<{ readonly holds: boolean; readonly seen: string; readonly binds?: Readonly<Record<string, unknown>> }>
}

/** What a condition is asked about: the case, and the message and the event that gave occasion, where there are any. */
export interface ConditionSubject {
  readonly case: Case
  readonly message: Message | null
  readonly event: PosternEvent | null
}
