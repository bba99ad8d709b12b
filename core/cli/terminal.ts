// What a command writes to, and the codes that it ends with.
import type { Writable } from 'node:stream'
import { PosternError, describeError } from '../base/errors.ts'
import { plainLine } from '../base/escape.ts'

/** Exit codes of all commands. */
export const exit = {
  ok: 0,
  /** There is no such thing, or it was refused; the reason stands on standard error. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Try again later: the database is in use by another process, cannot be reached, or waits for its upgrade (EX_TEMPFAIL). */
  temporary: 75,
  /** The configuration is wrong (EX_CONFIG). */
  config: 78,
} as const

/** Where a command writes its result and its complaints. */
export interface Terminal {
  /** Machine-readable output is wanted: one JSON document on standard output. */
  readonly json: boolean
  /** A line on standard output. */
  print(line: string): void
  /** A line on standard error. */
  complain(line: string): void
}

/** A terminal that writes lines to two streams. */
export function terminalOn(stdout: Writable, stderr: Writable, json: boolean): Terminal {
  return { json, print: (line) => void stdout.write(`${line}\n`), complain: (line) => void stderr.write(`${line}\n`) }
}

/** The object with --json, else the lines. */
export function answer(terminal: Terminal, object: unknown, lines: () => readonly string[]): void {
  if (terminal.json) terminal.print(JSON.stringify(object, null, 2))
  else for (const line of lines()) terminal.print(line)
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exit.usage
  if (!(error instanceof PosternError)) return exit.failed
  if (error.code === 'config_invalid') return exit.config
  return error.code === 'store_unavailable' || error.code === 'storage_full' ? exit.temporary : exit.failed
}

/** One line about what was thrown, for an admin. */
export function sentenceOf(error: unknown): string {
  return error instanceof PosternError && error.detail ? error.detail : describeError(error)
}

/** Columns as wide as their widest cell; the last one is not padded. Control characters never reach the terminal. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? plainLine(cell) : plainLine(cell).padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** `2026-09-21 10:00:00Z`; a dash for never. */
export function timeOf(ms: number | null): string {
  return ms === null || ms >= 8.64e15 ? '-' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ') + 'Z'
}

/** A whole number within bounds, as commander's argument parser. Throws UsageError. */
export function limitOf(text: string): number {
  const n = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (!(n >= 1 && n <= 100_000)) throw new UsageError(`expected a number from 1 to 100000, not "${text}"`)
  return n
}

/** The command line is wrong in a way that commander does not see. */
export class UsageError extends Error {}
