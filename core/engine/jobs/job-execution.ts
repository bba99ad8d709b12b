// Runs claimed jobs: renews their leases meanwhile, and what fails is tried again later, or parked.
import type { Clock } from '../../base/clock.ts'
import { sleep, systemClock } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import { beginJob, putBackJob, returnJob } from '../../store/jobs.ts'
import { storeFault } from '../../store/store-fault.ts'
import type { StoreFault } from '../../store/store-fault.ts'
import type { JobRow } from '../../store/tables.ts'
import { ReadLater } from '../intake/arrival.ts'
import { Fenced } from '../intake/fenced.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import { renewing } from './renewal.ts'

/** How jobs of one kind are done. */
export interface JobWork {
  readonly kind: string
  /** Tries before one is parked. */
  readonly attempts: () => number
  /** ms before the next try after `attempt` failures; default: `backoff`. */
  readonly retryIn?: ((attempt: number) => number) | undefined
  /** Does it and ends the job in the transaction of its effects. Throws `Fenced` where somebody else holds the job now. */
  run(job: JobRow, lastTry: boolean, signal: AbortSignal): Promise<void>
  /** The last try failed, and the job is parked. */
  parked?(job: JobRow, error: unknown): Promise<void>
}

/** What running a job works with; `leaseMs` is renewed while it runs. */
export interface JobExecutionOptions {
  readonly parts: EngineServices
  readonly clock: Clock
  readonly leaseMs: number
  /** Called when a transaction may have left something to send. */
  readonly onCommitted: () => void
}

/** Everything that this process does right now. */
export class JobExecution {
  readonly #options: JobExecutionOptions
  readonly #running = new Map<string, number>()
  readonly #work = new Set<Promise<void>>()
  readonly #abort = new AbortController()

  constructor(options: JobExecutionOptions) {
    this.#options = options
  }

  /** How many of a kind run. */
  running(kind: string): number {
    return this.#running.get(kind) ?? 0
  }

  /** Whether nothing runs. */
  get isIdle(): boolean {
    return this.#work.size === 0
  }

  /** Resolves when one of those that run has ended. */
  async oneEnded(): Promise<void> {
    await Promise.race(this.#work)
  }

  /** Begins claimed jobs; `ended` is called after each. */
  begin(work: JobWork, jobs: readonly JobRow[], ended: () => void): void {
    for (const job of jobs) {
      this.#running.set(work.kind, this.running(work.kind) + 1)
      const doing: Promise<void> = this.#do(work, job).finally(() => {
        this.#work.delete(doing)
        this.#running.set(work.kind, Math.max(0, this.running(work.kind) - 1))
        ended()
      })
      this.#work.add(doing)
    }
  }

  /** Signals those that run to break off, and waits for them. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.allSettled(this.#work)
  }

  async #do(work: JobWork, job: JobRow): Promise<void> {
    const { parts, clock, leaseMs, onCommitted } = this.#options
    const renewal = renewing(parts, clock, job, leaseMs)
    const lastTry = job.attempts >= work.attempts()
    try {
      // Others died while it was claimed: from here on it is to blame for a death.
      if (job.lost > 0 && !(await beginJob(parts.database.write, job))) return
      await work.run(job, lastTry, this.#abort.signal)
      onCommitted()
    } catch (error) {
      if (error instanceof Fenced || this.#abort.signal.aborted) return
      await this.#failed(work, job, error, lastTry)
    } finally {
      renewal.cancel()
    }
  }

  async #failed(work: JobWork, job: JobRow, error: unknown, lastTry: boolean): Promise<void> {
    const { parts, clock } = this.#options
    const fault = storeFault(error)
    if (fault) return this.#putBack(job, error, fault)
    const text = describeError(error)
    parts.counters.inc('postern_job_failures_total', { kind: job.kind })
    parts.log.warn({ kind: job.kind, job: job.id, attempt: job.attempts, error: text, parked: lastTry }, 'a job failed')
    try {
      const wait = error instanceof ReadLater ? error.waitMs : (work.retryIn?.(job.attempts) ?? backoff(job.attempts))
      const mine = await returnJob(parts.database.write, job, lastTry ? { parked: true } : { runAt: clock.now() + wait }, text)
      if (mine && lastTry) await work.parked?.(job, error)
    } catch (again) {
      // The lease will run out and the sweep gives the job back.
      parts.log.error({ job: job.id, error: describeError(again) }, 'a failed job could not be put back yet')
    }
  }

  /** The database could not do it: that is no try of the job, however often it happens. Held, with its lease, until it can be put back. */
  async #putBack(job: JobRow, error: unknown, fault: StoreFault): Promise<void> {
    const { parts, clock } = this.#options
    const text = describeError(error)
    parts.counters.inc('postern_job_store_faults_total', { kind: job.kind, fault })
    parts.log.warn(
      { kind: job.kind, job: job.id, error: text, fault },
      'the database could not do a job, which is tried again and counts as no try',
    )
    const wait = fault === 'contention' ? 0 : storeWaitMs
    while (!this.#abort.signal.aborted) {
      try {
        await putBackJob(parts.database.write, job, clock.now() + wait, text)
        return
      } catch {
        await sleep(systemClock, storeWaitMs, this.#abort.signal)
      }
    }
  }
}

/** ms before the next try where the database is away or full; under contention it follows at once. */
const storeWaitMs = 1000

/** 1 s, 5 s, 25 s, 2 min ... up to an hour, with a jitter of a fifth. */
function backoff(attempt: number): number {
  return Math.round(Math.min(3_600_000, 1000 * 5 ** Math.min(attempt - 1, 6)) * (0.8 + Math.random() * 0.4))
}
