// A transaction asks for a row once and writes late; whoever asks the database himself must not notice.
import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'

const mail = { from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken.' }

eachGateway((open) => {
  test('a query of a plugin sees what the transaction has changed before it', async () => {
    const g = await open()
    await g.mail(mail)
    await g.transact(async (tx) => {
      const c = await tx.cases.lock((await tx.cases.byRef('#1'))?.id ?? '')
      const subject = async () => (await tx.db.selectFrom('cases').select('subject').where('id', '=', c.id).executeTakeFirst())?.subject
      await tx.cases.set(c.id, { subject: 'Changed' })
      expect(await subject()).toBe('Changed')
      await tx.cases.set(c.id, { subject: 'Changed again' })
      // Both begin at once: what was changed before stands before them.
      expect(await Promise.all([subject(), subject()])).toEqual(['Changed again', 'Changed again'])
      const inside = tx.db
        .selectFrom('messages')
        .select('id')
        .where('case_id', 'in', (eb) => eb.selectFrom('cases').select('id').where('status', '=', 'closed'))
      expect(await inside.execute()).toEqual([])
      await tx.cases.set(c.id, { status: 'closed' })
      expect(await inside.execute()).toHaveLength(1)
      expect((await tx.read.case('#1'))?.status).toBe('closed')
    })
    expect(await g.look('#1')).toMatchObject({ subject: 'Changed again', status: 'closed' })
  })

  test('a mail that was ordered is there for whoever asks, before it is written with the others', async () => {
    const g = await open()
    await g.mail(mail)
    g.clear()
    await g.transact(async (tx) => {
      const c = await tx.cases.byRef('#1')
      const letter = (subject: string) => ({
        ...{ case: c ?? null, kind: 'notification' as const, from: { address: 'support@example.test', name: '' }, subject, text: 'Words.' },
        to: [{ address: 'anna@agents.test', name: '' }],
        replyAs: null,
      })
      const first = await tx.outbox.send(letter('One'))
      await tx.outbox.send(letter('Two'))
      expect(first.sent && (await tx.outbox.recipientsOf(first.outboxId))).toEqual(['anna@agents.test'])
      expect(first.sent && (await tx.outbox.cancel(first.outboxId))).toBe(1)
    })
    await g.settle()
    expect((await g.sent()).map((m) => m.mail.subject)).toEqual(['Two'])
  })

  test('what is added to a case is seen at once, by the books and by the database', async () => {
    const g = await open()
    await g.mail(mail)
    await g.transact(async (tx) => {
      const id = (await tx.cases.byRef('#1'))?.id ?? ''
      expect(await tx.cases.cc(id)).toEqual([])
      await tx.cases.setPeople(id, 'cc', [{ address: 'lea@law.test', name: 'Lea' }])
      expect(await tx.cases.cc(id)).toEqual([{ address: 'lea@law.test', name: 'Lea' }])
      expect(await tx.cases.tags(id)).toEqual([])
      await tx.cases.tag(id, { add: ['vip'] })
      expect(await tx.cases.tags(id)).toEqual(['vip'])
      expect(await tx.notices.open(id)).toEqual([])
      const notice = await tx.notices.raise({ caseId: id, kind: 'order_left' })
      expect(await tx.notices.open(id)).toHaveLength(1)
      await tx.notices.resolve(notice.id, { state: 'dismissed' })
      expect(await tx.notices.open(id)).toEqual([])
      const [message] = await tx.messages.list(id)
      await tx.messages.update(message?.id ?? '', { data: { seen: true } })
      expect((await tx.messages.get(message?.id ?? ''))?.data).toEqual({ seen: true })
    })
  })

  test('events of a case are numbered without a gap, however many a transaction has', async () => {
    const g = await open()
    await g.mail(mail)
    for (const status of ['closed', 'open'] as const)
      await g.transact(async (tx) => {
        const id = (await tx.cases.byRef('#1'))?.id ?? ''
        await tx.cases.tag(id, { add: [status] })
        await tx.cases.set(id, { status, subject: `It is ${status}` })
        await tx.notes.add({ caseId: id, text: status })
      })
    const rows = await g.gateway.database.read.selectFrom('events').select('case_seq').orderBy('case_seq').execute()
    const taken = rows.map((r) => r.case_seq ?? 0)
    expect(new Set(taken).size).toBe(taken.length)
    const c = await g.gateway.database.read.selectFrom('cases').select('seq').executeTakeFirst()
    expect(taken.at(-1)).toBe(c?.seq)
  })
})
