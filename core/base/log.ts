// Structured logs: an object and a fixed message a line. Never bodies, tokens or secrets.
import { pino } from 'pino'
import type { Logger } from 'pino'

/** Where a part of the program logs: an object and a fixed message. `child` adds fields to every line. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(bindings: Record<string, unknown>): Log }

/** The log that others are made from; its level may be changed, for itself and for children made later. */
export type RootLog = Log & { level: string }

/** From which level on lines are written, and where to. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where lines go; standard output by default. */
  readonly stream?: { write(line: string): void }
}

/** Keys whose values never reach a log, wherever in the object they stand. */
const redacted = ['password', 'pass', 'secret', 'token', 'authorization', 'cookie', 'auth']

/** A log of JSON lines with the time in ISO 8601. Values under the names of secrets are redacted, three levels deep. */
export function createLog(options: LogOptions): RootLog {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redacted.flatMap((k) => [k, `*.${k}`, `*.*.${k}`]), censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream ?? pino.destination({ sync: true }),
  )
}
