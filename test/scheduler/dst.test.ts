// Around every change of the clocks, in many zones: what the calendar says equals a walk over minutes with Intl (SCH-3).
// POSTERN_TEST_ZONES=all takes every zone that the platform knows, under all its names, and ten years; the suite takes the odd ones and
// two and a half.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nextRun } from '../../core/engine/jobs/cron-runner.ts'
import { addSpan } from '../../plugins/scheduler/when/span.ts'
import { parseWhen } from '../../plugins/scheduler/when/when.ts'

const minute = 60_000
const day = 86_400_000
const all = process.env.POSTERN_TEST_ZONES === 'all'
const from = Date.UTC(all ? 2020 : 2025, 0, 1)
const to = Date.UTC(all ? 2030 : 2027, 6, 1)
/** By half an hour, at midnight, in Ramadan, by two hours, south, with standard time in summer, without any. */
const odd = [
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'America/Santiago',
  'Europe/Dublin',
  'Asia/Almaty',
  'Africa/Cairo',
  'Asia/Beirut',
  'Pacific/Chatham',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Gaza',
]
const zones = all ? everyZone() : odd

/** Those that the platform lists, and where the database of zones is installed also their other names. */
function everyZone(): readonly string[] {
  const database = '/usr/share/zoneinfo/tzdata.zi'
  const lines = existsSync(database)
    ? readFileSync(database, 'utf8')
        .split('\n')
        .map((line) => line.split(' '))
    : []
  const names = lines.flatMap(([kind, a = '', b = '']) => (kind === 'Z' ? [a] : kind === 'L' ? [b] : []))
  const known = (zone: string): boolean => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
    } catch {
      return false
    }
  }
  return [...new Set([...Intl.supportedValuesOf('timeZone'), ...names])].filter(known)
}

/** The wall clock in minutes since the epoch of a calendar without zones. */
function wallClock(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return (at) => {
    const [d = 0, mo = 0, y = 0, h = 0, m = 0] = format.format(at).split(/\D+/).map(Number)
    return Date.UTC(y, mo - 1, d, h, m) / minute
  }
}

/** Instants from which the offset is another one, by halving days. */
function transitions(zone: string): readonly number[] {
  const wall = wallClock(zone)
  const offset = (at: number): number => wall(at) - at / minute
  const out: number[] = []
  for (let at = from; at < to; at += day) {
    if (offset(at) === offset(at + day)) continue
    let [a, b] = [at, at + day]
    while (b - a > minute) {
      const middle = a + Math.floor((b - a) / 2 / minute) * minute
      if (offset(middle) === offset(a)) a = middle
      else b = middle
    }
    out.push(b)
  }
  return out
}

/** The first instant that shows this wall time; where none does, as much later as the clock was put forward. */
function walk(wall: (at: number) => number, wanted: number, near: number): number {
  const found = first(wall, wanted, near)
  if (found !== null) return found
  for (let back = 1; back <= 180; back++) {
    const before = first(wall, wanted - back, near)
    if (before !== null) return before + back * minute
  }
  throw new Error('no such time')
}

function first(wall: (at: number) => number, wanted: number, near: number): number | null {
  for (let at = near - 4 * 60 * minute; at <= near + 4 * 60 * minute; at += minute) if (wall(at) === wanted) return at
  return null
}

const hours = { morning: 540, noon: 720, afternoon: 840, evening: 1080 }

describe.each(zones)('%s', (zone) => {
  const wall = wallClock(zone)
  const changes = transitions(zone)

  test.skipIf(changes.length === 0)('times of the day, days ahead, days back and hours', () => {
    for (const change of changes) {
      const [before, after] = [wall(change - minute) + 1, wall(change)]
      // Around both edges and in the middle of the hour that is missing or comes twice.
      for (const wanted of [
        Math.min(before, after) - 1,
        Math.min(before, after),
        Math.floor((before + after) / 2),
        Math.max(before, after) - 1,
        Math.max(before, after),
      ]) {
        const expected = walk(wall, wanted, change)
        const text = new Date(wanted * minute).toISOString().slice(0, 16)
        const said = parseWhen(text, { now: change - 2 * day, zone, hours })
        expect(said.ok && said.at, `${text} around ${new Date(change).toISOString()}`).toBe(expected)
        // "2 days 5 hours" is the same wall time two days on, and five exact hours behind it.
        const start = walk(wall, wanted - 2 * 1440, change - 2 * day)
        if (wall(start) === wanted - 2 * 1440)
          expect(addSpan(start, { months: 0, days: 2, ms: 5 * 60 * minute }, zone)).toBe(expected + 5 * 60 * minute)
        const end = walk(wall, wanted + 1440, change + day)
        if (wall(end) === wanted + 1440) expect(addSpan(end, { months: 0, days: -1, ms: 0 }, zone)).toBe(expected)
      }
    }
  })

  test.skipIf(changes.length === 0)('recurring work: fixed times once a day, intervals by the minutes that pass', () => {
    const patterns = [
      { pattern: '30 2 * * *', minutes: [150], fixed: true },
      { pattern: '30 2,14 * * *', minutes: [150, 870], fixed: true },
      { pattern: '0 0 * * *', minutes: [0], fixed: true },
      { pattern: '15 1-3 * * *', minutes: [75, 135, 195], fixed: true },
      { pattern: '*/20 * * * *', minutes: Array.from({ length: 72 }, (_, i) => i * 20), fixed: false },
    ]
    for (const change of changes) {
      for (const { pattern, minutes, fixed } of patterns) {
        const begin = change - 30 * 60 * minute
        const end = change + 30 * 60 * minute
        const expected: number[] = []
        const seen = new Set<number>()
        let last = wall(begin)
        for (let at = begin + minute; at <= end; at += minute) {
          const now = wall(at)
          // A fixed time that the clocks were put forward over comes with the first minute behind it.
          if (fixed && now > last + 1)
            for (let gone = last + 1; gone < now; gone++)
              if (minutes.includes(((gone % 1440) + 1440) % 1440) && !seen.has(gone)) expected.push(at)
          if (minutes.includes(((now % 1440) + 1440) % 1440) && !(fixed && seen.has(now))) expected.push(at)
          seen.add(now)
          last = now
        }
        const got: number[] = []
        for (let at = begin; ;) {
          at = nextRun({ pattern, timezone: zone }, at)
          if (at > end) break
          got.push(at)
        }
        const times = (list: readonly number[]) =>
          [...new Set(list)]
            .sort((a, b) => a - b)
            .filter((t) => t <= end)
            .map((t) => new Date(t).toISOString())
        expect(times(got), `${pattern} around ${new Date(change).toISOString()}`).toEqual(times(expected))
      }
    }
  })
})
