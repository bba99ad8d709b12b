// Questions to a number or to a span of time: is, over, under, at_least, at_most.
import Type from 'typebox'
import type { Static } from 'typebox'
import { duration } from '../../../core/plugin.ts'

const number = Type.Integer({ minimum: 0 })

/** Schema of a question to a whole number, 0 or more. */
export const numberSchema = Type.Union(
  [
    number,
    Type.Object({
      is: Type.Optional(number),
      over: Type.Optional(number),
      under: Type.Optional(number),
      at_least: Type.Optional(number),
      at_most: Type.Optional(number),
    }),
  ],
  {
    description: 'A number, or {is, over, under, at_least, at_most}.',
  },
)

/** A number that must be met exactly, or bounds that all have to hold; `over` and `under` exclude their value. */
export type NumberSpec = Static<typeof numberSchema>

/** Spans are ms once they are checked. */
export const spanSchema = Type.Object(
  {
    over: Type.Optional(duration({ description: 'Longer than, e.g. 5d.' })),
    under: Type.Optional(duration({ description: 'Shorter than, e.g. 4h.' })),
  },
  { description: '{over: 5d} or {under: 4h}.' },
)

/** Bounds of a span in ms, once the schema has turned texts such as 5d into numbers. */
export type SpanSpec = Static<typeof spanSchema>

/**
 * The test for a spec, made for whole numbers from 0 on. Bounds that contradict each other or ask nothing go to `report`; nothing is
 * thrown.
 */
export function compileNumber(spec: NumberSpec, report: (message: string) => void): (n: number) => boolean {
  if (typeof spec === 'number') return (n) => n === spec
  const { is, over, under, at_least, at_most } = spec
  const [low, high] = [
    Math.max(over === undefined ? -1 : over + 1, at_least ?? -1, is ?? -1),
    Math.min(under === undefined ? Infinity : under - 1, at_most ?? Infinity, is ?? Infinity),
  ]
  if (low > high) report('no number fits: the bounds contradict each other')
  if (is === undefined && low === -1 && high === Infinity)
    report('nothing is asked of the number; use is, over, under, at_least or at_most')
  return (n) => n >= low && n <= high
}

/**
 * The test for a span in ms: `over` includes its value, `under` excludes it. Bounds that contradict each other or ask nothing go to
 * `report`.
 */
export function compileSpan(spec: SpanSpec, report: (message: string) => void): (ms: number) => boolean {
  if (spec.over === undefined && spec.under === undefined) report('nothing is asked of the time; use over or under')
  if (spec.over !== undefined && spec.under !== undefined && spec.over >= spec.under)
    report('no time fits: the bounds contradict each other')
  return (ms) => (spec.over === undefined || ms >= spec.over) && (spec.under === undefined || ms < spec.under)
}
