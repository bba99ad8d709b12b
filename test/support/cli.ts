// The program as a process: commands that run to their end, and a daemon that is started and told to stop.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freshFolder } from './fresh-folder.ts'

const entry = path.join(import.meta.dirname, '..', '..', 'core', 'postern.mjs')

export interface CliResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** Standard output as JSON. */
  json(): never
}

/** A folder with a config and a database of its own. */
export interface Installation {
  readonly folder: string
  readonly config: string
  /** Runs a command with `--config`. */
  run(...args: readonly string[]): Promise<CliResult>
  /** Starts the daemon and waits until it is ready. */
  start(env?: Readonly<Record<string, string>>): Promise<Daemon>
  writeConfig(text: string): void
  /** Stops what was started here and removes the folder. */
  remove(): Promise<void>
}

export interface Daemon {
  readonly process: ChildProcess
  /** Ports of the listeners. */
  readonly ports: readonly number[]
  /** Log lines so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** The first line from here on (or from `from`) with this message. */
  heard(message: string, from?: number): Promise<Readonly<Record<string, unknown>>>
  /** Ends it; the exit code. */
  stop(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>
}

export const basicConfig = `
name: test
data: ./data
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
limits: { free_space: 50MB }
mailboxes:
  support: { address: support@example.test, notify: [anna] }
agents:
  anna: { name: Anna Smith, email: anna@agents.test }
plugins: [desk, threading, notify]
`

export function installation(config = basicConfig, folder = freshFolder('postern-cli-')): Installation {
  const file = path.join(folder, 'postern.yaml')
  const daemons: Daemon[] = []
  mkdirSync(folder, { recursive: true })
  const self: Installation = {
    folder,
    config: file,
    run: (...args) => runCli([...args, '--config', file], folder),
    async start(env = {}) {
      const daemon = await startDaemon(file, folder, env)
      daemons.push(daemon)
      return daemon
    },
    writeConfig: (text) => writeFileSync(file, text),
    async remove() {
      for (const daemon of daemons) await daemon.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  self.writeConfig(config)
  return self
}

/** Runs the program to its end. */
export async function runCli(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [entry, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, out, err, json: () => JSON.parse(out) as never }
}

async function startDaemon(config: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Daemon> {
  const child = spawn(process.execPath, [entry, 'start', '--config', config], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Readonly<Record<string, unknown>>[] = []
  let rest = ''
  let err = ''
  let wake: () => void = () => {}
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>)
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const exited = once(child, 'exit').then(() => wake())
  const heard = async (message: string, from = 0): Promise<Readonly<Record<string, unknown>>> => {
    for (;;) {
      const line = lines.slice(from).find((l) => l.msg === message)
      if (line) return line
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the daemon ended (${child.exitCode}) without saying "${message}": ${err}\n${JSON.stringify(lines.slice(-5))}`)
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const ready = await heard('postern is ready')
  const listeners = Array.isArray(ready.listeners) ? ready.listeners : []
  return {
    process: child,
    lines,
    ports: listeners.map((l) => Number(/:(\d+)$/.exec(String(l))?.[1] ?? 0)),
    heard,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}
