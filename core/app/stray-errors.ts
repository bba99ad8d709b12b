// Errors that nobody caught: those of a plugin are named and survived, after one of ours the process ends.
import { describeError } from '../base/errors.ts'
import type { Counters } from '../base/counters.ts'
import type { Log } from '../base/log.ts'
import { currentPlugin } from '../engine/transaction/hook-call.ts'

/** Who hears of them. */
export interface StrayErrors {
  readonly log: Log
  /** Counted here once there is something that counts: `postern_plugin_stray_errors_total` by plugin. */
  readonly counters: () => Counters | undefined
  /** Ends the process. */
  readonly end: () => void
}

/**
 * Listens for the life of the process. A plugin that throws in a timer of its own or leaves a promise rejected has harmed no transaction:
 * the store is only changed by those that the engine watches over. After an exception out of the program itself, nothing is certain.
 */
export function watchStrayErrors({ log, counters, end }: StrayErrors): void {
  const named = (plugin: string, error: unknown, what: string): void => {
    counters()?.inc('postern_plugin_stray_errors_total', { plugin })
    log.error({ plugin, error: describeError(error), stack: error instanceof Error ? error.stack : undefined }, what)
  }
  process.on('unhandledRejection', (error) => {
    const plugin = currentPlugin()
    if (plugin === undefined) log.error({ error: describeError(error) }, 'a promise was rejected and nobody listened')
    else named(plugin, error, 'a plugin left a promise rejected, and nobody listened')
  })
  process.on('uncaughtException', (error) => {
    const plugin = currentPlugin()
    if (plugin !== undefined && !passedThroughCore(error)) {
      named(plugin, error, 'a plugin threw where nobody catches; everything else goes on')
      return
    }
    log.error(
      { error: describeError(error), stack: error.stack },
      'an exception that nobody caught ends the process; what was accepted is in the database',
    )
    end()
  })
}

const coreFolder = new URL('../', import.meta.url).href

/** Whether something of the core was interrupted by it, and may have been left half done. */
function passedThroughCore(error: Error): boolean {
  return (error.stack ?? '').includes(coreFolder)
}
