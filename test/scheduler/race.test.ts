// The customer's mail commits within 5 ms of the moment at which a deferred answer leaves (SCH-6). Either it left before and his mail came
// then, or his mail came first and the answer is a note: nothing else, ever. POSTERN_TEST_RACES=10000 for the whole rig; the suite takes 100.
import { expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { agentOrigin } from '../../core/contract/origin.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eachDatabase, freshPlace } from '../support/databases.ts'
import { soundConfig } from '../support/sound-config.ts'
import { planAt } from './planned.ts'

const trials = Number(process.env.POSTERN_TEST_RACES ?? 100)
/** Lanes with a mailbox each: mail that waits in one holds back what leaves from it, and nothing else. */
const atOnce = 4

const house = `
name: race
hostname: gw.example.test
mailboxes: { ${Array.from({ length: atOnce }, (_, i) => `lane${i}: { address: lane${i}@example.test, notify: [anna] }`).join(', ')} }
agents: { anna: { name: Anna, email: anna@agents.test } }
`

eachDatabase((kind) => {
  test(`${trials} races end as sent and then answered, or as answered and a note`, { timeout: 60_000 + trials * 400 }, async () => {
    const place = await freshPlace(kind)
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-race-'))
    const file = path.join(folder, 'postern.yaml')
    writeFileSync(
      file,
      `${house}\ndata: ./data\n${place.yaml}\nlisteners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]\nhttp: { host: 127.0.0.1, port: 0 }\noutgoing: { transport: directory, path: out }\nplugins: [desk, { threading: {} }, scheduler]\n`,
    )
    const loaded = await soundConfig(file)
    // Not the platform's clock object itself: then due times on PostgreSQL are judged by the same clock as the barrier below.
    const clock: Clock = { ...systemClock }
    const gateway = await startGateway({ config: loaded.config, plugins: loaded.plugins, clock, log: silentLog })
    const { engine } = gateway
    const outcomes = { sent: 0, note: 0 }
    // From claiming the job to its commit it takes some ms, by machine and load: each lane follows the moment at which it is decided.
    const aim = new Map<string, number>()
    const follow = (mailbox: string, by: number): void => void aim.set(mailbox, (aim.get(mailbox) ?? 0) + by)
    try {
      for (let done = 0; done < trials; done += atOnce) {
        await Promise.all(Array.from({ length: Math.min(atOnce, trials - done) }, (_, lane) => race(done + lane, `lane${lane}`)))
      }
    } finally {
      await gateway.stop()
      rmSync(folder, { recursive: true, force: true })
      await place.drop()
    }
    if (process.env.POSTERN_TEST_RACES) process.stdout.write(`${kind} ${JSON.stringify(outcomes)}\n`)
    expect(outcomes.sent + outcomes.note).toBe(trials)
    // Both happen, or the rig does not race.
    if (trials >= 100) expect(Math.min(outcomes.sent, outcomes.note)).toBeGreaterThan(trials / 50)

    async function race(i: number, mailbox: string): Promise<void> {
      const { caseId, answer, due } = await engine.transact(agentOrigin('anna', 'api'), async (tx) => {
        const c = await tx.cases.create({ mailbox, subject: `Race ${i}`, requester: { address: `c${i}@customer.test`, name: '' } })
        const sent = await tx.act('reply.send', c.id, { text: 'first' })
        const when = clock.now() + 80 + (i % atOnce) * 7
        await planAt(tx, c.id, 'message', when)
        const first = await tx.messages.get(String(sent.data?.message))
        return { caseId: c.id, answer: first?.headerId ?? '', due: when }
      })
      const ids = engine.parts.ids
      const raw = Buffer.from(
        `From: <c${i}@customer.test>\r\nTo: ${mailbox}@example.test\r\nSubject: Re: Race ${i}\r\nMessage-ID: <r${i}@customer.test>\r\nIn-Reply-To: <${answer}>\r\n\r\nWait!\r\n`,
      )
      const mail = {
        id: ids.next(),
        rawId: ids.next(),
        raw,
        hash: `${i}`.padStart(64, '0'),
        mailFrom: `c${i}@customer.test`,
        rcpt: `${mailbox}@example.test`,
        mailbox,
        peer: '127.0.0.1',
        helo: 'x',
        protocol: 'smtp' as const,
        smtputf8: false,
        receivedAt: due,
      }
      // The barrier: within 5 ms of the time at which the job is found, before or behind it.
      const shift = (aim.get(mailbox) ?? 0) + (Math.floor(i / atOnce) % 11) - 5
      const wake = sleep(clock, due - clock.now()).then(() => engine.jobs.wake())
      await sleep(clock, due + shift - clock.now())
      const accepted = await engine.insertAll([mail])
      expect(accepted[0]?.duplicate).toBe(false)
      await wake
      for (;;) {
        const seen = await engine.transact(agentOrigin('anna', 'api'), async (tx) => ({
          messages: await tx.messages.list(caseId),
          notes: await tx.notes.list(caseId),
          rows: await tx.db
            .selectFrom('scheduler_deferred')
            .innerJoin('messages', 'messages.id', 'message_id')
            .select('scheduler_deferred.state')
            .where('case_id', '=', caseId)
            .execute(),
          events: await tx.db.selectFrom('events').select(['type', 'case_seq']).where('case_id', '=', caseId).execute(),
          outbox: await tx.db.selectFrom('outbox').select('message_id').where('case_id', '=', caseId).execute(),
        }))
        const arrived = seen.messages.some((m) => m.author === 'customer')
        if (!arrived || seen.rows.some((r) => r.state === 'planned')) {
          await sleep(clock, 25)
          continue
        }
        const later = seen.messages.find((m) => m.text === 'later')
        const left = seen.outbox.filter((o) => o.message_id === later?.id).length
        // Numbers are given under the case's lock: they say which transaction was first.
        const [sentAt, cameAt] = [
          seen.events.filter((e) => e.type === 'deferred.sent').map((e) => e.case_seq ?? 0)[0] ?? 0,
          seen.events.filter((e) => e.type === 'message.received').map((e) => e.case_seq ?? 0)[0] ?? 0,
        ]
        const note = seen.notes.filter((n) => n.kind === 'deferred').length
        if (
          left === 1 &&
          note === 0 &&
          seen.rows[0]?.state === 'sent' &&
          (later?.state === 'sending' || later?.state === 'sent') &&
          sentAt > 0 &&
          sentAt < cameAt
        ) {
          outcomes.sent++
          follow(mailbox, -2)
        } else if (left === 0 && note === 1 && seen.rows[0]?.state === 'note' && later?.state === 'cancelled') {
          outcomes.note++
          follow(mailbox, 2)
        } else
          throw new Error(`race ${i}: ${JSON.stringify({ left, note, sentAt, cameAt, state: seen.rows[0]?.state, message: later?.state })}`)
        return
      }
    }
  })
})
