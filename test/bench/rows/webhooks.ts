// Events per second to one healthy endpoint: a backlog of one commit, signed and posted over real HTTP.
import { startChild } from '../rpc.ts'
import type { Row } from './row.ts'

export const webhooks: Row = {
  name: 'webhooks',
  title: 'events per second to one healthy webhook endpoint',
  async run(bench) {
    if (!bench.plugins.includes('webhooks')) return { skipped: 'the webhooks plugin is not in this installation' }
    const receiver = startChild('receiver.ts')
    try {
      const port = await receiver.ask<number>('port')
      const endpoint = { url: `http://127.0.0.1:${port}/hook`, allow_http: true, allow_private: true, ports: [port] }
      const ours = await bench.server({ intake: 'runs', outbox: 'held', settings: { webhooks: { endpoints: { bench: endpoint } } } })
      const events = bench.quick ? 200 : 500
      const rates: number[] = []
      for (let i = 0; i < (bench.quick ? 2 : 4); i++) {
        const all = receiver.ask<{ readonly ms: number }>('receive', { events })
        await ours.ask('tag', { events, round: i })
        const { ms } = await all
        // The first round only warms up.
        if (i > 0) rates.push((events / ms) * 1000)
      }
      return { figures: [{ name: 'events', unit: '1/s', values: rates }] }
    } finally {
      await receiver.stop()
    }
  },
}
