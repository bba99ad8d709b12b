// The Date header (RFC 5322 §3.3) of an instant in a zone, from the instant alone.

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Mon, 21 Sep 2026 12:00:00 +0300`; `zone` is an IANA name, UTC by default. RangeError for an unknown zone or a year outside 1900 to 9999. */
export function headerDate(dateMs: number, zone = 'UTC'): string {
  const offset = offsetMinutes(dateMs, zone)
  const local = new Date(dateMs + offset * 60_000)
  const year = local.getUTCFullYear()
  if (!(year >= 1900 && year <= 9999)) throw new RangeError('The date of a mail lies between the years 1900 and 9999')
  const two = (n: number): string => String(n).padStart(2, '0')
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':')
  const distance = Math.abs(offset)
  const sign = offset < 0 ? '-' : '+'
  const day = `${days[local.getUTCDay()] ?? ''}, ${two(local.getUTCDate())} ${months[local.getUTCMonth()] ?? ''} ${year}`
  return `${day} ${clock} ${sign}${two(Math.floor(distance / 60))}${two(distance % 60)}`
}

/** Whole minutes east of UTC; the seconds of zones before 1972 are rounded away, the header cannot hold them. */
function offsetMinutes(dateMs: number, zone: string): number {
  if (zone === 'UTC') return 0
  const parts = formatOf(zone).formatToParts(dateMs)
  const name = parts.find((p) => p.type === 'timeZoneName')?.value ?? 'GMT'
  const m = /^GMT([+-])(\d\d):(\d\d)/.exec(name)
  if (!m) return 0
  return (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3]))
}

/** Making one takes half a millisecond, using it some microseconds; zones come from the config, so there are few. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' })
  formats.set(zone, format)
  return format
}
