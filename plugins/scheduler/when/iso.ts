// ISO 8601: instants with an offset, wall times without one, days, and durations.
import { Temporal } from 'temporal-polyfill'
import type { Span } from './span.ts'
import { instantOf } from './wall.ts'
import type { WallInstant } from './wall.ts'

const point = /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?: ?(z|[+-]\d{2}:?\d{2}))?)?$/
const length = /^[+-]?p(?=.)(?:\d{1,6}[ymwd]){0,4}(?:t(?:\d{1,8}[hms]){1,3})?$/

/** `text` in lower case. undefined: not ISO at all; null: of that form, and no such time. A day alone begins at `dayBegins` (minutes). */
export function isoPoint(text: string, zone: string, dayBegins: number): WallInstant | null | undefined {
  const m = point.exec(text)
  if (!m) return undefined
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])]
  if (m[4] === undefined) return instantOf({ year, month, day, minutes: dayBegins }, zone)
  if (Number(m[4]) > 23 || Number(m[5]) > 59) return null
  if (m[7] === undefined) {
    const wall = instantOf({ year, month, day, minutes: Number(m[4]) * 60 + Number(m[5]) }, zone)
    return wall && { ...wall, at: wall.at + Number(m[6] ?? 0) * 1000 }
  }
  try {
    return {
      at: Temporal.Instant.from(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6] ?? '00'}${m[7].toUpperCase()}`).epochMilliseconds,
      shifted: null,
    }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** `text` in lower case: P2DT5H. undefined: not of this form. */
export function isoSpan(text: string): Span | undefined {
  if (!length.test(text)) return undefined
  try {
    const d = Temporal.Duration.from(text.toUpperCase())
    return { months: d.years * 12 + d.months, days: d.weeks * 7 + d.days, ms: d.hours * 3_600_000 + d.minutes * 60_000 + d.seconds * 1000 }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
