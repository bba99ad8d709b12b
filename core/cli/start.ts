// `postern start`: from the configuration to a running gateway, and what signals do to it.
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { compareConfigs, takeOver } from '../base/config/compare.ts'
import { formatProblem, shownAs } from '../base/config/problems.ts'
import type { Config } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import type { RootLog } from '../base/log.ts'
import { complain } from './config.ts'
import { exit, exitCodeOf, sentenceOf } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { watchStrayErrors } from '../app/stray-errors.ts'
import { startGateway } from '../app/gateway.ts'
import type { Gateway } from '../app/gateway.ts'
import { loadChecked } from '../app/check-plugins.ts'
import { scenarioRunner } from '../scenario/posted.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** What is under way has so long to end after SIGTERM, ms; the container runtimes' own patience is 10 to 30 s. */
const drainMs = 30_000

/** Runs until SIGTERM or SIGINT; the exit code. 78: the configuration is wrong, 75: the database is in use or away. */
export async function runDaemon(configFile: string, terminal: Terminal, options: { readonly acceptLoss?: boolean } = {}): Promise<number> {
  const file = shownAs(configFile)
  const loaded = await loadChecked(file)
  if (!loaded.ok) {
    complain(loaded.problems, terminal)
    return exit.config
  }
  const { config, plugins } = loaded
  const log = createLog({ level: config.log.level })
  let gateway: Gateway | undefined
  watchStrayErrors({ log, counters: () => gateway?.metrics, end: () => process.exit(exit.failed) })
  for (const warning of loaded.warnings) log.warn({ place: formatProblem(warning) }, 'the configuration is doubtful here')
  // From the first moment: a signal before all is ready must not end the process in the middle.
  const told = untilTold()
  let reloading: Promise<void> = Promise.resolve()
  process.on('SIGHUP', () => {
    reloading = reloading.then(() => (gateway ? reload({ file, log, gateway, started: config, plugins }) : undefined))
  })
  try {
    gateway = await startGateway({ config, plugins, log, scenarios: scenarioRunner(config.file), ...options })
  } catch (error) {
    terminal.complain(`postern: ${loaded.secrets.redact(sentenceOf(error))}`)
    return exitCodeOf(error)
  }
  log.info(
    {
      pid: process.pid,
      config: path.resolve(file),
      name: config.name,
      listeners: config.listeners.map((l, i) => placeOf(l, gateway?.ports[i])),
      http: gateway.http && `${config.http.host}:${gateway.http.port}`,
    },
    'postern is ready',
  )
  const signal = await told
  log.info({ signal }, 'stopping: no new mail is taken, what is under way may end')
  const late = systemClock.setTimer(
    drainMs,
    () => {
      log.warn({ ms: drainMs }, 'not everything ended in time; it is in the database and goes on after the next start')
      process.exit(exit.ok)
    },
    { background: true },
  )
  process.once('SIGTERM', () => process.exit(exit.ok)).once('SIGINT', () => process.exit(exit.ok))
  await reloading
  await gateway.stop()
  late.cancel()
  log.info({}, 'stopped')
  return exit.ok
}

interface Reload {
  readonly file: string
  readonly log: RootLog
  readonly gateway: Gateway
  /** The config and plugins of the start: what is bound or opened by them stays. */
  readonly started: Config
  readonly plugins: readonly EnginePlugin[]
}

/** SIGHUP: all of a good file, or nothing of a wrong one. Never rejects. */
async function reload({ file, log, gateway, started, plugins }: Reload): Promise<void> {
  try {
    const loaded = await loadChecked(file)
    if (!loaded.ok) {
      log.error(
        { problems: loaded.problems.map(formatProblem) },
        'the changed configuration is wrong and not taken over; the old one stays in force',
      )
      return
    }
    for (const warning of loaded.warnings) log.warn({ place: formatProblem(warning) }, 'the configuration is doubtful here')
    const next = takeOver(started, loaded.config)
    const changed = compareConfigs(gateway.config, next).reloadable
    const { needsRestart } = compareConfigs(started, loaded.config)
    // Plugins that are new have no tables yet and those that went have work under way: the list changes with a restart.
    const settings = new Map(next.plugins.map((p) => [p.name, p.settings]))
    log.level = next.log.level
    gateway.reload(
      next,
      plugins.map((p, i) => ({ definition: p.definition, settings: settings.get(started.plugins[i]?.name ?? '') })),
    )
    log.info({ changed }, 'the changed configuration is in force')
    if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'some changes of the configuration need a restart')
  } catch (error) {
    log.error({ error: describeError(error) }, 'the changed configuration could not be taken over; the old one stays in force')
  }
}

function placeOf({ protocol, bind }: Config['listeners'][number], port: number | undefined): string {
  if (bind.kind === 'tcp') return `${protocol}:${bind.host}:${port ?? bind.port}`
  return bind.kind === 'unix' ? `${protocol}:${bind.path}` : `${protocol}:systemd:${bind.name}`
}

function untilTold(): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'))
    process.once('SIGINT', () => resolve('SIGINT'))
  })
}
