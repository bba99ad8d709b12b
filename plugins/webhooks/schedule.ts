// When a delivery is tried again, and when it is given up.

const [second, minute, hour] = [1000, 60_000, 3_600_000]
/** Pauses before each attempt, the first included: 75.6 hours in all. */
const pauses = [0, 5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]

/** Attempts of a delivery before it is a dead letter. */
export const attemptsAtMost = pauses.length

/**
 * ms until the next attempt after so many have failed, or null: given up. Jitter of a fifth; `random` in [0, 1). What the receiver asked for
 * (`retryAfter`, ms) is kept within once and twice the pause of the schedule.
 */
export function pauseAfter(failed: number, random: number, retryAfter: number | null): number | null {
  const base = pauses[failed]
  if (base === undefined) return null
  if (retryAfter !== null) return Math.min(Math.max(retryAfter, base), 2 * base)
  return Math.round(base * (0.8 + 0.4 * random))
}

/** Retry-After (RFC 9110 §10.2.3) in ms from `now`; null where it says nothing useful. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * second
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
