// The command line of what is about this machine: its Postfix, and whether all is well on it.
import { Option } from 'commander'
import type { Command } from 'commander'
import { parseDuration } from '../base/units.ts'
import { ownConfig } from './command.ts'
import type { Does } from './command.ts'
import type { InitOptions } from './init/init.ts'
import type { PostfixOptions } from './postfix/settings.ts'
import { UsageError } from './terminal.ts'

/** Declares the commands; what they need is loaded when one of them runs. */
export function addMachineCommands(program: Command, does: Does): void {
  program
    .command('init')
    .description('write a configuration, by asking or from flags, show what Postfix needs, and check it all')
    .argument('[file]', 'where to; it must not be there yet', ownConfig)
    .option('--domain <domain>', 'domain of your mail')
    .option('--mailbox <address>', 'mailbox to answer for: an address, or what stands before the @ (repeatable)', repeated)
    .option('--agent <agent>', "who answers: 'Anna Smith <anna@example.org>' (repeatable)", repeated)
    .option('--postfix', 'mail leaves through the Postfix of this machine')
    .option('--smarthost <host:port>', '... or through this server')
    .option('--smtp-user <user>', 'who logs in there; the password is taken from the file smtp-password beside the configuration')
    .option('--hostname <name>', 'full host name of this machine')
    .option('--public-url <url>', 'address under which agents reach the pages behind the buttons in mails')
    .option('--ask', 'ask for what the flags leave open, although this is no terminal')
    .addOption(postconf)
    .addOption(mainCfFolder)
    .addOption(transport)
    .action(
      does(async ({ terminal }, file: string, options: InitOptions & PostfixFlags) =>
        (await import('./init/init.ts')).runInit(file, options, postfixOptions(options), terminal),
      ),
    )

  program
    .command('doctor')
    .description('say what is dangerous, missing or about to go wrong here; exit code 1 where there is something to do')
    .addOption(postconf)
    .addOption(mainCfFolder)
    .addOption(transport)
    .option('--dns', 'look up the domains of the mailboxes too')
    .option('--send <address>', 'instead, send a mail there and wait until somebody has answered it and the answer has been taken in')
    .option('--mailbox <id>', 'with --send: the mailbox to write from (default: the first)')
    .option('--wait <duration>', 'with --send: how long to wait for the answer', '10m')
    .action(
      does(async ({ terminal, configFile }, options: DoctorFlags) => {
        const { withDoctor, withSession } = await import('./open-session.ts')
        const { send: to, mailbox } = options
        if (to === undefined) return withDoctor(configFile, terminal, { ...postfixOptions(options), dns: options.dns === true })
        const waitMs = parseDuration(options.wait)
        if (waitMs === undefined) throw new UsageError(`expected a duration such as 10m, not "${options.wait}"`)
        const { sendTrial } = await import('./doctor-send.ts')
        return withSession(configFile, terminal, (session) => sendTrial(session, { to, waitMs, ...(mailbox !== undefined && { mailbox }) }))
      }),
    )

  program
    .command('postfix')
    .description('show the commands by which the Postfix of this machine brings its mail here; `postern postfix | sudo sh` runs them')
    .addOption(postconf)
    .addOption(mainCfFolder)
    .addOption(transport)
    .action(
      does(async ({ terminal, configFile }, options: PostfixFlags) => {
        const { showPostfixCommands } = await import('./postfix/command.ts')
        const { withConfig } = await import('./open-session.ts')
        return withConfig(configFile, terminal, (config) => showPostfixCommands(config, postfixOptions(options), terminal))
      }),
    )
}

const repeated = (one: string, before: readonly string[] = []): readonly string[] => [...before, one]

// The flags by which commands find the Postfix of this machine.
const postconf = new Option('--postconf <program>', "Postfix's postconf").default('postconf')
const mainCfFolder = new Option('--postfix-config <folder>', "folder of main.cf, for a Postfix that is not the system's")
const transport = new Option('--transport <name>', 'the transport in master.cf that leads to Postern').default('postern')

interface PostfixFlags {
  readonly postconf: string
  readonly postfixConfig?: string
  readonly transport: string
}

interface DoctorFlags extends PostfixFlags {
  readonly dns?: true
  readonly send?: string
  readonly mailbox?: string
  readonly wait: string
}

function postfixOptions(flags: PostfixFlags): PostfixOptions {
  const { postfixConfig: folder } = flags
  return { postconf: flags.postconf, transport: flags.transport, ...(folder !== undefined && { folder }) }
}
