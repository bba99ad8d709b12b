import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addSpan } from '../../plugins/scheduler/when/span.ts'
import { parseWhen, splitWhen } from '../../plugins/scheduler/when/when.ts'
import type { WhenContext } from '../../plugins/scheduler/when/when.ts'
import { runs } from '../support/runs.ts'

const hours = { morning: 540, noon: 720, afternoon: 840, evening: 1080 }
/** A Monday, 12:00 in Moscow. */
const moscow: WhenContext = { now: Date.parse('2026-09-21T09:00:00Z'), zone: 'Europe/Moscow', hours }

const said = (text: string, context = moscow): string => {
  const when = parseWhen(text, context)
  return when.ok
    ? new Intl.DateTimeFormat('sv', { timeZone: context.zone, dateStyle: 'short', timeStyle: 'short' }).format(when.at)
    : when.reason
}

describe('a time is read', () => {
  test.for([
    ['2026-09-25T14:00+03:00', '2026-09-25 14:00'],
    ['friday 5 p.m.', '2026-09-25 17:00'],
    ['on Friday at 5 p. m.', '2026-09-25 17:00'],
    ['tomorrow 10 a.m', '2026-09-22 10:00'],
    ['tomorrow 5:30 p.m.', '2026-09-22 17:30'],
    ['через двадцать минут', '2026-09-21 12:20'],
    ['через двадцать пять минут', '2026-09-21 12:25'],
    ['in forty-five minutes', '2026-09-21 12:45'],
    ['в час дня', '2026-09-21 13:00'],
    ['завтра в час дня', '2026-09-22 13:00'],
    ['в час ночи', '2026-09-22 01:00'],
    ['на следующей неделе в среду', '2026-09-30 09:00'],
    ['в среду на следующей неделе в 15:00', '2026-09-30 15:00'],
    ['next week on Wednesday', '2026-09-30 09:00'],
    ['wednesday next week at 3 p.m.', '2026-09-30 15:00'],
    ['на этой неделе в пятницу', '2026-09-25 09:00'],
    ['после обеда', '2026-09-21 14:00'],
    ['завтра после обеда', '2026-09-22 14:00'],
    ['friday after lunch', '2026-09-25 14:00'],
    ['in a couple of hours', '2026-09-21 14:00'],
    ['через пару дней', '2026-09-23 12:00'],
    ['in an hour and a half', '2026-09-21 13:30'],
    ['через час с половиной', '2026-09-21 13:30'],
    ['two and a half hours', '2026-09-21 14:30'],
    ['через два с половиной часа', '2026-09-21 14:30'],
    ['минут через 20', '2026-09-21 12:20'],
    ['недели через две', '2026-10-05 12:00'],
    ['in a quarter of an hour', '2026-09-21 12:15'],
    ['через четверть часа', '2026-09-21 12:15'],
    ['3 days from now', '2026-09-24 12:00'],
    ['an hour later', '2026-09-21 13:00'],
    ['in a fortnight', '2026-10-05 12:00'],
    ['в два часа дня', '2026-09-21 14:00'],
    ['завтра в три часа дня', '2026-09-22 15:00'],
    ['в девятнадцать часов', '2026-09-21 19:00'],
    ['завтра в 10ч', '2026-09-22 10:00'],
    ["tomorrow at 5 o'clock", '2026-09-22 05:00'],
    ['завтра в девять тридцать', '2026-09-22 09:30'],
    ['at nine thirty pm', '2026-09-21 21:30'],
    ['tomorrow at half past nine', '2026-09-22 09:30'],
    ['quarter to eleven tomorrow', '2026-09-22 10:45'],
    ['завтра в половине десятого', '2026-09-22 09:30'],
    ['завтра в 10-30', '2026-09-22 10:30'],
    ['завтра 10-00', '2026-09-22 10:00'],
    ['in 10-12 days', 'unparsable'],
    ['по 10-12 сентября', 'unparsable'],
    ['к понедельнику', '2026-09-28 09:00'],
    ['до пятницы', '2026-09-25 09:00'],
    ['до 18:00', '2026-09-21 18:00'],
    ['до завтра', '2026-09-22 09:00'],
    ['до 25 сентября', '2026-09-25 09:00'],
    ['until friday noon', '2026-09-25 12:00'],
    ['till tomorrow', '2026-09-22 09:00'],
    ['к пятнице', '2026-09-25 09:00'],
    ['by friday', '2026-09-25 09:00'],
    ['by 5 p.m. tomorrow', '2026-09-22 17:00'],
    ['к вечеру', '2026-09-21 18:00'],
    ['завтра с утра', '2026-09-22 09:00'],
    ['завтра в обед', '2026-09-22 12:00'],
    ['friday at lunch', '2026-09-25 12:00'],
    ['tomorrow lunch', 'unparsable'],
    ['в ближайший вторник', '2026-09-22 09:00'],
    ['первого октября', '2026-10-01 09:00'],
    ['двадцать пятого сентября в десять', '2026-09-25 10:00'],
    ['first of October at 9 am', '2026-10-01 09:00'],
    ['завтра в 10 25', 'unparsable'],
    ['2026-09-25T11:00Z', '2026-09-25 14:00'],
    ['2026-09-25 14:00', '2026-09-25 14:00'],
    ['2026-09-25 14:00:00 +0300', '2026-09-25 14:00'],
    ['2026-09-25', '2026-09-25 09:00'],
    ['P2DT5H', '2026-09-23 17:00'],
    ['2d 5h', '2026-09-23 17:00'],
    ['2d5h', '2026-09-23 17:00'],
    ['2 days 5 hours', '2026-09-23 17:00'],
    ['in 2 days and 5 hours', '2026-09-23 17:00'],
    ['через 2 дня 5 часов', '2026-09-23 17:00'],
    ['Через два дня и пять часов', '2026-09-23 17:00'],
    ['2 days 3 days', '2026-09-26 12:00'],
    ['через час', '2026-09-21 13:00'],
    ['через полчаса', '2026-09-21 12:30'],
    ['полчаса', '2026-09-21 12:30'],
    ['half an hour', '2026-09-21 12:30'],
    ['через полтора часа', '2026-09-21 13:30'],
    ['1,5 часа', '2026-09-21 13:30'],
    ['1.5 hours', '2026-09-21 13:30'],
    ['90 минут', '2026-09-21 13:30'],
    ['через неделю', '2026-09-28 12:00'],
    ['in a week', '2026-09-28 12:00'],
    ['1 month', '2026-10-21 12:00'],
    ['полгода', 'unparsable'],
    ['in 2 days at 9:00', '2026-09-23 09:00'],
    ['через 2 дня в 9', '2026-09-23 09:00'],
    ['через неделю утром', '2026-09-28 09:00'],
    ['tomorrow 9:00', '2026-09-22 09:00'],
    ['tomorrow at 9', '2026-09-22 09:00'],
    ['tomorrow 9 pm', '2026-09-22 21:00'],
    ['tomorrow 9pm', '2026-09-22 21:00'],
    ['9:30 PM tomorrow', '2026-09-22 21:30'],
    ['tomorrow', '2026-09-22 09:00'],
    ['tomorrow evening', '2026-09-22 18:00'],
    ['tonight', '2026-09-21 18:00'],
    ['the day after tomorrow', '2026-09-23 09:00'],
    ['day after tomorrow in the evening', '2026-09-23 18:00'],
    ['in the evening', '2026-09-21 18:00'],
    ['завтра в 9', '2026-09-22 09:00'],
    ['Завтра, в 9:30', '2026-09-22 09:30'],
    ['завтра в 9.30', '2026-09-22 09:30'],
    ['завтра в 9 утра', '2026-09-22 09:00'],
    ['завтра в 3 часа дня', '2026-09-22 15:00'],
    ['завтра в 3 дня', '2026-09-22 15:00'],
    ['завтра в девять', '2026-09-22 09:00'],
    ['в 9 вечера', '2026-09-21 21:00'],
    ['в 10', '2026-09-22 10:00'],
    ['в 14 часов', '2026-09-21 14:00'],
    ['послезавтра утром', '2026-09-23 09:00'],
    ['в понедельник утром', '2026-09-28 09:00'],
    ['утром в понедельник', '2026-09-28 09:00'],
    ['в пятницу в 18:00', '2026-09-25 18:00'],
    ['on friday at 6 pm', '2026-09-25 18:00'],
    ['this friday 18:00', '2026-09-25 18:00'],
    ['next monday', '2026-09-28 09:00'],
    ['в следующий понедельник в 10', '2026-09-28 10:00'],
    ['25 september', '2026-09-25 09:00'],
    ['September 25 at 2 pm', '2026-09-25 14:00'],
    ['25th of September, 14:00', '2026-09-25 14:00'],
    ['25 сентября в 14:00', '2026-09-25 14:00'],
    ['25 сент. 14:00', '2026-09-25 14:00'],
    ['25 сентября 2027 года в 14:00', '2027-09-25 14:00'],
    ['1 september', '2027-09-01 09:00'],
    ['25.09.2026 14:00', '2026-09-25 14:00'],
    ['25.09 в 14:00', '2026-09-25 14:00'],
    ['15:30', '2026-09-21 15:30'],
    ['9:00', '2026-09-22 09:00'],
    ['-1 day', '2026-09-20 12:00'],
    ['−2 часа', '2026-09-21 10:00'],
    ['-1 день -2 часа', '2026-09-20 10:00'],
    ['-1 day +2 hours', '2026-09-20 14:00'],
    // Refused, because it can be read in two ways.
    ['-1 day 2 hours', 'ambiguous'],
    ['next week', 'ambiguous'],
    ['в час', 'ambiguous'],
    ['на следующей неделе', 'ambiguous'],
    ['на следующей неделе завтра', 'unparsable'],
    ['next friday', 'ambiguous'],
    ['в следующую пятницу', 'ambiguous'],
    ['monday 15:00', 'ambiguous'],
    ['10.09', 'ambiguous'],
    ['tomorrow at midnight', 'ambiguous'],
    ['завтра в 12 ночи', 'ambiguous'],
    ['12 am', 'ambiguous'],
    ['завтра ночью', 'ambiguous'],
    ['in 2 hours at 9:00', 'ambiguous'],
    // Refused, because it is no time.
    ['', 'unparsable'],
    ['now', 'unparsable'],
    ['сейчас', 'unparsable'],
    ['soon', 'unparsable'],
    ['today', 'unparsable'],
    ['9', 'unparsable'],
    ['tomorrow 9', 'unparsable'],
    ['завтра в', 'unparsable'],
    ['завтра через 2 часа', 'unparsable'],
    ['25:00', 'unparsable'],
    ['завтра в 25', 'unparsable'],
    ['31 февраля', 'unparsable'],
    ['2026-02-30', 'unparsable'],
    ['2026-09-25T25:00', 'unparsable'],
    ['9/10/2026', 'unparsable'],
    ['2 дня назад', 'unparsable'],
    ['5 м', 'unparsable'],
    ['через -2 дня', 'unparsable'],
    ['99999999 days', 'unparsable'],
    ['2 days call Carl', 'unparsable'],
    ['$(reboot) 2 days', 'unparsable'],
  ] as const)('%s', ([text, expected]) => {
    expect(said(text)).toBe(expected)
  })
})

test.for([
  ['2 дня 5 часов позвонить клиенту', '2026-09-23 17:00', 'позвонить клиенту'],
  ['завтра в 9: 5 коробок', '2026-09-22 09:00', '5 коробок'],
  ['завтра 9:00 — @boris, проверь', '2026-09-22 09:00', '@boris, проверь'],
  ['in 2 days and then ask again', '2026-09-23 12:00', 'and then ask again'],
  ['2d', '2026-09-23 12:00', ''],
  ['позвонить завтра', 'unparsable', 'позвонить завтра'],
] as const)('a text is split into its time and the rest: %s', ([text, at, rest]) => {
  const split = splitWhen(text, moscow)
  expect({
    at: split.when.ok ? said(new Date(split.when.at).toISOString().slice(0, 16) + 'Z') : split.when.reason,
    rest: split.rest,
  }).toEqual({ at, rest })
})

describe('around a change of the clocks', () => {
  const berlin = (now: string): WhenContext => ({ now: Date.parse(now), zone: 'Europe/Berlin', hours })
  const iso = (text: string, context: WhenContext) => {
    const when = parseWhen(text, context)
    return when.ok ? [new Date(when.at).toISOString().slice(0, 16), when.shifted] : when.reason
  }
  test.for([
    // Forward on 29 March 2026, 02:00 to 03:00; back on 25 October 2026, 03:00 to 02:00.
    ['2 days', '2026-03-28T11:00:00Z', ['2026-03-30T10:00', null]],
    ['48 hours', '2026-03-28T11:00:00Z', ['2026-03-30T11:00', null]],
    ['2 days 5 hours', '2026-03-27T22:00:00Z', ['2026-03-30T02:00', null]],
    ['1 day 5 hours', '2026-03-27T22:00:00Z', ['2026-03-29T03:00', null]],
    ['2 days 5 hours', '2026-10-23T21:00:00Z', ['2026-10-26T03:00', null]],
    ['tomorrow 2:30', '2026-03-28T11:00:00Z', ['2026-03-29T01:30', 'gap']],
    ['tomorrow 2:30', '2026-10-24T11:00:00Z', ['2026-10-25T00:30', 'overlap']],
    ['1 day', '2026-03-28T01:30:00Z', ['2026-03-29T01:30', null]],
    ['2026-10-25T02:30+01:00', '2026-10-24T11:00:00Z', ['2026-10-25T01:30', null]],
    ['9:00', '2026-03-29T06:00:00Z', ['2026-03-29T07:00', null]],
  ] as const)('%s said at %s', ([text, now, expected]) => {
    expect(iso(text, berlin(now))).toEqual(expected)
  })

  test('there and back is the same where no day is cut short', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -100_000, max: 100_000 }), (days, minutes) => {
        const at = Date.parse('2026-01-15T12:00:00Z')
        const there = addSpan(at, { months: 0, days, ms: 0 }, 'Europe/Berlin')
        expect(there).not.toBeNull()
        expect(addSpan(there ?? 0, { months: 0, days: -days, ms: 0 }, 'Europe/Berlin')).toBe(at)
        expect(addSpan(at, { months: 0, days: 0, ms: minutes * 60_000 }, 'Europe/Berlin')).toBe(at + minutes * 60_000)
      }),
      { numRuns: runs() },
    )
  })
})

test('no text takes long or throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc
          .array(
            fc.constantFrom(
              '2',
              'days',
              'в',
              'в 9',
              'завтра',
              '-',
              '+1',
              'час',
              'следующий',
              'понедельник',
              'pm',
              '25',
              'сентября',
              '1.5',
              '10.09',
              'at',
              'in',
              'половина',
              '9:00',
              'утра',
            ),
            { maxLength: 12 },
          )
          .map((w) => w.join(' ')),
      ),
      (text) => {
        const when = parseWhen(text, moscow)
        if (when.ok) expect(Number.isSafeInteger(when.at)).toBe(true)
        splitWhen(text, moscow)
      },
    ),
    { numRuns: runs(5000) },
  )
})

describe('the week begins where the language says', () => {
  // A Wednesday: the Sunday that comes next is of the next week in America, and of this one elsewhere.
  const wednesday = { ...moscow, now: Date.parse('2026-09-23T09:00:00Z') }
  test.for([
    ['next week on sunday', 7, '2026-09-27 09:00'],
    ['next week on sunday', 1, '2026-10-04 09:00'],
    ['на следующей неделе в воскресенье', 1, '2026-10-04 09:00'],
    ['this week on sunday', 1, '2026-09-27 09:00'],
    ['this week on sunday', 7, 'unparsable'],
    ['next sunday', 7, '2026-09-27 09:00'],
    ['next sunday', 1, 'ambiguous'],
  ] as const)('%s, first day %i', ([text, firstDay, time]) => {
    expect(said(text, { ...wednesday, firstDay })).toBe(time)
  })
})
