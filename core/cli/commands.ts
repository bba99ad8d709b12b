// The commands that need no database of their own, and those of operations.ts; what a command needs is loaded when it runs.
import path from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { Does } from './command.ts'
import { addMachineCommands } from './machine-commands.ts'
import { addOperations } from './operations.ts'
import type { ReloadOptions } from './reload.ts'

/** Declares all commands but those of plugins. */
export function addCommands(program: Command, does: Does): void {
  program
    .command('start')
    .description('run the gateway; SIGTERM ends it, SIGHUP takes over a changed configuration')
    .option('--accept-loss', 'go on where the database knows of less mail than this node has accepted')
    .action(
      does(async ({ terminal, configFile }, options: { readonly acceptLoss?: true }) =>
        (await import('./start.ts')).runDaemon(configFile, terminal, { acceptLoss: options.acceptLoss === true }),
      ),
    )
  program
    .command('reload')
    .description('let the running gateway take over the changed configuration; exit code 1 where it takes away what is not confirmed')
    .option('--remove <names...>', 'what may go: ids of mailboxes and agents, addresses, names of plugins')
    .option('--dry-run', 'say what would be taken away, and change nothing')
    .action(
      does(async ({ terminal, configFile }, options: ReloadOptions) =>
        (await import('./reload.ts')).runReload(configFile, options, terminal),
      ),
    )
  program
    .command('check')
    .description('say all that is wrong with the configuration, as file:line:column: message')
    .action(does(async ({ terminal, configFile }) => (await import('./config.ts')).runCheck(configFile, terminal)))
  program
    .command('test')
    .description('run scenario tests of a configuration')
    .argument('<files...>', 'scenario files')
    .option('--junit <file>', 'write the results there in the form that CI systems read')
    .option('--only <words>', 'only tests with these words in their name')
    .action(
      does(async ({ terminal }, files: string[], options: { readonly junit?: string; readonly only?: string }) =>
        (await import('./test.ts')).runTests(files, options, terminal),
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
          const { runExplain } = await import('./explain.ts')
          const { withSession } = await import('./open-session.ts')
          return withSession(configFile, terminal, (session) => runExplain(session, file, options), { orEmpty: true })
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
        (await import('./explain.ts')).runReplay(
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
        (await import('./config.ts')).runSchema(configFile, file, terminal),
      ),
    )
  program
    .command('plugins')
    .description('show the plugins and their hooks in the order in which they run')
    .action(does(async ({ terminal, configFile }) => (await import('./config.ts')).runPlugins(configFile, terminal)))
  program
    .command('inspect')
    .description('show how the gateway sees a mail')
    .argument('[files...]', 'raw mails; - is the standard input')
    .option('--jsonl', 'one JSON line in, one out, until the input ends')
    .action(
      does(async ({ terminal }, files: string[], options: { readonly jsonl?: true }) => {
        const { runInspect } = await import('./inspect.ts')
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
    .action(does(async () => (await import('./thread.ts')).runThread({ stdin: process.stdin, stdout: process.stdout })))
  addOperations(program, does)
  addMachineCommands(program, does)
}
