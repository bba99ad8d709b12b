// What `tx.attempt` promises, on both databases.
import { afterEach, expect, test } from 'vitest'
import { PosternError } from '../../core/base/errors.ts'
import type { Tx } from '../../core/contract/tx.ts'
import { eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

let g: TestGateway

afterEach(() => g.stop())

eachDatabase((kind) => {
  const begin = async (): Promise<string> => {
    g = await testGateway({ kind })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help' })
    g.clear()
    return (await g.look('#1')).id
  }
  const change = async (tx: Tx, id: string): Promise<void> => {
    await tx.act('case.subject', id, { subject: 'Other' })
    await tx.act('case.cc', id, { add: ['lea@law.test'] })
    await tx.act('reply.send', id, { text: 'Hello' })
  }
  const events = async (): Promise<readonly string[]> =>
    (await g.gateway.database.read.selectFrom('events').select('type').orderBy('id').execute()).map((e) => e.type)

  test('what throws leaves nothing behind, and the transaction goes on', async () => {
    const id = await begin()
    const before = await g.look('#1')
    const told = await events()
    await g.transact(async (tx) => {
      const half = async (): Promise<void> => {
        await change(tx, id)
        throw new PosternError('invalid', 'no')
      }
      await expect(tx.attempt(half)).rejects.toThrow('no')
      expect((await tx.cases.lock(id)).version).toBe(before.version + 1)
      await tx.act('case.tags', id, { add: ['kept'] })
    })
    await g.settle()
    const { version, updatedAt } = await g.look('#1')
    expect(await g.look('#1')).toEqual({ ...before, tags: ['kept'], version, updatedAt })
    expect(await events()).toEqual([...told, 'case.tags_changed'])
    expect(await g.sent()).toEqual([])
  })

  test('what is kept takes effect, and what is not kept gives its value alone', async () => {
    const id = await begin()
    const values = await g.transact(async (tx) => [
      await tx.attempt(async () => {
        await tx.act('case.tags', id, { add: ['kept'] })
        // Inside another, the inner one alone is taken back.
        return tx.attempt(
          async () => {
            await change(tx, id)
            return 'looked at'
          },
          () => false,
        )
      }),
    ])
    expect(values).toEqual(['looked at'])
    expect(await g.look('#1')).toMatchObject({ subject: 'Help', cc: [], tags: ['kept'] })
    await g.transact((tx) => tx.attempt(() => change(tx, id)))
    await g.settle()
    expect(await g.look('#1')).toMatchObject({ subject: 'Other', cc: ['lea@law.test'] })
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['Hello'])
  })
})
