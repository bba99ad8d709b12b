// REL-4, IDM-8: a database that cuts its connections costs no acknowledged mail and makes none twice.
import { expect, test } from 'vitest'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { freshPlace } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'

test('while PostgreSQL cuts every connection again and again, what is acknowledged is stored once and all else is answered 451', async () => {
  const place = await freshPlace('postgres')
  if (place.config.kind !== 'postgres') throw new Error('asked for PostgreSQL')
  const admin = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: place.config.url, max: 1 }) }) })
  const g = await testGateway({ plugins: ['desk', 'threading'], postgres: place.config.url })
  try {
    const acknowledged: string[] = []
    const replies: string[] = []
    let cutting = true
    const cutter = (async () => {
      while (cutting) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
          admin,
        )
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    })()
    for (let n = 0; n < 60; n += 1) {
      const messageId = `<gone-${n}@client.test>`
      // A sender tries again until it hears 250; what was committed without an answer must not come twice.
      for (let tries = 0; tries < 50 && !acknowledged.includes(messageId); tries += 1) {
        const reply = await g.deliver({
          from: 'carl@customer.test',
          to: 'support@example.test',
          subject: `Mail ${n}`,
          text: 'x',
          messageId,
          headers: { 'X-Number': String(n) },
        })
        replies.push(reply)
        if (reply.startsWith('250')) acknowledged.push(messageId)
      }
      if (n === 40) cutting = false
    }
    await cutter
    expect(acknowledged).toHaveLength(60)
    for (const reply of replies.filter((r) => !r.startsWith('250'))) expect(reply).toMatch(/^451 4\.3\./)
    // Leases of work whose connection was cut run out, and the work is taken up again.
    await g.advance('10m', 30_000)
    const stored = await g.gateway.database.read.selectFrom('messages').select('header_id').execute()
    expect(stored.map((m) => `<${m.header_id}>`).sort()).toEqual([...acknowledged].sort())
  } finally {
    await g.stop()
    await admin.destroy()
    await place.drop()
  }
}, 120_000)
