// Moves raw mail out of the database (or back into it) as the configuration says, and removes objects that nobody needs.
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import type { Counters } from '../base/counters.ts'
import { describeError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { claimTick, settleCron } from '../store/crons.ts'
import type { Database } from '../store/database.ts'
import { emptyStorage, moveBack, moveOut, removeObjects } from '../store/move-blobs.ts'

/** Of several nodes one moves in so many ms; objects that nobody needs are removed at each look. */
const everyMs = 600_000
const name = 'core.blobs'

/** What moving works with. */
export interface BlobMoverOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly blobs: Config['blobs']
}

/** The job that moves. Where the storage is down it waits and tells; accepting mail asks for none of it. */
export class BlobMover {
  readonly #options: BlobMoverOptions
  #looking: Promise<void> | undefined
  #after = ''
  #stopped = false

  constructor(options: BlobMoverOptions) {
    this.#options = options
  }

  /** Does what is due; call it as often as you like. Never rejects. */
  look(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)))
  }

  /** Moves nothing more; resolves when the mail in hand has been moved or left. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#looking
  }

  async #look(): Promise<void> {
    const { database, counters, log } = this.#options
    const { storage } = database
    if (!storage) return
    try {
      await removeObjects(database, storage, () => counters.inc('postern_blobs_removed_total'))
      if (await this.#isDue()) await this.#move()
    } catch (error) {
      counters.inc('postern_blob_storage_failures_total')
      log.error(
        { place: storage.place, error: describeError(error) },
        'raw mail could not be moved; it stays where it is, and the next look tries again',
      )
    }
  }

  async #isDue(): Promise<boolean> {
    const { database, clock } = this.#options
    const now = clock.now()
    const due = await settleCron(database, name, now, () => now)
    return due <= now && (await claimTick(database.write, name, due, now + everyMs))
  }

  async #move(): Promise<void> {
    const { database, clock, counters, log, blobs } = this.#options
    const { storage } = database
    if (!storage) return
    const empty = await emptyStorage(database, storage)
    if (empty !== null) {
      counters.inc('postern_blob_storage_failures_total')
      log.error({ place: storage.place }, empty)
      return
    }
    let moved = 0
    const count = (): void => {
      moved += 1
      counters.inc('postern_blobs_moved_total', { direction: blobs.move })
    }
    const going = (): boolean => !this.#stopped
    if (blobs.move === 'back') await moveBack(database, storage, clock, { count, going })
    else if (blobs.older_than !== null)
      this.#after = await moveOut(database, storage, clock, {
        ...{ largerThan: blobs.larger_than, before: clock.now() - blobs.older_than, after: this.#after },
        ...{ count, going },
      })
    if (moved > 0) log.info({ moved, direction: blobs.move, place: storage.place }, 'raw mail was moved')
  }
}
