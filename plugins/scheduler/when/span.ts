// Lengths of time: months and days are days of the calendar in a zone, hours and minutes are exact.
import { Temporal } from 'temporal-polyfill'
import type { Unit } from './vocabulary.ts'

/** "2 days 5 hours" = { months: 0, days: 2, ms: 18,000,000 }. Each part may be negative. */
export interface Span {
  readonly months: number
  readonly days: number
  readonly ms: number
}

/** No time at all; lengths are added to it. */
export const emptySpan: Span = { months: 0, days: 0, ms: 0 }

const hour = 3_600_000
/** A hundred years in minutes: what is longer is a typing error. */
const most = 53_000_000

/** `span` and so many of a unit; half a day is twelve exact hours. null: half months, or more than anybody can mean. */
export function plus(span: Span, value: number, unit: Unit): Span | null {
  if (!Number.isFinite(value) || Math.abs(value) > most) return null
  const whole = Math.trunc(value)
  const rest = value - whole
  switch (unit) {
    case 'minute':
      return { ...span, ms: span.ms + Math.round(value * 60_000) }
    case 'hour':
      return { ...span, ms: span.ms + Math.round(value * hour) }
    case 'day':
      return { ...span, days: span.days + whole, ms: span.ms + Math.round(rest * 24 * hour) }
    case 'week':
      return plus(span, value * 7, 'day')
    case 'month':
      return rest === 0 ? { ...span, months: span.months + whole } : null
    case 'year':
      return rest === 0 ? { ...span, months: span.months + whole * 12 } : null
  }
}

/**
 * The instant so much later (or earlier), ms UTC: first the calendar in `zone` with the wall clock kept, then exact hours. A day that
 * ends in an hour which does not exist moves on by the length of the gap; of two equal hours it is the first. The 31st becomes the
 * last day of a shorter month. null: outside of any calendar.
 */
export function addSpan(at: number, span: Span, zone: string): number | null {
  try {
    const start = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
    const day = span.months === 0 && span.days === 0 ? start : start.add({ months: span.months }).add({ days: span.days })
    return day.epochMilliseconds + span.ms
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Whether it leads nowhere but forward: no part is negative and one is not zero. */
export function isForward(span: Span): boolean {
  return span.months >= 0 && span.days >= 0 && span.ms >= 0 && span.months + span.days + span.ms > 0
}
