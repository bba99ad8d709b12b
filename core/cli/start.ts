// `postern start`: from the configuration to a running gateway, and what signals do to it.
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { formatProblem, shownAs } from '../base/config/problems.ts'
import type { Config } from '../base/config/types.ts'
import { createLog } from '../base/log.ts'
import { programVersion } from '../base/version.ts'
import { readSettled } from './config.ts'
import { exit, exitCodeOf, sentenceOf } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { watchStrayErrors } from '../app/stray-errors.ts'
import { startGateway } from '../app/gateway.ts'
import type { Gateway } from '../app/gateway.ts'
import { Reloader } from '../app/reload.ts'
import { scenarioRunner } from '../scenario/posted.ts'

/** What is under way has so long to end after SIGTERM, ms; the container runtimes' own patience is 10 to 30 s. */
const drainMs = 30_000

/** Runs until SIGTERM or SIGINT; the exit code. 78: the configuration is wrong, 75: the database is in use or away. */
export async function runDaemon(configFile: string, terminal: Terminal, options: { readonly acceptLoss?: boolean } = {}): Promise<number> {
  const file = shownAs(configFile)
  const loaded = await readSettled(file, terminal, 'start')
  if (typeof loaded === 'number') return loaded
  const { config, plugins } = loaded
  const log = createLog({ level: config.log.level })
  let gateway: Gateway | undefined
  watchStrayErrors({ log, counters: () => gateway?.metrics, end: () => process.exit(exit.failed) })
  for (const warning of loaded.warnings) log.warn({ place: formatProblem(warning) }, 'the configuration is doubtful here')
  // From the first moment: a signal before all is ready must not end the process in the middle.
  const told = untilTold()
  let reloader: Reloader | undefined
  process.on('SIGHUP', () => void reloader?.reload())
  try {
    const configIsStale = (): boolean => reloader?.isStale === true
    gateway = await startGateway({ config, plugins, log, scenarios: scenarioRunner(config.file), configIsStale, ...options })
    reloader = await Reloader.start({ file, log, clock: systemClock, gateway, started: config, plugins })
  } catch (error) {
    terminal.complain(`postern: ${loaded.secrets.redact(sentenceOf(error))}`)
    await gateway?.stop()
    return exitCodeOf(error)
  }
  log.info(
    {
      pid: process.pid,
      ...programVersion(),
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
  await reloader.stop()
  await gateway.stop()
  late.cancel()
  log.info({}, 'stopped')
  return exit.ok
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
