// (a) Accepting: durable accept against a bare smtp-server that throws the mail away. Intake is held back.
import type { BurstAnswer } from '../load.ts'
import type { MailKind } from '../mails.ts'
import type { Usage } from '../usage.ts'
import type { Bench, Figure, Row, Server } from './row.ts'

export const accept: Row = {
  name: 'accept',
  title: 'durable accept against a bare smtp-server, 20 kept-alive sessions, mails/s',
  async run(bench) {
    const ours = await bench.server({ intake: 'held', outbox: 'held' })
    const floor = await bench.floor('discard')
    const figures: Figure[] = []
    for (const kind of ['plain-4k', 'html-20k'] as const) figures.push(...(await measure(bench, ours, floor, { kind, pipelined: false })))
    // No bound: with the commands in one write the floor spends next to nothing on a mail, and 20 sessions bound what one fsync can carry.
    figures.push(...(await measure(bench, ours, floor, { kind: 'plain-4k', pipelined: true })))
    return { figures }
  },
}

async function measure(
  bench: Bench,
  ours: Server,
  floor: Server,
  how: { readonly kind: MailKind; readonly pipelined: boolean },
): Promise<readonly Figure[]> {
  const forMs = bench.quick ? 700 : 1500
  const burst = async (server: Server): Promise<{ readonly rate: number; readonly cpu: number }> => {
    const before = await server.ask<Usage>('usage')
    const { mails, ms, refused } = await bench.load.ask<BurstAnswer>('burst', {
      port: server.port,
      kinds: [how.kind],
      pipelined: how.pipelined,
      forMs,
      replyEvery: 0,
    })
    if (refused > 0) throw new Error(`${refused} mails were refused`)
    const after = await server.ask<Usage>('usage')
    return { rate: (mails / ms) * 1000, cpu: ((after.cpuMs - before.cpuMs) / mails) * 1000 }
  }
  // The first round of each only warms up.
  await burst(floor)
  await burst(ours)
  const [f, o]: [number[], number[]] = [[], []]
  const [fc, oc]: [number[], number[]] = [[], []]
  const fsyncs: number[] = []
  for (let i = 0; i < (bench.quick ? 3 : 7); i++) {
    const one = await burst(floor)
    const two = await burst(ours)
    f.push(one.rate)
    fc.push(one.cpu)
    o.push(two.rate)
    oc.push(two.cpu)
    fsyncs.push(bench.fsync())
  }
  const label = `${how.kind.slice(-3).replace('-', '')}${how.pipelined ? ' pipelined' : ''}`
  return [
    { name: `${label} floor`, unit: 'mails/s', values: f },
    { name: `${label} postern`, unit: 'mails/s', values: o },
    { name: `${label} floor, cpu`, unit: 'µs/mail', values: fc },
    { name: `${label} postern, cpu`, unit: 'µs/mail', values: oc },
    { name: `${label} fsync of 64 kB`, unit: 'ms', values: fsyncs },
    { name: `${label} ratio`, unit: '', values: o.map((v, i) => v / (f[i] ?? Number.NaN)), ...(!how.pipelined && { atLeast: 0.6 }) },
  ]
}
