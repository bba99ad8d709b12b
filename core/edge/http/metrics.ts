// What an operator watches: prom-client's registry behind the narrow interface that the rest of the program knows.
// Names follow Prometheus' conventions: `process_` and `nodejs_` as every Node program has them, ours with `postern_`, base units, counters
// alone end in `_total`, and a series that is at zero is shown as zero.
import { statfsSync } from 'node:fs'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Counters } from '../../base/counters.ts'
import type { Clock } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { programVersion } from '../../base/version.ts'
import type { CounterDefinition, GaugeDefinition } from '../../contract/metrics.ts'
import { backlog, newestAcceptedAt, waitingSince } from '../../store/status.ts'
import type { Database } from '../../store/database.ts'
import { coreCounters } from './core-counters.ts'

/** What is watched. */
export interface MetricsOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** The disk under the database, and how much has to stay free on it (octets); null where the database lies on another machine. */
  readonly disk: { readonly folder: string; readonly floorBytes: number } | null
  /** Whether the file says something else than what is in force. */
  readonly configIsStale: () => boolean
}

/** The counters and gauges of a plugin. */
export interface PluginMetrics {
  readonly plugin: string
  readonly counters: Readonly<Record<string, CounterDefinition>>
  readonly gauges: Readonly<Record<string, GaugeDefinition>>
}

/** Counters and durations of this process and what waits in the database, in the text format of Prometheus. */
export class Metrics implements Counters {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #log: Log
  readonly #hooks: Histogram
  #plugins: readonly PluginMetrics[] = []

  constructor({ database, clock, log, disk, configIsStale }: MetricsOptions) {
    this.#log = log
    collectDefaultMetrics({ register: this.#registry })
    // prom-client 15 names these sums like counters, which they are not; the same by type stays.
    for (const kind of ['handles', 'requests', 'resources']) this.#registry.removeSingleMetric(`nodejs_active_${kind}_total`)
    this.#hooks = new Histogram({
      name: 'postern_hook_seconds',
      help: 'Duration of plugin hooks',
      labelNames: ['plugin', 'hook', 'failed'],
      buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
      registers: [this.#registry],
    })
    const { version, commit } = programVersion()
    const build = new Gauge({
      name: 'postern_build_info',
      help: 'Always 1; which Postern this is',
      labelNames: ['version', 'commit', 'node'],
      registers: [this.#registry],
    })
    build.set({ version, commit: commit ?? '', node: process.versions.node }, 1)
    this.#measure(
      'postern_waiting',
      'Rows that wait: inbound, jobs, outbox; parked and failed ones by state',
      ['what', 'state'],
      async () => (await backlog(database.read, clock.now())).map(({ what, state, count }) => ({ labels: { what, state }, value: count })),
    )
    this.#measure('postern_oldest_waiting_seconds', 'Age of the oldest that waits and is due, 0 where none does', ['what'], async () =>
      (await waitingSince(database.read, clock.now())).map(({ what, sinceMs }) => ({
        labels: { what },
        value: sinceMs === null ? 0 : Math.max(0, clock.now() - sinceMs) / 1000,
      })),
    )
    this.#measure(
      'postern_last_accepted_timestamp_seconds',
      'Unix time at which the newest mail was accepted, 0 where none was',
      [],
      async () => [{ value: (await newestAcceptedAt(database.read)) / 1000 }],
    )
    this.#measure(
      'postern_config_stale',
      '1 where the configuration was refused when it was last read, or part of it waits for a restart',
      [],
      () => Promise.resolve([{ value: configIsStale() ? 1 : 0 }]),
    )
    if (!disk) return
    this.#measure('postern_disk_free_bytes', 'Free space on the disk of the database', [], () => {
      const { bavail, bsize } = statfsSync(disk.folder)
      return Promise.resolve([{ value: bavail * bsize }])
    })
    this.#measure('postern_disk_floor_bytes', 'With less free space than this, mail is put off', [], () =>
      Promise.resolve([{ value: disk.floorBytes }]),
    )
  }

  /** Shows what the core and these plugins count from zero on, and asks these for their gauges from now on. */
  declare(plugins: readonly PluginMetrics[]): void {
    this.#plugins = plugins
    for (const [name, definition] of Object.entries(coreCounters)) this.#begin(name, definition, {})
    for (const { plugin, counters, gauges } of plugins) {
      for (const [name, definition] of Object.entries(counters)) this.#begin(name, definition, { plugin })
      for (const [name, { help, labels = [] }] of Object.entries(gauges)) {
        if (this.#gauges.has(name)) continue
        this.#gauges.set(
          name,
          // Asked of whoever is in force when it is read: a reload makes other hooks.
          this.#measure(name, help, ['plugin', ...labels], async () =>
            (
              await Promise.all(
                this.#plugins.map(async (p) =>
                  ((await p.gauges[name]?.read()) ?? []).map((seen) => ({ ...seen, labels: { ...seen.labels, plugin: p.plugin } })),
                ),
              )
            ).flat(),
          ),
        )
      }
    }
  }

  /** Counts under a name in Prometheus' style; the labels of a name never change. */
  inc(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#counter(name, name.replaceAll('_', ' '), Object.keys(labels)).inc({ ...labels })
  }

  hook(plugin: string, hook: string, ms: number, failed: boolean): void {
    this.#hooks.observe({ plugin, hook, failed: String(failed) }, ms / 1000)
  }

  /** The text exposition format, and its content type. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() }
  }

  #begin(name: string, { help, labels = {} }: CounterDefinition, fixed: Readonly<Record<string, string>>): void {
    const counter = this.#counter(name, help, [...Object.keys(fixed), ...Object.keys(labels)])
    let series: Record<string, string>[] = [{ ...fixed }]
    for (const [label, values] of Object.entries(labels)) series = series.flatMap((s) => values.map((value) => ({ ...s, [label]: value })))
    for (const one of series) counter.inc(one, 0)
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    const counter = this.#counters.get(name) ?? new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    this.#counters.set(name, counter)
    return counter
  }

  /** A gauge whose series are those that `read` gives. One that cannot be read is left out and named in the log: the others are worth showing. */
  #measure(name: string, help: string, labelNames: readonly string[], read: GaugeDefinition['read']): Gauge {
    const log = this.#log
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: [...labelNames], registers: [this.#registry] },
      async collect() {
        try {
          const seen = await read()
          this.reset()
          for (const { labels, value } of seen) this.set({ ...labels }, value)
        } catch (error) {
          this.reset()
          // prom-client begins one without labels at 0, which would be a lie.
          if (labelNames.length === 0) this.remove()
          log.warn({ metric: name, error: describeError(error) }, 'a metric could not be read')
        }
      },
    })
    return gauge
  }
}
