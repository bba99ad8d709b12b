// A file or a folder that somebody is writing is not read yet: half of it may be valid.
import { readdirSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/clock.ts'

/** A file has settled once it has not changed for so long, ms. */
const settledMs = 500
/** What keeps changing is not waited for any longer, ms. */
const patienceMs = 30_000

/** Resolves with true once the file has not changed for half a second (at once where it is older), with false where it keeps changing for 30 s. One that cannot be looked at counts as settled: reading it says why. */
export async function settled(file: string, clock: Clock): Promise<boolean> {
  const until = clock.monotonic() + patienceMs
  let before = stampOf(file)
  // Only a look at the time of its change can be spared, and only where its clock is ours: a time to come says nothing.
  let wait = before === undefined ? 0 : settledMs - (clock.now() - before.changed)
  if (before !== undefined && wait > settledMs) wait = settledMs
  while (wait > 0) {
    if (clock.monotonic() >= until) return false
    await sleep(clock, wait)
    const now = stampOf(file)
    if (now?.stamp === before?.stamp) return true
    before = now
    wait = settledMs
  }
  return true
}

/** The same as one look, without waiting. */
export function hasSettled(file: string, clock: Clock): boolean {
  const now = stampOf(file)
  return now === undefined || clock.now() - now.changed >= settledMs || now.changed - clock.now() > settledMs
}

/** Of a folder, all that is in it counts. */
function stampOf(file: string): { readonly stamp: string; readonly changed: number } | undefined {
  try {
    const stat = statSync(file)
    if (!stat.isDirectory()) return stampOfOne(stat)
    const all = [
      stat,
      ...readdirSync(file, { recursive: true, encoding: 'utf8' }).map((name) => statSync(path.join(file, name), { throwIfNoEntry: false })),
    ].map((one) => (one ? stampOfOne(one) : { stamp: 'gone', changed: 0 }))
    return { stamp: all.map((one) => one.stamp).join('\n'), changed: all.reduce((latest, one) => Math.max(latest, one.changed), 0) }
  } catch {
    return undefined
  }
}

function stampOfOne({ ino, size, mtimeMs, ctimeMs }: Stats): { readonly stamp: string; readonly changed: number } {
  return { stamp: `${ino} ${size} ${mtimeMs} ${ctimeMs}`, changed: Math.max(mtimeMs, ctimeMs) }
}
