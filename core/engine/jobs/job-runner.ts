// Runs due jobs: claims with a lease, does the work, ends the job in the transaction of its effects; tries again later, or parks it.
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError, PosternError } from '../../base/errors.ts'
import { claimJobs, dueKinds, finishJob, renewJob, returnJob, sweepJobs, unclaimJobs } from '../../store/jobs.ts'
import { fromJson } from '../../store/json.ts'
import { intakeJob } from '../../store/inbound.ts'
import type { JobRow } from '../../store/tables.ts'
import type { ClockWatch } from './clock-watch.ts'
import { callHook } from '../transaction/hook-call.ts'
import { Fenced, parkInbound, takeIn } from '../intake/intake.ts'
import type { AfterIntake } from '../intake/intake.ts'
import { Pace } from './pace.ts'
import type { ParsePool } from '../intake/parse-pool.ts'
import type { RegisteredJob } from '../registry.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineParts } from '../transaction/transaction-context.ts'

/** Without a wake-up the table is looked at this often. */
const pollMs = 1000
const sweepEveryMs = 30_000
/**
 * A process must have been up for so long (ms) before it tries a job under which others died twice: one that dies then has died of it,
 * where a process that is killed again and again would in the end be parking whatever it happened to do.
 */
const soundAfterMs = 5000
/** Mails claimed before there is a place for them, for each place: a claim is a commit of its own, and this way one serves several mails. */
const claimedAhead = 4

export interface JobRunnerOptions {
  readonly parts: EngineParts
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

export class JobRunner {
  readonly #o: JobRunnerOptions
  readonly #running = new Map<string, number>()
  readonly #work = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #again = false
  #sweptAt = 0
  /** Monotonic ms. */
  #soundAt = 0
  readonly #paces = new Map<string, Pace>()
  /**
   * Kinds whose last claim brought nothing that a process may have died of. Of the others one job is claimed at a time, and where it is
   * such a one it runs while no other of its kind does: so a process that dies again takes no other with it, and none is parked for the
   * fault of another. Forgotten at each sweep, which may bring such jobs back.
   */
  readonly #calm = new Set<string>()
  /** The thread that reads mails is up, or coming up. */
  #warm: Promise<unknown> | undefined
  /** Claimed mails that wait for a place, oldest first. */
  readonly #ahead: { readonly job: JobRow; readonly renewal: Timer }[] = []
  /** Look at every kind, not only at what commits of this process have left due. */
  #everything = true
  /** When that is due in any case, monotonic ms: other nodes, times that come, overdue jobs that wait for their pace. */
  #everythingAt = 0
  #stopped = false
  #held = false

  constructor(options: JobRunnerOptions) {
    this.#o = options
  }

  start(): void {
    // What was running when this database was last used has lost its holder only once its lease is over: sweep decides.
    this.#sweptAt = this.#o.clock.monotonic() - sweepEveryMs
    this.#soundAt = this.#o.clock.monotonic() + soundAfterMs
    this.wake()
  }

  /** Look at everything now: something may be due. Harmless at any time. */
  wake(): void {
    this.#everything = true
    this.nudge()
  }

  /** A commit of this process may have left something due: an accepted mail, or jobs of the kinds in `parts.dueKinds`. */
  nudge(): void {
    if (this.#stopped || this.#held) return
    if (this.#looking) {
      this.#again = true
      return
    }
    this.#timer?.cancel()
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      if (this.#stopped) return
      if (this.#again) {
        this.#again = false
        return this.nudge()
      }
      this.#timer = this.#o.clock.setTimer(Math.max(0, this.#everythingAt - this.#o.clock.monotonic()), () => this.wake())
    })
  }

  /** Holds or releases claiming (a reload, a benchmark); what runs goes on. */
  hold(held: boolean): void {
    this.#held = held
    if (!held) this.wake()
  }

  /** Resolves when nothing that was due is left to do; for tests and tools that have the clock in their hand. */
  async idle(): Promise<void> {
    for (;;) {
      await this.#looking
      if (this.#work.size > 0) await Promise.race(this.#work)
      else if (!this.#looking) {
        this.wake()
        await this.#looking
        if (this.#work.size === 0) return
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
    this.#abort.abort()
    await this.#unclaim(this.#ahead.splice(0))
    await Promise.allSettled(this.#work)
  }

  async #look(): Promise<void> {
    const { parts, clock, watch } = this.#o
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
      await this.#claimMails()
      const { jobs } = parts.registry()
      if (everything) due = await dueKinds(parts.database, clock, [...jobs.keys()])
      for (const [kind, job] of jobs) if (due.has(kind)) await this.#claim(kind, job.concurrency ?? 4, job.overduePerSecond)
    } catch (error) {
      parts.counters.inc('postern_job_poll_errors_total')
      parts.log.error({ error: describeError(error) }, 'jobs cannot be read, trying again')
    }
  }

  async #sweep(): Promise<void> {
    const { parts, clock } = this.#o
    this.#calm.clear()
    for (const job of await sweepJobs(parts.database, clock)) {
      parts.log.error({ kind: job.kind, job: job.id }, 'a job was parked: the process died each time it ran')
      if (job.kind === intakeJob) await parkInbound(parts, clock, job, 'the process died each time it took this mail in')
    }
  }

  async #claimMails(): Promise<void> {
    const { intakeWorkers } = this.#o
    if (this.#ahead.length > intakeWorkers) return
    const running = this.#running.get(intakeJob) ?? 0
    const calm = this.#calm.has(intakeJob)
    if (!calm && running + this.#ahead.length > 0) return
    const most = calm ? intakeWorkers - running + intakeWorkers * claimedAhead - this.#ahead.length : 1
    const jobs = await this.#claimSafe(intakeJob, most)
    this.#ahead.push(...jobs.map((job) => ({ job, renewal: this.#renewing(job) })))
    this.#advance()
  }

  #advance(): void {
    while (!this.#stopped && (this.#running.get(intakeJob) ?? 0) < this.#o.intakeWorkers) {
      const next = this.#ahead.shift()
      if (!next) return
      next.renewal.cancel()
      this.#begin(intakeJob, [next.job])
    }
  }

  async #unclaim(ahead: readonly { readonly job: JobRow; readonly renewal: Timer }[]): Promise<void> {
    for (const { renewal } of ahead) renewal.cancel()
    await this.#giveBack(ahead.map(({ job }) => job))
  }

  async #giveBack(jobs: readonly JobRow[]): Promise<void> {
    const { parts } = this.#o
    try {
      await unclaimJobs(parts.database.write, jobs)
    } catch (error) {
      // Their leases will run out, and the sweep gives them back.
      parts.log.warn({ jobs: jobs.length, error: describeError(error) }, 'claimed jobs could not be given back yet')
    }
  }

  async #claim(kind: string, most: number, overduePerSecond?: number): Promise<void> {
    const { clock } = this.#o
    const free = (): number => {
      const running = this.#running.get(kind) ?? 0
      return this.#calm.has(kind) ? most - running : running === 0 ? 1 : 0
    }
    if (overduePerSecond === undefined) return this.#begin(kind, await this.#claimSafe(kind, free()))
    this.#begin(kind, await this.#claimSafe(kind, free(), 'on-time'))
    const pace = this.#paces.get(kind) ?? new Pace(clock, overduePerSecond)
    this.#paces.set(kind, pace)
    const allowed = Math.min(free(), pace.free)
    const overdue = await this.#claimSafe(kind, allowed, 'overdue')
    pace.begin(overdue.length)
    this.#begin(kind, overdue, () => pace.end())
    if (overdue.length === allowed && free() > 0)
      this.#everythingAt = Math.min(this.#everythingAt, clock.monotonic() + Math.max(10, pace.fullIn))
  }

  /** Claims what may begin now; a job that must run alone and came with others is given back with them, and claimed again in its turn. */
  async #claimSafe(kind: string, most: number, which?: 'on-time' | 'overdue'): Promise<readonly JobRow[]> {
    const { parts, clock, leaseMs } = this.#o
    const jobs = await claimJobs(parts.database, clock, [kind], most, leaseMs, {
      which,
      withoutLastTries: clock.monotonic() < this.#soundAt,
    })
    const alone = !this.#calm.has(kind)
    if (!jobs.some((job) => job.lost > 0)) {
      if (alone && jobs.length > 0) {
        this.#calm.add(kind)
        this.#lookAgain(kind)
      }
      return jobs
    }
    this.#calm.delete(kind)
    // A mail only once the thread that reads it is up: its start takes long, and a process killed meanwhile was not killed by the mail.
    if (alone && (kind !== intakeJob || this.#warm)) return jobs
    await this.#giveBack(jobs)
    if (kind === intakeJob) await (this.#warm ??= this.#o.pool.read(Buffer.from('Subject: warm\r\n\r\n')))
    this.#lookAgain(kind)
    return []
  }

  #lookAgain(kind: string): void {
    this.#o.parts.dueKinds.add(kind)
    this.nudge()
  }

  #begin(kind: string, jobs: readonly JobRow[], ended?: () => void): void {
    for (const job of jobs) {
      this.#running.set(kind, (this.#running.get(kind) ?? 0) + 1)
      const work: Promise<void> = this.#do(job).finally(() => {
        this.#work.delete(work)
        ended?.()
        this.#running.set(kind, (this.#running.get(kind) ?? 1) - 1)
        if (kind === intakeJob) this.#advance()
        this.#lookAgain(kind)
      })
      this.#work.add(work)
    }
  }

  async #do(job: JobRow): Promise<void> {
    const { parts, clock } = this.#o
    const renewal = this.#renewing(job)
    const definition = parts.registry().jobs.get(job.kind)
    const attempts = job.kind === intakeJob ? parts.registry().config.intake.attempts : (definition?.attempts ?? 25)
    const lastTry = job.attempts >= attempts
    try {
      if (job.kind === intakeJob) {
        const taken = await takeIn(parts, clock, this.#o.pool, job, lastTry, this.#o.afterIntake)
        parts.counters.inc('postern_intake_total', { outcome: taken.outcome.split(':', 1)[0] ?? '' })
        parts.log.info({ inbound: job.key.slice(intakeJob.length + 1), outcome: taken.outcome, case: taken.caseId }, 'mail taken in')
      } else if (definition) await this.#doPlugins(job, definition)
      this.#o.onCommitted()
    } catch (error) {
      if (error instanceof Fenced || this.#abort.signal.aborted) return
      await this.#failed(job, error, lastTry, definition)
    } finally {
      renewal.cancel()
    }
  }

  async #doPlugins(job: JobRow, definition: RegisteredJob): Promise<void> {
    const { parts, clock } = this.#o
    // The payload is what the plugin put there, read back.
    const payload = fromJson<never>(job.payload, 'jobs.payload')
    const result = definition.io ? await definition.io(payload, this.#abort.signal) : undefined
    if (this.#abort.signal.aborted) throw new PosternError('stopping')
    await inTransaction(parts, clock, { kind: 'system', id: definition.plugin, via: 'job' }, async (tx) => {
      // Locked before the work: of two that hold the job in turn only one gets past here.
      if (!(await finishJob(tx.db, job))) throw new Fenced()
      const more = await callHook(parts.hooks, definition.plugin, `job ${job.kind}`, () => definition.run(tx, payload, result))
      if (more) await tx.jobs.put(job.kind, job.key, more.againAt, payload)
    })
  }

  async #failed(job: JobRow, error: unknown, lastTry: boolean, definition: RegisteredJob | undefined): Promise<void> {
    const { parts, clock } = this.#o
    const text = describeError(error)
    parts.counters.inc('postern_job_failures_total', { kind: job.kind })
    parts.log.warn({ kind: job.kind, job: job.id, attempt: job.attempts, error: text, parked: lastTry }, 'a job failed')
    try {
      const wait = definition?.retryIn?.(job.attempts) ?? backoff(job.attempts)
      const mine = await returnJob(parts.database.write, job, lastTry ? { parked: true } : { runAt: clock.now() + wait }, text)
      if (mine && lastTry && job.kind === intakeJob) await parkInbound(parts, clock, job, error)
    } catch (again) {
      // The lease will run out and the sweep gives the job back.
      parts.log.error({ job: job.id, error: describeError(again) }, 'a failed job could not be put back yet')
    }
  }

  #renewing(job: JobRow): Timer {
    const { parts, clock, leaseMs } = this.#o
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
}

/** 1 s, 5 s, 25 s, 2 min ... up to an hour, with a jitter of a fifth. */
function backoff(attempt: number): number {
  return Math.round(Math.min(3_600_000, 1000 * 5 ** Math.min(attempt - 1, 6)) * (0.8 + Math.random() * 0.4))
}
