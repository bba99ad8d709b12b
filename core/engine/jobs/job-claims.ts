// Claims jobs so that one that kills its process takes no other with it.
//
// A job under which a process died (its lease ran out) may have been the cause. Such a job is begun only while no other of its kind runs,
// and what counts against it from then on is a death with it in hand (`beginJob`): so none is parked for the fault of another. One that the
// next such death would park is begun only by a process that has been up for a while: where somebody kills one process after the other, it
// waits, and is not blamed; where it is the cause, the process was sound until it began.
import type { Clock } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import { claimJobs, unclaimJobs } from '../../store/jobs.ts'
import type { JobRow } from '../../store/tables.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'

/** What claiming works with. */
export interface JobClaimsOptions {
  readonly parts: EngineServices
  readonly clock: Clock
  /** ms for which a claim holds. */
  readonly leaseMs: number
  /** There may be more to claim of a kind now. */
  readonly lookAgain: (kind: string) => void
}

/** How a claim of one kind differs from the usual. */
export interface ClaimHow {
  readonly which?: 'on-time' | 'overdue'
  /** Awaited before a suspected job of this kind is begun; what was claimed is given back meanwhile and claimed again. Undefined: nothing to await. */
  readonly before?: (() => Promise<unknown>) | undefined
}

/** ms for which a process has been up before it begins a job that its death would park. */
const soundAfterMs = 10_000

/** The claims of one process. */
export class JobClaims {
  readonly #options: JobClaimsOptions
  /**
   * Kinds whose last claim brought no job under which a process died. Of the others one job is claimed at a time. Forgotten at each sweep,
   * which may bring such jobs back.
   */
  readonly #unsuspected = new Set<string>()
  readonly #upSince: number

  constructor(options: JobClaimsOptions) {
    this.#options = options
    this.#upSince = options.clock.monotonic()
  }

  /** After a sweep: jobs that others died of may be back. */
  suspectAll(): void {
    this.#unsuspected.clear()
  }

  /** How many of a kind may run beside each other: all that there is room for, or one. */
  room(kind: string, most: number, running: number): number {
    return this.#unsuspected.has(kind) ? most - running : running === 0 ? 1 : 0
  }

  /** Whether jobs of this kind may be claimed ahead of their turn. */
  isUnsuspected(kind: string): boolean {
    return this.#unsuspected.has(kind)
  }

  /** Claims what may begin now, at most `most`; a job that must run alone and came with others is given back with them, and claimed again in its turn. */
  async claim(kind: string, most: number, { which, before }: ClaimHow = {}): Promise<readonly JobRow[]> {
    const { parts, clock, leaseMs, lookAgain } = this.#options
    const unlessLast = clock.monotonic() - this.#upSince < soundAfterMs
    const jobs = await claimJobs(parts.database, clock, [kind], most, leaseMs, { which, unlessLast })
    const alone = !this.#unsuspected.has(kind)
    if (!jobs.some((job) => job.lost > 0)) {
      if (alone && jobs.length > 0) {
        this.#unsuspected.add(kind)
        lookAgain(kind)
      }
      return jobs
    }
    this.#unsuspected.delete(kind)
    if (alone && before === undefined) return jobs
    await this.giveBack(jobs)
    await before?.()
    lookAgain(kind)
    return []
  }

  /** Gives claimed jobs back as they were; never rejects. */
  async giveBack(jobs: readonly JobRow[]): Promise<void> {
    const { parts } = this.#options
    try {
      await unclaimJobs(parts.database.write, jobs)
    } catch (error) {
      // Their leases will run out, and the sweep gives them back.
      parts.log.warn({ jobs: jobs.length, error: describeError(error) }, 'claimed jobs could not be given back yet')
    }
  }
}
