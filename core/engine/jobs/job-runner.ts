// Runs due jobs of plugins, and has accepted mails taken in: looks at what is due, claims it, gives back what the dead left.
import type { Clock } from '../../base/clock.ts'
import { describeError, PosternError } from '../../base/errors.ts'
import { PollLoop } from '../../base/poll-loop.ts'
import { intakeJob } from '../../store/inbound.ts'
import { dueKinds, finishJob, sweepJobs } from '../../store/jobs.ts'
import { fromJson } from '../../store/json.ts'
import type { JobRow } from '../../store/tables.ts'
import { Fenced } from '../intake/fenced.ts'
import { parkInbound } from '../intake/intake.ts'
import type { AfterIntake } from '../intake/intake.ts'
import { IntakeRunner } from '../intake/intake-runner.ts'
import type { ParsePool } from '../intake/parse-pool.ts'
import type { RegisteredJob } from '../registry.ts'
import { callHook } from '../transaction/hook-call.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import type { ClockWatch } from './clock-watch.ts'
import { JobClaims } from './job-claims.ts'
import { JobExecution } from './job-execution.ts'
import type { JobWork } from './job-execution.ts'
import { RateLimiter } from './rate-limiter.ts'

/** Without a wake-up the table is looked at this often. */
const pollMs = 1000
const sweepEveryMs = 30_000
/** Where a definition says nothing. */
const defaultAttempts = 25
const defaultConcurrency = 4

/** What the loop over due jobs works with. */
export interface JobRunnerOptions {
  readonly parts: EngineServices
  readonly clock: Clock
  readonly pool: ParsePool
  readonly afterIntake: AfterIntake
  readonly watch: ClockWatch
  /** ms for which a claim holds; a job that needs longer renews it, a node that dies loses it. */
  readonly leaseMs: number
  /** Mails taken in at once. */
  readonly intakeWorkers: number
  /** Called when a transaction may have left something to send. */
  readonly onCommitted: () => void
}

/** The jobs of this process. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #loop: PollLoop
  readonly #claims: JobClaims
  readonly #execution: JobExecution
  readonly #intake: IntakeRunner
  readonly #paces = new Map<string, RateLimiter>()
  #sweptAt = 0
  /** Look at every kind, not only at what commits of this process have left due. */
  #everything = true
  /** When that is due in any case, monotonic ms: other nodes, times that come, overdue jobs that wait for their pace. */
  #everythingAt = 0

  constructor(options: JobRunnerOptions) {
    this.#options = options
    const { parts, clock, leaseMs, pool, afterIntake, intakeWorkers, onCommitted } = options
    this.#loop = new PollLoop({ clock, look: () => this.#look(), pause: () => Math.max(0, this.#everythingAt - clock.monotonic()) })
    this.#claims = new JobClaims({ parts, clock, leaseMs, lookAgain: (kind) => this.#lookAgain(kind) })
    this.#execution = new JobExecution({ parts, clock, leaseMs, onCommitted })
    this.#intake = new IntakeRunner({
      ...{ parts, clock, pool, afterIntake, leaseMs, places: intakeWorkers, claims: this.#claims, execution: this.#execution },
      lookAgain: () => this.#lookAgain(intakeJob),
    })
  }

  start(): void {
    // What was running when this database was last used has lost its holder only once its lease is over: sweep decides.
    this.#sweptAt = this.#options.clock.monotonic() - sweepEveryMs
    this.wake()
  }

  /** Look at everything now: something may be due. Harmless at any time. */
  wake(): void {
    this.#everything = true
    this.nudge()
  }

  /** A commit of this process may have left something due: an accepted mail, or jobs of the kinds in `parts.dueKinds`. */
  nudge(): void {
    this.#loop.ask()
  }

  /** Holds or releases claiming (a reload, a benchmark); what runs goes on. */
  hold(held: boolean): void {
    this.#everything ||= !held
    this.#loop.hold(held)
  }

  /** Resolves when nothing that was due is left to do; for tests and tools that move the clock. */
  async idle(): Promise<void> {
    for (;;) {
      await this.#loop.looking
      if (!this.#execution.isIdle) await this.#execution.oneEnded()
      else if (!this.#loop.looking) {
        this.wake()
        await this.#loop.looking
        if (this.#execution.isIdle) return
      }
    }
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    await this.#intake.stop()
    await this.#execution.stop()
  }

  async #look(): Promise<boolean> {
    const { parts, clock, watch } = this.#options
    const everything = this.#everything || clock.monotonic() >= this.#everythingAt
    this.#everything = false
    if (everything) this.#everythingAt = clock.monotonic() + pollMs
    let due: ReadonlySet<string> = new Set(parts.dueKinds)
    parts.dueKinds.clear()
    try {
      await watch.check()
      if (clock.monotonic() - this.#sweptAt >= sweepEveryMs) {
        this.#sweptAt = clock.monotonic()
        await this.#sweep()
      }
      await this.#intake.claim()
      const { jobs } = parts.registry()
      if (everything) due = await dueKinds(parts.database, clock, [...jobs.keys()])
      for (const [kind, job] of jobs) if (due.has(kind)) await this.#claim(kind, job)
    } catch (error) {
      parts.counters.inc('postern_job_poll_errors_total')
      parts.log.error({ error: describeError(error) }, 'jobs cannot be read, trying again')
    }
    return true
  }

  async #sweep(): Promise<void> {
    const { parts, clock } = this.#options
    this.#claims.suspectAll()
    for (const job of await sweepJobs(parts.database, clock)) {
      parts.log.error({ kind: job.kind, job: job.id }, 'a job was parked: the process died each time it ran')
      if (job.kind === intakeJob) await parkInbound(parts, clock, job, 'the process died each time it took this mail in')
    }
  }

  async #claim(kind: string, job: RegisteredJob): Promise<void> {
    const { clock } = this.#options
    const { overduePerSecond, concurrency = defaultConcurrency } = job
    const room = (): number => this.#claims.room(kind, concurrency, this.#execution.running(kind))
    if (overduePerSecond === undefined) return this.#begin(job, await this.#claims.claim(kind, room()))
    this.#begin(job, await this.#claims.claim(kind, room(), { which: 'on-time' }))
    const known = this.#paces.get(kind)
    // A reload may have set another; of what was begun under the old one a second's worth is not counted.
    const pace = known?.perSecond === overduePerSecond ? known : new RateLimiter(clock, overduePerSecond)
    this.#paces.set(kind, pace)
    const allowed = Math.min(room(), pace.free)
    const overdue = await this.#claims.claim(kind, allowed, { which: 'overdue' })
    pace.begin(overdue.length)
    this.#begin(job, overdue, () => pace.end())
    if (overdue.length === allowed && room() > 0)
      this.#everythingAt = Math.min(this.#everythingAt, clock.monotonic() + Math.max(10, pace.fullIn))
  }

  #begin(definition: RegisteredJob, jobs: readonly JobRow[], ended?: () => void): void {
    for (const job of jobs)
      this.#execution.begin(this.#workOf(job.kind, definition), [job], () => {
        ended?.()
        this.#lookAgain(job.kind)
      })
  }

  #workOf(kind: string, definition: RegisteredJob): JobWork {
    const { attempts = defaultAttempts, retryIn } = definition
    return { kind, attempts: () => attempts, retryIn, run: (job, _lastTry, signal) => this.#run(job, definition, signal) }
  }

  #lookAgain(kind: string): void {
    this.#options.parts.dueKinds.add(kind)
    this.nudge()
  }

  async #run(job: JobRow, definition: RegisteredJob, signal: AbortSignal): Promise<void> {
    const { parts, clock } = this.#options
    // The payload is what the plugin put there, read back.
    const payload = fromJson<never>(job.payload, 'jobs.payload')
    const result = definition.io ? await definition.io(payload, signal) : undefined
    if (signal.aborted) throw new PosternError('stopping')
    await inTransaction(parts, clock, { kind: 'system', id: definition.plugin, via: 'job' }, async (tx) => {
      // Locked before the work: of two that hold the job in turn only one gets past here.
      if (!(await finishJob(tx.db, job))) throw new Fenced()
      const more = await callHook(parts.hooks, definition.plugin, `job ${job.kind}`, () => definition.run(tx, payload, result))
      if (more) await tx.jobs.put(job.kind, job.key, more.againAt, payload)
    })
  }
}
