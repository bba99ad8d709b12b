// Reads a time as people say it, in English or Russian, in an explicit zone. What can be read in two ways is refused, never guessed.
//
//   2026-09-25T14:00+03:00   2026-09-25 14:00   2026-09-25   P2DT5H
//   2 days 5 hours   in 2 days at 9:00   через 2 дня 5 часов   полчаса   -1 day (where a planned time is moved)
//   tomorrow 9:00   завтра в 9   in the evening   в понедельник утром   on friday at 6 pm   25 сентября в 14:00   25.09.2026 14:00
//
// A length has days of the calendar and exact hours (span.ts). A time of the day alone is the next one. A day alone begins at the
// hour of the morning that is set. Hours without am or pm count from 0 to 23.
import { isoPoint, isoSpan } from './iso.ts'
import { readPhrase } from './phrase.ts'
import type { Day, Phrase } from './phrase.ts'
import { addSpan } from './span.ts'
import type { Span } from './span.ts'
import { foldTime, tokens } from './tokens.ts'
import type { DayPart } from './vocabulary.ts'
import { dayPlus, instantOf, monthPlus, wallOf } from './wall.ts'
import type { Wall, WallInstant } from './wall.ts'

/** What a time is read against. */
export interface WhenContext {
  /** ms UTC. */
  readonly now: number
  /** IANA zone of the person who speaks. */
  readonly zone: string
  /** ISO number of the day with which the week begins; default: Monday. */
  readonly firstDay?: number
  /** Minutes since midnight. */
  readonly hours: Readonly<Record<DayPart, number>>
}

/** What was read: an instant by the clock of the zone, a length from now, or why it could not be read. */
export type When =
  | ({ readonly ok: true; readonly span: null } & WallInstant)
  | { readonly ok: true; readonly span: Span; /** `now` and the length, ms UTC. */ readonly at: number; readonly shifted: null }
  | { readonly ok: false; readonly reason: 'unparsable' | 'ambiguous' }

/** Longer texts are no times. */
const longest = 120

/** The time that `text` says, seen from `now`. It may lie in the past: whether that is admitted is the caller's business. */
export function parseWhen(text: string, context: WhenContext): When {
  if (text.length > longest) return unparsable
  const folded = foldTime(text)
  const iso = isoPoint(folded, context.zone, context.hours.morning)
  if (iso === null) return unparsable
  if (iso) return { ok: true, span: null, ...iso }
  const length = isoSpan(folded)
  if (length) return fromSpan(length, context)
  const cut = tokens(folded)
  const phrase = cut && readPhrase(cut)
  if (phrase === 'ambiguous') return ambiguous
  return phrase ? resolve(phrase, context) : unparsable
}

/** A text that begins with a time: the longest beginning that is one, and what is left of the text. */
export function splitWhen(text: string, context: WhenContext): { readonly when: When; readonly rest: string } {
  const ends = [...text.slice(0, longest).matchAll(/\S+/g)].slice(0, 12).map((m) => m.index + m[0].length)
  for (const end of ends.reverse()) {
    const when = parseWhen(text.slice(0, end), context)
    // A word cut in two by the limit is not a word.
    if (when.ok || when.reason === 'ambiguous')
      return {
        when,
        rest: text
          .slice(end)
          .replace(/^[\s,;:.–—-]+/, '')
          .trim(),
      }
  }
  return { when: unparsable, rest: text }
}

const unparsable = { ok: false, reason: 'unparsable' } as const
const ambiguous = { ok: false, reason: 'ambiguous' } as const

function fromSpan(span: Span, { now, zone }: WhenContext): When {
  const at = addSpan(now, span, zone)
  return at === null ? unparsable : { ok: true, span, at, shifted: null }
}

function resolve(phrase: Phrase, context: WhenContext): When {
  const { now, zone, hours } = context
  const minutes = phrase.time === null ? null : 'part' in phrase.time ? hours[phrase.time.part] : phrase.time.minutes
  const today = wallOf(now, zone)
  const point = (wall: Wall, at: number): When => {
    const found = instantOf({ ...wall, minutes: at }, zone)
    return found ? { ok: true, span: null, ...found } : unparsable
  }
  if (phrase.span) {
    if (phrase.day) return unparsable
    if (minutes === null) return fromSpan(phrase.span, context)
    // "in 2 days at 9:00" is a day and a time; "in 2 hours at 9:00" is two times.
    return phrase.exact || phrase.span.months * 31 + phrase.span.days <= 0
      ? ambiguous
      : point(dayPlus(monthPlus(today, phrase.span.months), phrase.span.days), minutes)
  }
  if (phrase.day) return onDay(phrase.day, minutes, today, context, point)
  if (minutes === null) return unparsable
  const soon = point(today, minutes)
  return soon.ok && soon.at > now ? soon : point(dayPlus(today, 1), minutes)
}

function onDay(
  day: Day,
  minutes: number | null,
  today: Wall & { readonly weekday: number },
  { now, hours, firstDay = 1 }: WhenContext,
  point: (wall: Wall, minutes: number) => When,
): When {
  const at = minutes ?? hours.morning
  switch (day.kind) {
    case 'offset':
      // "Today" alone says nothing about when.
      return day.days === 0 && minutes === null ? unparsable : point(dayPlus(today, day.days), at)
    case 'weekday': {
      const ahead = (day.weekday - today.weekday + 7) % 7
      const inWeek = (weekday: number): number => (weekday - firstDay + 7) % 7
      const inThisWeek = inWeek(day.weekday) >= inWeek(today.weekday)
      const since = inWeek(day.weekday) - inWeek(today.weekday)
      if (day.which === 'of next week') return point(dayPlus(today, since + 7), at)
      if (day.which === 'of this week') return since < 0 ? unparsable : point(dayPlus(today, since), at)
      if (day.which === 'this') return inThisWeek ? point(dayPlus(today, ahead), at) : unparsable
      // "Next Friday", said on a Wednesday: in two days or in nine?
      if (day.which === 'next') return inThisWeek && ahead > 0 ? ambiguous : point(dayPlus(today, ahead === 0 ? 7 : ahead), at)
      if (ahead > 0) return point(dayPlus(today, ahead), at)
      // "On Monday", said on a Monday before that hour: now or in a week?
      const soon = point(today, at)
      return soon.ok && soon.at > now ? ambiguous : point(dayPlus(today, 7), at)
    }
    case 'date': {
      if (day.year !== null) return point({ ...today, ...day, year: day.year }, at)
      const soon = point({ ...today, day: day.day, month: day.month }, at)
      return soon.ok && soon.at > now ? soon : point({ ...today, day: day.day, month: day.month, year: today.year + 1 }, at)
    }
  }
}
