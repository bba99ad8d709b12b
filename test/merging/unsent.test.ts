// What has not left yet when two cases become one, and what comes for the source afterwards: answers that wait, reopens, bounces, receipts.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { SentMail } from '../support/gateway.ts'
import { eachGateway, found } from '../recipients/rig.ts'
import type { Desk } from '../recipients/rig.ts'

const plugins = [
  'desk',
  'threading',
  'agent-reply',
  'recipients',
  'bounces',
  { rules: { receipts: [] } },
  { scheduler: { downtime: '3650d' } },
  'merging',
  'links',
  'notify',
] as const
const files = {
  'rules/a.yaml': `
rules:
  - { name: first, on: case.created, if: { subject: first }, do: [{ receipt: receipt }] }
`,
  'templates/receipt.yaml': 'text: "Received"',
}
const carl = 'Carl Customer <carl@customer.test>'
const anna = agent('anna')

const outside = async (d: Desk) =>
  (await d.g.sent()).filter((m) => !m.rcpts.some((r) => r.endsWith('@agents.test'))).map((m) => [m.rcpts, m.mail.text?.trim()])
/** What the other side's server says of a mail that it could not deliver. */
const bounceOf = (sent: SentMail): string => `From: MAILER-DAEMON@mx.test
To: ${sent.from}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <dsn@mx.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

The mail could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; carl@customer.test
Action: failed
Status: 5.1.1

--r
Content-Type: text/rfc822-headers

Message-ID: ${sent.mail.messageId ?? ''}
Subject: Re: first

--r--
`
const merge = (d: Desk, from: string, into: string, args: object = {}) => d.g.act('case.merge', from, { into, ...args }, agent('boris'))

eachGateway((start) => {
  test('planned and held answers and reopens of both go on in the target; a planned one older than what has come is a note', async () => {
    const d = await start({ plugins, files })
    for (const [i, ref] of ['#1', '#2'].entries()) {
      await d.writes(carl, { subject: `Help ${ref}` })
      await d.g.act('reply.send', ref, { text: `held in ${ref}`, hold: 'test' }, anna)
      await d.g.act('reply.defer', ref, { text: `planned in ${ref}`, in: '5 hours' }, anna)
      await d.g.act('reopen.plan', ref, { in: `${i + 6} hours`, note: `again ${ref}` }, anna)
      await d.g.advance('1m')
    }
    await merge(d, '#1', '#2')
    d.g.clear()
    const states = async () => (await d.look('#2')).messages.filter((m) => m.author === 'agent').map((m) => [m.text.trim(), m.state])
    expect(await states()).toEqual([
      ['held in #1', 'held'],
      ['planned in #1', 'cancelled'],
      ['held in #2', 'held'],
      ['planned in #2', 'deferred'],
    ])
    await d.g.advance('8h', 3_600_000)
    expect(await outside(d)).toEqual([[['carl@customer.test'], 'planned in #2']])
    const texts = (await d.look('#2')).notes.map((n) => n.text)
    for (const words of ['planned in #1', 'again #1', 'again #2']) expect(texts.some((t) => t.includes(words))).toBe(true)
    const held = found(
      (await d.look('#2')).messages.find((m) => m.text.includes('held in #1')),
      'a held answer',
    )
    await d.g.act('reply.release', '#2', { message: held.id }, anna)
  })

  test('a planned answer that a merge has made a note is planned again when it is taken back, unless it was overtaken or its time has passed', async () => {
    const d = await start({ plugins, files })
    for (const ref of ['#1', '#2', '#3']) {
      await d.writes(carl, { subject: `Help ${ref}` })
      await d.g.act('reply.defer', ref, { text: `planned in ${ref}`, in: ref === '#3' ? '1 hour' : '5 hours' }, anna)
      await d.g.advance('1m')
    }
    await d.writes(carl, { subject: 'Newest' })
    for (const ref of ['#1', '#2', '#3']) await merge(d, ref, '#4')
    const stateOf = async (ref: string) => (await d.look(ref)).messages.find((m) => m.text.trim().startsWith('planned'))?.state
    expect((await d.look('#4')).messages.filter((m) => m.agent === 'anna').map((m) => m.state)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ])
    await d.g.act('case.unmerge', '#1', {}, anna)
    expect(await stateOf('#1')).toBe('deferred')
    expect((await d.look('#1')).notices.filter((n) => n.state === 'open').map((n) => n.kind)).toEqual(['deferred_planned'])
    // Its customer has written since, and the third one's hour has passed.
    await d.writes(carl, { subject: 'Re: Help #2 [#2]', text: 'More' })
    await d.g.advance('2h', 3_600_000)
    await d.g.act('case.unmerge', '#2', {}, anna)
    await d.g.act('case.unmerge', '#3', {}, anna)
    expect([await stateOf('#2'), await stateOf('#3')]).toEqual(['cancelled', 'cancelled'])
    d.g.clear()
    await d.g.advance('8h', 3_600_000)
    expect(await outside(d)).toEqual([[['carl@customer.test'], 'planned in #1']])
    expect((await d.look('#1')).notes.map((n) => n.text).join('\n')).toMatch(/planned for .* again/)
  })

  test('an answer that its writer split off for the writer of a reply is asked about when the two become one again', async () => {
    const d = await start({ plugins, files })
    await d.writes(carl, { cc: 'theo@third.test' })
    await d.g.act('reply.send', '#1', { text: 'Hello' }, anna)
    const answer = await d.sent()
    await d.g.advance('1h', 3_600_000)
    await d.replies(carl, answer, { text: 'For you alone' })
    await d.answers('anna', 'Between us\n\n@send tomorrow 9:00\n@split')
    await merge(d, '#2', '#1')
    d.g.clear()
    await d.g.advance('48h', 3_600_000)
    expect(await outside(d)).toEqual([])
    expect((await d.look('#1')).messages.at(-1)).toMatchObject({ text: 'Between us', state: 'held' })
    expect((await d.look('#1')).notices.filter((n) => n.state === 'open').map((n) => [n.kind, n.data.joined])).toEqual([
      ['recipients_changed', ['theo@third.test']],
    ])
  })

  test('a receipt of the source counts as sent; a bounce of its mail is told in the target', async () => {
    const d = await start({ plugins, files })
    const receipts = async () => (await d.g.sent()).filter((m) => m.mail.text?.startsWith('Received')).length
    await d.writes(carl, { subject: 'first' })
    await d.g.act('reply.send', '#1', { text: 'Try again' }, anna)
    const sent = await d.sent()
    for (const subject of ['second', 'third']) await d.writes(carl, { subject })
    expect(await receipts()).toBe(1)
    await merge(d, '#1', '#2')
    await d.g.act('receipt.send', '#2', { template: 'receipt' })
    expect(await receipts()).toBe(1)
    await d.g.act('receipt.send', '#3', { template: 'receipt' })
    expect(await receipts()).toBe(2)
    await d.g.mail({ from: '', mailFrom: '', to: sent.from, rcpt: [sent.from], raw: bounceOf(sent) })
    const c = await d.look('#2')
    expect(c.messages.find((m) => m.text.startsWith('Try again'))?.data.bounces).toMatchObject([{ permanent: true }])
    expect(c.notices.filter((n) => n.state === 'open').map((n) => n.kind)).toEqual(['delivery_failed'])
  })
})
