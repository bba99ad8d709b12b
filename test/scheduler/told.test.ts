// What colleagues, rules and programs do with somebody's plans is told to him, in his language, by one mail; what he does himself is not.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { begin, eachGateway, pass } from './rig.ts'

const [anna, boris] = [agent('anna'), agent('boris')]

eachGateway((with_) => {
  /** The texts of the mails that an agent got since the last look. */
  const told = async (g: TestGateway, who: string): Promise<readonly string[]> =>
    (await g.sentTo(`${who}@agents.test`)).map((m) => m.mail.text ?? '')
  const planned = async (g: TestGateway): Promise<string> => {
    await begin(g)
    await g.act('case.status', '#1', { status: 'closed' })
    const { data } = await g.act('reopen.plan', '#1', { in: '2 hours', note: 'ask him' }, anna)
    g.clear()
    return String(data?.reopen)
  }

  test(
    'a reopen that somebody else changes, and that then fires, tells its planner each time',
    with_(async (g) => {
      const reopen = await planned(g)
      await g.act('reopen.edit', '#1', { reopen, add: '1 hour' }, boris)
      expect(await told(g, 'anna')).toEqual([expect.stringContaining('Борис Иванов moved the planned reopen to')])
      g.clear()
      await g.act('reopen.edit', '#1', { reopen, note: 'ask her' }, boris)
      const [changed, ...more] = await told(g, 'anna')
      expect(changed).toMatch(/Борис Иванов changed the reopen planned for [^]*ask her/)
      expect([more, await told(g, 'boris')]).toEqual([[], []])
      g.clear()
      await pass(g, '3h 5m')
      for (const who of ['anna', 'boris']) expect(await told(g, who)).toEqual([expect.stringContaining('ask her')])
    }),
  )

  test(
    'a rule or a program that cancels it tells its planner, he himself nobody',
    with_(async (g) => {
      const reopen = await planned(g)
      await g.act('reopen.cancel', '#1', { reopen }, { kind: 'rule', id: 'tidy', via: 'rule' })
      expect(await told(g, 'anna')).toEqual([expect.stringContaining('Postern cancelled the reopen planned for')])
      g.clear()
      await g.act('reopen.plan', '#1', { in: '2 hours' }, anna)
      await g.act('reopen.cancel', '#1', {}, anna)
      expect([await told(g, 'anna'), await told(g, 'boris')]).toEqual([[], []])
    }),
  )

  test(
    'one that somebody else puts off again tells its planner',
    with_(async (g) => {
      const reopen = await planned(g)
      await pass(g, '2h 5m')
      g.clear()
      await g.act('reopen.postpone', '#1', { reopen, in: '1 day' }, boris)
      expect(await told(g, 'anna')).toEqual([expect.stringContaining('Planned reopen of Борис Иванов, put off until')])
    }),
  )

  test(
    'a deferred answer that a colleague changes, cancels or sends tells its writer, with its words where they are gone',
    with_(async (g) => {
      await begin(g)
      const defer = async (): Promise<string> =>
        String((await g.act('reply.defer', '#1', { text: 'Good morning', in: '2 hours' }, anna)).data?.message)
      const message = await defer()
      g.clear()
      await g.act('deferred.edit', '#1', { message, add: '1 hour' }, boris)
      expect(await told(g, 'anna')).toEqual([expect.stringContaining('Борис Иванов changed the message that was planned; it leaves on')])
      g.clear()
      await g.act('deferred.cancel', '#1', { message }, boris)
      const [cancelled] = await told(g, 'anna')
      expect(cancelled).toMatch(/Борис Иванов cancelled the message planned for [^]*Good morning/)
      const second = await defer()
      g.clear()
      await g.act('deferred.send', '#1', { message: second }, boris)
      expect(await told(g, 'anna')).toEqual([expect.stringContaining('already')])
      const third = await defer()
      g.clear()
      await g.act('deferred.cancel', '#1', { message: third }, anna)
      expect(await told(g, 'anna')).toEqual([])
    }),
  )
})
