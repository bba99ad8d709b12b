// A file that somebody is writing is not read yet: half of it may be valid.
import { statSync } from 'node:fs'
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

function stampOf(file: string): { readonly stamp: string; readonly changed: number } | undefined {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return { stamp: `${ino} ${size} ${mtimeMs} ${ctimeMs}`, changed: Math.max(mtimeMs, ctimeMs) }
  } catch {
    return undefined
  }
}
