// Business hours: whether an instant lies in them, and when they begin again.
import { Temporal } from 'temporal-polyfill'
import { weekdays } from '../settings.ts'
import type { HoursSettings } from '../settings.ts'

/** Business hours of one name; instants are ms UTC. */
export interface Hours {
  isOpen(at: number): boolean
  /** The next instant (ms UTC) at which they begin or, inside, `at` itself; null where they do not begin within a year. */
  nextOpen(at: number): number | null
}

/** Minutes of a day, half open. */
interface Span {
  readonly from: number
  readonly to: number
}

/** Compiles the settings of one name; `timezone` (IANA) holds where they name none. Days without an entry and holidays are closed. */
export function businessHours(settings: HoursSettings, timezone: string): Hours {
  const zone = settings.timezone ?? timezone
  const holidays = new Set(settings.holidays)
  const week = weekdays.map((day) => {
    const given = settings[day]
    return (given === undefined ? [] : Array.isArray(given) ? given : [given]).map(spanOf).sort((a, b) => a.from - b.from)
  })
  const spansOf = (date: Temporal.PlainDate): readonly Span[] =>
    holidays.has(date.toString()) || holidays.has(date.toString().slice(5)) ? [] : (week[date.dayOfWeek - 1] ?? [])
  return {
    isOpen(at) {
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      const minute = local.hour * 60 + local.minute
      return spansOf(local.toPlainDate()).some((s) => minute >= s.from && minute < s.to)
    },
    nextOpen(at) {
      if (this.isOpen(at)) return at
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      for (let day = 0; day <= 366; day++) {
        const date = local.toPlainDate().add({ days: day })
        for (const span of spansOf(date)) {
          const opens = date.toZonedDateTime({
            timeZone: zone,
            plainTime: Temporal.PlainTime.from({ hour: Math.floor(span.from / 60), minute: span.from % 60 }),
          }).epochMilliseconds
          if (opens > at) return opens
        }
      }
      return null
    },
  }
}

function spanOf(text: string): Span {
  const [from = 0, to = 0] = text.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
  return { from, to }
}
