import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runInProcesses } from '../../core/scenario/processes.ts'
import type { FileResult } from '../../core/scenario/result.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-processes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('scenario files run in several processes, are told in their order, and one that ends its process takes no other along', async () => {
  writeFileSync(
    path.join(folder, 'fatal.mjs'),
    `export default { name: 'fatal', description: 'Dies.', config: { type: 'object', properties: {} }, setup: () => ({ intake: async (tx, arrival) => { if (arrival.mail.subject === 'poison') process.exit(3); return { verdict: 'pass' } } }) }`,
  )
  writeFileSync(
    path.join(folder, 'postern.yaml'),
    `name: test\nmailboxes: { support: { address: support@example.test } }\nplugins: [desk, threading, ./fatal.mjs]\n`,
  )
  const names = ['one', 'two', 'poison', 'three', 'four', 'five']
  const files = names.map((subject) => path.join(folder, `${subject}.test.yaml`))
  for (const [i, subject] of names.entries()) {
    writeFileSync(
      files[i] ?? '',
      `config: ./postern.yaml\nstart: 2026-09-21 10:00\ntests:\n  - name: ${subject}\n    steps:\n      - mail: { from: c@customer.test, to: support, subject: ${subject}, text: words }\n        expect: { case: { status: ${subject === 'four' ? 'closed' : 'open'} } }\n`,
    )
  }
  const results: FileResult[] = []
  for await (const result of runInProcesses(files, 2)) results.push(result)
  expect(results.map((r) => path.basename(r.file, '.test.yaml'))).toEqual(names)
  expect(results.map((r) => r.problems.length)).toEqual([0, 0, 1, 0, 0, 0])
  expect(results.map((r) => r.tests.map((t) => t.failures.length))).toEqual([[0], [0], [], [0], [1], [0]])
})
