// Typed definitions: what an action, a condition or a job is called with has the type that its schema says.
import type { Static, TSchema } from 'typebox'
import { PosternError } from '../base/errors.ts'
import { compileSchema } from '../base/schema.ts'
import type { ActionCall, ActionDefinition, ArgumentProblem, ArgumentsAsked, ConditionDefinition, ConditionSubject } from './actions.ts'
import type { JobDefinition } from './jobs.ts'
import type { Case } from './model.ts'
import type { Origin } from './origin.ts'
import type { ActionResult, Tx } from './tx.ts'

/** What an action on a case is called with; see `ActionCall`. */
export interface CaseCall<A> extends Omit<ActionCall, 'case' | 'args'> {
  readonly case: Case
  readonly args: A
}

/** An action on one case. */
export interface CaseActionSpec<S extends TSchema> extends Omit<ActionDefinition, 'along' | 'args' | 'check' | 'on' | 'others' | 'run'> {
  readonly on?: 'case'
  readonly args: S
  /** See `ActionDefinition`. */
  others?(args: Static<S>): readonly string[]
  /** See `ActionDefinition`. */
  along?(args: Static<S>): Readonly<Record<string, unknown>> | null
  /** See `ActionDefinition`. */
  check?(args: Static<S>, asked: ArgumentsAsked): readonly ArgumentProblem[]
  /** `case` is locked, `args` are checked. Throw PosternError `invalid` with a sentence to refuse. */
  run(tx: Tx, call: CaseCall<Static<S>>): Promise<ActionResult | void>
}

/** An action that needs no case. */
export interface FreeActionSpec<S extends TSchema> extends Omit<
  ActionDefinition,
  'along' | 'args' | 'check' | 'on' | 'onMerged' | 'others' | 'run'
> {
  readonly on: 'none'
  readonly args: S
  /** See `ActionDefinition`. */
  along?(args: Static<S>): Readonly<Record<string, unknown>> | null
  /** See `ActionDefinition`. */
  check?(args: Static<S>, asked: ArgumentsAsked): readonly ArgumentProblem[]
  /** `args` are checked. Throw PosternError `invalid` with a sentence to refuse. */
  run(tx: Tx, call: { readonly args: Static<S>; readonly origin: Origin }): Promise<ActionResult | void>
}

/** A named action, `args` typed by their schema; on a case unless it says `on: 'none'`. */
export function defineAction<const S extends TSchema>(spec: CaseActionSpec<S> | FreeActionSpec<S>): ActionDefinition {
  if (spec.on === 'none') return { ...spec, run: (tx, { args, origin }) => spec.run(tx, { args, origin }) }
  return {
    ...spec,
    run(tx, { case: c, ...call }) {
      if (!c) throw new PosternError('invalid', 'this action needs a case')
      return spec.run(tx, { ...call, case: c })
    },
  }
}

/** A question that rules ask of a case, `value` typed by its schema. */
export function defineCondition<const S extends TSchema>(spec: {
  readonly description: string
  readonly value: S
  never?(value: Static<S>): readonly string[]
  test(tx: Tx, subject: ConditionSubject, value: Static<S>): ReturnType<ConditionDefinition['test']>
}): ConditionDefinition {
  return spec
}

/** Durable work, `payload` typed by its schema; `io` and `run` get what `payload` admits, `run` also what `io` found. */
export interface JobSpec<S extends TSchema, R> extends Omit<JobDefinition, 'check' | 'io' | 'run'> {
  readonly payload: S
  readonly io?: (payload: Static<S>, signal: AbortSignal) => Promise<R>
  run(tx: Tx, payload: Static<S>, result: R): ReturnType<JobDefinition['run']>
}

/**
 * A job whose payload is checked where it is put, so that the mistake of a caller comes out there, and again before it runs: a row may have
 * been written by an older version of the plugin. Both throw PosternError `invalid`.
 */
export function defineJob<const S extends TSchema, R = undefined>(spec: JobSpec<S, R>): JobDefinition {
  const { payload: schema, io, run, ...rest } = spec
  const checked = (payload: unknown): Static<S> => {
    const answer = compileSchema(schema).check(payload)
    if (answer.ok) return answer.value
    throw new PosternError('invalid', `the payload of a job: ${answer.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`)
  }
  return {
    ...rest,
    check: (payload) => void checked(payload),
    ...(io && { io: (payload: never, signal: AbortSignal) => io(checked(payload), signal) }),
    // What `io` answered comes back as it was; without `io` the engine hands over undefined, which is R then.
    run: (tx, payload, result) => run.call(spec, tx, checked(payload), result as R),
  }
}
