// Ids are made in the application (UUIDv7, RFC 9562 §5.7), so that no database sequence is ever needed as an identity.
import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Makes ids; one is handed to everything that creates rows. */
export interface Ids {
  /** A UUIDv7: 36 characters, sorts by the ms in which it was made, 74 random bits. */
  next(): string
}

/**
 * Ids by this clock (UUIDv7, RFC 9562 §5.7): those of one instance sort in the order in which they were made, also where the clock goes
 * back.
 */
export function idsFrom(clock: Clock): Ids {
  let last = 0
  let counter = 0
  const random = randomPool()
  return {
    next() {
      const now = clock.now()
      // Ids of one ms of one process keep their order: 12 bits of counter behind the time (RFC 9562 §6.2, method 1).
      if (now > last) {
        last = now
        counter = random(2).readUInt16BE() & 0x7ff
      } else if (++counter > 0xfff) {
        last += 1
        counter = 0
      }
      const bytes = random(16)
      bytes.writeUIntBE(last, 0, 6)
      bytes.writeUInt16BE(0x7000 | counter, 6)
      bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
      const hex = bytes.toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    },
  }
}

/** Random octets, each given out once, drawn from the system by the thousand: one draw costs as much as 30 µs, and an accepted mail takes four ids. */
function randomPool(): (count: number) => Buffer {
  const pool = Buffer.allocUnsafe(4096)
  let used = pool.length
  return (count) => {
    if (used + count > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += count
    return pool.subarray(used - count, used)
  }
}
