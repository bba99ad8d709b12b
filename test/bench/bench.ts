// npm run bench: what Postern costs, against floors measured beside it in the same run, by turns.
//
//   npm run bench                      all rows
//   npm run bench -- accept through    only these
//   npm run bench -- --quick           a look in a minute; the figures are rough
//   npm run bench -- --json            only the last line
//   npm run bench -- --home /dev/shm   databases there instead of in the system's folder for temporary files (what an fsync costs is printed)
//
// Server, floor and load generator are processes of their own. Ratios are taken round by round, and their median counts: a busy
// machine slows both sides of a round. The last line is JSON. The exit code is 1 where a bound is not kept.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { accept } from './rows/accept.ts'
import { api } from './rows/api.ts'
import { growth } from './rows/growth.ts'
import { latency } from './rows/latency.ts'
import type { Bench, Figure, Row, RowResult, Server } from './rows/row.ts'
import { rules } from './rows/rules.ts'
import { search } from './rows/search.ts'
import { through } from './rows/through.ts'
import { webhooks } from './rows/webhooks.ts'
import { startChild } from './rpc.ts'
import type { Child } from './rpc.ts'
import { fsyncMs } from './usage.ts'
import { least, median, most, shown } from './stats.ts'

const rows: readonly Row[] = [accept, through, growth, latency, rules, api, webhooks, search]

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    home: { type: 'string', default: tmpdir() },
    without: { type: 'string', multiple: true, default: [] },
  },
})
const unknown = wanted.find((name) => !rows.some((row) => row.name === name))
if (unknown !== undefined) {
  process.stderr.write(`there is no row "${unknown}"; there are ${rows.map((row) => row.name).join(', ')}\n`)
  process.exit(2)
}

const say = (line: string): void => void (options.json || process.stdout.write(`${line}\n`))
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}`
const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes')
say(`${machine}\ncommit ${commit}, ${new Date().toISOString()}${options.quick ? ', quick' : ''}`)

/** What `npm start` tells Node, and what the program says to it before it loads anything. */
const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly scripts: { readonly start: string }
} // our own file
const asStarted = [
  ...scripts.start.split(' ').filter((word) => word.startsWith('--')),
  '--import',
  new URL('../../core/start-up.mjs', import.meta.url).href,
]
const home = mkdtempSync(path.join(options.home, 'postern-bench-'))
const load = startChild('load.ts')
let plugins: readonly string[] = []
const results: Record<string, RowResult> = {}
try {
  plugins = await pluginsOfInstallation()
  for (const row of rows) {
    if (wanted.length > 0 && !wanted.includes(row.name)) continue
    say(`\n${row.name}: ${row.title}`)
    const result = await inItsOwnProcesses(row).catch((error: unknown): RowResult => ({
      failed: error instanceof Error ? error.message : String(error),
    }))
    results[row.name] = result
    if ('skipped' in result) say(`  skipped: ${result.skipped}`)
    else if ('failed' in result) say(`  failed: ${result.failed}`)
    else {
      for (const figure of result.figures) say(`  ${lineOf(figure)}`)
      for (const note of result.notes ?? []) say(`  ${note}`)
    }
  }
} finally {
  await load.stop()
  rmSync(home, { recursive: true, force: true })
}
const kept = Object.values(results).every(
  (result) => 'skipped' in result || ('figures' in result && result.figures.every((f) => verdict(f) !== false)),
)
process.stdout.write(
  `${JSON.stringify({ machine, commit, quick: options.quick, plugins, kept, rows: Object.fromEntries(Object.entries(results).map(([name, r]) => [name, 'figures' in r ? r.figures.map(summary) : r])) })}\n`,
)
process.exitCode = kept ? 0 : 1

async function inItsOwnProcesses(row: Row): Promise<RowResult> {
  const children: Child[] = []
  const ports: number[] = []
  let folders = 0
  const started = async (child: Child): Promise<Server> => {
    children.push(child)
    const port = await child.ask<number>('port')
    ports.push(port)
    return { ...child, port }
  }
  const bench: Bench = {
    quick: options.quick,
    load,
    plugins,
    fsync: () => fsyncMs(home),
    async server({ messages, ...setup }) {
      const folder = path.join(home, `${row.name}-${++folders}`)
      mkdirSync(folder)
      if (messages !== undefined) {
        const filler = startChild('fill.ts')
        children.push(filler)
        await filler.ask('fill', { folder, messages })
        await filler.stop()
      }
      return started(
        startChild('server.ts', [JSON.stringify({ ...setup, without: [...(setup.without ?? []), ...options.without], folder })], asStarted),
      )
    },
    floor(kind) {
      const folder = path.join(home, `${row.name}-${++folders}`)
      mkdirSync(folder)
      return started(startChild('floor.ts', [kind, folder]))
    },
  }
  try {
    return await row.run(bench)
  } finally {
    for (const port of ports) await load.ask('hangUp', { port })
    for (const child of children) await child.stop()
    for (let i = 1; i <= folders; i++) rmSync(path.join(home, `${row.name}-${i}`), { recursive: true, force: true })
  }
}

/** Those that the shipped config names and that are there. */
async function pluginsOfInstallation(): Promise<readonly string[]> {
  const folder = path.join(home, 'plugins')
  mkdirSync(folder)
  const child = startChild('server.ts', [JSON.stringify({ folder, intake: 'held', outbox: 'held', without: options.without })])
  try {
    return await child.ask<readonly string[]>('plugins')
  } finally {
    await child.stop()
  }
}

/** Whether the bound is kept; undefined without one. */
function verdict(figure: Figure): boolean | undefined {
  const value = median(figure.values)
  if (figure.atLeast !== undefined) return value >= figure.atLeast
  return figure.atMost === undefined ? undefined : value <= figure.atMost
}

function summary(figure: Figure): object {
  const round = (value: number): number => Number(value.toPrecision(4))
  const { name, unit, values, atLeast, atMost } = figure
  const ok = verdict(figure)
  return {
    name,
    unit,
    median: round(median(values)),
    min: round(least(values)),
    max: round(most(values)),
    ...(atLeast !== undefined && { atLeast }),
    ...(atMost !== undefined && { atMost }),
    ...(ok !== undefined && { ok }),
  }
}

function lineOf(figure: Figure): string {
  const range = figure.values.length > 1 ? `(${shown(least(figure.values))} to ${shown(most(figure.values))})` : ''
  const ok = verdict(figure)
  const bound = figure.atLeast !== undefined ? `>= ${figure.atLeast}` : figure.atMost !== undefined ? `<= ${figure.atMost}` : ''
  return [
    figure.name.padEnd(28),
    shown(median(figure.values)).padStart(8),
    figure.unit.padEnd(8),
    range.padEnd(20),
    ok === undefined ? '' : `${bound} ${ok ? 'kept' : 'NOT KEPT'}`,
  ]
    .join(' ')
    .trimEnd()
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', [...args], { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}
