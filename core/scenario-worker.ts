// The process that runs scenario tests for posted-scenarios.ts: one question, one answer.
import { systemClock } from './base/clock.ts'
import type { PostedScenario } from './posted-scenarios.ts'
import { runScenarioText } from './scenario/run.ts'

process.once('message', ({ yaml, configFile, only }: PostedScenario) => {
  void runScenarioText(yaml, configFile, () => systemClock.monotonic(), only).then((result) => process.send?.(result))
})
