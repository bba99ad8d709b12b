// Days, weeks and months as filters of lists name them, judged at the moment of asking, in the zone of who asks.
import type { Viewer } from '../../core/plugin.ts'
import { firstDay } from './week.ts'
import { dayPlus, instantOf, wallOf } from './when/wall.ts'
import type { Wall } from './when/wall.ts'

/** planned and none ask whether there is anything; the others when it is due: from (inclusive) to (exclusive), ms UTC. */
export type Period = 'planned' | 'none' | { readonly from: number; readonly to: number }

const date = String.raw`\d{4}-\d{2}-\d{2}`

/** What a filter value looks like. */
export const periodPattern = String.raw`^(?:planned|none|today|tomorrow|this-week|next-week|this-month|next-month|(?:on:)?${date}|from:${date}|until:${date}|(?:between:)?${date}\.\.${date})$`

/** The same for people, as a list of examples. */
export const periodWords =
  'planned, none, today, tomorrow, this-week, next-week, this-month, next-month, on:2026-09-25, from:2026-09-25, until:2026-09-25, between:2026-09-25..2026-10-02'

/** null: no such day. Days named as the last of something are meant whole. */
export function periodOf(text: string, viewer: Pick<Viewer, 'now' | 'timezone' | 'locale'>): Period | null {
  const today = { ...wallOf(viewer.now, viewer.timezone), minutes: 0 }
  const days = (from: Wall, n: number): Period | null => span(from, dayPlus(from, n), viewer.timezone)
  switch (text) {
    case 'planned':
    case 'none':
      return text
    case 'today':
      return days(today, 1)
    case 'tomorrow':
      return days(dayPlus(today, 1), 1)
    case 'this-week':
    case 'next-week': {
      const since = (today.weekday - firstDay(viewer.locale) + 7) % 7
      return days(dayPlus(today, (text === 'next-week' ? 7 : 0) - since), 7)
    }
    case 'this-month':
    case 'next-month': {
      const first = month(today, text === 'next-month' ? 1 : 0)
      return span(first, month(first, 1), viewer.timezone)
    }
  }
  const m = new RegExp(`^(?:(on|from|until|between):)?(${date})(?:\\.\\.(${date}))?$`).exec(text)
  const first = m && dayOf(m[2] ?? '', viewer.timezone)
  if (!m || !first) return null
  if (m[1] === 'from') return span(first, null, viewer.timezone)
  const last = m[3] === undefined ? first : dayOf(m[3], viewer.timezone)
  if (!last) return null
  const range = span(first, dayPlus(last, 1), viewer.timezone)
  return m[1] === 'until' && typeof range === 'object' && range ? { from: 0, to: range.to } : range
}

/** Whether any of these times (ms UTC) is in the period; of `planned` and `none`, whether there are any at all. */
export function within(period: Period, dues: readonly number[]): boolean {
  if (period === 'planned') return dues.length > 0
  return period === 'none' ? dues.length === 0 : dues.some((due) => due >= period.from && due < period.to)
}

function span(from: Wall, to: Wall | null, zone: string): Period | null {
  const [a, b] = [instantOf(from, zone), to ? instantOf(to, zone) : { at: Number.MAX_SAFE_INTEGER }]
  return a && b && { from: a.at, to: b.at }
}

function dayOf(text: string, zone: string): Wall | null {
  const [year = 0, monthOf = 0, day = 0] = text.split('-').map(Number)
  const wall = { year, month: monthOf, day, minutes: 0 }
  return instantOf(wall, zone) ? wall : null
}

function month(wall: Wall, plus: number): Wall {
  const index = wall.year * 12 + wall.month - 1 + plus
  return { year: Math.floor(index / 12), month: (index % 12) + 1, day: 1, minutes: 0 }
}
