// (c) Growth: (b) with 200,000 stored messages against (b) with 1,000.
import type { Row } from './row.ts'
import { alternate } from './through.ts'

export const growth: Row = {
  name: 'growth',
  title: 'through with 200,000 stored messages against through with 1,000, mails/s',
  async run(bench) {
    const small = await bench.server({ intake: 'runs', outbox: 'held', messages: 1000 })
    const big = await bench.server({ intake: 'runs', outbox: 'held', messages: bench.quick ? 20_000 : 200_000 })
    const { rates } = await alternate([small, big], bench)
    const [s = [], b = []] = rates
    return {
      figures: [
        { name: '1,000 stored', unit: 'mails/s', values: s },
        { name: `${bench.quick ? '20,000' : '200,000'} stored`, unit: 'mails/s', values: b },
        { name: 'ratio', unit: '', values: b.map((v, i) => v / (s[i] ?? Number.NaN)), atLeast: 0.8 },
      ],
    }
  },
}
