// The command line of what is about this machine: its Postfix, and whether all is well on it.
import type { Command } from 'commander'
import { parseDuration } from '../base/units.ts'
import type { Does } from './command.ts'
import type { PostfixOptions } from './postfix/settings.ts'
import { UsageError } from './terminal.ts'

/** Declares the commands; what they need is loaded when one of them runs. */
export function addMachineCommands(program: Command, does: Does): void {
  program
    .command('doctor')
    .description('say what is dangerous, missing or about to go wrong here; exit code 1 where there is something to do')
    .option('--postconf <program>', "Postfix's postconf", 'postconf')
    .option('--postfix-config <folder>', "folder of main.cf, for a Postfix that is not the system's")
    .option('--transport <name>', 'the transport in master.cf that leads to Postern', 'postern')
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
    .option('--postconf <program>', "Postfix's postconf", 'postconf')
    .option('--postfix-config <folder>', "folder of main.cf, for a Postfix that is not the system's")
    .option('--transport <name>', 'the transport in master.cf that leads to Postern', 'postern')
    .action(
      does(async ({ terminal, configFile }, options: PostfixFlags) => {
        const { showPostfixCommands } = await import('./postfix/command.ts')
        const { withConfig } = await import('./open-session.ts')
        return withConfig(configFile, terminal, (config) => showPostfixCommands(config, postfixOptions(options), terminal))
      }),
    )
}

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

function postfixOptions({ postconf, postfixConfig, transport }: PostfixFlags): PostfixOptions {
  return { postconf, transport, ...(postfixConfig !== undefined && { folder: postfixConfig }) }
}
