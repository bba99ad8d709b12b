// The instant at which a day begins in a zone.
import { Temporal } from 'temporal-polyfill'

/** ms UTC of the first instant of a day such as 2026-09-21; null for anything else. Throws for an unknown zone. */
export function midnightOf(day: string, zone: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  try {
    return Temporal.PlainDate.from(day, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
