// The Date header as an instant, read without the platform's guesses (RFC 5322 §3.3, §4.3).

/** ms UTC, or null where no date can be read. Two-digit years, missing seconds, zone names and ISO dates are understood; no zone means UTC. */
export function parseMailDate(value: string): number | null {
  const text = value.slice(0, 200).replace(/\([^)]*\)/g, ' ')
  const iso = /\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/.exec(text)
  if (iso)
    return instant(
      Number(iso[1]),
      Number(iso[2]) - 1,
      Number(iso[3]),
      iso.slice(4, 7).map(Number),
      zoneOf(text.slice(iso.index + iso[0].length)),
    )
  const day = /\b(\d{1,2})[ -]+([A-Za-z]{3})[a-z]*[ ,.-]+(\d{2,4})\b/.exec(text)
  const named = day ? null : /\b([A-Za-z]{3}) +(\d{1,2})\b.*?\b((?:19|20)\d\d)\b/.exec(text)
  const month = months.indexOf((day?.[2] ?? named?.[1] ?? '').toLowerCase())
  const year = Number(day?.[3] ?? named?.[3])
  if (month < 0) return null
  const time = /\b(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?/.exec(text.slice(day ? day.index + day[0].length : 0))
  const rest = time ? text.slice((day ? day.index + day[0].length : 0) + time.index + time[0].length) : ''
  return instant(
    year < 50 ? 2000 + year : year < 1000 ? 1900 + year : year,
    month,
    Number(day?.[1] ?? named?.[2]),
    (time?.slice(1) ?? []).map(Number),
    zoneOf(rest),
  )
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const zones: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  MSK: 180,
  MSD: 240,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  BST: 60,
  JST: 540,
}

function instant(year: number, month: number, day: number, time: readonly number[], zoneMinutes: number): number | null {
  const [hour = 0, minute = 0, second = 0] = time.map((n) => (Number.isNaN(n) ? 0 : n))
  if (day < 1 || day > 31 || month > 11 || hour > 24 || minute > 59 || second > 60 || year > 9999) return null
  const ms = Date.UTC(year, month, day, hour, minute, second) - zoneMinutes * 60_000
  return Number.isFinite(ms) ? ms : null
}

function zoneOf(text: string): number {
  const offset = /([+-])(\d\d):?(\d\d)\b/.exec(text)
  if (offset) return (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]))
  return zones[/\b([A-Z]{3,4})\b/.exec(text)?.[1] ?? ''] ?? 0
}
