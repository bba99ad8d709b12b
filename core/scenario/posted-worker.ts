// The process that runs scenario tests for posted.ts: one question, one answer.
import { systemClock } from '../base/clock.ts'
import type { PostedScenario } from './posted.ts'
import { runScenarioText } from './run.ts'

process.once('message', ({ yaml, configFile, only }: PostedScenario) => {
  void runScenarioText(yaml, configFile, () => systemClock.monotonic(), only).then((result) => process.send?.(result))
})
