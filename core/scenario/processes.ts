// Scenario files in as many processes as there are cores: each takes the next file when it is done with one.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { moduleExtension } from '../base/module-extension.ts'
import type { FileResult } from './result.ts'

const program = path.join(import.meta.dirname, `file-worker${moduleExtension}`)

/** They live for seconds: a tenth faster where garbage is seldom collected. */
const youngHeap = ['--min-semi-space-size=32']

/** The results in the order of the files. `only`: tests with these words in their name. Never rejects for what a file holds. */
export async function* runInProcesses(files: readonly string[], processes: number, only?: string): AsyncGenerator<FileResult> {
  const waiting = files.map(() => Promise.withResolvers<FileResult>())
  let next = 0
  const work = async (): Promise<void> => {
    const child = fork(program, only === undefined ? [] : [only], {
      execArgv: youngHeap,
      stdio: ['ignore', 2, 2, 'ipc'],
      serialization: 'advanced',
    })
    const ended = once(child, 'exit').then(
      () => null,
      () => null,
    )
    for (let i = next++; i < files.length; i = next++) {
      const file = files[i] ?? ''
      if (child.connected) child.send(file)
      const answer = await Promise.race([once(child, 'message').catch(() => null), ended])
      if (answer === null) {
        waiting[i]?.resolve({ file, problems: [`${file}: the process that ran it ended without a result`], tests: [] })
        return work()
      }
      waiting[i]?.resolve(answer[0] as FileResult) // what scenario-file-worker.ts sends
    }
    if (child.connected) child.disconnect()
    await ended
  }
  const all = Promise.all(Array.from({ length: processes }, work))
  for (const { promise } of waiting) yield await promise
  await all
}
