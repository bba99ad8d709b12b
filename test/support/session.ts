// Commands of the CLI as functions, in a running gateway: what they print, and the session that they work with.
import type { Session } from '../../core/cli/session.ts'
import type { Terminal } from '../../core/cli/terminal.ts'
import type { TestGateway } from './gateway.ts'

/** A terminal, and the lines that were printed or complained of on it so far. */
export function listening(json = false): { readonly lines: string[]; readonly terminal: Terminal } {
  const lines: string[] = []
  const hear = (line: string): void => void lines.push(line)
  return { lines, terminal: { json, print: hear, complain: hear } }
}

export function sessionOf({ gateway: { engine, database }, clock }: TestGateway, terminal: Terminal): Session {
  return {
    config: engine.registry.config,
    database,
    engine,
    clock,
    terminal,
    transact: (origin, change) => engine.transact(origin, change),
  }
}
