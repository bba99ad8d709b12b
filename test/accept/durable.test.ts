// Accepting into the real store, on both databases: what was answered 250 is there, once, octet by octet, with its job (REL-1, REL-5, IDM-1, IDM-2).
import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import type { InboundStore } from '../../core/engine/accept/acceptor.ts'
import type { Database } from '../../core/store/database.ts'
import { insertInbound } from '../../core/store/inbound.ts'
import { eachDatabase } from '../support/databases.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig | undefined
afterEach(async () => {
  await rig?.stop()
  rig = undefined
})

const ids = idsFrom(systemClock)
const storeOf = (db: Database): InboundStore => ({ insertAll: (batch) => insertInbound(db, systemClock, ids, batch) })
const rows = (db: Database) => db.read.selectFrom('inbound').selectAll().orderBy('id').execute()
const blobs = (db: Database) => db.read.selectFrom('blobs').selectAll().execute()
const jobs = (db: Database) => db.read.selectFrom('jobs').select('payload').where('kind', '=', 'intake').execute()
const accepted = /^250 2\.0\.0 accepted as (\S+)$/
const idOf = (reply: string | undefined): string => accepted.exec(reply ?? '')?.[1] ?? `no id in: ${String(reply)}`

eachDatabase((_kind, open) => {
  test('row, bytes and job of a mail are there when its 250 is', async () => {
    const db = await open()
    rig = await startRig({ store: storeOf(db) })
    const c = await rig.client()
    const body = Buffer.concat([
      Buffer.from('Subject: octets\r\n\r\n'),
      Buffer.from(randomBytes(3000).map((b) => (b === 0 || b === 0x0a || b === 0x0d || b === 0x2e ? 0xff : b))),
    ])
    const [reply] = await c.deliver('отправитель@пример.рф', ['Support+Tag@example.org', 'sales@example.org'], body)
    const stored = await rows(db)
    expect(stored.map((r) => [r.mail_from, r.rcpt, r.mailbox, r.state, r.smtputf8])).toEqual([
      ['отправитель@пример.рф', 'support+tag@example.org', 'support', 'queued', 1],
      ['отправитель@пример.рф', 'sales@example.org', 'sales', 'queued', 1],
    ])
    expect(stored[0]?.id).toBe(idOf(reply))
    const kept = await blobs(db)
    expect(kept).toHaveLength(1)
    expect(Buffer.compare(Buffer.from(kept[0]?.bytes ?? []), Buffer.concat([body, Buffer.from('\r\n')]))).toBe(0)
    expect((await jobs(db)).map((j) => JSON.parse(j.payload).inbound).sort()).toEqual(stored.map((r) => r.id).sort())
  })

  test('a client that drops behind the dot and sends again, a hundred times over: a hundred rows, blobs and jobs', async () => {
    const db = await open()
    const { client } = (rig = await startRig({ store: storeOf(db), server: { maxConnections: 1000 } }))
    const dropAndSendAgain = async (i: number): Promise<void> => {
      const c = await client()
      await c.envelope('a@b.example', ['support@example.org'])
      c.send(`Subject: mail ${i}\r\n\r\n\r\n.\r\n`)
      if (i % 2) c.socket.resetAndDestroy()
      else c.destroy()
      const again = await client()
      expect((await again.deliver('a@b.example', ['support@example.org'], `Subject: mail ${i}\r\n\r\n`))[0]).toMatch(accepted)
    }
    await Promise.all(Array.from({ length: 100 }, (_, i) => dropAndSendAgain(i)))
    expect([(await rows(db)).length, (await blobs(db)).length, (await jobs(db)).length]).toEqual([100, 100, 100])
  })

  test('the same mail over twenty sessions at once is one row, and all hear its id', async () => {
    const db = await open()
    rig = await startRig({ store: storeOf(db) })
    const clients = await Promise.all(Array.from({ length: 20 }, () => rig?.client()))
    const replies = await Promise.all(clients.map((c) => c?.deliver('a@b.example', ['support@example.org'], 'Subject: same\r\n\r\n')))
    const stored = await rows(db)
    expect(stored).toHaveLength(1)
    expect(new Set(replies.map((r) => idOf(r?.[0])))).toEqual(new Set([stored[0]?.id]))
    expect((await blobs(db)).length).toBe(1)
  })

  test('other octets under one Message-ID are other mails, and one mail from two senders is two', async () => {
    const db = await open()
    rig = await startRig({ store: storeOf(db) })
    const c = await rig.client()
    for (const [from, text] of [
      ['a@b.example', 'one'],
      ['a@b.example', 'two'],
      ['c@b.example', 'one'],
    ] as const) {
      idOf((await c.deliver(from, ['support@example.org'], `Message-ID: <same@b.example>\r\n\r\n${text}`))[0])
    }
    expect(await rows(db)).toHaveLength(3)
  })

  test('LMTP: the row that cannot be stored is deferred alone, leaves nothing, and comes in when it is sent again', async () => {
    const db = await open()
    const store = storeOf(db)
    let cursed = true
    rig = await startRig({
      protocol: 'lmtp',
      store: {
        async insertAll(batch) {
          // A recipient id that is in use already breaks the row, as a fault in the database would.
          const taken = (await db.read.selectFrom('inbound').select('id').executeTakeFirst())?.id
          return store.insertAll(batch.map((m) => (cursed && taken && m.rcpt === 'sales@example.org' ? { ...m, id: taken } : m)))
        },
      },
    })
    const c = await rig.client()
    idOf((await c.deliver('', ['support@example.org'], 'Subject: first', 'LHLO x'))[0])
    const to = ['support@example.org', 'sales@example.org', 'support@example.org', 'help@example.org']
    const replies = await c.deliver('', to, 'Subject: second', 'LHLO x')
    expect(replies.map((r) => r.slice(0, 9))).toEqual(['250 2.0.0', '451 4.3.0', '250 2.0.0', '250 2.0.0'])
    expect((await rows(db)).map((r) => r.rcpt).sort()).toEqual(['help@example.org', 'support@example.org', 'support@example.org'])
    expect(await jobs(db)).toHaveLength(3)
    cursed = false
    idOf((await c.deliver('', ['sales@example.org'], 'Subject: second', 'LHLO x'))[0])
    expect(await rows(db)).toHaveLength(4)
  })

  test('under load from twenty sessions each 250 has its row', async () => {
    const db = await open()
    rig = await startRig({ store: storeOf(db) })
    const heard: string[] = []
    await Promise.all(
      Array.from({ length: 20 }, async (_, s) => {
        const c = await rig?.client()
        for (let i = 0; i < 10; i++)
          heard.push(
            idOf((await c?.deliver(`a${s}@b.example`, ['support@example.org'], `Subject: ${s} ${i}\r\n\r\n${'x'.repeat(i * 1000)}`))?.[0]),
          )
      }),
    )
    expect((await rows(db)).map((r) => r.id).sort()).toEqual(heard.sort())
    expect(heard).toHaveLength(200)
  })
})
