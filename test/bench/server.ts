// The server under test, a process of its own: the whole gateway on the shipped config, in a folder of the bench.
import { cpSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { formatProblem } from '../../core/base/config/problems.ts'
import { createLog } from '../../core/base/log.ts'
import { newToken } from '../../core/edge/http/access.ts'
import { agentOrigin, systemOrigin } from '../../core/contract/origin.ts'
import type { Transport } from '../../core/engine/outbox/transport.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { loadConfigWithPlugins, shippedPlugins } from '../../core/app/load-plugins.ts'
import { insertToken } from '../../core/store/api-tokens.ts'
import { shippedConfig } from './shipped.ts'
import type { Setup } from './shipped.ts'
import type { Signed } from './load.ts'
import { serveOrders } from './rpc.ts'
import { usage } from './usage.ts'

// Written by `startServer` as JSON.
const setup = JSON.parse(process.argv[2] ?? '{}') as Setup

const file = path.join(setup.folder, 'postern.yaml')
// What the shipped config refers to stands beside it.
const shippedFolder = path.join(import.meta.dirname, '..', '..', 'config')
for (const name of ['rules', 'templates'])
  if (existsSync(path.join(shippedFolder, name))) cpSync(path.join(shippedFolder, name), path.join(setup.folder, name), { recursive: true })
for (const [name, content] of Object.entries(setup.files ?? {})) writeFileSync(path.join(setup.folder, name), content)
writeFileSync(file, stringify(shippedConfig(setup, parse, shippedPlugins())))
const loaded = await loadConfigWithPlugins(file, {})
if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))

/** How many mails were taken in, as the log tells it; the log itself is written as the daemon's is, and goes nowhere. */
let taken = 0
const waiting = new Set<() => void>()
const nowhere = openSync('/dev/null', 'w')
const log = createLog({
  level: 'info',
  stream: {
    write(line) {
      writeSync(nowhere, line)
      if (!line.includes('"mail taken in"')) return
      taken++
      for (const look of waiting) look()
    },
  },
})

/** Takes everything and keeps nothing, where a row lets mail leave. */
const discard: Transport = {
  idempotent: true,
  send: (mail) => Promise.resolve(mail.rcpts.map((rcpt) => ({ outcome: 'sent', rcpt, reply: '250 2.0.0 thrown away' }))),
  stop: () => Promise.resolve(),
}

const gateway = await startGateway({
  config: loaded.config,
  plugins: loaded.plugins,
  log,
  transports: new Map([['default', { transport: discard, concurrency: 5 }]]),
})
/** How many commits were shared by so many transactions. */
const groups = new Map<number, number>()
gateway.database.grouped?.observe((size) => groups.set(size, (groups.get(size) ?? 0) + 1))
if (setup.outbox === 'held') await gateway.engine.outbox.stop()
if (setup.intake === 'held') gateway.engine.jobs.hold(true)

serveOrders(
  {
    port: () => gateway.ports[0],
    httpPort: () => gateway.http?.port,
    usage,
    plugins: () => loaded.plugins.map((p) => p.definition.name),
    /** Resolves when so many mails have been taken in since the start: the wall clock, ms. */
    taken: ({ total }: { total: number }) =>
      new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`only ${taken} of ${total} mails were taken in after two minutes`)), 120_000)
        const look = (): void => {
          if (taken < total) return
          clearTimeout(late)
          waiting.delete(look)
          resolve(Date.now())
        }
        waiting.add(look)
        look()
      }),
    takenSoFar: () => taken,
    groups: () => [...groups].sort(([a], [b]) => a - b),
    /** A token that may read everything. */
    token: async () => {
      const { token, id, hash } = newToken()
      await insertToken(gateway.database.write, {
        id,
        name: 'bench',
        hash,
        access: 'read',
        mailboxes: null,
        agents: null,
        created_at: 0,
        expires_at: null,
        revoked_at: null,
        used_at: null,
      })
      return token
    },
    /** Answers so many of the cases; the signed address that each customer's answer to that goes to, with the number of his first mail. */
    answered: async ({ cases }: { cases: number }) => {
      const some = await gateway.database.read.selectFrom('cases').select(['id', 'requester_address']).orderBy('id').limit(cases).execute()
      const signed: Signed[] = []
      for (const { id, requester_address } of some) {
        await gateway.engine.transact(agentOrigin('anna', 'api'), (tx) =>
          tx.act('reply.send', id, { text: 'We are sorry. A new one is on its way.' }),
        )
        const mail = await gateway.database.read
          .selectFrom('outbox')
          .select('segments')
          .where('case_id', '=', id)
          .where('kind', '=', 'reply')
          .executeTakeFirstOrThrow()
        const address = /desk\d+\+[^\s<>@]+@example\.com/.exec(mail.segments.slice(mail.segments.indexOf('Reply-To')))?.[0]
        const customer = /^customer\.(\d+)@/.exec(requester_address)?.[1]
        if (address === undefined || customer === undefined) throw new Error(`no signed address of the case ${id}`)
        signed.push({ address, customer: Number(customer) })
      }
      return signed
    },
    /** So many events in one commit, all of one new case. */
    tag: ({ events, round }: { events: number; round: number }) =>
      gateway.engine.transact(systemOrigin, async (tx) => {
        const c = await tx.cases.create({
          mailbox: 'support',
          subject: `Round ${round}`,
          requester: { address: 'carl@customers.test', name: 'Carl' },
        })
        for (let i = 0; i < events; i++) await tx.act('case.tags', c.id, { add: [`tag${i}`] })
      }),
    count: async () => {
      const of = async (table: 'cases' | 'messages' | 'outbox' | 'inbound'): Promise<number> =>
        Number(
          (
            await gateway.database.read
              .selectFrom(table)
              .select((eb) => eb.fn.countAll<number>().as('n'))
              .executeTakeFirstOrThrow()
          ).n,
        )
      return { cases: await of('cases'), messages: await of('messages'), outbox: await of('outbox'), inbound: await of('inbound') }
    },
  },
  () => gateway.stop(),
)
