// The gateway as a child process that can be killed and started again.
import { randomInt } from 'node:crypto'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { loadConfigWithPlugins } from '../../core/app/load-plugins.ts'
import { backlog } from '../../core/store/status.ts'
import { openDatabase } from '../../core/app/open-store.ts'

/** The folder of this version. */
export const thisVersion = path.join(import.meta.dirname, '../..')

/** One node: a config, the SMTP port in it, and the folder of the version that runs. */
export class Daemon {
  readonly #config: string
  readonly #port: number
  #version: string
  #child: ChildProcess | undefined

  constructor(config: string, port: number, version = thisVersion) {
    this.#config = config
    this.#port = port
    this.#version = version
  }

  /** Another version runs from the next start on. */
  becomes(version: string): void {
    this.#version = version
  }

  /** Resolves when the SMTP door answers. */
  async start(): Promise<void> {
    const program = path.join(this.#version, 'core/postern.mjs')
    const child = spawn(process.execPath, [program, '--config', this.#config, 'start'], { stdio: ['ignore', 'inherit', 'inherit'] })
    this.#child = child
    let over = false
    child.once('exit', () => (over = true))
    for (let i = 0; i < 1200; i += 1) {
      if (over) throw new Error('the gateway ended while it was starting')
      if (await answers(this.#port)) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('the gateway does not answer within 30 s')
  }

  /** Stands still (SIGSTOP) until `goOn`: alive for all who look, and silent. */
  standStill(): void {
    this.#child?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child?.kill('SIGCONT')
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await gone
  }

  /** Resolves when no mail waits to be taken in and nothing is due to be sent. */
  async drained(now: () => number, withinMs: number): Promise<void> {
    const loaded = await loadConfigWithPlugins(this.#config)
    if (!loaded.ok) throw new Error('the config is wrong')
    const database = await openDatabase(loaded.config, false)
    try {
      for (const end = now() + withinMs; now() < end;) {
        const waiting = (await backlog(database.read, now())).filter(
          (b) =>
            b.count > 0 &&
            ((b.what === 'inbound' && b.state === 'queued') || (b.what === 'outbox' && (b.state === 'queued' || b.state === 'sending'))),
        )
        if (waiting.length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
      throw new Error(`not drained: ${JSON.stringify(await backlog(database.read, now()))}`)
    } finally {
      await database.stop()
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('data', () => done(true)).once('error', () => done(false))
  })
}

/**
 * Ports of 127.0.0.1 on which nobody listens. They are taken from below the range from which the system gives ports to outgoing connections
 * and to those who ask for any: between this answer and its use, nobody is given one of them.
 */
export async function freePorts(n: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < n) {
    const port = randomInt(10_000, lowestGivenPort)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

const lowestGivenPort = 32_768

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
