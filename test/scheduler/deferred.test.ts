// The five points of the article on deferred sending, in its order, and what is looked at again when the time has come.
import { expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { at, begin, eachGateway, pass, writeAgain } from './rig.ts'

const anna = agent('anna')
const boris = agent('boris')
const rows = (g: TestGateway) =>
  g.transact((tx) => tx.db.selectFrom('scheduler_deferred').selectAll().orderBy('planned_at').orderBy('message_id').execute())
const toCarl = (g: TestGateway) => g.sentTo('carl@customer.test')
const states = async (g: TestGateway) => (await g.look('#1')).messages.map((m) => [m.author, m.state])

eachGateway((with_) => {
  test(
    'point 1: an answer is planned for any time; the customer sees nothing of it before, and then gets it as any other',
    with_(async (g) => {
      await begin(g)
      const blob = await g.transact(async (tx) => ({
        filename: 'plan.txt',
        contentType: 'text/plain',
        sizeBytes: 4,
        blob: await tx.messages.putBlob(Buffer.from('plan')),
      }))
      await g.act('case.cc', '#1', { add: ['boss@customer.test'] })
      const result = await g.act(
        'reply.defer',
        '#1',
        { text: 'Good morning', attachments: [blob], status: 'closed', at: 'tomorrow 9:00' },
        anna,
      )
      expect(result.said).toBe('The message will be sent on 22 September 2026 at 09:00 BST.')
      expect((await g.look('#1')).messages.at(-1)).toMatchObject({ state: 'deferred', agent: 'anna', headerId: null })
      expect(await g.transact((tx) => tx.db.selectFrom('outbox').select('id').where('kind', '=', 'reply').execute())).toEqual([])
      await pass(g, '22h')
      expect(await toCarl(g)).toEqual([])
      expect((await g.look('#1')).status).toBe('open')
      await pass(g, '1h')
      const [mail] = await toCarl(g)
      expect(mail?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
      expect(mail?.mail).toMatchObject({ subject: 'Re: Help [#1]', attachments: [{ filename: 'plan.txt' }] })
      expect(mail?.mail.text).toContain('Good morning')
      expect(mail?.mail.date?.toISOString()).toBe('2026-09-22T08:00:00.000Z')
      expect((await g.look('#1')).status).toBe('closed')
      expect(await rows(g)).toMatchObject([{ state: 'sent' }])
    }),
  )

  test(
    'point 1: a time that is not understood, or has passed, plans and records nothing',
    with_(async (g) => {
      await begin(g)
      for (const text of ['9 PM yesterday', 'now', '', '2026-09-21 09:00', '10.09'])
        await expect(g.act('reply.defer', '#1', { text: 'x', at: text }, anna)).rejects.toThrow()
      expect((await g.look('#1')).messages).toHaveLength(1)
      expect(await rows(g)).toEqual([])
    }),
  )

  test(
    'point 2: send now sends at once, and its time brings nothing more',
    with_(async (g) => {
      await begin(g)
      const { data } = await g.act('reply.defer', '#1', { text: 'Good morning', in: '2 hours' }, anna)
      const result = await g.act('deferred.send', '#1', { message: data?.message }, boris)
      expect(result.said).toBe('Сообщение отправляется.')
      expect(await toCarl(g)).toHaveLength(1)
      await pass(g, '3h')
      expect(await toCarl(g)).toHaveLength(1)
      await expect(g.act('deferred.send', '#1', { message: data?.message }, anna)).rejects.toThrow(
        'Too late: the message left on 21 September 2026 at 10:00 BST',
      )
    }),
  )

  test(
    'point 2: cancelled, it is gone from the conversation; a cancel that comes too late says so',
    with_(async (g) => {
      await begin(g)
      const { data } = await g.act('reply.defer', '#1', { text: 'Good morning', in: '2 hours' }, anna)
      await g.act('deferred.cancel', '#1', { message: data?.message }, boris)
      expect(await states(g)).toEqual([['customer', 'received']])
      await pass(g, '3h')
      expect(await toCarl(g)).toEqual([])
      await expect(g.act('deferred.cancel', '#1', { message: data?.message }, anna)).rejects.toThrow('cancelled already')
      await g.act('reply.defer', '#1', { text: 'Good evening', in: '1 hour' }, anna)
      await pass(g, '1h')
      const late = (await rows(g)).at(-1)?.message_id
      await expect(g.act('deferred.cancel', '#1', { message: late }, anna)).rejects.toThrow(
        'Too late: the message left on 21 September 2026 at 14:00 BST',
      )
    }),
  )

  test(
    "point 2: its words and its time can be changed; what is planned of one's own can be taken back without naming it",
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Good morning', in: '2 hours' }, anna)
      await g.act('deferred.edit', '#1', { text: 'Good afternoon', add: '3 hours', status: 'open' }, anna)
      await pass(g, '4h')
      expect(await toCarl(g)).toEqual([])
      await g.act('deferred.edit', '#1', { add: '-30 minutes' }, anna)
      await pass(g, '30m')
      expect((await toCarl(g))[0]?.mail.text).toContain('Good afternoon')
      expect((await g.look('#1')).status).toBe('open')
      await g.act('reply.defer', '#1', { text: 'more', in: '2 hours' }, anna)
      await g.act('schedule.cancel', '#1', {}, boris)
      await expect(g.act('schedule.cancel', '#1', {}, anna)).rejects.toThrow('Nothing is planned in case #1.')
      await g.act('reply.defer', '#1', { text: 'more', in: '2 hours' }, anna)
      await g.act('schedule.cancel', '#1', {}, anna)
      await g.act('reopen.plan', '#1', { in: '2 hours' }, anna)
      await g.act('schedule.cancel', '#1', {}, anna)
      await pass(g, '3h')
      expect(await toCarl(g)).toHaveLength(1)
    }),
  )

  test(
    'point 2: its files, CC and recipients can be changed too; files that are given are all that it has from then on',
    with_(async (g) => {
      await begin(g)
      const file = (name: string) =>
        g.transact(async (tx) => ({
          filename: name,
          contentType: 'text/plain',
          sizeBytes: 4,
          blob: await tx.messages.putBlob(Buffer.from('plan')),
        }))
      const files = (id: unknown) => g.transact((tx) => tx.messages.attachments(String(id)))
      const { data } = await g.act(
        'reply.defer',
        '#1',
        { text: 'Here', attachments: [await file('old.txt'), await file('both.txt')], in: '1 hour' },
        anna,
      )
      const both = (await files(data?.message)).find((a) => a.filename === 'both.txt')
      await g.act(
        'deferred.edit',
        '#1',
        {
          attachments: [{ attachment: both?.id }, await file('new.txt')],
          html: '<p>Here <img src="cid:x"><script>x()</script></p>',
          cc: { add: ['boss@customer.test'] },
        },
        anna,
      )
      expect((await files(data?.message)).map((a) => a.filename)).toEqual(['both.txt', 'new.txt'])
      expect((await g.look('#1')).messages.at(-1)?.html).toMatch(/^<p>Here <img src="cid:x" [^<>]*><\/p>$/)
      // Words alone leave the files as they are.
      await g.act('deferred.edit', '#1', { text: 'Here they are' }, anna)
      await expect(g.act('deferred.edit', '#1', { text: ' ', attachments: [] }, anna)).rejects.toThrow('needs a text')
      await expect(g.act('deferred.edit', '#1', { attachments: [{ attachment: 'another' }] }, anna)).rejects.toThrow('attachment another')
      await pass(g, '1h')
      const [sent] = await toCarl(g)
      expect(sent?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
      expect(sent?.mail.attachments.map((a) => a.filename)).toEqual(['both.txt', 'new.txt'])
      expect(sent?.mail.text).toContain('Here they are')
      expect(sent?.mail.html).not.toContain('<img')
    }),
  )

  test(
    'point 3: a message of the customer before the time makes it a note, dated when it was planned',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Shall we close this?', in: '3 hours' }, anna)
      await pass(g, '1h')
      g.clear()
      await writeAgain(g, 'It works now')
      const c = await g.look('#1')
      expect(c.notes).toMatchObject([
        { kind: 'deferred', author: 'agent', agent: 'anna', text: 'Shall we close this?', createdAt: at('2026-09-21T09:00:00Z') },
      ])
      expect(c.messages.map((m) => [m.author, m.state])).toEqual([
        ['customer', 'received'],
        ['agent', 'cancelled'],
        ['customer', 'received'],
      ])
      expect((await g.sentTo('anna@agents.test')).at(-1)?.mail.text).toContain('Shall we close this?')
      await pass(g, '3h')
      expect(await toCarl(g)).toEqual([])
      await expect(g.act('deferred.cancel', '#1', { message: c.messages[1]?.id }, anna)).rejects.toThrow('A newer message made it a note')
    }),
  )

  test(
    'point 3: so does an answer of any agent; automatic mail does not, unless it is set',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Later', in: '3 hours' }, anna)
      await writeAgain(g, 'I am away until Monday', { 'Auto-Submitted': 'auto-replied' })
      await g.act('reply.send', '#1', { text: 'A receipt', kind: 'receipt' })
      expect((await g.look('#1')).notes).toEqual([])
      await g.act('reply.send', '#1', { text: 'Sooner' }, boris)
      expect((await g.look('#1')).notes).toMatchObject([{ kind: 'deferred', text: 'Later' }])
      await pass(g, '4h')
      expect((await toCarl(g)).map((m) => m.mail.text?.trim())).toEqual(['A receipt', 'Sooner'])
    }),
  )

  test(
    'point 3: what is planned behind an answer in the same breath stays planned',
    with_(async (g) => {
      await begin(g)
      await g.transact(async (tx) => {
        const c = await tx.cases.byRef('#1')
        await tx.act('reply.send', c?.id ?? '', { text: 'Now' })
        await tx.act('reply.defer', c?.id ?? '', { text: 'Later', in: '1 hour' })
      }, anna)
      await pass(g, '2h')
      expect((await toCarl(g)).map((m) => m.mail.text?.trim())).toEqual(['Now', 'Later'])
    }),
  )

  test(
    'point 3: automatic mail makes it a note where that is set',
    with_(
      async (g) => {
        await begin(g)
        await g.act('reply.defer', '#1', { text: 'Later', in: '3 hours' }, anna)
        await writeAgain(g, 'I am away until Monday', { 'Auto-Submitted': 'auto-replied' })
        expect((await g.look('#1')).notes).toMatchObject([{ kind: 'deferred', text: 'Later' }])
      },
      { scheduler: { automatic_mail: true } },
    ),
  )

  test(
    'point 3: an ordinary answer can be taken back within the undo window, and leaves after it whatever comes',
    with_(
      async (g) => {
        await begin(g)
        await g.act('reply.send', '#1', { text: 'Oops' }, anna)
        expect(await toCarl(g)).toEqual([])
        await g.act('deferred.cancel', '#1', {}, anna)
        await g.act('reply.send', '#1', { text: 'As meant' }, anna)
        await g.advance('10s', 5000)
        await writeAgain(g, 'me again')
        expect(await toCarl(g)).toEqual([])
        await g.advance('20s', 5000)
        expect((await toCarl(g)).map((m) => m.mail.text?.trim())).toEqual(['As meant'])
        expect((await g.look('#1')).notes).toEqual([])
        // A rule has nothing to regret.
        await g.act('reply.send', '#1', { text: 'By rule', kind: 'rule' }, { kind: 'rule', id: 'x', via: 'rule' })
        expect(await toCarl(g)).toHaveLength(2)
      },
      { scheduler: { undo: '30s' } },
    ),
  )

  test(
    'point 4: an agent begins a case now, or one that comes to life at its time',
    with_(async (g) => {
      const now = await g.act(
        'case.start',
        null,
        { mailbox: 'support', to: 'dora@customer.test', cc: ['eve@customer.test'], subject: 'Your order', text: 'It is here' },
        anna,
      )
      expect(now.data).toMatchObject({ number: 1 })
      expect((await g.sentTo('dora@customer.test'))[0]).toMatchObject({
        rcpts: ['dora@customer.test', 'eve@customer.test'],
        mail: { subject: 'Your order [#1]' },
      })
      expect(await g.look('#1')).toMatchObject({ status: 'waiting', assignee: 'anna', origin: 'agent', messageCount: 1 })
      g.clear()
      const later = await g.act(
        'case.start',
        null,
        { mailbox: 'support', to: 'dora@customer.test', subject: 'Your other order', text: 'It comes', at: 'tomorrow 9:00' },
        anna,
      )
      expect(later.said).toBe('The message will be sent on 22 September 2026 at 09:00 BST.')
      expect(await g.look('#2')).toMatchObject({ status: 'waiting', messageCount: 0 })
      const events = () =>
        g.transact((tx) =>
          tx.db
            .selectFrom('events')
            .innerJoin('cases', 'cases.id', 'events.case_id')
            .select('events.type')
            .where('cases.number', '=', 2)
            .orderBy('case_seq')
            .execute(),
        )
      expect((await events()).map((e) => e.type)).toEqual(['deferred.planned'])
      await pass(g, '23h')
      expect(await g.sentTo('dora@customer.test')).toHaveLength(1)
      expect((await events()).map((e) => e.type)).toEqual(['deferred.planned', 'case.created', 'message.sent', 'deferred.sent'])
      await g.mail({
        from: 'dora@customer.test',
        to: 'support@example.test',
        subject: 'Re: Your other order',
        text: 'Thanks',
        inReplyTo: `<${(await g.look('#2')).messages[0]?.headerId}>`,
      })
      expect((await g.look('#2')).messages).toHaveLength(2)
      await g.act(
        'case.start',
        null,
        { mailbox: 'support', to: 'dora@customer.test', subject: 'Never mind', text: 'x', in: undefined, at: '2 days' },
        anna,
      )
      await g.act('deferred.cancel', '#3', {}, anna)
      expect(await g.look('#3')).toMatchObject({ status: 'trash', messages: [] })
    }),
  )

  test(
    'at its time everything is looked at again, and what does not fit any more is held with a notice',
    with_(async (g) => {
      const changes: readonly (readonly [string, (ref: string) => Promise<unknown>])[] = [
        ['case_spam', (ref) => g.act('case.status', ref, { status: 'spam' })],
        ['case_trash', (ref) => g.act('case.status', ref, { status: 'trash' })],
        [
          'refused: ',
          (ref) =>
            g.transact(async (tx) =>
              tx.db
                .updateTable('cases')
                .set({ requester_address: 'not an address' })
                .where('number', '=', Number(ref.slice(1)))
                .execute(),
            ),
        ],
        [
          'attachment_gone',
          (ref) =>
            g.transact(async (tx) =>
              tx.db
                .updateTable('attachments')
                .set({ blob_id: null })
                .where('message_id', '=', (await g.look(ref)).messages.at(-1)?.id ?? '')
                .execute(),
            ),
        ],
      ]
      for (const [i, [reason, change]] of changes.entries()) {
        const ref = `#${i + 1}`
        await begin(g, `Case ${i}`)
        const blob = await g.transact(async (tx) => ({
          filename: 'plan.txt',
          contentType: 'text/plain',
          sizeBytes: 4,
          blob: await tx.messages.putBlob(Buffer.from('plan')),
        }))
        await g.act('reply.defer', ref, { text: 'Later', attachments: [blob], in: '30 minutes' }, anna)
        await (reason === 'attachment_gone'
          ? g.gateway.database.write
              .updateTable('attachments')
              .set({ blob_id: null })
              .where('message_id', '=', (await g.look(ref)).messages.at(-1)?.id ?? '')
              .execute()
          : change(ref))
        await pass(g, '30m')
        const c = await g.look(ref)
        expect(c.messages.at(-1)?.state, reason).toBe('held')
        expect(c.notices.at(-1), reason).toMatchObject({
          kind: 'reply_held',
          state: 'open',
          actions: [{ name: 'send' }, { name: 'discard' }],
        })
        expect(String(c.notices.at(-1)?.data.reason)).toContain(reason)
      }
      expect((await rows(g)).map((r) => r.state)).toEqual(['held', 'held', 'held', 'held'])
      expect(await toCarl(g)).toEqual([])
      await g.act('case.status', '#1', { status: 'open' })
      await g.act('reply.release', '#1', { message: (await g.look('#1')).messages.at(-1)?.id }, anna)
      expect(await toCarl(g)).toHaveLength(1)
    }),
  )

  test(
    'the answer of an agent who is no longer active is held',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Later', in: '30 minutes', agent: 'clara' }, anna)
      await pass(g, '30m')
      expect((await g.look('#1')).notices.at(-1)).toMatchObject({ kind: 'reply_held', data: { reason: 'agent_inactive' } })
    }),
  )

  test(
    'it waits while accepted mail of its mailbox is not yet taken in, and becomes a note if that is from the customer',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.send', '#1', { text: 'We look' }, anna)
      const answer = (await g.look('#1')).messages.at(-1)?.headerId
      await g.act('reply.defer', '#1', { text: 'Shall we close?', in: '10 minutes' }, anna)
      // Accepted, and no worker has come to it: its job waits.
      g.gateway.engine.jobs.hold(true)
      await g.deliver({
        from: 'carl@customer.test',
        to: 'support@example.test',
        subject: 'Re: Help',
        text: 'No!',
        inReplyTo: `<${answer}>`,
      })
      const waits = await g.gateway.database.write
        .updateTable('jobs')
        .set({ run_at: at('2026-09-21T09:15:00Z') })
        .where('kind', '=', 'intake')
        .returning('id')
        .execute()
      expect(waits).toHaveLength(1)
      g.gateway.engine.jobs.hold(false)
      await pass(g, '14m')
      expect((await toCarl(g)).map((m) => m.mail.text?.trim())).toEqual(['We look'])
      expect((await rows(g))[0]?.state).toBe('planned')
      await pass(g, '2m')
      expect((await toCarl(g)).map((m) => m.mail.text?.trim())).toEqual(['We look'])
      expect((await rows(g))[0]?.state).toBe('note')
    }),
  )
}, behaviourKinds)
