// (b) Through: from DATA to the committed case with its two notifications in the outbox, against a script that does the same by the same packages.
import type { BurstAnswer, Signed } from '../load.ts'
import type { Usage } from '../usage.ts'
import type { Bench, Row, Server } from './row.ts'

interface Counted {
  readonly cases: number
  readonly messages: number
  readonly outbox: number
}

export const through: Row = {
  name: 'through',
  title: 'from DATA to the committed case with its notifications in the outbox, against an honest script, mails/s',
  async run(bench) {
    const ours = await bench.server({ intake: 'runs', outbox: 'held' })
    const honest = await bench.floor('honest')
    const parsing = await bench.floor('parse')
    const { rates, cpus, fsyncs, sent } = await alternate([parsing, honest, ours], bench)
    const [p = [], h = [], o = []] = rates
    const [pc = [], hc = [], oc = []] = cpus
    const counted = await ours.ask<Counted>('count')
    const groups = await ours.ask<readonly (readonly [number, number])[]>('groups')
    const peak = (await ours.ask<Usage>('usage')).peakRss
    checkCases('the script', await honest.ask<Counted>('count'), sent[1])
    checkCases('postern', counted, sent[2])
    return {
      figures: [
        { name: 'parsed and thrown away', unit: 'mails/s', values: p },
        { name: 'honest script', unit: 'mails/s', values: h },
        { name: 'postern', unit: 'mails/s', values: o },
        { name: 'parsed, cpu', unit: 'µs/mail', values: pc },
        { name: 'honest script, cpu', unit: 'µs/mail', values: hc },
        { name: 'postern, cpu', unit: 'µs/mail', values: oc },
        { name: 'fsync of 64 kB', unit: 'ms', values: fsyncs },
        { name: 'ratio', unit: '', values: o.map((v, i) => v / (h[i] ?? Number.NaN)), atLeast: 0.5 },
        { name: 'ratio, cpu', unit: '', values: oc.map((v, i) => v / (hc[i] ?? Number.NaN)), atMost: 3 },
        { name: 'ratio to parsing alone', unit: '', values: o.map((v, i) => v / (p[i] ?? Number.NaN)) },
        { name: 'rss, most', unit: 'MB', values: [peak / 1e6], atMost: 250 },
      ],
      notes: [
        `plugins: ${bench.plugins.join(', ')}`,
        `${counted.cases} cases, ${counted.messages} messages, ${counted.outbox} mails in the outbox`,
        `commits by the number of transactions that shared one: ${groups.map(([size, n]) => `${size}: ${n}`).join(', ')}`,
      ],
    }
  },
}

/** An answer belongs into the case that it answers, and each mail is told to two agents. */
function checkCases(who: string, counted: Counted, sent: Sent | undefined): void {
  const { mails, answers, replied } = sent ?? { mails: 0, answers: 0, replied: 0 }
  if (counted.cases !== mails - answers || counted.outbox !== 2 * mails + replied)
    throw new Error(
      `${who}: ${mails} mails, ${answers} of them answers, made ${counted.cases} cases and ${counted.outbox} mails in the outbox, not ${mails - answers} and ${2 * mails + replied}`,
    )
}

/** What a server got in all; `replied`: how many of its cases were answered by an agent. */
interface Sent {
  readonly mails: number
  readonly answers: number
  readonly replied: number
}

/** Rates in mails/s and processor time in µs/mail of each server, by turns; a mail in two is a 20 kB one, one in four an answer, by Message-ID or by signed address. */
export async function alternate(
  servers: readonly Server[],
  bench: Bench,
): Promise<{
  readonly rates: readonly (readonly number[])[]
  readonly cpus: readonly (readonly number[])[]
  readonly fsyncs: readonly number[]
  readonly sent: readonly Sent[]
}> {
  const mails = bench.quick ? 300 : 600
  const rates = servers.map((): number[] => [])
  const cpus = servers.map((): number[] => [])
  const fsyncs: number[] = []
  const signed = new Map<Server, readonly Signed[]>()
  const sent = servers.map((): Sent => ({ mails: 0, answers: 0, replied: 0 }))
  const burst = async (server: Server, at: number): Promise<{ readonly rate: number; readonly cpu: number }> => {
    const before = await server.ask<Usage>('usage')
    const soFar = (await server.ask<number | undefined>('takenSoFar')) ?? 0
    const done = await bench.load.ask<BurstAnswer>('burst', {
      port: server.port,
      kinds: ['plain-4k', 'html-20k'],
      mails,
      replyEvery: 4,
      signed: signed.get(server) ?? [],
    })
    if (done.refused > 0) throw new Error(`${done.refused} mails were refused`)
    const so = sent[at] ?? { mails: 0, answers: 0, replied: 0 }
    sent[at] = { ...so, mails: so.mails + mails, answers: so.answers + done.answers }
    // A floor has done its work when it has answered; the gateway when the last mail is in its case.
    const end = (await server.ask<number | undefined>('taken', { total: soFar + mails })) ?? done.startedAt + done.ms
    const after = await server.ask<Usage>('usage')
    return { rate: (mails / (end - done.startedAt)) * 1000, cpu: ((after.cpuMs - before.cpuMs) / mails) * 1000 }
  }
  for (const [at, server] of servers.entries()) {
    await burst(server, at)
    const addresses = await server.ask<readonly Signed[] | undefined>('answered', { cases: 40 })
    if (!addresses) continue
    signed.set(server, addresses)
    sent[at] = { ...(sent[at] ?? { mails: 0, answers: 0, replied: 0 }), replied: addresses.length }
  }
  for (let i = 0; i < (bench.quick ? 3 : 5); i++) {
    for (const [at, server] of servers.entries()) {
      const { rate, cpu } = await burst(server, at)
      rates[at]?.push(rate)
      cpus[at]?.push(cpu)
    }
    fsyncs.push(bench.fsync())
  }
  return { rates, cpus, fsyncs, sent }
}
