// The questions of plugins about cases, messages and people, on either database.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { eachGateway } from '../support/each-gateway.ts'

const typed = new URL('typed-plugin.ts', import.meta.url).pathname

eachGateway((open) => {
  test('cases, messages, notes and people are found without a table of the core', async () => {
    const g = await open({ plugins: ['desk', 'threading', { [typed]: {} }] })
    await g.mail({ from: 'Carl <carl@customer.test>', to: 'support@example.test', cc: 'dora@customer.test', subject: 'One', text: 'first' })
    await g.advance('1m')
    await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Two', text: 'second' })
    await g.act('case.cc', '#1', { add: ['Boss@Customer.test'] })
    await g.act('case.tags', '#1', { add: ['vip', 'late'] })
    await g.act('note.add', '#1', { text: 'looked' })
    await g.act('case.assign', '#1', { assignee: 'anna' })
    await g.advance('1m')
    await g.act('reply.send', '#1', { text: 'Here you are', status: 'closed' }, agent('anna'))
    await g.transact(async ({ read }) => {
      const one = await read.case('#1')
      const two = await read.case('2')
      if (!one || !two) throw new Error('both are there')
      const numbers = async (query: Parameters<typeof read.cases>[0]) => (await read.cases(query)).map((c) => c.number)
      expect(await numbers({})).toEqual([1, 2])
      expect(await numbers({ by: 'number', direction: 'asc' })).toEqual([1, 2])
      expect(await numbers({ limit: 1 })).toEqual([1])
      expect(await numbers({ limit: 1, after: one })).toEqual([2])
      expect(await numbers({ after: two })).toEqual([])
      expect(await numbers({ by: 'created_at', after: two })).toEqual([1])
      expect(await numbers({ statuses: ['closed'] })).toEqual([1])
      expect(await numbers({ statuses: [] })).toEqual([])
      expect(await numbers({ mailboxes: ['sales'] })).toEqual([2])
      expect(await numbers({ person: 'DORA@customer.test' })).toEqual([1, 2])
      expect(await numbers({ person: 'boss@customer.test' })).toEqual([1])
      expect(await numbers({ tags: ['vip', 'late'] })).toEqual([1])
      expect(await numbers({ tags: ['vip', 'other'] })).toEqual([])
      expect(await numbers({ assignee: null })).toEqual([2])
      expect(await numbers({ created: { before: two.createdAt } })).toEqual([1])
      expect(await numbers({ created: { from: two.createdAt } })).toEqual([2])
      expect(await read.case('#3')).toBeUndefined()
      expect((await read.messages(one.id)).map((m) => m.text)).toEqual(['Here you are', 'first'])
      const [newest] = await read.messages(one.id, { limit: 1 })
      expect((await read.messages(one.id, { beforeSeq: newest?.seq ?? 0 })).map((m) => m.text)).toEqual(['first'])
      expect((await read.message(newest?.id ?? ''))?.id).toBe(newest?.id)
      expect((await read.notes(one.id)).map((n) => n.text)).toEqual(['looked'])
      expect(await read.tags(one.id)).toEqual(['late', 'vip'])
      const people = await read.people(one.id)
      expect(people?.requester).toMatchObject({ address: 'carl@customer.test', name: 'Carl' })
      expect(people?.cc.map((p) => p.address)).toContain('boss@customer.test')
      expect(people?.bcc).toEqual([])
      expect(await read.people('nobody')).toBeUndefined()
    })
  })

  test('a transaction sees what it has written, and refuses questions after its end', async () => {
    const g = await open({ plugins: ['desk', 'threading', { [typed]: {} }] })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'One' })
    const read = await g.transact(async (tx) => {
      const c = await tx.cases.byRef('#1')
      await tx.cases.set(c?.id ?? '', { status: 'spam' })
      expect((await tx.read.cases({ statuses: ['spam'] })).map((found) => found.number)).toEqual([1])
      return tx.read
    })
    await expect(read.case('#1')).rejects.toThrow('after its end')
    expect((await g.act('typed.open', null, { person: 'carl@customer.test' })).data).toEqual({ inside: 1, outside: 1 })
  })
})
