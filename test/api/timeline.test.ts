import { afterAll, beforeAll, expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { eachDatabase } from '../support/databases.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'

interface Entry {
  readonly seq: number
  readonly what: string
  readonly message?: { readonly id: string }
  readonly note?: { readonly id: string }
  readonly notice?: { readonly id: string; readonly seq: number }
  readonly event?: { readonly id: string }
}
const idOf = (e: Entry): string => (e.message ?? e.note ?? e.notice ?? e.event)?.id ?? ''

eachDatabase((kind) => {
  let g: TestGateway
  let call: Client
  let cases = 0
  beforeAll(async () => {
    g = await testGateway({ plugins: ['desk', 'threading', 'recipients'], kind })
    call = client(g, await tokenFor(g))
  })
  afterAll(() => g.stop())
  /** A case of one mail; its number. */
  const begin = async (): Promise<number> => {
    await g.mail({ from: 'Carl <carl@customer.test>', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    return ++cases
  }
  /** Page after page to the end; `between` runs after each. */
  const walk = async <E>(
    n: number,
    list: string,
    query: string,
    between: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<readonly E[]> => {
    const seen: E[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await call(
        'GET',
        `/v1/cases/${n}/${list}?limit=3&${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      expect(page.status, JSON.stringify(page.body)).toBe(200)
      expect(page.body[list].length).toBeLessThanOrEqual(3)
      seen.push(...page.body[list])
      cursor = page.body.next
      if (cursor !== null) await between()
    }
    return seen
  }
  /** Messages, notes and notices in turn, in transactions of several. */
  const fill = async (n: number, rounds: number): Promise<void> => {
    for (let i = 0; i < rounds; i++) {
      await g.transact(async (tx) => {
        const c = await tx.cases.byRef(`#${n}`)
        if (!c) throw new Error('no case')
        await tx.notes.add({ caseId: c.id, text: `note ${i}` })
        await tx.notices.raise({ caseId: c.id, kind: 'reply.held', data: { i } })
        if (i % 2 === 0) await tx.notes.add({ caseId: c.id, text: `second note ${i}` })
      }, agent('anna'))
      await g.act('reply.send', `#${n}`, { text: `answer ${i}` }, agent('anna'))
    }
  }

  test('the timeline of a case goes page by page without loss in both directions, and its parts as the whole', async () => {
    const n = await begin()
    await fill(n, 5)
    const whole = (await call('GET', `/v1/cases/${n}/timeline?limit=200&events=true`)).body as {
      readonly timeline: readonly Entry[]
      readonly next: string | null
    }
    expect(whole.next).toBeNull()
    const ids = whole.timeline.map(idOf)
    expect(new Set(ids).size).toBe(ids.length)
    const places = whole.timeline.map((e) => e.seq)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(new Set(places).size).toBe(places.length)
    // 1 mail, 5 answers; 8 notes; 5 notices.
    const kinds = ['message', 'note', 'notice'].map((what) => whole.timeline.filter((e) => e.what === what).length)
    expect(kinds).toEqual([6, 8, 5])
    expect((await walk<Entry>(n, 'timeline', 'events=true')).map(idOf)).toEqual(ids)
    expect((await walk<Entry>(n, 'timeline', 'events=true&sort=-seq')).map(idOf)).toEqual([...ids].reverse())
    const quiet = whole.timeline.filter((e) => e.what !== 'event').map(idOf)
    expect((await walk<Entry>(n, 'timeline', '')).map(idOf)).toEqual(quiet)
    expect((await walk<Entry>(n, 'timeline', 'sort=-seq')).map(idOf)).toEqual([...quiet].reverse())
    for (const [list, what] of [
      ['messages', 'message'],
      ['notes', 'note'],
      ['notices', 'notice'],
    ] as const) {
      const expected = whole.timeline.filter((e) => e.what === what).map(idOf)
      expect([list, (await walk<{ id: string }>(n, list, '')).map((e) => e.id)]).toEqual([list, expected])
      expect([list, (await walk<{ id: string }>(n, list, 'sort=-seq')).map((e) => e.id)]).toEqual([list, [...expected].reverse()])
    }
    const received = whole.timeline
      .filter((e) => e.what === 'message')
      .map(idOf)
      .slice(0, 1)
    expect((await walk<{ id: string }>(n, 'messages', 'state=received')).map((m) => m.id)).toEqual(received)
    expect(await walk(n, 'notices', 'state=taken')).toEqual([])
  })

  test('what happens while somebody reads page by page comes at the end, and nothing is missed or told twice', async () => {
    const n = await begin()
    await fill(n, 2)
    let more = 3
    const seen = await walk<Entry>(n, 'timeline', 'events=true', () => (more-- > 0 ? fill(n, 1) : Promise.resolve()))
    const whole = (await call('GET', `/v1/cases/${n}/timeline?limit=200&events=true`)).body.timeline as readonly Entry[]
    expect(seen.map(idOf)).toEqual(whole.map(idOf))
    // From the newest backwards: what there was at the beginning.
    const before = whole.map(idOf).reverse()
    let once = true
    const back = await walk<Entry>(n, 'timeline', 'events=true&sort=-seq', () => (once ? ((once = false), fill(n, 1)) : Promise.resolve()))
    expect(back.map(idOf)).toEqual(before)
  })

  test('a notice keeps its place when it is opened again', async () => {
    const n = await begin()
    await fill(n, 1)
    const [notice] = (await call('GET', `/v1/cases/${n}/notices`)).body.notices
    await g.transact(async (tx) => {
      await tx.notices.resolve(notice.id, { state: 'dismissed' })
      await tx.notices.reopen(notice.id)
    })
    const shown = ((await call('GET', `/v1/cases/${n}/timeline`)).body.timeline as readonly Entry[]).filter((e) => e.notice)
    expect(shown.map((e) => [e.seq, e.notice?.seq])).toEqual([[notice.seq, notice.seq]])
  })

  test('a cursor of another list, a broken one and a page of no size are refused with a sentence', async () => {
    const n = await begin()
    const other = Buffer.from(JSON.stringify(['-updated_at', 1, 'x'])).toString('base64url')
    const turned = Buffer.from(JSON.stringify(['-seq', 1, 'x'])).toString('base64url')
    for (const wrong of [
      `cursor=${other}`,
      `cursor=${turned}`,
      'cursor=x',
      'cursor=',
      'limit=0',
      'limit=201',
      'limit=x',
      'sort=created_at',
    ]) {
      for (const list of ['timeline', 'messages', 'notes', 'notices']) {
        const answer = await call('GET', `/v1/cases/${n}/${list}?${wrong}`)
        expect([wrong, list, answer.status, answer.body.code]).toEqual([wrong, list, 422, 'invalid'])
      }
    }
  })
})
