// The stories that the feature was made for, told in full: mails come in over SMTP, agents answer from their mail client and press links.
import { expect, test } from 'vitest'
import { client, eachGateway, manager } from './rig.ts'

eachGateway((start) => {
  test('the manager answers only to support: the customer never learns of it, and the agent writes with him in a case of its own', async () => {
    const d = await start()
    // The customer writes and puts a manager of the company in copy, who works from his mail program.
    await d.writes(client, { cc: manager, subject: 'Contract' })
    // The agent's answer goes to everybody.
    await d.answers('anna', 'We look into it')
    const answer = await d.sent()
    expect(answer.rcpts).toEqual(['carl@customer.test', 'mona@company.test'])
    // The manager presses "reply", not "reply to all": his mail is meant for support alone, but its headers lead into the case.
    await d.replies(manager, answer, { text: 'Does he pay on time? He must not see this.' })
    const told = await d.told('anna')
    expect(told.mail.text).toContain('Does he pay on time?')
    expect(told.mail.text).toContain('Mona Manager <mona@company.test> wrote without carl@customer.test, the customer of this case')
    expect([...d.links(told).keys()]).toEqual(['Split into a new case'])
    // The agent overlooks it and answers straight away. Nothing leaves.
    d.g.clear()
    await d.answers('anna', 'He pays late', told)
    expect(await d.count('carl@customer.test')).toBe(0)
    expect(await d.count('mona@company.test')).toBe(0)
    const asked = await d.told('anna')
    expect([...d.links(asked).keys()]).toEqual(['Send to everybody in the case', 'Split and answer there', 'Do not send'])
    // One click: the reply becomes a case of its own, and the answer goes to the manager alone.
    const done = await d.press(d.link(asked, 'Split and answer there'))
    expect(done.title).toBe('Done: Split and answer there')
    const private_ = await d.sent('mona@company.test')
    expect(private_.rcpts).toEqual(['mona@company.test'])
    expect(private_.mail.text).toContain('He pays late')
    expect(await d.count('carl@customer.test')).toBe(0)
    const [first, second] = [await d.look('#1'), await d.look('#2')]
    expect(first).toMatchObject({ requester: { address: 'carl@customer.test' }, cc: ['mona@company.test'] })
    expect(second).toMatchObject({ requester: { address: 'mona@company.test' }, cc: [], subject: 'Contract' })
    expect(first.messages.map((m) => m.text.trim())).toEqual(['It is broken', 'We look into it'])
    expect(second.messages.map((m) => m.text.trim())).toEqual(['Does he pay on time? He must not see this.', 'He pays late'])
    expect(first.links).toEqual([{ caseId: second.id, kind: 'split-to' }])
    expect(second.links).toEqual([{ caseId: first.id, kind: 'split-from' }])
    // From here on the two conversations stay apart.
    await d.replies(manager, private_, { text: 'I see' })
    await d.replies(client, answer, { all: true, text: 'Any news?' })
    expect((await d.look('#2')).messages.at(-1)?.text.trim()).toBe('I see')
    expect((await d.look('#1')).messages.at(-1)?.text.trim()).toBe('Any news?')
  })

  test('the third-party service is left out of the copy: the new question becomes a case of its own', async () => {
    const d = await start()
    await d.writes(client, { cc: 'help@service.test', subject: 'Integration fails' })
    await d.answers('anna', 'The settings are wrong')
    const answer = await d.sent()
    await d.replies(client, answer, { text: 'Thank you! And what does the big plan cost?' })
    const told = await d.told('anna')
    expect(told.mail.text).toContain(
      'Carl Customer <carl@customer.test> left out: help@service.test. Answers still go to everybody in the case.',
    )
    expect([...d.links(told).keys()]).toEqual(['Update recipients', 'Split into a new case'])
    const done = await d.press(d.link(told, 'Split into a new case'))
    expect(done.text).toContain('Answers there go to: carl@customer.test.')
    // An answer to the very notification that told of it lands in the new case and reaches the customer alone.
    d.g.clear()
    await d.answers('anna', 'Ten a month', told)
    expect((await d.g.sent()).filter((m) => !m.rcpts[0]?.endsWith('@agents.test')).map((m) => m.rcpts)).toEqual([['carl@customer.test']])
    expect((await d.look('#2')).messages.map((m) => [m.author, m.text.trim()])).toEqual([
      ['customer', 'Thank you! And what does the big plan cost?'],
      ['agent', 'Ten a month'],
    ])
    expect((await d.look('#1')).cc).toEqual(['help@service.test'])
  })

  test('the accountant is asked for advice and spared the rest: the agent updates the recipients', async () => {
    const d = await start()
    await d.writes(client, { subject: 'Payment' })
    // The agent puts the accountant in copy of his answer; what he did himself does not hold his answer back.
    await d.answers('anna', 'Let me ask our accountant\n\n@cc ann@books.test')
    const question = await d.sent()
    expect(question.rcpts).toEqual(['carl@customer.test', 'ann@books.test'])
    await d.replies('Ann Accountant <ann@books.test>', question, { all: true, text: 'Pay by the tenth' })
    expect((await d.look('#1')).notices).toEqual([])
    await d.replies(client, question, { text: 'Good, I shall' })
    const told = await d.told('anna')
    expect(told.mail.text).toContain('left out: ann@books.test')
    const page = await d.press(d.link(told, 'Update recipients'))
    expect(page.text).toContain('Answers in case #1 will go to: carl@customer.test. No longer to: ann@books.test.')
    expect((await d.look('#1')).cc).toEqual([])
    d.g.clear()
    await d.answers('anna', 'See you', told)
    expect((await d.sent()).rcpts).toEqual(['carl@customer.test'])
    expect(await d.count('ann@books.test')).toBe(0)
    const c = await d.look('#1')
    expect(c.notices.map((n) => [n.kind, n.state, n.takenAction, n.resolvedBy])).toEqual([['recipients', 'taken', 'update', 'anna']])
  })
})
