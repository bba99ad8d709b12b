// The customer's mail waits in a real Postfix while the gateway is down over the time of a deferred answer (SCH-7).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { agentOrigin } from '../../core/contract/origin.ts'
import { startGateway } from '../../core/app/gateway.ts'
import type { Gateway } from '../../core/app/gateway.ts'
import { freePorts } from '../crash/daemon.ts'
import { missingServers, startPostfix } from '../e2e/servers.ts'
import { submit } from '../e2e/submit.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import { soundConfig } from '../support/sound-config.ts'

const why = missingServers()

describe.skipIf(why !== null)('a downtime with Postfix in front', () => {
  test.each([
    { grace: '12s', ends: 'as a note, and is never sent' },
    // Shows that there is something to wait for.
    { grace: '0s', ends: 'before the newer mail of the customer, as it must not' },
  ])('with a grace of $grace the deferred answer ends $ends', { timeout: 90_000 }, async ({ grace }) => {
    const ends: (() => unknown)[] = []
    let offset = 0
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset }
    try {
      const folder = mkdtempSync(path.join(tmpdir(), 'postern-downtime-'))
      ends.push(() => rmSync(folder, { recursive: true, force: true }))
      const [smtpPort = 0, gatewayPort = 0] = await freePorts(2)
      const outside = await smtpSink()
      ends.push(() => outside.close())
      const postfix = await startPostfix({ smtpPort, nexthop: `inet:127.0.0.1:${gatewayPort}`, outsidePort: outside.port })
      ends.push(() => postfix.stop())
      const file = path.join(folder, 'postern.yaml')
      writeFileSync(
        file,
        `name: downtime
hostname: gw.example.test
data: ./data
database: { sqlite: postern.db }
listeners: [{ protocol: lmtp, host: 127.0.0.1, port: ${gatewayPort} }]
http: { host: 127.0.0.1, port: 0 }
outgoing: { transport: smtp, host: 127.0.0.1, port: ${outside.port}, tls: "off" }
mailboxes: { support: { address: support@example.test, notify: [] } }
agents: { anna: { name: Anna, email: anna@agents.test } }
plugins: [desk, threading, { scheduler: { grace: ${grace} } }]
`,
      )
      const start = async (): Promise<Gateway> => {
        const loaded = await soundConfig(file)
        const gateway = await startGateway({ config: loaded.config, plugins: loaded.plugins, clock, log: silentLog })
        ends.push(() => gateway.stop())
        return gateway
      }
      const messages = (g: Gateway) =>
        g.database.write.selectFrom('messages').select(['author', 'state', 'header_id', 'text']).orderBy('created_at').execute()
      const until = async (is: () => Promise<boolean> | boolean): Promise<void> => {
        for (let i = 0; i < 400 && !(await is()); i++) await sleep(systemClock, 100)
        expect(await is()).toBe(true)
      }
      const got = (): number => outside.messages.filter((m) => m.raw.toString().includes('Shall we close this?')).length

      const before = await start()
      await submit(smtpPort, { from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
      await until(async () => (await messages(before)).length === 1)
      await before.engine.transact(agentOrigin('anna', 'api'), async (tx) => {
        const c = await tx.cases.byRef('#1')
        await tx.act('reply.send', c?.id ?? '', { text: 'We look into it' })
      })
      await before.engine.transact(agentOrigin('anna', 'api'), async (tx) => {
        const c = await tx.cases.byRef('#1')
        await tx.act('reply.defer', c?.id ?? '', { text: 'Shall we close this?', in: '5 minutes' })
      })
      await until(() => outside.messages.length === 1)
      const answered = (await messages(before)).find((m) => m.author === 'agent')?.header_id ?? ''
      await before.stop()

      // Ten minutes without a gateway, in which the customer writes.
      offset += 600_000
      await submit(smtpPort, {
        from: 'carl@customer.test',
        to: 'support@example.test',
        subject: 'Re: Help',
        text: 'No, please wait!',
        inReplyTo: `<${answered}>`,
      })
      await until(() => postfix.queue().some((q) => q.queue === 'deferred'))

      const after = await start()
      if (grace === '0s') {
        await until(() => got() === 1)
        return
      }
      await until(async () => (await messages(after)).some((m) => m.text.includes('please wait')))
      await until(async () => (await after.database.write.selectFrom('notes').select('kind').execute()).some((n) => n.kind === 'deferred'))
      await sleep(systemClock, 14_000)
      expect(got()).toBe(0)
      expect((await after.database.write.selectFrom('scheduler_deferred').select('state').execute()).map((r) => r.state)).toEqual(['note'])
      expect(postfix.queue()).toEqual([])
    } finally {
      for (const end of ends.reverse()) await end()
    }
  })
})
