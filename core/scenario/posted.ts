// Scenario tests that come by the API: run one at a time in a process of their own, bounded in time and memory, with the configuration file
// as it stands. Nothing of theirs reaches the database, the network or the event loop of the gateway.
import { fork } from 'node:child_process'
import path from 'node:path'
import { moduleExtension } from '../base/module-extension.ts'
import { systemClock } from '../base/clock.ts'
import { PosternError } from '../base/errors.ts'
import type { ScenarioResult, ScenarioRunner } from '../edge/http/route.ts'
import type { FileResult } from './result.ts'

const program = path.join(import.meta.dirname, `posted-worker${moduleExtension}`)
/** Wall clock for all tests of one text, and MB of heap. */
const atMostMs = 60_000
const heapMb = 512

/** What the worker is told. */
export interface PostedScenario {
  readonly yaml: string
  readonly configFile: string
  readonly only?: string
}

/** `configFile`: path of the configuration that is tested. */
export function scenarioRunner(configFile: string): ScenarioRunner {
  let running = false
  return async (yaml, only, stopping) => {
    if (running) throw new PosternError('too_busy', 'other tests are running')
    running = true
    try {
      return await inProcess({ yaml, configFile, ...(only !== undefined && { only }) }, stopping)
    } finally {
      running = false
    }
  }
}

function inProcess(asked: PostedScenario, stopping: AbortSignal): Promise<ScenarioResult> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [], {
      execArgv: [`--max-old-space-size=${heapMb}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    })
    const end = (): void => {
      timer.cancel()
      stopping.removeEventListener('abort', stopped)
      child.removeAllListeners()
      child.on('error', () => undefined)
      child.kill('SIGKILL')
    }
    const fail = (error: PosternError): void => {
      end()
      reject(error)
    }
    const timer = systemClock.setTimer(atMostMs, () =>
      fail(new PosternError('invalid', `the tests took more than ${atMostMs / 1000} s and were ended`)),
    )
    const stopped = (): void => fail(new PosternError('stopping'))
    stopping.addEventListener('abort', stopped, { once: true })
    child.once('error', (error) => fail(new PosternError('internal', 'the tests could not be started', { cause: error })))
    child.once('exit', () =>
      fail(new PosternError('invalid', `the tests ended without a result; they may need more than ${heapMb} MB of memory`)),
    )
    child.once('message', (result: FileResult) => {
      end()
      resolve({
        problems: result.problems,
        tests: result.tests.map(({ name, steps, failures, ms }) => ({ name, steps, failures, ms: Math.round(ms) })),
      })
    })
    child.send(asked)
  })
}
