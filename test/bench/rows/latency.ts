// (d), (e) At a steady 100 mails a second with everything running: from the final dot to its 250, and the memory it takes.
import type { SteadyAnswer } from '../load.ts'
import { percentile } from '../stats.ts'
import type { Usage } from '../usage.ts'
import type { Row } from './row.ts'

export const latency: Row = {
  name: 'latency',
  title: 'from the final dot to 250 at a steady 100 mails/s while mail is taken in and sent, and the resident memory',
  async run(bench) {
    const ours = await bench.server({ intake: 'runs', outbox: 'runs' })
    const forMs = bench.quick ? 3000 : 10_000
    const steady = (ms: number): Promise<SteadyAnswer> =>
      bench.load.ask<SteadyAnswer>('steady', { port: ours.port, kind: 'plain-4k', perSecond: 100, forMs: ms })
    await steady(2000)
    const p50: number[] = []
    const p99: number[] = []
    const all: number[] = []
    for (let i = 0; i < (bench.quick ? 1 : 3); i++) {
      const { latencies, refused } = await steady(forMs)
      if (refused > 0) throw new Error(`${refused} mails were refused`)
      p50.push(percentile(latencies, 50))
      p99.push(percentile(latencies, 99))
      all.push(percentile(latencies, 100))
    }
    const peak = (await ours.ask<Usage>('usage')).peakRss
    return {
      figures: [
        { name: 'p50', unit: 'ms', values: p50 },
        { name: 'p99', unit: 'ms', values: p99, atMost: 25 },
        { name: 'most', unit: 'ms', values: all },
        { name: 'rss, most', unit: 'MB', values: [peak / 1e6], atMost: 250 },
      ],
    }
  },
}
