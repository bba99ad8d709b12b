// A split takes everything with it that leads later mail to the reply, and its undo puts everything back.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { client, eachGateway, manager, page } from './rig.ts'
import type { Desk } from './rig.ts'
import { runs, times } from '../support/runs.ts'

const withFile = (from: string, to: string, inReplyTo: string): string => `From: ${from}
To: ${to}
Cc: Lea Lawyer <lea@law.test>
Subject: Re: Help [#1]
Message-ID: <with-file@company.test>
In-Reply-To: ${inReplyTo}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Look at this
--b
Content-Type: application/pdf; name=contract.pdf
Content-Disposition: attachment; filename=contract.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--b--
`

/** All that a case is, but for what only counts or times changes. */
async function whole(d: Desk, ref: string) {
  const { version: _v, updatedAt: _u, statusAt: _s, ...c } = await d.look(ref)
  const attachments = await d.g.transact(async (tx) => Promise.all(c.messages.map((m) => tx.messages.attachments(m.id))))
  const keys = await d.g.transact((tx) =>
    tx.db.selectFrom('thread_keys').selectAll().where('case_id', '=', c.id).orderBy('key').orderBy('kind').execute(),
  )
  return { ...c, attachments, keys }
}

eachGateway((start, kind) => {
  test('the new case has the reply with its raw mail and files, its writer and his recipients, and all that leads to it', async () => {
    const d = await start()
    await d.writes(client, { cc: manager })
    await d.g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
    const answer = await d.sent()
    await d.g.mail({
      from: manager,
      to: answer.mail.replyTo?.text ?? '',
      rcpt: ['support@example.test'],
      raw: withFile(manager, 'support@example.test', answer.mail.messageId ?? ''),
    })
    const before = await d.look('#1')
    expect(before.status).toBe('open')
    const reply = before.messages.at(-1)
    const told = await d.told('anna')
    const { data } = await d.g.act('case.split', '#1', { message: reply?.id }, agent('anna'))
    const [from, to] = [await d.look('#1'), await d.look('#2')]
    expect(data).toEqual({ case: to.id, number: 2 })
    expect(to).toMatchObject({
      subject: 'Help',
      status: 'open',
      requester: { address: 'mona@company.test', name: 'Mona Manager' },
      cc: ['lea@law.test'],
      messageCount: 1,
      mailbox: 'support',
    })
    expect(to.messages).toEqual([{ ...reply, caseId: to.id, seq: to.messages[0]?.seq }])
    expect(to.messages[0]?.rawId).not.toBeNull()
    const [file] = await d.g.transact((tx) => tx.messages.attachments(reply?.id ?? ''))
    expect(file).toMatchObject({ filename: 'contract.pdf', sizeBytes: 5 })
    // Without the reply the first case is what it was: two messages, waiting for the customer.
    expect(from).toMatchObject({
      messageCount: 2,
      status: 'waiting',
      cc: ['mona@company.test'],
      lastCustomerAt: before.messages[0]?.createdAt,
    })
    // By its Message-ID, by our notification about it, with the number of the old case in the subject: all lead to the new one.
    await d.g.mail({
      from: manager,
      to: 'support@example.test',
      subject: 'Re: Help [#1]',
      inReplyTo: '<with-file@company.test>',
      text: 'Second',
    })
    await d.answers('anna', 'Thank you', told)
    expect((await d.look('#2')).messages.map((m) => m.text.trim())).toEqual(['Look at this', 'Second', 'Thank you'])
    expect((await d.sent('mona@company.test')).rcpts).toEqual(['mona@company.test', 'lea@law.test'])
    expect((await d.look('#1')).messages).toHaveLength(2)
    await expect(d.g.act('case.unsplit', '#2', {}, agent('anna'))).rejects.toThrow('moved on')
    expect((await page(d.link(told, 'Split into a new case'))).forms).toEqual([])
  })

  test('what cannot be split off is refused with a sentence', async () => {
    const d = await start()
    await d.writes(client, { cc: manager })
    await d.g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
    const [first, sent] = (await d.look('#1')).messages
    await expect(d.g.act('case.split', '#1', { message: first?.id })).rejects.toThrow('the first message of a case cannot be split off')
    const boris = agent('boris')
    await expect(d.g.act('case.split', '#1', { message: first?.id }, boris)).rejects.toThrow('первое письмо обращения выделить нельзя')
    await expect(d.g.act('recipients.update', '#1', { message: sent?.id }, boris)).rejects.toThrow('это не ответ клиента')
    await expect(d.g.act('recipients.undo', '#1', { message: first?.id }, boris)).rejects.toThrow('отменять нечего')
    await expect(d.g.act('case.unsplit', '#1', {}, boris)).rejects.toThrow('такого разделения нет')
    await expect(d.g.act('reply.release', '#1', { message: sent?.id }, boris)).rejects.toThrow('ответ уже отправлен')
    await expect(d.g.act('reply.note', '#1', { message: sent?.id }, agent('anna'))).rejects.toThrow('the answer has been sent already')
    await expect(d.g.act('reply.discard', '#1', { message: first?.id }, boris)).rejects.toThrow('не ответ, который ждёт отправки')
    await expect(d.g.act('case.split', '#1', { message: sent?.id })).rejects.toThrow('no reply of a customer')
    await d.writes(client)
    await expect(d.g.act('case.split', '#2', { message: first?.id })).rejects.toThrow('in case #2')
    await expect(d.g.act('case.unsplit', '#2')).rejects.toThrow('there is no such split')
  })

  test('after an undo the old answers lead to the old case again, and the reply can be split off anew', async () => {
    const d = await start()
    await d.writes(client, { cc: manager })
    await d.g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
    await d.replies(manager, await d.sent(), { messageId: '<m2@company.test>' })
    const told = await d.told('anna')
    await d.press(d.link(told, 'Split into a new case'))
    await d.g.act('case.unsplit', '#1', { case: '#2' }, agent('anna'))
    expect(await d.look('#2')).toMatchObject({ status: 'trash', messageCount: 0, links: [], messages: [] })
    await d.g.mail({ from: manager, to: 'support@example.test', inReplyTo: '<m2@company.test>', text: 'More' })
    expect((await d.look('#1')).messages.at(-1)?.text.trim()).toBe('More')
    const reply = (await d.look('#1')).messages.find((m) => m.headerId === 'm2@company.test')
    await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
    expect((await d.look('#3')).messages.map((m) => m.id)).toEqual([reply?.id])
  })

  test(
    'for any people and any reply: a split and its undo leave everything as it was',
    async () => {
      const d = await start()
      const pool = ['q@a.test', 'r@a.test', 's@b.test', 't@b.test', 'u@c.test']
      let number = 0
      const some = fc.uniqueArray(fc.constantFrom(...pool), { maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...pool),
          some,
          some,
          fc.boolean(),
          fc.integer({ min: 0, max: 3 }),
          async (from, cc, others, answered, later) => {
            const requester = 'q@a.test'
            await d.writes(requester, { cc: cc.filter((a) => a !== requester).join(', '), subject: `Case of ${number}` })
            const ref = `#${++number}`
            if (answered) await d.g.act('reply.send', ref, { text: 'Hello' }, agent('anna'))
            const first = (await d.look(ref)).messages[0]
            await d.g.mail({
              from,
              to: 'support@example.test',
              cc: others.filter((a) => a !== from).join(', '),
              inReplyTo: `<${first?.headerId ?? ''}>`,
              text: 'Reply',
            })
            const view = await d.look(ref)
            // An outsider without proof gets a case of his own.
            if (view.messages.length < (answered ? 3 : 2)) return void number++
            const reply = view.messages.at(-1)
            for (let i = 0; i < later; i++) await d.g.act('note.add', ref, { text: `Note ${i}` }, agent('anna'))
            const before = await whole(d, ref)
            const { data } = await d.g.act('case.split', ref, { message: reply?.id }, agent('anna'))
            number++
            expect(data?.number).toBe(number)
            const split = await d.look(`#${number}`)
            expect(split.requester.address).toBe(from)
            expect(split.cc).toEqual(others.filter((a) => a !== from))
            await d.g.act('case.unsplit', `#${number}`, {}, agent('anna'))
            const after = await whole(d, ref)
            // That the question is open again was told by mail, and an answer to that mail leads here as well.
            const known = new Set(before.keys.map((k) => k.key))
            expect({ ...after, keys: after.keys.filter((k) => known.has(k.key)) }).toEqual(before)
            expect(after.keys.filter((k) => !known.has(k.key)).map((k) => k.message_id)).toSatisfy((ids: readonly unknown[]) =>
              ids.every((id) => id === reply?.id),
            )
          },
        ),
        { numRuns: runs(kind === 'sqlite' ? 25 : 10) },
      )
    },
    120_000 * times,
  )
})
