// Keeps the lease of a claimed job alive for as long as the job is held.
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { JobRow } from '../../store/tables.ts'
import { renewJob } from '../../store/jobs.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'

/** Renews five times a lease of `leaseMs`, until it is cancelled. A renewal that fails is tried again at its next turn. */
export function renewing(parts: EngineServices, clock: Clock, job: JobRow, leaseMs: number): Timer {
  let timer: Timer
  const arm = (): void => {
    timer = clock.setTimer(leaseMs / 5, () => {
      renewJob(parts.database, clock, job, leaseMs).catch((error: unknown) =>
        parts.log.warn({ job: job.id, error: describeError(error) }, 'a lease could not be renewed'),
      )
      arm()
    })
  }
  arm()
  return { cancel: () => timer.cancel() }
}
