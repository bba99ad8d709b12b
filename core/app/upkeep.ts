// Recurring work on the database itself: retention, the records of idempotent API calls, counts of automatic mail.
import type { Database } from '../store/database.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import { countedForMs, pruneAutomatic } from '../store/automatic.ts'
import { pruneCalls } from '../store/api-calls.ts'
import type { BlobMover } from '../engine/blob-mover.ts'
import { keepRetention } from '../engine/retention.ts'
import type { EndCase } from '../engine/retention.ts'

/** Once a minute: checkpoint, and forget what only counted for a day. */
export function maintain(
  database: Database,
  clock: Clock,
  log: Log,
  retention: () => Config['retention'],
  mover: BlobMover,
  endCase: EndCase,
): Timer {
  let timer: Timer
  const arm = (): void => {
    timer = clock.setTimer(60_000, () => {
      try {
        database.maintain()
      } catch (error) {
        log.warn({ error: describeError(error) }, 'checkpoint failed, trying again in a minute')
      }
      pruneAutomatic(database.write, clock.now() - countedForMs).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old counts could not be pruned'),
      )
      pruneCalls(database.write, clock.now() - 2 * 86_400_000).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old answers of the API could not be pruned'),
      )
      void mover.look()
      keepRetention(database, clock, retention(), endCase, log).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old mail could not be deleted; the next day tries again'),
      )
      arm()
    })
  }
  arm()
  return { cancel: () => timer.cancel() }
}
