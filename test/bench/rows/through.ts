// (b) Through: from DATA to the committed case with its notification in the outbox, against smtp-server and simpleParser whose result is thrown away.
import type { BurstAnswer } from '../load.ts'
import type { Usage } from '../usage.ts'
import type { Bench, Row, Server } from './row.ts'

export const through: Row = {
  name: 'through',
  title: 'from DATA to the committed case with notification in the outbox, against smtp-server + simpleParser, mails/s',
  async run(bench) {
    const ours = await bench.server({ intake: 'runs', outbox: 'held' })
    const floor = await bench.floor('parse')
    const { rates, cpus, fsyncs } = await alternate([floor, ours], bench)
    const [f = [], o = []] = rates
    const [fc = [], oc = []] = cpus
    const counted = await ours.ask<{ cases: number; messages: number; outbox: number }>('count')
    const peak = (await ours.ask<Usage>('usage')).peakRss
    return {
      figures: [
        { name: 'floor', unit: 'mails/s', values: f },
        { name: 'postern', unit: 'mails/s', values: o },
        { name: 'floor, cpu', unit: 'µs/mail', values: fc },
        { name: 'postern, cpu', unit: 'µs/mail', values: oc },
        { name: 'fsync of 64 kB', unit: 'ms', values: fsyncs },
        { name: 'ratio', unit: '', values: o.map((v, i) => v / (f[i] ?? Number.NaN)), atLeast: 0.35 },
        { name: 'rss, most', unit: 'MB', values: [peak / 1e6], atMost: 250 },
      ],
      notes: [
        `plugins: ${bench.plugins.join(', ')}`,
        `${counted.cases} cases, ${counted.messages} messages, ${counted.outbox} mails in the outbox`,
      ],
    }
  },
}

/** Rates in mails/s and processor time in µs/mail of each server, by turns; a mail in two is a 20 kB one, one in four an answer. */
export async function alternate(
  servers: readonly Server[],
  bench: Bench,
): Promise<{
  readonly rates: readonly (readonly number[])[]
  readonly cpus: readonly (readonly number[])[]
  readonly fsyncs: readonly number[]
}> {
  const mails = bench.quick ? 300 : 600
  const rates = servers.map((): number[] => [])
  const cpus = servers.map((): number[] => [])
  const fsyncs: number[] = []
  const burst = async (server: Server): Promise<{ readonly rate: number; readonly cpu: number }> => {
    const before = await server.ask<Usage>('usage')
    const soFar = (await server.ask<number | undefined>('takenSoFar')) ?? 0
    const sent = await bench.load.ask<BurstAnswer>('burst', { port: server.port, kinds: ['plain-4k', 'html-20k'], mails, replyEvery: 4 })
    if (sent.refused > 0) throw new Error(`${sent.refused} mails were refused`)
    // A floor has done its work when it has answered; the gateway when the last mail is in its case.
    const end = (await server.ask<number | undefined>('taken', { total: soFar + mails })) ?? sent.startedAt + sent.ms
    const after = await server.ask<Usage>('usage')
    return { rate: (mails / (end - sent.startedAt)) * 1000, cpu: ((after.cpuMs - before.cpuMs) / mails) * 1000 }
  }
  for (const server of servers) await burst(server)
  for (let i = 0; i < (bench.quick ? 3 : 5); i++) {
    for (const [at, server] of servers.entries()) {
      const { rate, cpu } = await burst(server)
      rates[at]?.push(rate)
      cpus[at]?.push(cpu)
    }
    fsyncs.push(bench.fsync())
  }
  return { rates, cpus, fsyncs }
}
