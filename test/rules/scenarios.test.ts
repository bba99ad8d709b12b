import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { runScenarioFiles } from '../../core/scenario/run.ts'
import { editorSchemas } from './write-schemas.ts'

const root = path.join(import.meta.dirname, '..', '..')
const files = ['config', 'examples/cookbook', 'examples/people', 'examples/scenarios'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((f) => f.endsWith('.test.yaml'))
    .map((f) => `${folder}/${f}`),
)

describe('the shipped scenarios hold:', () => {
  test.each(files)('%s', { timeout: 180_000 }, async (file) => {
    for await (const { problems, tests } of runScenarioFiles([path.join(root, file)], () => systemClock.monotonic())) {
      expect(problems).toEqual([])
      expect(tests.flatMap((t) => t.failures)).toEqual([])
      expect(tests.length).toBeGreaterThan(0)
    }
  })
})

test('the schemas for editors are those that are checked with (node test/rules/write-schemas.ts writes them anew)', () => {
  for (const [file, text] of editorSchemas()) expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text))
})
