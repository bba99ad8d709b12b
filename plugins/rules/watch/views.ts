// What rules on watch would have done, as programs and people read it.
import Type from 'typebox'
import { plainLine } from '../../../core/plugin.ts'
import type { WatchedRow } from './watch-store.ts'
import type { WasAsked, WouldDo } from './watch.ts'

const text = Type.String()
const maybe = Type.Union([text, Type.Null()])

/** Schema of one time that a rule on watch would have fired. */
export const watchedSchema = Type.Object({
  id: text,
  rule: text,
  case_id: text,
  number: Type.Number({ description: 'Number of the case' }),
  subject: text,
  message_id: maybe,
  event: Type.String({ description: 'Event that it heard, or schedule' }),
  at: Type.String({ format: 'date-time' }),
  asked: Type.Array(Type.Object({ condition: text, wants: Type.Unknown(), holds: Type.Boolean(), seen: text })),
  would: Type.Array(
    Type.Object({
      action: text,
      args: Type.Unknown(),
      said: Type.Optional(Type.String({ description: 'What would have come of it' })),
      refused: Type.Optional(Type.String({ description: 'Why it would not have been done' })),
    }),
  ),
})

/** One time that a rule on watch would have fired, in the shape of `watchedSchema`. */
export function watchedView(row: WatchedRow & { readonly number: number; readonly subject: string }): {
  readonly id: string
  readonly number: number
  readonly event: string
  readonly at: string
  readonly asked: readonly WasAsked[]
  readonly would: readonly WouldDo[]
} & Readonly<Record<string, unknown>> {
  const { id, rule, case_id, number, subject, message_id, event, at } = row
  return {
    ...{ id, rule, case_id, number, subject, message_id, event, at: new Date(at).toISOString() },
    // Both were written by watch.ts.
    asked: JSON.parse(row.asked) as readonly WasAsked[],
    would: JSON.parse(row.did) as readonly WouldDo[],
  }
}

/** The same as lines for a terminal; what mails say must not steer it. */
export function watchedLines(view: ReturnType<typeof watchedView>): readonly string[] {
  return [
    `${view.at}  #${view.number}  on ${view.event}`,
    ...view.asked.map((a) => `    ${a.holds ? 'yes' : 'no '}  ${a.condition}: ${JSON.stringify(a.wants) ?? ''}   is ${a.seen}`),
    ...view.would.map(
      (w) =>
        `    ->   ${w.action}${w.refused !== undefined ? ` would have been refused: ${w.refused}` : w.said ? `: ${w.said}` : ''}   given ${JSON.stringify(w.args) ?? ''}`,
    ),
  ].map(plainLine)
}
