// The floor under the store: no mail is begun that could fill the disk (REL-6).
import { statfsSync } from 'node:fs'
import type { Clock } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'

/** Whether there is room for more mail. */
export interface FreeSpace {
  /** Less is free than the floor: MAIL FROM is answered 452 4.3.1. */
  low(): boolean
}

/** For databases that do not live on this machine. */
export const unwatchedSpace: FreeSpace = { low: () => false }

/** Which disk is watched, and how much of it has to stay free. */
export interface FreeSpaceOptions {
  /** Where the database lies. */
  readonly folder: string
  /** Octets that must stay free: max(1.5 x the biggest mail, 200 MiB) by default config. */
  readonly floorBytes: number
  readonly clock: Clock
  readonly log: Log
  /** Free octets for unprivileged users under `folder`; statfs(2) by default. */
  readonly measure?: (folder: string) => number
}

/** A measurement is good for a second: statfs of a local disk takes microseconds, but not for each mail. */
const freshMs = 1000

/** Measures when asked, once a second at most, and logs each change. Where it cannot measure it says that there is room. */
export function watchFreeSpace(options: FreeSpaceOptions): FreeSpace {
  const measure = options.measure ?? freeBytes
  let measuredAt = -Infinity
  let low = false
  return {
    low() {
      const now = options.clock.monotonic()
      if (now - measuredAt < freshMs) return low
      measuredAt = now
      const was = low
      try {
        const free = measure(options.folder)
        low = free < options.floorBytes
        if (low !== was)
          options.log[low ? 'error' : 'info'](
            { freeBytes: free, floorBytes: options.floorBytes },
            low ? 'too little free space; refusing mail for now' : 'free space is back; accepting mail again',
          )
      } catch (error) {
        // Not knowing is no reason to refuse: the commit itself will say if the disk is gone.
        options.log.warn({ reason: describeError(error) }, 'free space cannot be measured')
        low = false
      }
      return low
    },
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
