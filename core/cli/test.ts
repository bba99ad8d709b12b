// `postern test FILE...`: scenario tests of a configuration.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { shownAs } from '../base/config/problems.ts'
import { escapeHtml } from '../base/escape.ts'
import { plainLine } from '../base/escape.ts'
import { answer, exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { runInProcesses } from '../scenario/processes.ts'
import { runScenarioFiles } from '../scenario/run.ts'
import type { FileResult } from '../scenario/result.ts'

/** Which scenario tests run, and where their results are written besides the terminal. */
export interface TestOptions {
  /** A file for the results in JUnit's form. */
  readonly junit?: string
  /** Only tests whose name holds this. */
  readonly only?: string
}

/** Runs the files in order; exit code 1 where a test fails, 78 where a file or its config is wrong. */
export async function runTests(files: readonly string[], options: TestOptions, terminal: Terminal): Promise<number> {
  const results: FileResult[] = []
  const began = systemClock.monotonic()
  const processes = Math.min(availableParallelism(), files.length)
  const run =
    processes > 1
      ? runInProcesses(files.map(shownAs), processes, options.only)
      : runScenarioFiles(files.map(shownAs), () => systemClock.monotonic(), options.only)
  for await (const result of run) {
    results.push(result)
    if (!terminal.json) report(result, terminal)
  }
  const tests = results.flatMap((r) => r.tests)
  const failed = tests.filter((t) => t.failures.length > 0)
  const wrong = results.filter((r) => r.problems.length > 0)
  const steps = tests.reduce((n, t) => n + t.steps, 0)
  if (options.junit !== undefined) writeFileSync(options.junit, junit(results))
  const seconds = (systemClock.monotonic() - began) / 1000
  // Without reading and checking the configurations, which takes the same time for one step as for a thousand.
  const perSecond = Math.round((steps * processes) / Math.max(0.001, tests.reduce((ms, t) => ms + t.ms, 0) / 1000))
  answer(terminal, { ok: failed.length === 0 && wrong.length === 0, files: results, steps, seconds, stepsPerSecond: perSecond }, () => [
    `${tests.length - failed.length} of ${tests.length} tests hold, ${steps} steps in ${seconds.toFixed(1)} s (${perSecond} steps/s)${wrong.length > 0 ? `; ${wrong.length} file${wrong.length > 1 ? 's' : ''} could not be run` : ''}`,
  ])
  return wrong.length > 0 ? exit.config : failed.length > 0 ? exit.failed : exit.ok
}

function report({ file, problems, tests }: FileResult, terminal: Terminal): void {
  for (const problem of problems) terminal.complain(plainLine(problem))
  if (tests.length === 0) return
  const failed = tests.filter((t) => t.failures.length > 0)
  terminal.print(`${failed.length === 0 ? 'ok' : 'FAILED'}  ${file}  (${tests.length} tests)`)
  for (const test of failed) {
    terminal.print(`  ${test.name}`)
    for (const failure of test.failures) terminal.print(`    ${plainLine(failure)}`)
  }
}

const xml = (text: string): string => escapeHtml(text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ' '))

/** The form that CI systems read. */
function junit(results: readonly FileResult[]): string {
  const suites = results.map(({ file, problems, tests }) => {
    const cases = [
      ...problems.map(
        (problem) => `    <testcase classname="${xml(file)}" name="the file can be run"><error message="${xml(problem)}"/></testcase>`,
      ),
      ...tests.map(
        (t) =>
          `    <testcase classname="${xml(file)}" name="${xml(t.name)}" time="${(t.ms / 1000).toFixed(3)}"${t.failures.length === 0 ? '/>' : `><failure message="${xml(t.failures[0] ?? '')}">${xml(t.failures.join('\n'))}</failure></testcase>`}`,
      ),
    ]
    return `  <testsuite name="${xml(file)}" tests="${cases.length}" failures="${tests.filter((t) => t.failures.length > 0).length}" errors="${problems.length}">\n${cases.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`
}
