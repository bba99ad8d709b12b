// Business hours: how they are set, whether an instant lies in them, when they begin again, and how much of them lies between two instants.
import Type from 'typebox'
import type { Static } from 'typebox'
import { Temporal } from 'temporal-polyfill'
import { zone } from './formats.ts'

const span = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]|24):[0-5]\\d$',
  'x-pattern': 'hours such as 09:00-18:00',
  description: 'Hours of a day.',
})
const spans = Type.Union([span, Type.Array(span)], { description: 'One stretch of hours, or several.' })

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** Schema of business hours of one name: spans by day of the week, holidays, and a zone of their own where they have one. */
export const businessHoursSchema = Type.Object(
  {
    timezone: Type.Optional(zone({ description: 'Zone of the hours. Default: `timezone` at the top of the file.' })),
    ...(Object.fromEntries(weekdays.map((day) => [day, Type.Optional(spans)])) as Readonly<
      Record<(typeof weekdays)[number], ReturnType<typeof Type.Optional<typeof spans>>>
    >), // fromEntries forgets its keys
    holidays: Type.Array(
      Type.String({
        pattern: '^(\\d{4}-)?\\d{2}-\\d{2}$',
        'x-pattern': 'a date such as 2026-12-25, or 12-25 for every year',
        description: 'A date.',
      }),
      { default: [], description: 'Days without hours: 2026-12-25, or 12-25 for every year.' },
    ),
  },
  { description: 'Business hours; a day that is not named has none.' },
)

/** The settings once they are checked. */
export type HoursSettings = Static<typeof businessHoursSchema>

/** Business hours of one name; instants are ms UTC. */
export interface Hours {
  isOpen(at: number): boolean
  /** The next instant (ms UTC) at which they begin or, inside, `at` itself; null where they do not begin within a year. */
  nextOpen(at: number): number | null
  /** ms of these hours between two instants; beyond ten years after the first none are counted. */
  between(from: number, to: number): number
}

/** Minutes of a day, half open. */
interface Span {
  readonly from: number
  readonly to: number
}

/** Compiles the settings of one name; `timezone` (IANA) holds where they name none. Days without an entry and holidays are closed. */
export function businessHours(settings: HoursSettings, timezone: string): Hours {
  const zoneName = settings.timezone ?? timezone
  const holidays = new Set(settings.holidays)
  const week = weekdays.map((day) => {
    const given = settings[day]
    return (given === undefined ? [] : Array.isArray(given) ? given : [given]).map(spanOf).sort((a, b) => a.from - b.from)
  })
  const spansOf = (date: Temporal.PlainDate): readonly Span[] =>
    holidays.has(date.toString()) || holidays.has(date.toString().slice(5)) ? [] : (week[date.dayOfWeek - 1] ?? [])
  /** Minute 1440 is the midnight after. */
  const instant = (date: Temporal.PlainDate, minute: number): number =>
    (minute === 1440 ? date.add({ days: 1 }) : date).toZonedDateTime({
      timeZone: zoneName,
      plainTime: Temporal.PlainTime.from({ hour: Math.floor(minute / 60) % 24, minute: minute % 60 }),
    }).epochMilliseconds
  return {
    isOpen(at) {
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zoneName)
      const minute = local.hour * 60 + local.minute
      return spansOf(local.toPlainDate()).some((s) => minute >= s.from && minute < s.to)
    },
    between(from, to) {
      let sum = 0
      let date = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zoneName).toPlainDate()
      for (let day = 0; day <= 3660; day++, date = date.add({ days: 1 })) {
        if (date.toZonedDateTime(zoneName).epochMilliseconds >= to) break
        for (const span of spansOf(date))
          sum += Math.max(0, Math.min(to, instant(date, span.to)) - Math.max(from, instant(date, span.from)))
      }
      return sum
    },
    nextOpen(at) {
      if (this.isOpen(at)) return at
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zoneName)
      for (let day = 0; day <= 366; day++) {
        const date = local.toPlainDate().add({ days: day })
        for (const span of spansOf(date)) {
          const opens = instant(date, span.from)
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
