// Dates, spans and sizes as people of a locale write them; instants are ms UTC and always shown in an explicit IANA zone.
import type { Locale } from './locale.ts'

/** `21 September 2026 at 20:11` / `21 сентября 2026 г. в 20:11`; with `zoneName`, the zone's short name behind it. RangeError for an unknown zone. */
export function formatDateTime(ms: number, zone: string, locale: Locale, options?: { readonly zoneName?: boolean }): string {
  const f = formatter(locale, zone, 'long', true)
  const text = f.format(ms)
  return options?.zoneName ? `${text} ${zoneShort(ms, zone, locale)}` : text
}

/** `21 Sept 2026` / `21 сент. 2026 г.` */
export function formatDate(ms: number, zone: string, locale: Locale): string {
  return formatter(locale, zone, 'medium', false).format(ms)
}

/** `20:11` in both languages: the 24-hour clock leaves no doubt. */
export function formatTime(ms: number, zone: string, locale: Locale): string {
  return formatter(locale, zone, undefined, true).format(ms)
}

/** `2 days, 5 hours` / `2 дня 5 часов`: the two biggest units that are not zero, minutes the smallest; `0 minutes` for less. Days have 24 hours here. */
export function formatDuration(ms: number, locale: Locale): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  const parts = [
    { n: Math.floor(minutes / 1440), unit: 'day' },
    { n: Math.floor(minutes / 60) % 24, unit: 'hour' },
    { n: minutes % 60, unit: 'minute' },
  ]
  const first = parts.findIndex((p) => p.n > 0)
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter((p) => p.n > 0)
  const words = shown.map((p) => new Intl.NumberFormat(locale, { style: 'unit', unit: p.unit, unitDisplay: 'long' }).format(p.n))
  return new Intl.ListFormat(locale, { type: 'unit', style: locale === 'ru' ? 'narrow' : 'long' }).format(words)
}

/** `340 byte`, `12 kB`, `3.4 MB` / `3,4 МБ`, powers of 1000; one digit behind the point below 10. */
export function formatSize(bytes: number, locale: Locale): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  let n = Math.max(0, bytes)
  let i = 0
  // 999.5 and more would round to 1000 of the smaller unit.
  while (n >= 999.5 && i < units.length - 1) {
    n /= 1000
    i++
  }
  const digits = i > 0 && n < 9.95 ? 1 : 0
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[i] ?? 'byte',
    unitDisplay: i === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(n)
}

/** British English: day before month and a 24-hour clock, as most of the world reads it. */
const tag = { en: 'en-GB', ru: 'ru' } as const satisfies Record<Locale, string>

function zoneShort(ms: number, zone: string, locale: Locale): string {
  const parts = new Intl.DateTimeFormat(tag[locale], { timeZone: zone, timeZoneName: 'short' }).formatToParts(ms)
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? zone
}

// Making a formatter costs about 100 us; zones come from config and agents' settings, so there are few of them.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(locale: Locale, zone: string, dateStyle: 'long' | 'medium' | undefined, time: boolean): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${dateStyle ?? ''} ${time}`
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(tag[locale], {
    timeZone: zone,
    hourCycle: 'h23',
    ...(dateStyle ? { dateStyle } : {}),
    ...(time ? { timeStyle: 'short' as const } : {}),
  })
  if (formatters.size < 1000) formatters.set(key, made)
  return made
}
