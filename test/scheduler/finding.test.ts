// Finding what is planned: point 9 of the article on reopens, point 5 of that on deferred sending; the command line; the conditions.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { listCases } from '../../core/store/case-list.ts'
import type { CommandDefinition } from '../../core/plugin.ts'
import { periodOf } from '../../plugins/scheduler/periods.ts'
import { client, tokenFor } from '../api/client.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { at, begin, eachGateway, pass } from './rig.ts'

const anna = agent('anna')

/** Numbers of the cases that a filter of a list finds. */
async function found(
  g: TestGateway,
  name: string,
  value: string,
  viewer: { readonly timezone?: string; readonly locale?: string } = {},
): Promise<readonly number[]> {
  const { engine, database } = g.gateway
  const matching = await engine.registry.filters
    .get(name)
    ?.where(database.read, value, { now: g.clock.now(), timezone: 'Europe/Moscow', locale: 'ru', agent: 'anna', ...viewer })
  return (await listCases(database.read, { limit: 100, matching: matching ? [matching] : [] })).map((c) => c.number).sort((a, b) => a - b)
}

/** `postern reopens ...` and `postern deferred ...`: what they print. */
function shell(g: TestGateway) {
  return async (
    command: 'reopens' | 'deferred',
    args: readonly string[],
    options: Parameters<CommandDefinition['run']>[0]['options'] = {},
    json = false,
  ): Promise<string> => {
    const lines: string[] = []
    const hook = g.gateway.engine.registry.plugins.find((p) => p.definition.name === 'scheduler')?.hooks.commands?.[command]
    expect(await hook?.run({ args, options, print: (line) => void lines.push(line), json })).toBe(0)
    await g.settle()
    return lines.join('\n')
  }
}

eachGateway((with_) => {
  test(
    'point 9: cases by when they are reopened; relative periods follow the day on which they are asked, in the zone of who asks',
    with_(async (g) => {
      // Monday 21 September: #1 today, #2 tomorrow, #3 Friday, #4 next Tuesday, #5 in October, #6 nothing, #7 was cancelled.
      const times = [
        '2026-09-21 20:00',
        '2026-09-22 00:30',
        '2026-09-25 12:00',
        '2026-09-29 12:00',
        '2026-10-15 12:00',
        null,
        '2026-09-22 12:00',
      ]
      for (const [i, time] of times.entries()) {
        await begin(g, `Case ${i}`)
        if (time)
          await g.act(
            'reopen.plan',
            `#${i + 1}`,
            { at: `${time.replace(' ', 'T')}+03:00`, ...(i === 2 && { note: 'ask @team' }) },
            i === 3 ? { kind: 'rule', id: 'r', via: 'rule' } : anna,
          )
      }
      await g.act('reopen.cancel', '#7', {}, anna)
      const table: Readonly<Record<string, readonly number[]>> = {
        planned: [1, 2, 3, 4, 5],
        none: [6, 7],
        today: [1],
        tomorrow: [2],
        'this-week': [1, 2, 3],
        'next-week': [4],
        'this-month': [1, 2, 3, 4],
        'next-month': [5],
        '2026-09-25': [3],
        'on:2026-09-25': [3],
        'from:2026-09-25': [3, 4, 5],
        'until:2026-09-25': [1, 2, 3],
        'between:2026-09-22..2026-09-25': [2, 3],
        '2026-09-22..2026-09-29': [2, 3, 4],
      }
      for (const [value, cases] of Object.entries(table)) expect(await found(g, 'reopen', value), value).toEqual(cases)
      // In London it is 22:30 of today when it is half past midnight in Moscow.
      expect(await found(g, 'reopen', 'today', { timezone: 'Europe/London' })).toEqual([1, 2])
      expect(await found(g, 'reopen_owner', 'anna')).toEqual([1, 2, 3, 5])
      expect(await found(g, 'reopen_owner', 'none')).toEqual([4])
      expect(await found(g, 'reopen_mention', 'team')).toEqual([3])
      expect(() =>
        g.gateway.engine.registry.filters
          .get('reopen')
          ?.where(g.gateway.database.read, 'until:2026-02-30', { now: 0, timezone: 'UTC', locale: 'en', agent: null }),
      ).toThrow('is no period')
      await pass(g, '1d')
      expect(await found(g, 'reopen', 'today')).toEqual([])
      expect(await found(g, 'reopen', 'this-week')).toEqual([3])
    }),
  )

  test(
    'point 5: cases with deferred messages are found, and listed in the order in which these leave',
    with_(async (g) => {
      for (const [i, span] of ['3 days', '1 day', null, '2 days'].entries()) {
        await begin(g, `Case ${i}`)
        if (span) await g.act('reply.defer', `#${i + 1}`, { text: 'x', in: span }, anna)
      }
      expect(await found(g, 'deferred', 'planned')).toEqual([1, 2, 4])
      expect(await found(g, 'deferred', 'none')).toEqual([3])
      expect(await found(g, 'deferred', 'tomorrow')).toEqual([2])
      const keys = g.gateway.engine.registry.sorts.get('deferred_at')?.keys(g.gateway.database.read)
      if (!keys) throw new Error('no sort')
      const rows = await g.gateway.database.read
        .selectFrom('cases')
        .innerJoin(keys.as('sorted'), 'sorted.case_id', 'cases.id')
        .select(['cases.number', 'sorted.sort_key'])
        .orderBy('sorted.sort_key')
        .execute()
      expect(rows.map((r) => [r.number, Number(r.sort_key)])).toEqual([
        [2, at('2026-09-22T09:00:00Z')],
        [4, at('2026-09-23T09:00:00Z')],
        [1, at('2026-09-24T09:00:00Z')],
      ])
    }),
  )

  test(
    'a rule may ask whether something is planned, and for when',
    with_(async (g) => {
      await begin(g)
      const ask = (name: string, value: unknown) =>
        g.transact(async (tx) => {
          const c = await tx.cases.byRef('#1')
          if (!c) throw new Error('no case')
          return g.gateway.engine.registry.conditions.get(name)?.test(tx, { case: c, message: null, event: null }, value as never)
        })
      expect(await ask('reopen', false)).toEqual({ holds: true, seen: 'none' })
      await g.act('reopen.plan', '#1', { in: '1 day' }, anna)
      await g.act('reply.defer', '#1', { text: 'x', in: '2 days' }, anna)
      expect(await ask('reopen', true)).toEqual({ holds: true, seen: '2026-09-22T09:00:00.000Z' })
      expect((await ask('reopen', 'today'))?.holds).toBe(false)
      expect((await ask('reopen', 'tomorrow'))?.holds).toBe(true)
      expect((await ask('deferred', 'this-week'))?.holds).toBe(true)
      expect(await ask('reopen_owner', 'anna')).toEqual({ holds: true, seen: 'anna' })
      expect(await ask('reopen_owner', 'none')).toEqual({ holds: false, seen: 'anna' })
      expect(await ask('reopen_mention', 'team')).toEqual({ holds: false, seen: 'nobody' })
      await g.act('reopen.plan', '#1', { in: '2 days', note: 'ask @team and @boris' }, { kind: 'rule', id: 'r', via: 'rule' })
      expect(await ask('reopen_owner', 'none')).toEqual({ holds: true, seen: 'anna, none' })
      for (const [who, holds] of [
        ['team', true],
        ['boris', true],
        ['anna', false],
      ] as const)
        expect((await ask('reopen_mention', who))?.holds, who).toBe(holds)
      await g.act('reopen.cancel', '#1', {}, anna)
      expect(await ask('reopen_owner', 'anna')).toEqual({ holds: false, seen: 'none' })
    }),
  )

  test(
    '`show` tells in whose zone a reopen was planned, on what condition, and who is mentioned; of a deferred message what goes with it',
    with_(async (g) => {
      await begin(g)
      const call = shell(g)
      await g.act('case.assign', '#1', { assignee: 'boris' })
      await g.act('reopen.plan', '#1', { at: 'завтра в 9', note: 'спросить @team и @anna', any_assignee: false }, agent('boris'))
      const shown = await call('reopens', ['show', '#1'])
      for (const line of [
        'when:        22 September 2026 at 09:00 GMT+3',
        'zone:        Europe/Moscow',
        'owner:       boris',
        'condition:   only if boris is responsible then',
        'mentions:    anna; team',
        '    спросить @team и @anna',
      ])
        expect(shown).toContain(line)
      await call('reopens', ['edit', '#1'], { anyAssignee: true })
      expect(await call('reopens', ['show', '#1'])).not.toContain('condition')
      const file = path.join(g.folder, 'plan.txt')
      writeFileSync(file, 'plan')
      await call('deferred', ['add', '1'], {
        at: '2 hours',
        text: 'Hello',
        status: 'closed',
        as: 'anna',
        files: file,
        ccAdd: 'boss@customer.test, eve@customer.test',
      })
      const deferred = await call('deferred', ['show', '#1'])
      for (const line of [
        'when:        21 September 2026 at 12:00 BST',
        'zone:        Europe/London',
        'kind:        deferred',
        'agent:       anna',
        'subject:     Help',
        'cc:          add boss@customer.test, eve@customer.test',
        'status:      closed',
        'files:       plan.txt',
        '    Hello',
      ])
        expect(deferred).toContain(line)
      expect(JSON.parse(await call('deferred', ['show', '#1'], {}, true))).toMatchObject({
        agent: 'anna',
        zone: 'Europe/London',
        files: ['plan.txt'],
        status: 'closed',
      })
      await call('deferred', ['edit', '#1'], { files: '' })
      expect(await call('deferred', ['show', '#1'])).not.toContain('files')
      await expect(call('deferred', ['edit', '#1'], { files: path.join(g.folder, 'none') })).rejects.toThrow('cannot be read')
    }),
  )

  test(
    'through the API, relative words are read in the zone of who asks, and lists are put in the order in which answers leave',
    with_(async (g) => {
      for (let i = 1; i <= 3; i++) await begin(g, `Case ${i}`)
      // In Moscow it is tomorrow by then, in London today still.
      await g.act('reopen.plan', '#1', { at: '2026-09-22T00:30:00+03:00', note: 'ask @team' }, anna)
      for (const [ref, span] of [
        ['#1', '3 days'],
        ['#2', '1 day'],
      ] as const)
        await g.act('reply.defer', ref, { text: 'x', in: span }, anna)
      const api = client(g, await tokenFor(g))
      const ask = async (query: string, as?: string): Promise<readonly number[]> => {
        const reply = await api('GET', `/v1/cases?${query}`, as === undefined ? {} : { as })
        expect(reply.status, JSON.stringify(reply.body)).toBe(200)
        return reply.body.cases.map((c: { number: number }) => c.number)
      }
      expect(await ask('filter=reopen=today', 'anna')).toEqual([1])
      expect(await ask('filter=reopen=today', 'boris')).toEqual([])
      expect(await ask('filter=reopen=tomorrow', 'boris')).toEqual([1])
      expect(await ask('filter=reopen_owner=anna&filter=reopen_mention=team')).toEqual([1])
      expect(await ask('filter=reopen_owner=boris')).toEqual([])
      expect((await ask('filter=reopen=none')).toSorted()).toEqual([2, 3])
      expect(await ask('filter=deferred=planned&sort=deferred_at')).toEqual([2, 1])
      expect(await ask('filter=deferred=planned&sort=-deferred_at')).toEqual([1, 2])
      expect(await ask('filter=deferred=from:2026-09-23&sort=deferred_at')).toEqual([1])
      const wrong = await api('GET', '/v1/cases?filter=reopen=soon')
      expect([wrong.status, JSON.stringify(wrong.body)]).toEqual([422, expect.stringContaining('reopen')])
    }),
  )

  test(
    'from the command line: list, show, add, edit, cancel, fire, send',
    with_(async (g) => {
      await begin(g)
      const call = shell(g)
      expect(await call('reopens', ['add', '#1'], { at: 'tomorrow 9:00', note: 'call\u001b[2J', as: 'anna' })).toBe(
        'The case will be reopened on 22 September 2026 at 09:00 BST.',
      )
      const listed = await call('reopens', ['list'])
      expect(listed).toMatch(/^\S+ {2}#1 {2}planned {4}2026-09-22T08:00:00\.000Z {2}anna {8}call \[2J$/)
      const id = listed.split(' ')[0] ?? ''
      expect(await call('reopens', ['edit', id], { add: '-1 hour' })).toContain('22 September 2026 at 07:00 UTC')
      expect(await call('reopens', ['show', '#1'])).toContain('call')
      expect(await call('reopens', ['fire', id])).toBe('done')
      expect(await call('reopens', ['list'])).toBe('')
      expect(await call('reopens', ['list'], { all: true })).toContain('fired')
      await expect(call('reopens', ['cancel', id])).rejects.toThrow('done already')
      await expect(call('reopens', ['frob', id])).rejects.toThrow('there are list, show, add, edit, cancel, fire')
      expect(await call('deferred', ['add', '1'], { at: '2 hours', text: 'Hello', as: 'boris@agents.test' })).toBe(
        'Сообщение будет отправлено 21 сентября 2026 г. в 14:00 GMT+3.',
      )
      const [row] = JSON.parse(await call('deferred', ['list'], { when: 'today' }, true)) as { id: string }[]
      expect(await call('deferred', ['send', row?.id ?? ''])).toBe('The message is on its way.')
      expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
      await call('deferred', ['add', '1'], { at: '2 hours', text: 'More' })
      expect(await call('deferred', ['cancel', '#1'])).toBe('The message is cancelled.')
    }),
  )
})

describe('weeks begin where the language says', () => {
  test.for([
    ['en', '2026-09-21'],
    ['ru', '2026-09-21'],
    ['en-US', '2026-09-20'],
  ] as const)('%s', ([locale, day]) => {
    const now = at('2026-09-21T09:00:00Z')
    expect(periodOf('this-week', { now, timezone: 'UTC', locale })).toMatchObject({ from: at(`${day}T00:00:00Z`) })
    expect(periodOf('next-week', { now, timezone: 'UTC', locale })).toMatchObject({ from: at(`${day}T00:00:00Z`) + 7 * 86_400_000 })
  })
})
