// What an operator counts: prom-client's registry behind the narrow interface that the rest of the program knows.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Counters } from '../../base/counters.ts'
import { backlog } from '../../store/status.ts'
import type { Database } from '../../store/database.ts'
import type { Clock } from '../../base/clock.ts'

/** Counters and durations of this process and what waits in the database, in the text format of Prometheus. */
export class Metrics implements Counters {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #hooks: Histogram

  constructor(database: Database, clock: Clock) {
    collectDefaultMetrics({ register: this.#registry, prefix: 'postern_' })
    this.#hooks = new Histogram({
      name: 'postern_hook_seconds',
      help: 'Duration of plugin hooks',
      labelNames: ['plugin', 'hook', 'failed'],
      buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
      registers: [this.#registry],
    })
    const waiting = new Gauge({
      name: 'postern_waiting',
      help: 'Rows that wait: inbound, jobs, outbox; parked and failed ones by state',
      labelNames: ['what', 'state'],
      registers: [this.#registry],
      collect: async () => {
        waiting.reset()
        for (const { what, state, count } of await backlog(database.read, clock.now())) waiting.set({ what, state }, count)
      },
    })
  }

  /** Counts under a name in Prometheus' style; the labels of a name never change. */
  inc(name: string, labels: Readonly<Record<string, string>> = {}): void {
    let counter = this.#counters.get(name)
    if (!counter) {
      counter = new Counter({ name, help: name.replaceAll('_', ' '), labelNames: Object.keys(labels), registers: [this.#registry] })
      this.#counters.set(name, counter)
    }
    counter.inc({ ...labels })
  }

  hook(plugin: string, hook: string, ms: number, failed: boolean): void {
    this.#hooks.observe({ plugin, hook, failed: String(failed) }, ms / 1000)
  }

  /** The text exposition format, and its content type. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() }
  }
}
