// Lists over the API with 200,000 cases: as a desk asks for them, one page after the other.
import { percentile } from '../stats.ts'
import type { Row } from './row.ts'

const questions = [
  '?status=open',
  '?status=open&assignee=anna',
  '?status=open&assignee=none&mailbox=support',
  '?status=waiting&sort=created_at',
  '?mailbox=support',
  '?requester=past.4711@customers.test',
  '?sort=-number&limit=100',
  '?person=past.12@customers.test',
  '?updated_from=2026-01-01T00:00:00Z&status=closed',
]

export const api: Row = {
  name: 'api',
  title: 'GET /v1/cases with 200,000 cases, filters, orders and second pages, by two clients at a time',
  async run(bench) {
    const ours = await bench.server({ intake: 'runs', outbox: 'held', messages: bench.quick ? 20_000 : 200_000 })
    const url = `http://127.0.0.1:${await ours.ask<number>('httpPort')}/v1/cases`
    // A token of its own each time: one may call 1000 times in 10 s.
    const ask = async (rounds: number): Promise<readonly number[]> =>
      bench.load.ask<readonly number[]>('get', { url, token: await ours.ask<string>('token'), questions, rounds })
    await ask(2)
    const p95: number[] = []
    const p50: number[] = []
    for (let i = 0; i < (bench.quick ? 1 : 3); i++) {
      const times = await ask(bench.quick ? 10 : 25)
      p50.push(percentile(times, 50))
      p95.push(percentile(times, 95))
    }
    return {
      figures: [
        { name: 'p50', unit: 'ms', values: p50 },
        { name: 'p95', unit: 'ms', values: p95, atMost: 50 },
      ],
    }
  },
}
