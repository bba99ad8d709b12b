// The nine points of the article on reopens, in its order.
import { expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { at, begin, eachGateway, pass, writeAgain } from './rig.ts'

const anna = agent('anna')
const boris = agent('boris')
const reopens = (g: TestGateway) =>
  g.transact((tx) => tx.db.selectFrom('scheduler_reopens').selectAll().orderBy('created_at').orderBy('id').execute())
const open = (notices: Awaited<ReturnType<TestGateway['look']>>['notices']) => notices.filter((n) => n.state === 'open').map((n) => n.kind)
const waiting = (g: TestGateway) => g.act('case.status', '#1', { status: 'waiting' })

eachGateway((with_) => {
  test(
    'point 1: values add up, "2 days 5 hours" are days of the calendar and exact hours in the agent\'s zone, and what was understood is said back',
    with_(async (g) => {
      await begin(g)
      const result = await g.act('reopen.plan', '#1', { in: '2 days 5 hours' }, anna)
      expect(result.said).toBe('The case will be reopened on 23 September 2026 at 15:00 BST.')
      const said = await g.act('reopen.plan', '#1', { at: 'в пятницу утром' }, boris)
      expect(said.said).toBe('Обращение будет переоткрыто 25 сентября 2026 г. в 09:00 GMT+3.')
      expect((await reopens(g)).map((r) => [r.owner, r.due_at])).toEqual([
        ['anna', at('2026-09-23T14:00:00Z')],
        ['boris', at('2026-09-25T06:00:00Z')],
      ])
    }),
  )

  test(
    'point 1: what is wrong is refused with a sentence, and nothing is planned',
    with_(async (g) => {
      await begin(g)
      await expect(g.act('reopen.plan', '#1', { at: '2026-09-20 10:00' }, anna)).rejects.toThrow(
        '20 September 2026 at 10:00 BST has passed already',
      )
      await expect(g.act('reopen.plan', '#1', { in: '5 years' }, anna)).rejects.toThrow('further ahead than 730 days')
      await expect(g.act('reopen.plan', '#1', { at: 'soon' }, anna)).rejects.toThrow(
        '"soon" is no time that is understood. Write for example: 2 days 5 hours, tomorrow 9:00',
      )
      await expect(g.act('reopen.plan', '#1', { at: '10.09' }, boris)).rejects.toThrow('можно понять по-разному')
      await expect(g.act('reopen.plan', '#1', { in: '-2 days' }, anna)).rejects.toThrow('passed already')
      await expect(g.act('reopen.plan', '#1', { in: '1 day', note: 'ask @nobody' }, anna)).rejects.toThrow(
        'There is no agent or group "nobody"; there are @anna, @boris, @team',
      )
      await expect(g.act('reopen.plan', '#1', { in: '1 day', note: 'ask @clara' }, anna)).rejects.toThrow('"clara"')
      await expect(g.act('reopen.plan', '#1', {}, anna)).rejects.toThrow('Write for example')
      expect(await reopens(g)).toEqual([])
    }),
  )

  test(
    'point 1: a mention of oneself, a colleague or a group notifies by mail when it fires, and not before',
    with_(async (g) => {
      await begin(g)
      await waiting(g)
      g.clear()
      await g.act('reopen.plan', '#1', { text: '2 hours ask @boris and @me whether the parcel came' }, anna)
      await g.settle()
      expect(await g.sent()).toEqual([])
      await pass(g, '119m')
      expect((await g.look('#1')).status).toBe('waiting')
      await pass(g, '1m')
      const c = await g.look('#1')
      expect(c.status).toBe('open')
      expect(c.notes.at(-1)).toMatchObject({
        kind: 'reopen',
        author: 'agent',
        agent: 'anna',
        mentions: [
          { kind: 'agent', id: 'boris' },
          { kind: 'agent', id: 'anna' },
        ],
      })
      for (const address of ['boris@agents.test', 'anna@agents.test'])
        expect((await g.sentTo(address)).some((m) => m.mail.text?.includes('whether the parcel came'))).toBe(true)
    }),
  )

  test(
    'point 1: with the condition, it works only while the agent who planned it is responsible',
    with_(async (g) => {
      await begin(g)
      await g.act('case.assign', '#1', { assignee: 'anna' })
      await waiting(g)
      await g.act('reopen.plan', '#1', { in: '1 hour', note: 'call', any_assignee: false }, anna)
      await g.act('case.assign', '#1', { assignee: 'boris' })
      await pass(g, '2h')
      expect(await g.look('#1')).toMatchObject({ status: 'waiting' })
      expect((await reopens(g))[0]?.state).toBe('skipped')
      expect((await g.look('#1')).notes.filter((n) => n.kind === 'reopen').map((n) => n.text)).toEqual([
        'The reopen that Anna Smith planned was not done: Борис Иванов is responsible for this case now.\n\ncall',
      ])
      await g.act('reopen.plan', '#1', { in: '1 hour' }, anna)
      await pass(g, '1h')
      expect(await g.look('#1')).toMatchObject({ status: 'open', assignee: 'boris' })
    }),
  )

  test(
    "point 2: a rule plans in its own name, and the note is Postern's",
    with_(async (g) => {
      await begin(g)
      await waiting(g)
      const rule = { kind: 'rule', id: 'remind', via: 'rule' } as const
      await g.act('reopen.plan', '#1', { in: '1 day', note: 'check the order' }, rule)
      await g.act('reopen.plan', '#1', { in: '2 days', note: 'check the order' }, rule)
      expect((await g.look('#1')).notes.map((n) => [n.author, n.kind, n.text])).toEqual([
        ['system', 'reopen_planned', 'Postern planned to reopen this case on 22 September 2026 at 09:00 UTC.'],
        ['system', 'reopen_planned', 'Postern moved the planned reopen to 23 September 2026 at 09:00 UTC.'],
      ])
      await pass(g, '2d')
      const c = await g.look('#1')
      expect(c.status).toBe('open')
      expect(c.notes.at(-1)).toMatchObject({ author: 'system', agent: null, text: 'Planned reopen of Postern.\n\ncheck the order' })
    }),
  )

  test(
    'point 3: a note tells colleagues of the plan, and names the assignee where it depends on him',
    with_(async (g) => {
      await begin(g)
      await g.act('reopen.plan', '#1', { in: '1 day', any_assignee: false }, anna)
      await g.act('reopen.plan', '#1', { in: '1 day' }, boris)
      expect((await g.look('#1')).notes.map((n) => n.text)).toEqual([
        'Anna Smith planned to reopen this case on 22 September 2026 at 10:00 BST, if Anna Smith is responsible for it then.',
        'Борис Иванов planned to reopen this case on 22 September 2026 at 12:00 GMT+3.',
      ])
    }),
  )

  test(
    'point 4: each agent has a reopen of his own beside those of others; a second one of the same agent moves it',
    with_(async (g) => {
      await begin(g)
      await waiting(g)
      await g.act('reopen.plan', '#1', { in: '1 hour', note: 'a' }, anna)
      await g.act('reopen.plan', '#1', { in: '2 hours', note: 'b' }, boris)
      const moved = await g.act('reopen.plan', '#1', { in: '3 hours', note: 'c' }, anna)
      expect(moved.said).toContain('was moved')
      await pass(g, '4h')
      expect((await g.look('#1')).notes.filter((n) => n.kind === 'reopen').map((n) => n.text)).toEqual([
        'Planned reopen of Борис Иванов.\n\nb',
        'Reminder planned by Anna Smith; the case was open already.\n\nc',
      ])
    }),
  )

  test(
    'point 5: editing adds to the planned time, also less than nothing; the editor becomes its owner',
    with_(async (g) => {
      await begin(g)
      const { data } = await g.act('reopen.plan', '#1', { in: '2 days', note: 'ask @boris', any_assignee: false }, anna)
      await g.act('reopen.edit', '#1', { add: '-1 day +2 hours' }, anna)
      expect((await reopens(g))[0]).toMatchObject({ owner: 'anna', due_at: at('2026-09-22T11:00:00Z') })
      const result = await g.act('reopen.edit', '#1', { reopen: data?.reopen, add: '1 час', note: 'ask @team', any_assignee: true }, boris)
      expect(result.said).toBe('Переоткрытие теперь запланировано на 22 сентября 2026 г. в 15:00 GMT+3 от вашего имени.')
      expect((await reopens(g))[0]).toMatchObject({
        owner: 'boris',
        due_at: at('2026-09-22T12:00:00Z'),
        note: 'ask @team',
        any_assignee: 1,
        mentions: '[{"kind":"group","id":"team"}]',
      })
      await expect(g.act('reopen.edit', '#1', { add: '-2 days' }, boris)).rejects.toThrow('уже прошло')
      await expect(g.act('reopen.edit', '#1', { add: '-1 day 2 hours' }, boris)).rejects.toThrow('знак у каждой части')
      // The only one that is planned is changed by a colleague without naming it.
      await g.act('reopen.edit', '#1', { add: '1 day' }, anna)
      expect((await reopens(g))[0]).toMatchObject({ owner: 'anna', due_at: at('2026-09-23T12:00:00Z') })
      await g.act('reopen.edit', '#1', { add: '-1 день' }, boris)
      await g.act('case.status', '#1', { status: 'closed' })
      await pass(g, '27h')
      const fired = (await g.look('#1')).notes.filter((n) => n.kind === 'reopen')
      expect(fired.map((n) => [n.agent, n.text])).toEqual([['boris', 'Planned reopen of Борис Иванов.\n\nask @team']])
    }),
  )

  test(
    'point 6: a message of the customer before the time asks: keep or cancel, with the note; the choice ends it',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.send', '#1', { text: 'We look into it' }, anna)
      const { data } = await g.act('reopen.plan', '#1', { in: '2 days', note: 'call Carl' }, anna)
      g.clear()
      await writeAgain(g, 'Any news?')
      const asked = await g.look('#1')
      expect(asked.notices).toMatchObject([
        {
          kind: 'reopen_planned',
          state: 'open',
          messageId: asked.messages.at(-1)?.id,
          data: { note: 'call Carl' },
          actions: [{ name: 'keep' }, { name: 'cancel' }],
        },
      ])
      expect((await g.sentTo('anna@agents.test')).at(-1)?.mail.text).toContain(
        'Anna Smith planned to reopen this case on 23 September 2026 at 10:00 BST: call Carl',
      )
      await g.act('reopen.keep', '#1', { reopen: data?.reopen }, boris)
      expect(await g.look('#1')).toMatchObject({ notices: [{ state: 'taken', takenAction: 'keep' }] })
      await writeAgain(g, 'Hello?')
      await g.act('reopen.cancel', '#1', { reopen: data?.reopen }, boris)
      expect((await g.look('#1')).notices.map((n) => [n.state, n.takenAction])).toEqual([
        ['taken', 'keep'],
        ['taken', 'cancel'],
      ])
      expect((await reopens(g))[0]?.state).toBe('cancelled')
      await waiting(g)
      await pass(g, '3d')
      expect((await g.look('#1')).status).toBe('waiting')
    }),
  )

  test(
    "point 6: without a choice the question goes with an agent's answer or the status waiting or closed, and the reopen stays in force",
    with_(async (g) => {
      await begin(g)
      await g.act('reopen.plan', '#1', { in: '1 day' }, anna)
      await writeAgain(g, 'one')
      await g.act('reply.send', '#1', { text: 'an answer', status: 'keep' }, boris)
      expect(open((await g.look('#1')).notices)).toEqual([])
      for (const status of ['waiting', 'closed']) {
        await writeAgain(g, `before ${status}`)
        expect(open((await g.look('#1')).notices)).toEqual(['reopen_planned'])
        await g.act('case.status', '#1', { status })
        expect(open((await g.look('#1')).notices)).toEqual([])
      }
      await writeAgain(g, 'I am away', { 'Auto-Submitted': 'auto-replied' })
      expect(open((await g.look('#1')).notices)).toEqual([])
      await pass(g, '1d')
      expect((await g.look('#1')).status).toBe('open')
    }),
  )

  test(
    'point 7: a case that is open already gets a note if there was one, and nothing otherwise',
    with_(async (g) => {
      await begin(g)
      await g.act('reopen.plan', '#1', { in: '1 hour' }, anna)
      await g.act('reopen.plan', '#1', { in: '2 hours', note: 'look again @boris' }, boris)
      const before = await g.look('#1')
      await pass(g, '1h')
      expect((await g.look('#1')).notes).toEqual(before.notes)
      g.clear()
      await pass(g, '1h')
      const c = await g.look('#1')
      expect(c.notes.at(-1)?.text).toBe('Reminder planned by Борис Иванов; the case was open already.\n\nlook again @boris')
      expect(c.notices).toEqual([])
      expect((await g.sentTo('boris@agents.test')).at(-1)?.mail.text).toContain('look again')
    }),
  )

  test(
    'point 8: it fires once, with a note and the offer to postpone; postponed, the status is what it was and the note shows the new time',
    with_(async (g) => {
      await begin(g)
      await g.act('case.status', '#1', { status: 'closed' })
      const { data } = await g.act('reopen.plan', '#1', { in: '1 hour', note: 'call' }, anna)
      await pass(g, '1h')
      const fired = await g.look('#1')
      expect(fired).toMatchObject({
        status: 'open',
        notices: [
          { kind: 'reopen_fired', state: 'open', actions: [{ name: 'postpone_hour' }, { name: 'postpone' }, { name: 'postpone_week' }] },
        ],
      })
      const notes = fired.notes.length
      const result = await g.act('reopen.postpone', '#1', { reopen: data?.reopen, in: '3 hours' }, boris)
      expect(result.said).toBe('Отложено до 21 сентября 2026 г. в 16:00 GMT+3.')
      const put = await g.look('#1')
      expect(put).toMatchObject({ status: 'closed', notices: [{ state: 'taken', takenAction: 'postpone' }] })
      expect(put.notes.length).toBe(notes)
      expect(put.notes.at(-1)?.text).toBe('Planned reopen of Борис Иванов, put off until 21 September 2026 at 16:00 GMT+3.\n\ncall')
      await pass(g, '3h')
      expect((await g.look('#1')).status).toBe('open')
      expect((await g.look('#1')).notes.filter((n) => n.kind === 'reopen')).toHaveLength(2)
    }),
  )

  test(
    'point 8: the offer ends with the next message of either side or when the case is laid aside',
    with_(async (g) => {
      await begin(g)
      const again = async () => {
        await waiting(g)
        const { data } = await g.act('reopen.plan', '#1', { in: '1 hour' }, anna)
        await pass(g, '1h')
        expect(open((await g.look('#1')).notices)).toEqual(['reopen_fired'])
        return { reopen: data?.reopen, in: '1 day' }
      }
      for (const end of [
        () => writeAgain(g, 'hello'),
        () => g.act('reply.send', '#1', { text: 'hello', status: 'keep' }, anna),
        () => g.act('case.status', '#1', { status: 'waiting' }),
        () => g.act('case.status', '#1', { status: 'closed' }),
      ]) {
        const args = await again()
        await end()
        expect(open((await g.look('#1')).notices)).toEqual([])
        await expect(g.act('reopen.postpone', '#1', args, anna)).rejects.toThrow('moved on')
      }
    }),
  )

  test(
    'a case that is in spam or trash by then stays there, and who relied on it hears why',
    with_(async (g) => {
      for (const status of ['spam', 'trash'] as const) {
        await begin(g)
        const ref = status === 'spam' ? '#1' : '#2'
        await g.act('reopen.plan', ref, { in: '1 hour', note: 'ask @boris' }, anna)
        await g.act('case.status', ref, { status })
        g.clear()
        await pass(g, '1h')
        const c = await g.look(ref)
        expect(c.status).toBe(status)
        expect(c.notes.at(-1)).toMatchObject({ kind: 'reopen', mentions: [{ id: 'boris' }] })
        expect(c.notes.at(-1)?.text).toContain(status)
        expect(await g.sentTo('boris@agents.test')).toHaveLength(1)
      }
    }),
  )

  test(
    'a case that is deleted takes its plans with it; one that is merged hands them over; one that is split keeps them',
    with_(async (g) => {
      await begin(g)
      await begin(g, 'Other')
      await g.act('reopen.plan', '#1', { in: '1 hour', note: 'one' }, anna)
      await g.act('reopen.plan', '#2', { in: '1 hour', note: 'two' }, anna)
      const [one, two] = [await g.look('#1'), await g.look('#2')]
      await g.transact((tx) => tx.cases.link(one.id, 'merged-into', two.id, 'merged-from'))
      await g.transact((tx) => tx.cases.link(two.id, 'split-to', one.id, 'split-from'))
      await g.act('case.status', '#2', { status: 'closed' })
      await pass(g, '1h')
      expect((await g.look('#1')).notes.filter((n) => n.kind === 'reopen')).toEqual([])
      expect((await g.look('#2')).notes.filter((n) => n.kind === 'reopen').map((n) => n.text.split('\n\n')[1])).toEqual(
        expect.arrayContaining(['one', 'two']),
      )
      await g.act('reopen.plan', '#2', { in: '1 hour' }, anna)
      await g.transact(async (tx) => {
        for (const table of ['messages', 'notes', 'notices', 'events'] as const)
          await tx.db.deleteFrom(table).where('case_id', '=', two.id).execute()
        await tx.db.deleteFrom('cases').where('id', '=', two.id).execute()
      })
      await pass(g, '2h')
      expect((await reopens(g)).filter((r) => r.state === 'planned')).toEqual([])
    }),
  )

  test(
    'fired by hand it comes now, and its time brings nothing more',
    with_(async (g) => {
      await begin(g)
      await waiting(g)
      await g.act('reopen.plan', '#1', { in: '1 hour', note: 'x' }, anna)
      await g.act('reopen.fire', '#1', {}, anna)
      expect((await g.look('#1')).status).toBe('open')
      await pass(g, '2h')
      expect((await g.look('#1')).notes.filter((n) => n.kind === 'reopen')).toHaveLength(1)
      await expect(g.act('reopen.cancel', '#1', {}, anna)).rejects.toThrow()
    }),
  )
}, behaviourKinds)
