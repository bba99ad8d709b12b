// Takes accepted mails in, as many at once as there are places, and claims a few ahead of them.
import type { Clock, Timer } from '../../base/clock.ts'
import { intakeJob } from '../../store/inbound.ts'
import { caseNumbers } from '../../store/case-list.ts'
import type { JobRow } from '../../store/tables.ts'
import type { JobClaims } from '../jobs/job-claims.ts'
import type { JobExecution, JobWork } from '../jobs/job-execution.ts'
import { renewing } from '../jobs/renewal.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import { parkInbound, takeIn } from './intake.ts'
import type { AfterIntake } from './intake.ts'
import type { ParsePool } from './parse-pool.ts'

/** Mails claimed before there is a place for them, for each place: a claim is a commit of its own, and this way one serves several mails. */
const claimedAhead = 4

/** What taking in works with. */
export interface IntakeRunnerOptions {
  readonly parts: EngineServices
  readonly clock: Clock
  readonly pool: ParsePool
  readonly afterIntake: AfterIntake
  readonly claims: JobClaims
  readonly execution: JobExecution
  readonly leaseMs: number
  /** Mails taken in at once. */
  readonly places: number
  /** There may be more to claim now. */
  readonly lookAgain: () => void
}

/** The mails that this process takes in. */
export class IntakeRunner {
  readonly #options: IntakeRunnerOptions
  readonly #work: JobWork
  /** Claimed mails that wait for a place, oldest first. */
  readonly #ahead: { readonly job: JobRow; readonly renewal: Timer }[] = []
  /** The thread that reads mails is up, or coming up. */
  #reader: Promise<unknown> | undefined
  #stopped = false

  constructor(options: IntakeRunnerOptions) {
    this.#options = options
    const { parts, clock, pool, afterIntake } = options
    this.#work = {
      kind: intakeJob,
      attempts: () => parts.registry().config.intake.attempts,
      async run(job, lastTry) {
        const taken = await takeIn(parts, clock, pool, job, lastTry, afterIntake)
        parts.counters.inc('postern_intake_total', { outcome: taken.outcome.split(':', 1)[0] ?? '' })
        const { outcome, caseId } = taken
        const number = taken.number ?? (caseId === null ? undefined : (await caseNumbers(parts.database.read, [caseId])).get(caseId))
        parts.log.info({ inbound: job.key.slice(intakeJob.length + 1), outcome, case: caseId, number }, 'mail taken in')
      },
      parked: (job, error) => parkInbound(parts, clock, job, error),
    }
  }

  /** Claims what there is room for, and begins it where there is a place. */
  async claim(): Promise<void> {
    const { parts, clock, claims, execution, leaseMs, places } = this.#options
    if (this.#ahead.length > places) return
    const running = execution.running(intakeJob)
    const several = claims.isUnsuspected(intakeJob)
    if (!several && running + this.#ahead.length > 0) return
    const most = several ? places - running + places * claimedAhead - this.#ahead.length : 1
    const jobs = await claims.claim(intakeJob, most, {
      // The reader's start takes long, and a process killed meanwhile was not killed by the mail.
      before: this.#reader ? undefined : () => (this.#reader = this.#options.pool.read(Buffer.from('Subject: warm\r\n\r\n'))),
    })
    for (const job of jobs) this.#ahead.push({ job, renewal: renewing(parts, clock, job, leaseMs) })
    this.#advance()
  }

  /** Gives back what was claimed and has not begun. */
  async stop(): Promise<void> {
    this.#stopped = true
    const ahead = this.#ahead.splice(0)
    for (const { renewal } of ahead) renewal.cancel()
    await this.#options.claims.giveBack(ahead.map(({ job }) => job))
  }

  #advance(): void {
    const { execution, places, lookAgain } = this.#options
    while (!this.#stopped && execution.running(intakeJob) < places) {
      const next = this.#ahead.shift()
      if (!next) return
      next.renewal.cancel()
      execution.begin(this.#work, [next.job], () => {
        this.#advance()
        lookAgain()
      })
    }
  }
}
