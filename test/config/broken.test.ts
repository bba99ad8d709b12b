import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatProblem } from '../../core/base/config/problems.ts'
import { broken } from './broken.ts'
import { complaints, load } from './loading.ts'
import { runs } from '../support/runs.ts'

describe('a broken configuration is answered with file, line, column and a remedy:', () => {
  test.each(broken)('%s', (_what, yaml, lines) => {
    expect(complaints(yaml)).toEqual(lines.map((line) => (/^\d/.test(line) ? `postern.yaml:${line}` : line)))
  })
})

test('of very many mistakes the first hundred are shown and the others are counted', () => {
  const lines = complaints(Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n'))
  expect(lines).toHaveLength(101)
  expect(lines.at(-1)).toBe('postern.yaml: and 900 more problems') // ajv's list is cut at 1000
})

test('mappings with very many keys, and the same key over and over, take no quadratic time', () => {
  expect(complaints(Array.from({ length: 100_000 }, () => 'k: 1').join('\n')).length).toBe(101)
  expect(
    complaints(`mailboxes: {${Array.from({ length: 15_000 }, (_, i) => `m${i}: {address: m@example.com, notify: [x${i}]}`).join(', ')}}`)
      .length,
  ).toBe(101)
})

test('aliases that multiply are stopped', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(', ')}]`),
  ].join('\n')
  expect(complaints(bomb)).toEqual(['postern.yaml:1:34: a4[7]: is too large: aliases multiply it beyond 100000 values'])
})

test('deep nesting is an error, not an overflow', () => {
  expect(complaints('['.repeat(200_000))).toEqual(['postern.yaml: is nested too deeply'])
  expect(complaints(`plugins: ${'['.repeat(100)}${']'.repeat(100)}`)[0]).toContain('is nested too deeply')
})

test('more than 1 MB, and bytes that are no text, are refused', () => {
  expect(complaints(`# ${'x'.repeat(1_000_000)}`)).toEqual(['postern.yaml: is larger than 1 MB'])
  expect(complaints('name: a\0b')).toEqual(['postern.yaml: is not a text file: it holds a NUL byte'])
})

/** Pieces out of which a config could be made, so that random files get past the parser. */
const words = fc.constantFrom(
  'name',
  'mailboxes',
  'support',
  'address',
  'notify',
  'agents',
  'plugins',
  'desk',
  'listeners',
  'port',
  'outgoing',
  'auth',
  '${HOST}',
  '${X',
  '*a',
  '&a',
  '<<',
  '!t',
  '5d',
  'a@example.com',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '~',
  '1',
  '-1',
  '.inf',
  '0x1F',
  'true',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\n    ',
  '#',
  '|',
  '>',
  '%',
  '@',
  '\t',
  '\u2028',
  '\ufeff',
  '😀',
  '\ud800',
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(words, tie('any'), { maxKeys: 5 }),
  ),
})).any

test('no text whatever makes the loader throw, and every problem has its place in the text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    value.map((any) => JSON.stringify(any) ?? ''),
    fc
      .record(
        {
          mailboxes: value,
          agents: value,
          groups: value,
          plugins: value,
          listeners: value,
          outgoing: value,
          http: value,
          budget: value,
          database: value,
        },
        { requiredKeys: [] },
      )
      .map((any) => JSON.stringify(any)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const loaded = load(text)
      const found = loaded.ok ? loaded.warnings : loaded.problems
      if (!loaded.ok) expect(found.length).toBeGreaterThan(0)
      const lines = text.split(/\n/)
      for (const problem of found) {
        expect(formatProblem(problem)).toMatch(/^postern\.yaml(:\d+:\d+)?: /)
        expect(problem.message).not.toBe('')
        if (problem.line > 0) expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1)
      }
    }),
    { numRuns: runs(5000) },
  )
})
