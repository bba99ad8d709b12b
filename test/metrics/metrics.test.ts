// What Prometheus reads: names by its conventions, every series there from the start, and the examples that watch them.
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { coreCounters } from '../../core/edge/http/core-counters.ts'
import { programVersion } from '../../core/base/version.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const root = path.join(import.meta.dirname, '..', '..')
const examples = path.join(root, 'examples', 'monitoring')
const promtool = spawnSync('promtool', ['--version']).status === 0
if (!promtool && process.env.POSTERN_REQUIRE_SERVERS) throw new Error('needs promtool (package prometheus)')

let g: TestGateway
/** What is shown of a gateway at rest, after it has worked. */
let fresh: string
const text = async (): Promise<string> => (await g.gateway.metrics.text()).body
const valueOf = (body: string, series: string): number | undefined => {
  const line = body.split('\n').find((l) => l.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}
const seriesOf = (body: string): readonly string[] =>
  body.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : [line.replace(/ \S+$/, '')]))
const typesOf = (body: string): readonly (readonly [name: string, type: string])[] =>
  [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => [m[1] ?? '', m[2] ?? ''] as const)

beforeAll(async () => {
  g = await testGateway({
    plugins: [
      'desk',
      'senders',
      'threading',
      'bounces',
      'agent-reply',
      'recipients',
      'rules',
      'links',
      'scheduler',
      'chat',
      'search',
      'notify',
      { webhooks: { endpoints: { crm: { url: 'https://receiver.example.test/hook', events: ['case.created'] } } } },
      './late.mjs',
    ],
    files: {
      'late.mjs': `export default { name: 'late', description: 'x', config: { type: 'object', properties: {} },
        setup: () => ({ jobs: { look: { run: async () => {} } } }) }`,
    },
  })
  fresh = await text()
})
afterAll(() => g.stop())

test('names follow the conventions: no prefix before process_ and nodejs_, counters alone end in _total, and each has a sentence', () => {
  const types = typesOf(fresh)
  expect(types.filter(([name]) => /^postern_(process|nodejs)_/.test(name))).toEqual([])
  expect(types.map(([name]) => name)).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']))
  expect(types.filter(([name, type]) => (type === 'counter') !== name.endsWith('_total'))).toEqual([])
  for (const [name] of types) expect([name, new RegExp(`^# HELP ${name} \\S+ \\S`, 'm').test(fresh)]).toEqual([name, true])
})

test('whatever the sources count is declared with its sentence', () => {
  const files = globSync(['core/**/*.ts', 'plugins/**/*.ts'], { cwd: root })
  const counted = files.flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/(?:\binc|\.count)\(\s*'(postern_\w+)'/g)].map((m) => m[1] ?? ''),
  )
  expect(counted.length).toBeGreaterThan(25)
  const shown = new Set(typesOf(fresh).map(([name]) => name))
  expect([...new Set(counted)].filter((name) => !shown.has(name))).toEqual([])
  expect(Object.keys(coreCounters).filter((name) => !counted.includes(name))).toEqual([])
})

test('every series is there before anything has happened, and none goes when all is done', async () => {
  for (const series of [
    'postern_waiting{what="inbound",state="queued"}',
    'postern_waiting{what="inbound",state="parked"}',
    'postern_waiting{what="jobs",state="ready"}',
    'postern_waiting{what="jobs",state="running"}',
    'postern_waiting{what="jobs",state="parked"}',
    'postern_waiting{what="outbox",state="queued"}',
    'postern_waiting{what="outbox",state="unknown"}',
    'postern_oldest_waiting_seconds{what="inbound"}',
    'postern_oldest_waiting_seconds{what="jobs"}',
    'postern_oldest_waiting_seconds{what="outbox"}',
    'postern_last_accepted_timestamp_seconds',
    'postern_config_stale',
    'postern_mail_received_total{protocol="smtp",result="accepted"}',
    'postern_accept_store_errors_total',
    'postern_agent_replies_refused_total{plugin="agent-reply",cause="forged"}',
    'postern_webhook_deliveries{endpoint="crm",state="queued",plugin="webhooks"}',
    'postern_webhook_oldest_delivery_seconds{endpoint="crm",plugin="webhooks"}',
    'postern_webhook_disabled{endpoint="crm",plugin="webhooks"}',
  ])
    expect([series, valueOf(fresh, series)]).toEqual([series, 0])
  await g.mail({ to: 'support@example.test', from: 'carla@customer.test', subject: 'Printer', text: 'It smokes.' })
  await g.mail({ to: 'support@example.test', from: 'vera@customer.test', subject: 'Принтер', text: 'Он дымит.' })
  const after = new Set(seriesOf(await text()))
  expect(seriesOf(fresh).filter((series) => !after.has(series) && !series.startsWith('nodejs_'))).toEqual([])
})

test('what waits shows its age, in seconds, and the newest mail its time', async () => {
  const { clock } = g
  await g.mail({ to: 'sales@example.test', from: 'dan@customer.test', subject: 'Scanner' })
  const accepted = valueOf(await text(), 'postern_last_accepted_timestamp_seconds') ?? 0
  expect(Math.abs(accepted - clock.now() / 1000)).toBeLessThan(60)
  await g.gateway.engine.outbox.stop()
  await g.act('reply.send', '#1', { text: 'Water.' })
  await g.gateway.engine.jobs.stop()
  await g.transact((tx) => tx.jobs.put('late.look', 'late:1', tx.now - 90_000, {}))
  await clock.advance(120_000)
  const body = await text()
  expect(valueOf(body, 'postern_oldest_waiting_seconds{what="outbox"}')).toBeCloseTo(120, 0)
  expect(valueOf(body, 'postern_oldest_waiting_seconds{what="jobs"}')).toBeCloseTo(210, 0)
  expect(valueOf(body, 'postern_oldest_waiting_seconds{what="inbound"}')).toBe(0)
  expect(valueOf(body, 'postern_waiting{what="outbox",state="queued"}')).toBeGreaterThan(0)
  expect(valueOf(body, 'postern_webhook_oldest_delivery_seconds{endpoint="crm",plugin="webhooks"}')).toBeGreaterThanOrEqual(120)
})

test('the disk and the build are shown', async () => {
  const body = await text()
  const { version, commit } = programVersion()
  expect(valueOf(body, `postern_build_info{version="${version}",commit="${commit ?? ''}",node="${process.versions.node}"}`)).toBe(1)
  expect(valueOf(body, 'postern_disk_free_bytes')).toBeGreaterThan(0)
  expect(valueOf(body, 'postern_disk_floor_bytes')).toBeGreaterThan(0)
})

test('a metric of a plugin that cannot be read is left out, and the others are shown', async () => {
  const broken = await testGateway({
    plugins: ['desk', './broken.mjs'],
    files: {
      'broken.mjs': `export default { name: 'broken', description: 'x', config: { type: 'object', properties: {} },
        setup: () => ({ gauges: { broken_things: { help: 'Things that are broken', read: async () => { throw new Error('no') } } } }) }`,
    },
  })
  try {
    const { body } = await broken.gateway.metrics.text()
    expect(seriesOf(body).filter((series) => series.startsWith('broken_things'))).toEqual([])
    expect(seriesOf(body)).toContain('postern_last_accepted_timestamp_seconds')
  } finally {
    await broken.stop()
  }
})

/** Names of metrics in expressions of alerts and panels; histograms by their parts. */
const metricsIn = (expression: string): readonly string[] =>
  [...expression.matchAll(/\b(?:postern|process|nodejs)_[a-z0-9_]+/g)].map((m) => m[0].replace(/_(bucket|count|sum)$/, ''))

test('alerts and dashboard ask for nothing that is not shown, and each alert says what to do', () => {
  const shown = new Set(typesOf(fresh).map(([name]) => name))
  const rules: unknown = parse(readFileSync(path.join(examples, 'alerts.yaml'), 'utf8'))
  const { groups } = rules as { groups: { rules: { alert: string; expr: string; labels: object; annotations: object }[] }[] } // our own file
  const alerts = groups.flatMap((group) => group.rules)
  expect(alerts.length).toBeGreaterThan(10)
  for (const { alert, expr, labels, annotations } of alerts) {
    expect([alert, metricsIn(expr).filter((name) => !shown.has(name))]).toEqual([alert, []])
    expect(labels).toMatchObject({ severity: expect.stringMatching(/^(page|ticket)$/) })
    expect(annotations).toMatchObject({ summary: expect.any(String), action: expect.stringMatching(/.{40}/) })
  }
  const dashboard: unknown = JSON.parse(readFileSync(path.join(examples, 'dashboard.json'), 'utf8'))
  const { panels } = dashboard as { panels: { title: string; targets: { expr: string }[] }[] } // our own file
  const asked = panels.flatMap((panel) => panel.targets.flatMap((target) => metricsIn(target.expr)))
  expect(asked.length).toBeGreaterThan(15)
  expect(asked.filter((name) => !shown.has(name))).toEqual([])
})

describe.skipIf(!promtool)('promtool (skipped where Prometheus is not installed)', () => {
  test('finds nothing to say about the metrics, at rest and after work', async () => {
    for (const input of [fresh, await text()])
      expect(spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  test('the alerts fire when they should, and only then', () => {
    expect(execFileSync('promtool', ['test', 'rules', 'alerts.test.yaml'], { cwd: examples, encoding: 'utf8' })).toContain('SUCCESS')
    expect(execFileSync('promtool', ['check', 'rules', 'alerts.yaml'], { cwd: examples, encoding: 'utf8' })).toContain('SUCCESS')
  })
})
