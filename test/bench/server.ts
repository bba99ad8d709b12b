// The server under test, a process of its own: the whole gateway on the shipped config, in a folder of the bench.
import { openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { formatProblem } from '../../core/base/config/problems.ts'
import { createLog } from '../../core/base/log.ts'
import type { Transport } from '../../core/engine/transport.ts'
import { startGateway } from '../../core/gateway.ts'
import { loadConfigWithPlugins, shippedPlugins } from '../../core/load-plugins.ts'
import { shippedConfig } from './shipped.ts'
import type { Setup } from './shipped.ts'
import { serveOrders } from './rpc.ts'
import { usage } from './usage.ts'

// Written by `startServer` as JSON.
const setup = JSON.parse(process.argv[2] ?? '{}') as Setup

const file = path.join(setup.folder, 'postern.yaml')
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

const gateway = await startGateway({ config: loaded.config, plugins: loaded.plugins, log, transports: new Map([['default', { transport: discard, concurrency: 5 }]]) })
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
    count: async () => {
      const of = async (table: 'cases' | 'messages' | 'outbox' | 'inbound'): Promise<number> => Number((await gateway.database.read.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n)
      return { cases: await of('cases'), messages: await of('messages'), outbox: await of('outbox'), inbound: await of('inbound') }
    },
  },
  () => gateway.stop(),
)
