// From the wall clock of a zone to an instant and back.
import { Temporal } from 'temporal-polyfill'

/** A day and a time of the day, as people say it. */
export interface Wall {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** Minutes since midnight by the wall clock. */
  readonly minutes: number
}

/** gap: the clock was put forward over it, the instant is as much later as the gap is long; overlap: it comes twice, the instant is the first. */
export interface WallInstant {
  readonly at: number
  readonly shifted: 'gap' | 'overlap' | null
}

/** null where there is no such day. */
export function instantOf(wall: Wall, zone: string): WallInstant | null {
  try {
    const plain = Temporal.PlainDateTime.from(
      { year: wall.year, month: wall.month, day: wall.day, hour: Math.floor(wall.minutes / 60), minute: wall.minutes % 60 },
      { overflow: 'reject' },
    )
    const chosen = plain.toZonedDateTime(zone, { disambiguation: 'compatible' })
    const later = plain.toZonedDateTime(zone, { disambiguation: 'later' })
    const shifted = !chosen.toPlainDateTime().equals(plain)
      ? 'gap'
      : later.epochMilliseconds === chosen.epochMilliseconds
        ? null
        : 'overlap'
    return { at: chosen.epochMilliseconds, shifted }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** What the wall clock shows, with the ISO weekday (Monday is 1). */
export function wallOf(at: number, zone: string): Wall & { readonly weekday: number } {
  const z = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  return { year: z.year, month: z.month, day: z.day, minutes: z.hour * 60 + z.minute, weekday: z.dayOfWeek }
}

/** The day `days` later. */
export function dayPlus(wall: Wall, days: number): Wall {
  const d = Temporal.PlainDate.from({ year: wall.year, month: wall.month, day: wall.day }).add({ days })
  return { year: d.year, month: d.month, day: d.day, minutes: wall.minutes }
}

/** The same day so many months later (the last of a shorter month). */
export function monthPlus(wall: Wall, months: number): Wall {
  const d = Temporal.PlainDate.from({ year: wall.year, month: wall.month, day: wall.day }).add({ months })
  return { year: d.year, month: d.month, day: d.day, minutes: wall.minutes }
}
