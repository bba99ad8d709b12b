// The program: reads the command line and loads only what the named command needs.
import path from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import type { Terminal } from './cli/terminal.ts'
import { addOperations } from './cli/commands.ts'
import { exit, exitCodeOf, sentenceOf, terminalOn } from './cli/terminal.ts'

/** The configuration that is read where nothing else is said. */
const shippedConfig = path.join(import.meta.dirname, '..', 'config', 'postern.yaml')

/** Runs a command line (without node and script) and sets the exit code of the process; see `exit` for the codes. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has heard enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exit.ok : exit.failed))
  const run: Run = { code: exit.ok }
  const { program, does } = programFor(run)
  try {
    const named = operandOf(argv)
    if (named && named.operand !== 'help' && !program.commands.some((c) => c.name() === named.operand)) {
      // Only then is it worth a look at what the plugins bring.
      await (
        await import('./cli/plugin-commands.ts')
      ).addPluginCommand(program, does, named.operand, path.resolve(named.config ?? process.env.POSTERN_CONFIG ?? shippedConfig))
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

/** What is known of a run so far. */
interface Run {
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

function programFor(run: Run): { readonly program: Command; readonly does: Does } {
  const program = new Command('postern')
  program
    .description('A mail gateway: mail in, a case, an answer out.')
    .addOption(
      new Option('-c, --config <file>', 'the configuration')
        .env('POSTERN_CONFIG')
        .default(shippedConfig, 'config/postern.yaml of this installation'),
    )
    .option('--json', 'answer in JSON')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `\nExit codes: ${exit.ok} done, ${exit.failed} refused or not found, ${exit.usage} wrong command line, ${exit.temporary} try again later, ${exit.config} wrong configuration.`,
    )
    .exitOverride()
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

  program
    .command('start')
    .description('run the gateway; SIGTERM ends it, SIGHUP takes over a changed configuration')
    .action(does(async ({ terminal, configFile }) => (await import('./cli/start.ts')).runDaemon(configFile, terminal)))
  program
    .command('check')
    .description('say all that is wrong with the configuration, as file:line:column: message')
    .action(does(async ({ terminal, configFile }) => (await import('./cli/config.ts')).runCheck(configFile, terminal)))
  program
    .command('test')
    .description('run scenario tests of a configuration')
    .argument('<files...>', 'scenario files')
    .option('--junit <file>', 'write the results there in the form that CI systems read')
    .option('--only <words>', 'only tests with these words in their name')
    .action(
      does(async ({ terminal }, files: string[], options: { readonly junit?: string; readonly only?: string }) =>
        (await import('./cli/test.ts')).runTests(files, options, terminal),
      ),
    )
  program
    .command('explain')
    .description('say what would become of a mail, and why: its case, every plugin and rule, what would be sent; nothing is written')
    .argument('[file]', 'a raw mail')
    .option('--message <id>', 'a message of a case, or an accepted mail, instead of a file')
    .option('--to <address>', 'envelope recipient of the file; default: the first of ours in its header')
    .option('--from <address>', 'envelope sender of the file')
    .action(
      does(
        async (
          { terminal, configFile },
          file: string | undefined,
          options: { readonly message?: string; readonly to?: string; readonly from?: string },
        ) => {
          const { runExplain } = await import('./cli/explain.ts')
          return (await import('./cli/open-session.ts')).withSession(configFile, terminal, (session) => runExplain(session, file, options))
        },
      ),
    )
  program
    .command('replay')
    .description('decide anew on the mails of the past and show what would come out differently; nothing is written')
    .requiredOption('--since <when>', 'a time back, such as 7d, or an instant')
    .option('--with <file>', 'decide by this configuration instead; --config behind the command says the same')
    .action(
      does(async ({ terminal, configFile }, options: { readonly since: string; readonly with?: string }) =>
        (await import('./cli/explain.ts')).runReplay(
          configFile,
          { since: options.since, ...(options.with !== undefined && { newConfig: path.resolve(options.with) }) },
          terminal,
        ),
      ),
    )
  program
    .command('schema')
    .description('print the JSON schema of the configuration for editors, plugins included')
    .argument('[file]', 'write it here instead')
    .action(
      does(async ({ terminal, configFile }, file: string | undefined) =>
        (await import('./cli/config.ts')).runSchema(configFile, file, terminal),
      ),
    )
  program
    .command('plugins')
    .description('show the plugins and their hooks in the order in which they run')
    .action(does(async ({ terminal, configFile }) => (await import('./cli/config.ts')).runPlugins(configFile, terminal)))
  program
    .command('inspect')
    .description('show how the gateway sees a mail')
    .argument('[files...]', 'raw mails; - is the standard input')
    .option('--jsonl', 'one JSON line in, one out, until the input ends')
    .action(
      does(async ({ terminal }, files: string[], options: { readonly jsonl?: true }) => {
        const { runInspect } = await import('./cli/inspect.ts')
        const { stdin, stdout, stderr } = process
        return runInspect({
          stdin,
          stdout,
          stderr,
          files,
          jsonl: options.jsonl === true,
          json: terminal.json,
          color: stdout.isTTY && !process.env.NO_COLOR,
        })
      }),
    )
  program
    .command('thread')
    .description('say which mails are one conversation, from their headers alone')
    .addOption(new Option('--jsonl', 'lines of {"id", "raw"} in, lines of {"id", "thread"} out (the only form)'))
    .action(does(async () => (await import('./cli/thread.ts')).runThread({ stdin: process.stdin, stdout: process.stdout })))
  addOperations(program, does)
  return { program, does }
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
