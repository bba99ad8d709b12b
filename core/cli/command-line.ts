// The command line: finds the command, loads only what it needs, and sets the exit code.
import path from 'node:path'
import { CommanderError } from 'commander'
import type { Run } from './command.ts'
import { newProgram, usualConfig } from './command.ts'
import { addCommands } from './commands.ts'
import { exit, exitCodeOf, sentenceOf } from './terminal.ts'

/** Runs a command line (without node and script) and sets the exit code of the process; see `exit` for the codes. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // A reader that has heard enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exit.ok : exit.failed))
  const run: Run = { code: exit.ok }
  const { program, does } = newProgram(run, argv.includes('--json'))
  addCommands(program, does)
  try {
    const named = operandOf(argv)
    if (named && named.operand !== 'help' && !program.commands.some((c) => c.name() === named.operand)) {
      // Only then is it worth a look at what the plugins bring.
      await (
        await import('./plugin-commands.ts')
      ).addPluginCommand(program, does, named.operand, path.resolve(named.config ?? process.env.POSTERN_CONFIG ?? usualConfig()))
    }
    await program.parseAsync(named?.operand === 'replay' ? replayed(argv) : [...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) run.code = error.exitCode === 0 ? exit.ok : exit.usage
    else {
      run.code = exitCodeOf(error)
      process.stderr.write(`postern: ${sentenceOf(error)}\n`)
    }
  }
  process.exitCode = run.code
}

/** `replay --config NEW`: behind this command the word names the configuration that decides anew; the installed one, with the database, stands before it or in POSTERN_CONFIG. */
function replayed(argv: readonly string[]): string[] {
  const at = argv.indexOf('replay')
  return argv.map((word, i) =>
    i < at ? word : word === '-c' || word === '--config' ? '--with' : word.replace(/^(?:--config|-c)=/, '--with='),
  )
}

/** The command in a command line, and the --config before or behind it. */
function operandOf(argv: readonly string[]): { readonly operand: string; readonly config?: string } | undefined {
  let operand: string | undefined
  let config: string | undefined
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') break
    if (word === '-c' || word === '--config') config = argv[++i]
    else if (word.startsWith('--config=')) config = word.slice('--config='.length)
    else if (!word.startsWith('-')) operand ??= word
  }
  return operand === undefined ? undefined : { operand, ...(config !== undefined && { config }) }
}
