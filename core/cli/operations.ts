// The command line of everything that works on the database, beside a running daemon or without one.
import type { Command } from 'commander'
import type { BackupConfig } from './backup.ts'
import type { CaseListOptions } from './cases.ts'
import type { DatabaseSession, Session } from './session.ts'
import type { TokenOptions } from './token.ts'
import { UsageError, limitOf } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import type { Does } from './command.ts'

/** Declares the commands; what they need is loaded when one of them runs. */
export function addOperations(program: Command, does: Does): void {
  const withSession = <A extends unknown[]>(
    work: (session: Session, ...args: A) => Promise<number>,
    check: (...args: A) => void = () => {},
  ) =>
    does(async ({ terminal, configFile }, ...args: A) => {
      check(...args)
      return (await import('./open-session.ts')).withSession(configFile, terminal, (session) => work(session, ...args))
    })
  /** What only looks into tables of the core, or writes into one that no plugin hears of, loads no plugin. */
  const looking = <A extends unknown[]>(work: (session: DatabaseSession, ...args: A) => Promise<number>) =>
    does(async ({ terminal, configFile }, ...args: A) =>
      (await import('./open-database.ts')).withDatabase(configFile, terminal, (session) => work(session, ...args)),
    )
  const write = (bytes: Uint8Array): void => void process.stdout.write(bytes)

  program
    .command('status')
    .description('show what waits and what is stuck; exit code 1 where something needs a person')
    .action(looking(async (session) => (await import('./status.ts')).showStatus(session)))

  const inbound = program.command('inbound').description('accepted mails and what became of them')
  inbound
    .command('list')
    .description('newest first')
    .option('--state <state>', 'only queued, done, parked or dropped ones')
    .option('--limit <n>', 'at most so many', limitOf, 50)
    .action(
      looking(async (session, options: { readonly state?: string; readonly limit: number }) =>
        (await import('./inbound.ts')).listInboundMails(session, options),
      ),
    )
  inbound
    .command('show')
    .description('everything known of one mail')
    .argument('<id>')
    .option('--raw', 'its bytes as they came')
    .action(
      looking(async (session, id: string, options: { readonly raw?: true }) =>
        (await import('./inbound.ts')).showInbound(session, id, { raw: options.raw === true, write }),
      ),
    )
  inbound
    .command('retry')
    .description('take mails in again now: parked, dropped or waiting ones')
    .argument('[ids...]')
    .option('--parked', 'all parked ones')
    .action(
      withSession(
        async (session, ids: readonly string[], options: { readonly parked?: true }) =>
          (await import('./inbound.ts')).retryInboundMails(session, ids, { parked: options.parked === true }),
        (ids, options) => some(ids, options.parked, '--parked'),
      ),
    )
  inbound
    .command('drop')
    .description('give up on mails that have not been taken in')
    .argument('<ids...>')
    .option('--reason <text>', 'kept with them', 'by the admin')
    .action(
      withSession(async (session, ids: readonly string[], options: { readonly reason: string }) =>
        (await import('./inbound.ts')).dropInboundMails(session, ids, options),
      ),
    )

  const outbox = program.command('outbox').description('mails that leave, per recipient')
  outbox
    .command('list')
    .description('newest first')
    .option('--state <state>', 'only queued, sending, sent, failed, unknown, held or cancelled ones')
    .option('--limit <n>', 'at most so many', limitOf, 50)
    .action(
      looking(async (session, options: { readonly state?: string; readonly limit: number }) =>
        (await import('./outbox.ts')).listOutboxMails(session, options),
      ),
    )
  outbox
    .command('show')
    .description('everything known of one mail')
    .argument('<id>')
    .option('--raw', 'its bytes as they are sent')
    .action(
      looking(async (session, id: string, options: { readonly raw?: true }) =>
        (await import('./outbox.ts')).showOutbox(session, id, { raw: options.raw === true, write }),
      ),
    )
  outbox
    .command('retry')
    .description('send now what failed, waits, is held or of unknown fate; recipients that have it are left out')
    .argument('[ids...]')
    .option('--state <state>', 'all mails with a recipient in this state')
    .action(
      withSession(
        async (session, ids: readonly string[], options: { readonly state?: string }) =>
          (await import('./outbox.ts')).retryOutboxMails(session, ids, options),
        (ids, options) => some(ids, options.state, '--state'),
      ),
    )
  outbox
    .command('drop')
    .description('do not send what waits, is held or of unknown fate')
    .argument('<ids...>')
    .action(withSession(async (session, ids: readonly string[]) => (await import('./outbox.ts')).dropOutboxMails(session, ids)))

  const suppressions = program.command('suppressions').description('addresses that get no automatic mail, because a mail to them came back')
  suppressions
    .command('list')
    .description('newest first')
    .option('--limit <n>', 'at most so many', limitOf, 50)
    .action(
      looking(async (session, options: { readonly limit: number }) =>
        (await import('./suppressions.ts')).showSuppressions(session, options),
      ),
    )
  suppressions
    .command('remove')
    .description('let automatic mail go to them again')
    .argument('<addresses...>')
    .action(
      withSession(async (session, addresses: readonly string[]) =>
        (await import('./suppressions.ts')).removeSuppressions(session, addresses),
      ),
    )

  const jobs = program.command('jobs').description('work of plugins that is due, planned or parked')
  jobs
    .command('list')
    .description('in the order in which it is due')
    .option('--state <state>', 'only ready, running or parked ones')
    .option('--limit <n>', 'at most so many', limitOf, 50)
    .action(
      looking(async (session, options: { readonly state?: string; readonly limit: number }) =>
        (await import('./jobs.ts')).listJobs(session, options),
      ),
    )
  jobs
    .command('retry')
    .description('do parked or waiting work now, with fresh tries')
    .argument('<keys...>')
    .action(withSession(async (session, keys: readonly string[]) => (await import('./jobs.ts')).retryJobs(session, keys)))
  jobs
    .command('drop')
    .description('give up on work')
    .argument('<keys...>')
    .action(withSession(async (session, keys: readonly string[]) => (await import('./jobs.ts')).dropJobs(session, keys)))

  const cases = program.command('cases').description('cases and their timelines')
  const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  cases
    .command('list')
    .description('newest change first, or in another order')
    .option('--status <list>', 'open, waiting, closed, spam, trash; several with commas')
    .option('--mailbox <list>', 'ids of mailboxes')
    .option('--assignee <agent>', 'id or address; none: nobody')
    .option('--group <id>', 'id of a group')
    .option('--requester <address>', 'whose case it is')
    .option('--tag <tag>', 'with this tag; may be given several times', several)
    .option('--filter <name=value>', 'a filter of a plugin (see "postern plugins"); may be given several times', several)
    .option(
      '--sort <order>',
      'updated_at, created_at, number or an order of a plugin (deferred_at, reopen_at); with - before it the other way round',
      '-updated_at',
    )
    .option('--limit <n>', 'at most so many', limitOf, 50)
    .action(
      does(async ({ terminal, configFile }, options: CaseListOptions) => {
        const { asksPlugins, listCasesOf, noPlugins } = await import('./cases.ts')
        if (!asksPlugins(options))
          return (await import('./open-database.ts')).withDatabase(configFile, terminal, (s) => listCasesOf(s, noPlugins, options))
        return (await import('./open-session.ts')).withSession(configFile, terminal, (s) => listCasesOf(s, s.engine.registry, options))
      }),
    )
  cases
    .command('show')
    .description('the timeline of a case: messages, notes, notices')
    .argument('<case>', '#12, 12 or the id')
    .option('--events', 'events as well')
    .action(
      looking(async (session, ref: string, options: { readonly events?: true }) =>
        (await import('./cases.ts')).showCase(session, ref, { events: options.events === true }),
      ),
    )

  const token = program.command('token').description('who may use the HTTP API')
  token
    .command('create')
    .description('make a token and print it, once')
    .argument('<name>', 'what it is for; the name that its doings carry')
    .option('--access <level>', 'read, act (and read) or admin', 'act')
    .option('--mailbox <list>', 'bind it to these mailboxes (ids with commas)')
    .option('--agent <list>', 'let it act on behalf of these agents alone (ids with commas)')
    .option('--action <list>', 'let it order these actions alone (names with commas; case.* for all that begin so)')
    .option('--expires <duration>', 'how long it is good, such as 90d; or never', '365d')
    .action(
      withSession(async (session, name: string, options: TokenOptions) => (await import('./token.ts')).createToken(session, name, options)),
    )
  token
    .command('list')
    .description('tokens, what they may do and when they were used')
    .action(looking(async (session) => (await import('./token.ts')).showTokens(session)))
  token
    .command('revoke')
    .description('end tokens at once')
    .argument('<names...>', 'ids or names')
    .action(looking(async (session, names: readonly string[]) => (await import('./token.ts')).revokeTokens(session, names)))
  program
    .command('openapi')
    .description('print the OpenAPI document of the HTTP API, with the actions of the configured plugins')
    .option('--html', 'as a page to read')
    .action(
      does(async ({ terminal, configFile }, options: { readonly html?: true }) => {
        const { printOpenApi } = await import('./openapi.ts')
        const { dryRegistry } = await import('../app/dry-registry.ts')
        return (await import('./open-session.ts')).withConfig(configFile, terminal, async (config, plugins) =>
          printOpenApi(dryRegistry(config, plugins), options.html === true, terminal),
        )
      }),
    )

  const withFile = <A extends unknown[]>(work: (config: BackupConfig, terminal: Terminal, ...args: A) => Promise<number> | number) =>
    does(async ({ terminal, configFile }, ...args: A) =>
      (await import('./open-database.ts')).withConfigAlone(configFile, terminal, (config) => work(config, terminal, ...args)),
    )
  program
    .command('backup')
    .description('copy the database into a file while the gateway runs, and check the copy')
    .argument('<file>')
    .option('--force', 'replace the file')
    .action(
      withFile(async (config, terminal, file: string, options: { readonly force?: true }) =>
        (await import('./backup.ts')).backUp(config, file, { force: options.force === true }, terminal),
      ),
    )
  program
    .command('verify')
    .description('check a backup, or the database in use: structure, references, the hash of every mail')
    .argument('[file]')
    .action(withFile(async (config, terminal, file: string | undefined) => (await import('./backup.ts')).verify(config, file, terminal)))
  program
    .command('restore')
    .description('put a backup in the place of the database; the gateway must not run')
    .argument('<file>')
    .option('--force', 'move a database that is there aside')
    .option('--send', 'send what was waiting when the backup was made, instead of holding it')
    .option('--accept-loss', 'also without raw mail that lay in a directory or in S3 and is missing there')
    .action(
      withFile(
        async (config, terminal, file: string, options: { readonly force?: true; readonly send?: true; readonly acceptLoss?: true }) => {
          const { systemClock } = await import('../base/clock.ts')
          return (await import('./backup.ts')).restore(
            config,
            file,
            { force: options.force === true, send: options.send === true, acceptLoss: options.acceptLoss === true },
            systemClock,
            terminal,
          )
        },
      ),
    )

  program
    .command('forget')
    .description('take everything of a person out of the database; without --yes, say what that would be')
    .argument('<address>')
    .option('--yes', 'do it')
    .action(
      withSession(async (session, address: string, options: { readonly yes?: true }) =>
        (await import('./forget.ts')).forget(session, address, { yes: options.yes === true }),
      ),
    )

  program
    .command('retention')
    .description(
      'say how many cases have been kept long enough, by `retention` of the configuration; with --yes, delete or anonymise them now',
    )
    .option('--yes', 'do it')
    .action(
      withSession(async (session, options: { readonly yes?: true }) =>
        (await import('./retention.ts')).retention(session, { yes: options.yes === true }),
      ),
    )

  program
    .command('act')
    .description('order a named action; without a name, list them')
    .argument('[name]')
    .option('--case <case>', '#12, 12 or the id')
    .option('--args <json>', 'its arguments, a JSON object')
    .option('--as <agent>', 'on behalf of an agent, by id or address')
    .action(
      withSession(
        async (session, name: string | undefined, options: { readonly case?: string; readonly args?: string; readonly as?: string }) => {
          const { listActions, runAction } = await import('./act.ts')
          return name === undefined ? listActions(session) : runAction(session, name, options)
        },
      ),
    )
}

function some(ids: readonly string[], instead: unknown, flag: string): void {
  if ((ids.length === 0) === (instead === undefined)) throw new UsageError(`expected ids, or ${flag}`)
}
