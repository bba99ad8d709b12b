// One bound for all mail that is being received: the octets held by all sessions together.

export interface Memory {
  /** Counts `bytes` more (or, negative, fewer); false where that would pass the bound, and then nothing is counted. */
  take(bytes: number): boolean
  give(bytes: number): void
}

export function memoryOf(limitBytes: number): Memory {
  let held = 0
  return {
    take(bytes) {
      if (bytes > 0 && held + bytes > limitBytes) return false
      held += bytes
      return true
    },
    give(bytes) {
      held -= bytes
    },
  }
}

/** For mails of at most `maxSizeBytes`: 256 MiB, and never less than one of them needs. */
export const mailMemory = (maxSizeBytes: number): Memory => memoryOf(Math.max(256 * 1024 * 1024, 2 * maxSizeBytes))
