// `postern senders`: the list, changes of it by an admin, and the list for Postfix and rspamd.
import { PosternError, asking, plainLine } from '../../core/plugin.ts'
import type { CommandDefinition, Host } from '../../core/plugin.ts'
import { entryWrong, factsOf, list, nameOf, patternOf, whoWrong } from './entry.ts'
import type { Named } from './entry.ts'
import { exported, formats } from './export.ts'
import type { Settings } from './settings.ts'
import { dropEntries, entries } from './store.ts'

const origin = { kind: 'system', id: null, via: 'cli' } as const
const usage = 'postern senders list | block WHO | allow WHO | remove WHO | export postfix|rspamd|json'

/** The command `senders`, by name. Throws `invalid` for wrong usage and for what may not be blocked. */
export function senderCommands(host: Host<Settings>): Readonly<Record<string, CommandDefinition>> {
  return {
    senders: {
      description: 'Lists who is blocked or let in, changes that, and writes it for Postfix or rspamd.',
      usage: '<list|block|allow|remove|export> [address, domain or format]',
      options: [
        ['--mailbox <id>', 'in this mailbox alone; default: in every one'],
        ['--for <span>', 'for block and allow: how long, such as 30d'],
        ['--why <words>', 'for block and allow: for people'],
        ['--refuse', 'for block: his server is told 550'],
        ['--sure', 'for block: a domain at which anybody can have an address'],
      ],
      async run({ args: [what, who], options, print, json }) {
        const mailbox = typeof options.mailbox === 'string' ? options.mailbox : undefined
        if (mailbox !== undefined && !host.config.mailboxes.has(mailbox))
          throw new PosternError('not_found', `there is no mailbox "${mailbox}"`)
        if (what === 'list' && who === undefined) {
          const rows = (await entries(host.read)).filter((r) => mailbox === undefined || r.mailbox === '' || r.mailbox === mailbox)
          if (json)
            print(
              JSON.stringify(
                rows.map((r) => ({ ...factsOf(r), verdict: r.verdict, by: r.by, why: r.why })),
                null,
                2,
              ),
            )
          for (const r of json ? [] : rows)
            print(
              plainLine(
                [
                  r.verdict,
                  nameOf(r.pattern),
                  r.mailbox || 'every mailbox',
                  factsOf(r).until ?? 'for good',
                  ...(r.refuse === 1 ? ['550'] : []),
                  ...(r.why ? [r.why] : []),
                ].join('  '),
              ),
            )
          return 0
        }
        const format = formats.find((f) => f === who)
        if (what === 'export' && format) {
          for (const line of exported(await entries(host.read), format, { mailbox, now: host.now() })) print(line)
          return 0
        }
        if ((what !== 'block' && what !== 'allow' && what !== 'remove') || who === undefined) throw new PosternError('invalid', usage)
        const named: Named = who.includes('@') && !who.startsWith('@') ? { address: who } : { domain: who }
        print(await change(host, what, named, mailbox ?? '', options))
        return 0
      },
    },
  }
}

function change(
  host: Host<Settings>,
  what: 'block' | 'allow' | 'remove',
  named: Named,
  mailbox: string,
  options: Readonly<Record<string, string | boolean | undefined>>,
): Promise<string> {
  const asked = asking({ config: host.config, isOurs: (a) => host.registry.isOurs(a) }, origin, undefined, host.now())
  const words = {
    ...named,
    ...(typeof options.for === 'string' && { for: options.for }),
    ...(typeof options.why === 'string' && { why: options.why }),
    ...(options.sure === true && { sure: true }),
    ...(options.refuse === true && { refuse: true }),
  }
  const problems = what === 'remove' ? whoWrong(host.registry, null, named, asked) : entryWrong(host.registry, what, words, asked)
  const pattern = patternOf(named, undefined)
  if (problems.length > 0 || pattern === undefined)
    throw new PosternError('invalid', problems.map((p) => p.message).join('; ') || 'nobody is named')
  return host.transact(origin, async (tx) => {
    if (what !== 'remove') {
      const entry = { pattern, mailbox, verdict: what, refuse: what === 'block' && options.refuse === true }
      return (await list(tx, undefined, entry, words, origin)).said
    }
    const gone = await dropEntries(tx, [pattern], [mailbox])
    if (gone.length === 0) throw new PosternError('not_found', `${nameOf(pattern)} is not on the list of ${mailbox || 'every mailbox'}`)
    for (const row of gone) await tx.emit('sender.unlisted', null, factsOf(row))
    return `no longer on the list: ${nameOf(pattern)}`
  })
}
