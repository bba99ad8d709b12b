// A closed case can be taken up again for as long as its mailbox says.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { eachGateway } from '../recipients/rig.ts'

const carl = 'Carl Customer <carl@customer.test>'
const to = 'support@example.test'
const config = (followUp: string) => `
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [anna], follow_up: ${followUp} }
`

eachGateway((start) => {
  const closed = async (followUp: string) => {
    const d = await start({ config: config(followUp) })
    await d.writes(carl, { subject: 'Printer', text: 'Broken', messageId: '<first@customer.test>' })
    await d.g.act('case.assign', '#1', { assignee: 'anna' })
    await d.g.act('reply.send', '#1', { text: 'Done' }, agent('anna'))
    await d.g.act('case.status', '#1', { status: 'closed' })
    return { d, answer: await d.sent() }
  }

  test('in time it opens again; later, whatever led to it, a new case goes on with its assignee, and all that comes goes there', async () => {
    const { d, answer } = await closed('{ within: 2d }')
    await d.g.advance('1d', 3_600_000)
    await d.replies(carl, answer, { text: 'in time' })
    expect(await d.look('#1')).toMatchObject({ status: 'open' })
    await d.g.act('case.status', '#1', { status: 'closed' })
    await d.g.advance('3d', 3_600_000)
    await d.replies(carl, answer, { text: 'by token' })
    expect(await d.look('#1')).toMatchObject({ status: 'closed' })
    const next = await d.look('#2')
    expect(next).toMatchObject({ status: 'open', assignee: 'anna', requester: { address: 'carl@customer.test' } })
    expect(next.links.map((l) => l.kind)).toEqual(['follows'])
    await d.g.mail({ from: carl, to, subject: 'Re: Printer', text: 'by foreign id', inReplyTo: '<first@customer.test>' })
    await d.g.mail({ from: carl, to, subject: 'Re: Printer [#1]', text: 'by number' })
    expect((await d.look('#2')).messages.map((m) => m.text.trim())).toEqual(['by token', 'by foreign id', 'by number'])
  })

  test('a note: it is kept in the closed case, which stays closed; reopen: it opens, however late', async () => {
    const { d, answer } = await closed('{ within: 2d, after: note }')
    await d.g.advance('3d', 3_600_000)
    await d.replies(carl, answer, { text: 'late' })
    const c = await d.look('#1')
    expect([c.status, c.messages.at(-1)?.text.trim(), c.notes.length]).toEqual(['closed', 'late', 1])
    expect(c.notes[0]?.text).toContain('carl@customer.test has written after this case had been closed')
    const other = await closed('{ within: 2d, after: reopen }')
    await other.d.g.advance('3d', 3_600_000)
    await other.d.replies(carl, other.answer, { text: 'late' })
    expect((await other.d.look('#1')).status).toBe('open')
  })
})
