import { expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { compileSchema } from '../../core/base/schema.ts'
import { schedulerEvents } from '../../plugins/scheduler/events.ts'
import { schedulerNotices } from '../../plugins/scheduler/notices.ts'
import { schedulerMessages } from '../../plugins/scheduler/texts.ts'

test('everything that people read is there in English and Russian', () => {
  expect(localeProblems(schedulerMessages)).toEqual([])
})

test('the example of every event fits its schema', () => {
  for (const [name, { data, example }] of Object.entries(schedulerEvents)) expect(compileSchema(data).issues(example), name).toEqual([])
})

test('every button has a label in both languages', () => {
  for (const action of ['keep', 'cancel', 'postpone', 'postpone_hour', 'postpone_week']) for (const locale of ['en', 'ru'] as const) expect(schedulerNotices.reopen_fired?.label(action, locale)).not.toBe(action)
})
