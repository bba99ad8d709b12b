// The Date header (RFC 5322 §3.3).
import { Temporal } from 'temporal-polyfill'

/** `Mon, 21 Sep 2026 12:00:00 +0300`; `zone` is an IANA name, UTC by default. RangeError for an unknown zone or a year outside 1900 to 9999. */
export function headerDate(dateMs: number, zone = 'UTC'): string {
  const { east, eastMs } = offsetAt(dateMs, zone)
  return new Date(dateMs + eastMs).toUTCString().replace('GMT', east)
}

interface Offset {
  readonly minute: number
  /** `+0300` */
  readonly east: string
  readonly eastMs: number
}

/** By zone, of the minute that was asked for last: clocks are changed at whole minutes, and mails of a minute are many. */
const last = new Map<string, Offset>()

function offsetAt(dateMs: number, zone: string): Offset {
  const minute = Math.floor(dateMs / 60_000)
  const before = last.get(zone)
  if (before?.minute === minute) return before
  const at = Temporal.Instant.fromEpochMilliseconds(dateMs).toZonedDateTimeISO(zone)
  if (!(at.year >= 1900 && at.year <= 9999)) throw new RangeError('The date of a mail lies between the years 1900 and 9999')
  // Whole minutes east of UTC; the seconds of zones before 1972 are cut off, the header cannot hold them.
  const offset = { minute, east: at.offset.slice(0, 6).replace(':', ''), eastMs: Math.trunc(at.offsetNanoseconds / 60e9) * 60_000 }
  last.set(zone, offset)
  return offset
}
