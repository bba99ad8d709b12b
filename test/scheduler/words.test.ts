import { expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { compileSchema } from '../../core/base/schema.ts'
import { presetProblems } from '../../plugins/scheduler/presets.ts'
import { schedulerConfig } from '../../plugins/scheduler/settings.ts'
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
  for (const action of ['keep', 'cancel', 'postpone', 'postpone_hour', 'postpone_week'])
    for (const locale of ['en', 'ru'] as const) expect(schedulerNotices.reopen_fired?.label(action, locale)).not.toBe(action)
})

test('ready-made times that nobody understands, or that lead back, are mistakes of the config at their place', () => {
  const sound = compileSchema(schedulerConfig).check({ presets: ['2 days', 'monday 9:00', 'вечером'], offer: ['1 неделя'] })
  const wrong = compileSchema(schedulerConfig).check({ presets: ['1 hour', 'soon', '-1 day'], offer: ['yesterday'] })
  if (!sound.ok || !wrong.ok) throw new Error('the settings do not fit their schema')
  expect(presetProblems(sound.value)).toEqual([])
  expect(presetProblems(wrong.value).map((p) => p.path)).toEqual([
    ['presets', 1],
    ['presets', 2],
    ['offer', 0],
  ])
})
