import { describe, expect, test } from 'vitest'
import { broken } from './broken.ts'
import { linesFor } from './checking.ts'
import { doubtful } from './doubtful.ts'
import { refused } from './refused.ts'

describe('broken rules and templates are answered with file, line, column and a remedy:', () => {
  test.each([...broken, ...refused, ...doubtful])('%s', async (_what, files, lines) => {
    expect(await linesFor(files)).toEqual(lines)
  })
})
