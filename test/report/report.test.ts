// The numbers of a span, told apart in each way, with the cases behind them; business hours; the weekly mail.
import { expect, test } from 'vitest'
import { businessHours } from '../../core/base/business-hours.ts'
import { localeProblems } from '../../core/base/locale.ts'
import { client, tokenFor } from '../api/client.ts'
import { eachGateway } from '../support/each-gateway.ts'
import { agent } from '../support/gateway.ts'
import { reportMessages } from '../../plugins/report/texts.ts'

test.each([
  // Mon to Fri 09:00-17:00 in Berlin, closed on 2 October.
  ['within a day', '2026-09-21T08:00Z', '2026-09-21T09:30Z', 90],
  ['over a night', '2026-09-21T14:00Z', '2026-09-22T08:00Z', 120],
  ['over a weekend', '2026-09-25T14:30Z', '2026-09-28T07:10Z', 40],
  ['a holiday is closed', '2026-10-01T14:00Z', '2026-10-05T08:00Z', 120],
  ['the clocks are put back between', '2026-10-23T14:00Z', '2026-10-26T09:00Z', 120],
  ['all of it in the night', '2026-09-21T20:00Z', '2026-09-22T04:00Z', 0],
  ['backwards there is nothing', '2026-09-22T10:00Z', '2026-09-21T10:00Z', 0],
])('business hours between two instants: %s', (_, from, to, minutes) => {
  const day = '09:00-17:00'
  const week = { mon: day, tue: day, wed: day, thu: ['09:00-12:00', '12:00-17:00'], fri: day }
  const hours = businessHours({ ...week, timezone: 'Europe/Berlin', holidays: ['10-02'] }, 'UTC')
  expect(hours.between(Date.parse(from), Date.parse(to)) / 60_000).toBe(minutes)
})

test('its texts are the same in both languages', () => {
  expect(localeProblems(reportMessages)).toEqual([])
})

eachGateway((open) => {
  test('counts what happened, with the cases behind each number, as JSON, as CSV and by mail', async () => {
    const g = await open({
      start: '2026-09-21T08:00:00Z',
      plugins: [
        'desk',
        'threading',
        { report: { weekly: ['anna', 'boris'], hours: { mon: '09:00-17:00', tue: '09:00-17:00', wed: '09:00-17:00' } } },
      ],
    })
    // Monday 08:00, an hour before they open; answered at 10:00: an hour.
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'One', text: 'x' })
    await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Two', text: 'x' })
    await g.act('case.tags', '#1', { add: ['=vip'] })
    await g.advance('2h')
    await g.act('reply.send', '#1', { text: 'Hello', status: 'closed' }, agent('anna'))
    await g.act('reply.send', '#1', { text: 'Once more' }, agent('boris'))
    await g.act('case.status', '#1', { status: 'closed' })
    await g.advance('24h', 3_600_000)
    // Tuesday 10:00, answered after seven hours on Monday and one on Tuesday.
    await g.act('case.status', '#1', { status: 'open' })
    await g.act('reply.send', '#2', { text: 'Hi' }, agent('boris'))
    await g.mail({ from: 'eve@customer.test', to: 'support@example.test', subject: 'Three', text: 'x' })
    const call = client(g, await tokenFor(g, { access: 'read' }))
    const span = 'from=2026-09-21&to=2026-09-22'
    const { body, status } = await call('GET', `/v1/reports?${span}`)
    expect(status).toBe(200)
    expect(body.total).toEqual({
      key: null,
      new: 3,
      answered: 2,
      first_answer: { p50: 3600, p90: 9 * 3600, count: 2 },
      reopened: 1,
      cases: { new: [1, 2, 3], answered: [1, 2], first_answer: [1, 2], reopened: [1] },
    })
    const rows = async (by: string) =>
      (
        (await call('GET', `/v1/reports?${span}&by=${by}`)).body.data as readonly {
          key: string | null
          cases: Readonly<Record<'new' | 'answered' | 'reopened', readonly number[]>>
        }[]
      ).map((r) => [r.key, r.cases.new, r.cases.answered, r.cases.reopened])
    expect(await rows('mailbox')).toEqual([
      ['sales', [2], [2], []],
      ['support', [1, 3], [1], [1]],
    ])
    expect(await rows('agent')).toEqual([
      ['anna', [], [1], []],
      ['boris', [], [1, 2], []],
      [null, [1, 2, 3], [], [1]],
    ])
    expect(await rows('tag')).toEqual([
      ['=vip', [1], [1], [1]],
      [null, [2, 3], [2], []],
    ])
    expect(await rows('day')).toEqual([
      ['2026-09-21', [1, 2], [1], []],
      ['2026-09-22', [3], [2], [1]],
    ])
    const csv = await call('GET', `/v1/reports?${span}&by=tag&format=csv`)
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(String(csv.body).split('\r\n')).toEqual([
      'key,new,answered,first_answer_p50_seconds,first_answer_p90_seconds,first_answers,reopened,new_cases,answered_cases,first_answer_cases,reopened_cases',
      "'=vip,1,1,3600,3600,1,1,1,1,1,1",
      ',2,1,32400,32400,1,0,2 3,2,2,',
      'total,3,2,3600,32400,2,1,1 2 3,1 2,1 2,1',
      '',
    ])
    const bound = client(g, await tokenFor(g, { access: 'read', mailboxes: ['sales'] }))
    expect((await bound('GET', `/v1/reports?${span}`)).body.total.cases.new).toEqual([2])
    for (const wrong of [
      'from=21.09.2026',
      'from=2026-09-22&to=2026-09-21',
      'from=2020-01-01&to=2026-01-01',
      'by=weather',
      'to=2026-02-30',
    ])
      expect([wrong, (await call('GET', `/v1/reports?${wrong}`)).status]).toEqual([wrong, 422])
    g.clear()
    await g.advance('5d', 3_600_000)
    await g.advance('22h', 3_600_000)
    const mails = await g.sent()
    expect(mails.map((m) => m.rcpts)).toEqual([['anna@agents.test'], ['boris@agents.test']])
    expect(mails[0]?.mail.subject).toBe('test: the week from 2026-09-21 to 2026-09-27')
    expect(mails[0]?.mail.text).toContain(
      'New cases: 3 (before: 0)\nAnswered: 2 (before: 0)\nFirst answer: half within 1 hour, nine of ten within 9 hours',
    )
    expect(mails[1]?.mail.text).toContain('Открытые снова: #1')
  }, 60_000)
})
