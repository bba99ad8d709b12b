// What every command of the command line is made of: the program with its global options, and the way from a command to its exit code.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { isInstalled, programVersion } from '../base/version.ts'
import type { Terminal } from './terminal.ts'
import { exit, terminalOn } from './terminal.ts'

/** What `postern init` writes where nothing else is said. */
export const ownConfig = 'postern.yaml'

/**
 * The configuration that is read where nothing else is said: that of the current folder, which `postern init` wrote, or the shipped one of a
 * checkout. An installed package has none of its own: the next update replaces everything in its folder, the data beside a configuration too.
 */
export function usualConfig(): string {
  const own = path.resolve(ownConfig)
  return isInstalled || existsSync(own) ? own : shippedConfig
}

const shippedConfig = path.join(import.meta.dirname, '..', '..', 'config', 'postern.yaml')

/** What is known of a run so far. */
export interface Run {
  code: number
}

/** What every command is handed. */
export interface Call {
  readonly terminal: Terminal
  /** Path of the configuration. */
  readonly configFile: string
}

/** Makes an action whose answer is the exit code. */
export type Does = <A extends unknown[]>(work: (call: Call, ...args: A) => Promise<number>) => (...args: unknown[]) => Promise<void>

interface GlobalOptions {
  readonly config: string
  readonly json?: true
}

/** The program without its commands, and what makes actions of them. `json`: whether --json stands anywhere in the command line. */
export function newProgram(run: Run, json: boolean): { readonly program: Command; readonly does: Does } {
  const program = new Command('postern')
  program
    .description('A mail gateway: mail in, a case, an answer out.')
    .addOption(
      new Option('-c, --config <file>', 'the configuration')
        .env('POSTERN_CONFIG')
        .default(
          usualConfig(),
          isInstalled ? 'postern.yaml in this folder' : 'postern.yaml in this folder, else config/postern.yaml of this checkout',
        ),
    )
    .option('--json', 'answer in JSON')
    .option('-V, --version', 'print the version and the commit it was made from')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `\nExit codes: ${exit.ok} done, ${exit.failed} refused or not found, ${exit.usage} wrong command line, ${exit.temporary} try again later, ${exit.config} wrong configuration.`,
    )
    .exitOverride()
    .on('option:version', () => {
      const { version, commit } = programVersion()
      process.stdout.write(
        json
          ? `${JSON.stringify({ version, commit, node: process.versions.node })}\n`
          : `postern ${version} (${commit ?? 'commit not known'})\n`,
      )
      throw new CommanderError(exit.ok, 'commander.version', version)
    })
  const does: Does =
    <A extends unknown[]>(work: (call: Call, ...args: A) => Promise<number>) =>
    async (...args: unknown[]) => {
      const command = args.at(-1)
      if (!(command instanceof Command)) throw new Error('commander hands the command last')
      const options = command.optsWithGlobals<GlobalOptions>()
      const call = { terminal: terminalOn(process.stdout, process.stderr, options.json === true), configFile: path.resolve(options.config) }
      // commander hands the arguments and options in the order in which they are declared beside `work`.
      run.code = await work(call, ...(args.slice(0, -1) as A))
    }

  return { program, does }
}
