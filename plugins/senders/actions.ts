// The actions: block a sender, let one in, take him off the list.
import Type from 'typebox'
import { PosternError, defineAction } from '../../core/plugin.ts'
import type { ActionDefinition, Case, Host, Tx } from '../../core/plugin.ts'
import { entryArgs, entryWrong, factsOf, list, nameOf, patternOf, reader, whoArgs, whoWrong } from './entry.ts'
import { dropEntries } from './store.ts'
import { say } from './texts.ts'

const blockArgs = Type.Object({
  ...entryArgs.properties,
  refuse: Type.Optional(
    Type.Boolean({ default: false, description: 'Tell his server 550 at RCPT, where the envelope says that it is he; admins only' }),
  ),
})
const whoOnly = Type.Object(whoArgs)

/** The actions by name. They throw `invalid` for our own addresses and those of agents, `not_found` for who is not on the list. */
export function senderActions({ registry }: Pick<Host<unknown>, 'registry'>): Readonly<Record<string, ActionDefinition>> {
  return {
    'sender.block': defineAction({
      description:
        'Keeps further mail of a sender in spam: no rule, no receipt, nobody is told, no case is opened again. Puts this case into spam.',
      args: blockArgs,
      check: (args, asked) => entryWrong(registry, 'block', args, asked),
      async run(tx, { case: c, args, origin }) {
        const pattern = patternFor(args, c)
        const entry = { pattern, mailbox: args.everywhere ? '' : c.mailbox, verdict: 'block' as const, refuse: args.refuse === true }
        const { row, said } = await list(tx, c, entry, args, origin)
        await endNotices(tx, c, 'sender_learn', 'taken')
        if (c.status !== 'spam') await tx.cases.set(c.id, { status: 'spam' })
        await endNotices(tx, c, 'sender_blocked', 'overtaken')
        await tx.notices.raise({
          caseId: c.id,
          kind: 'sender_blocked',
          data: { who: nameOf(pattern) },
          actions: [{ name: 'unblock', action: 'sender.unlist', args: argsOf(pattern, row.mailbox === '') }],
        })
        return { said, data: { ...factsOf(row), verdict: row.verdict } }
      },
    }),
    'sender.allow': defineAction({
      description: 'Lets mail of a sender in, whatever a spam filter or a block of his domain says. Takes this case out of spam.',
      args: entryArgs,
      check: (args, asked) => entryWrong(registry, 'allow', args, asked),
      async run(tx, { case: c, args, origin }) {
        const entry = { pattern: patternFor(args, c), mailbox: args.everywhere ? '' : c.mailbox, verdict: 'allow' as const, refuse: false }
        const { row, said } = await list(tx, c, entry, args, origin)
        await outOfSpam(tx, c)
        return { said, data: { ...factsOf(row), verdict: row.verdict } }
      },
    }),
    'sender.unlist': defineAction({
      description: 'Takes a sender off the list, blocked or let in. Takes this case out of spam.',
      args: whoOnly,
      check: (args, asked) => whoWrong(registry, null, args, asked),
      async run(tx, { case: c, args, origin }) {
        const pattern = patternFor(args, c)
        const { locale } = reader(tx, c, origin)
        // Whoever names nobody means what keeps this requester out, his domain too.
        const patterns =
          args.address === undefined && args.domain === undefined ? [pattern, pattern.slice(pattern.lastIndexOf('@'))] : [pattern]
        const gone = await dropEntries(tx, patterns, args.everywhere ? [c.mailbox, ''] : [c.mailbox])
        if (gone.length === 0) throw new PosternError('not_found', say(locale, 'refused.absent', { about: nameOf(pattern) }))
        for (const row of gone) await tx.emit('sender.unlisted', c.id, factsOf(row))
        await outOfSpam(tx, c)
        return { said: say(locale, 'unlisted', { who: gone.map((r) => nameOf(r.pattern)).join(', ') }) }
      },
    }),
  }
}

function patternFor(args: Parameters<typeof patternOf>[0], c: Case): string {
  const pattern = patternOf(args, c.requester.address)
  // The check before has refused it already.
  if (pattern === undefined) throw new PosternError('invalid', 'nobody is named')
  return pattern
}

/** Names a pattern again in the arguments of an order. */
function argsOf(pattern: string, everywhere: boolean): Readonly<Record<string, unknown>> {
  return { ...(pattern.startsWith('@') ? { domain: pattern.slice(1) } : { address: pattern }), ...(everywhere && { everywhere }) }
}

async function outOfSpam(tx: Tx, c: Case): Promise<void> {
  await endNotices(tx, c, 'sender_blocked', 'taken')
  await endNotices(tx, c, 'sender_learn', 'dismissed')
  const before = c.previousStatus === 'waiting' || c.previousStatus === 'closed' ? c.previousStatus : 'open'
  if (c.status === 'spam') await tx.cases.set(c.id, { status: before })
}

async function endNotices(tx: Tx, c: Case, kind: string, state: 'taken' | 'overtaken' | 'dismissed'): Promise<void> {
  for (const notice of await tx.notices.open(c.id, kind)) await tx.notices.resolve(notice.id, { state })
}
