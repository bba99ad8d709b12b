// One of the processes of processes.ts: a file in, its results out, until the parent hangs up.
import { on } from 'node:events'
import { systemClock } from '../base/clock.ts'
import { runScenarioFiles } from './run.ts'

const hungUp = new AbortController()
process.once('disconnect', () => hungUp.abort())

async function* files(): AsyncGenerator<string> {
  try {
    for await (const [file] of on(process, 'message', { signal: hungUp.signal })) yield String(file)
  } catch (error) {
    if (!hungUp.signal.aborted) throw error
  }
}

for await (const result of runScenarioFiles(files(), () => systemClock.monotonic(), process.argv[2])) process.send?.(result)
