// The Date header (RFC 5322 §3.3).
import { Temporal } from 'temporal-polyfill'

/** `Mon, 21 Sep 2026 12:00:00 +0300`; `zone` is an IANA name, UTC by default. RangeError for an unknown zone or a year outside 1900 to 9999. */
export function headerDate(dateMs: number, zone = 'UTC'): string {
  const at = Temporal.Instant.fromEpochMilliseconds(dateMs).toZonedDateTimeISO(zone)
  if (!(at.year >= 1900 && at.year <= 9999)) throw new RangeError('The date of a mail lies between the years 1900 and 9999')
  // Whole minutes east of UTC; the seconds of zones before 1972 are cut off, the header cannot hold them.
  const east = at.offset.slice(0, 6)
  const wall = new Date(dateMs + Math.trunc(at.offsetNanoseconds / 60e9) * 60_000)
  return wall.toUTCString().replace('GMT', east.replace(':', ''))
}
