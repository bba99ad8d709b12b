import { expect, test } from 'vitest'
import { localeProblems } from '../../core/plugin.ts'
import { notifyMessages } from '../../plugins/notify/texts.ts'

test('notifications say everything in both languages', () => {
  expect(localeProblems(notifyMessages)).toEqual([])
})
