// Durations, sizes and rates as people write them: "2d 5h", "25MB", "10/10m".

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const unitBytes = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** So many events within so many ms. */
export interface Rate {
  readonly count: number
  readonly ms: number
}

/** ms of "90s", "5m", "4h", "2d 5h", "500ms", "1.5h", "0s"; a day is 24 hours. `undefined` when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const words = text.trim().split(/\s+/, 9)
  let sum = 0
  for (const word of words) {
    const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d|w)$/.exec(word)
    if (!match) return undefined
    // The pattern admits only keys of unitMs.
    sum += Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  }
  return words.length < 9 && Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : undefined
}

const dayMs = 86_400_000
/** Beginnings of the words for units, in English and Russian; a month is 30 days, a year 365. */
const spanWords: readonly (readonly [RegExp, number])[] = [
  [/^(?:m|min|mins|minutes?|мин|минут[аыу]?)$/, 60_000],
  [/^(?:h|hours?|ч|час|часа|часов)$/, 3_600_000],
  [/^(?:d|days?|д|день|дня|дней)$/, dayMs],
  [/^(?:w|weeks?|недел[яюиь]|недель)$/, 7 * dayMs],
  [/^(?:months?|месяц|месяца|месяцев)$/, 30 * dayMs],
  [/^(?:y|years?|год|года|лет)$/, 365 * dayMs],
]

/** ms of a span as agents write it: "2d", "2 days 5 hours", "неделю", "3 месяца". `undefined` when it is none. */
export function parseSpan(text: string): number | undefined {
  const exact = parseDuration(text)
  if (exact !== undefined) return exact
  const words = text
    .trim()
    .toLowerCase()
    .replace(/(\d)(?=\p{L})/gu, '$1 ')
    .replace(/^(?:for|на)\s+/u, '')
    .split(/[\s,]+|\s+(?:and|и)\s+/u, 12)
  let sum = 0
  let count: number | null = null
  for (const word of words) {
    if (/^\d{1,6}(?:[.,]\d{1,3})?$/.test(word) && count === null) {
      count = Number(word.replace(',', '.'))
      continue
    }
    const unit = spanWords.find(([pattern]) => pattern.test(word))?.[1]
    if (unit === undefined) return undefined
    sum += (count ?? 1) * unit
    count = null
  }
  return count === null && sum > 0 && Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : undefined
}

/** The shortest text that parseDuration reads back as `ms`. */
export function formatDuration(ms: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(ms))
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit])
    rest -= count * unitMs[unit]
    if (count > 0) parts.push(`${count}${unit}`)
  }
  return parts.join(' ') || '0s'
}

/** Bytes of "25MB" (decimal: kB MB GB), "200MiB" (binary: KiB MiB GiB), "512B" or a bare whole number. `undefined` when it is not a size. */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?(B|kB|MB|GB|KiB|MiB|GiB)?$/.exec(value.trim())
  if (!match) return undefined
  // The pattern admits only keys of unitBytes, or no unit at all.
  const bytes = Math.round(Number(match[1]) * unitBytes[(match[2] ?? 'B') as keyof typeof unitBytes])
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A size for people, in the largest decimal unit that keeps it at 1 or above: "25MB", "1.5kB". */
export function formatSize(bytes: number): string {
  for (const unit of ['GB', 'MB', 'kB'] as const) {
    if (bytes >= unitBytes[unit]) return `${Number((bytes / unitBytes[unit]).toFixed(1))}${unit}`
  }
  return `${Math.round(bytes)}B`
}

/** "10/10m" is ten within ten minutes; "500/h" is five hundred within one hour. `undefined` when it is not a rate. */
export function parseRate(text: string): Rate | undefined {
  const slash = text.indexOf('/')
  const count = /^\d{1,9}$/.test(text.slice(0, Math.max(0, slash)).trim()) ? Number(text.slice(0, slash)) : undefined
  const span = text.slice(slash + 1).trim()
  const ms = parseDuration(/^[a-z]/.test(span) ? `1${span}` : span)
  return slash < 1 || count === undefined || ms === undefined || ms === 0 ? undefined : { count, ms }
}
