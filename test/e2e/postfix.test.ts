import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { afterEach, describe, expect, test } from 'vitest'
import { freePorts } from '../crash/daemon.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SmtpSink } from '../support/smtp-sink.ts'
import { holdSocket } from './socket-holder.ts'
import { missingServers, startDovecot, startPostfix } from './servers.ts'
import type { DomainKind } from './servers.ts'
import { submit } from './submit.ts'

const why = missingServers()
const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

/** The world: no client of this Postfix. */
const outsider = '127.0.0.2'

interface House {
  readonly front: Awaited<ReturnType<typeof startPostfix>>
  readonly dovecot: Awaited<ReturnType<typeof startDovecot>>
  readonly outside: SmtpSink
  readonly smtpPort: number
  readonly folder: string
  /** Resolves once it is ready for mail. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Postfix in front, Postern, the same Postfix behind it, Dovecot for the copies, and a sink for the world. */
async function house(protocol: 'lmtp' | 'smtp', socketActivation = false, domain: DomainKind = 'local'): Promise<House> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-e2e-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const [smtpPort = 0, gatewayPort = 0, lmtpPort = 0, httpPort = 0] = await freePorts(4)
  const outside = await smtpSink()
  cleanups.push(() => outside.close())
  const dovecot = await startDovecot(lmtpPort)
  cleanups.push(() => dovecot.stop())
  const front = await startPostfix({
    smtpPort,
    nexthop: protocol === 'lmtp' ? `inet:127.0.0.1:${gatewayPort}` : `[127.0.0.1]:${gatewayPort}`,
    outsidePort: outside.port,
    bySmtp: protocol === 'smtp',
    domain,
  })
  cleanups.push(() => front.stop())
  const file = path.join(folder, 'postern.yaml')
  const listener = socketActivation
    ? '{ protocol: lmtp, socket: postern-lmtp }'
    : `{ protocol: ${protocol}, host: 127.0.0.1, port: ${gatewayPort} }`
  writeFileSync(
    file,
    `name: e2e
hostname: gw.example.test
data: ./data
log: { level: warn }
database: { sqlite: postern.db }
listeners: [${listener}]
http: { host: 127.0.0.1, port: ${httpPort} }
outgoing: { transport: smtp, host: 127.0.0.1, port: ${smtpPort}, tls: "off" }
budget: { per_agent: [100000/1h], per_recipient: [100000/1h], per_domain: [100000/1h], total: [100000/1h] }
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [anna], copy: { transport: lmtp, host: 127.0.0.1, port: ${lmtpPort}, tls: "off", to: support@example.test, when: before } }
agents:
  anna: { name: Anna Smith, email: anna@agents.test }
plugins: [desk, threading, agent-reply, bounces, notify]
`,
  )
  const command = [process.execPath, path.join(import.meta.dirname, '../../core/postern.mjs'), '--config', file, 'start']
  const holder = socketActivation ? await holdSocket(gatewayPort, command) : undefined
  cleanups.push(() => holder?.close())
  let child: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (holder) return holder.stop()
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill('SIGTERM')
    await gone
  }
  if (!holder) cleanups.push(stop)
  return {
    ...{ front, dovecot, outside, smtpPort, folder },
    async start() {
      if (holder) await holder.start()
      else child = spawn(command[0] ?? '', command.slice(1), { stdio: 'inherit' })
      await eventually(() => isReady(httpPort))
    },
    stop,
  }
}

describe.skipIf(why !== null)('with real servers', () => {
  test.each([
    ['lmtp', 'local'],
    ['lmtp', 'virtual'],
    ['lmtp', 'new'],
    ['smtp', 'local'],
  ] as const)(
    'a customer writes, an agent answers from his mail client, the customer gets the answer: Postfix in front by %s, with a domain that is %s to it, and behind',
    async (protocol, domain) => {
      const h = await house(protocol, false, domain)
      await h.start()
      await submit(h.smtpPort, {
        localAddress: outsider,
        from: 'Carl Customer <carl@customer.test>',
        to: 'support@example.test',
        subject: 'The door does not open',
        text: 'I push and push.',
      })
      await h.outside.until(() => h.outside.messages.some((m) => m.rcpts.includes('anna@agents.test')))
      const notification = await simpleParser(h.outside.messages.find((m) => m.rcpts.includes('anna@agents.test'))?.raw ?? '')
      expect(notification.text).toContain('I push and push.')
      const replyTo = notification.replyTo?.value[0]?.address ?? ''
      expect(replyTo).toMatch(/^support\+a[a-z2-7]{42}@example\.test$/)

      const quote = (notification.text ?? '')
        .split('\n')
        .map((l) => `> ${l}`)
        .join('\n')
      await submit(h.smtpPort, {
        localAddress: outsider,
        from: 'Anna Smith <anna@agents.test>',
        to: replyTo,
        subject: `Re: ${notification.subject}`,
        inReplyTo: notification.messageId ?? '',
        text: `Please pull.\n\n-- \nAnna Smith\nSecret office line 5\n\nOn Mon, 21 Sep 2026 at 09:00, Example Support wrote:\n${quote}`,
      })
      await h.outside.until(() => h.outside.messages.some((m) => m.rcpts.includes('carl@customer.test')))
      const answer = h.outside.messages.find((m) => m.rcpts.includes('carl@customer.test'))
      const mail = await simpleParser(answer?.raw ?? '')
      expect(mail.from?.value[0]?.address).toBe('support@example.test')
      expect(mail.text?.trim()).toBe('Please pull.')
      expect(answer?.raw.toString()).not.toMatch(/office line|anna@agents\.test/)
      expect(answer?.bareLineEnds).toBe(false)
      await eventually(() => h.dovecot.mails('support').some((m) => m.includes('I push and push.')))
      expect(h.front.queue()).toEqual([])
    },
    60_000,
  )

  test('twenty restarts under 50 mails a second leave nothing in the deferred queue: systemd holds the socket (REL-8)', async () => {
    const h = await house('lmtp', true)
    await h.start()
    let restarting = true
    let total = 0
    const sending = (async () => {
      while (restarting) {
        const pause = new Promise((resolve) => setTimeout(resolve, 200))
        await Promise.all(
          Array.from({ length: 10 }, () =>
            submit(h.smtpPort, { from: `c${(total += 1)}@customer.test`, to: 'support@example.test', subject: `Load ${total}`, text: 'x' }),
          ),
        )
        await pause
      }
    })()
    for (let i = 0; i < 20; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await h.stop()
      await h.start()
    }
    restarting = false
    await sending
    // All that the outside got, one by one, however long this machine takes, as long as it goes on.
    const notified = (): number => h.outside.messages.filter((m) => m.rcpts.includes('anna@agents.test')).length
    for (let seen = -1; notified() < total && notified() > seen;) {
      seen = notified()
      for (let i = 0; i < 60 && notified() < total; i += 1) await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect({ notified: notified(), queue: h.front.queue() }).toEqual({ notified: total, queue: [] })
    expect(
      h.front
        .log()
        .split('\n')
        .filter((line) => /postern\/lmtp.*status=deferred/.test(line)),
    ).toEqual([])
  }, 900_000)
})

async function eventually(is: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400 && !(await is()); i += 1) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await is()).toBe(true)
}

async function isReady(httpPort: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
    (r) => r.ok,
    () => false,
  )
}
