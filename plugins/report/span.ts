// Which span is reported: two days in a zone, both included, or the week before.
import { Temporal } from 'temporal-polyfill'
import { PosternError } from '../../core/plugin.ts'

/** A span: its days as they are said, and its instants (ms UTC, the last one exclusive). */
export interface Span {
  readonly firstDay: string
  readonly lastDay: string
  readonly from: number
  readonly to: number
}

/** At most so many days: a year and a day. */
const mostDays = 367

/** From one day to another; without them the last seven that are over. Throws `invalid`. */
export function spanOf(now: number, timezone: string, firstDay?: string, lastDay?: string): Span {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate()
  const last = lastDay === undefined ? today.subtract({ days: 1 }) : dayOf('to', lastDay)
  const first = firstDay === undefined ? last.subtract({ days: 6 }) : dayOf('from', firstDay)
  const days = first.until(last).days + 1
  if (days < 1 || days > mostDays) throw new PosternError('invalid', `from, to: 1 to ${mostDays} days, the first one first`)
  const midnight = (day: Temporal.PlainDate): number => day.toZonedDateTime(timezone).epochMilliseconds
  return { firstDay: first.toString(), lastDay: last.toString(), from: midnight(first), to: midnight(last.add({ days: 1 })) }
}

/** The Monday to Sunday that ended before now, and how many weeks further back. */
export function weekBefore(now: number, timezone: string, back = 0): Span {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate()
  const sunday = today.subtract({ days: today.dayOfWeek + 7 * back })
  return spanOf(now, timezone, sunday.subtract({ days: 6 }).toString(), sunday.toString())
}

function dayOf(what: string, text: string): Temporal.PlainDate {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  throw new PosternError('invalid', `${what}: expected a day such as 2026-09-21`)
}
