// A log that says nothing, apart from the one that writes: whoever says nothing need not load a library for it.
import type { Log } from './log.ts'

const nothing = (): void => {}

/** A log that says nothing, for tools and tests; its children say nothing too. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog }
