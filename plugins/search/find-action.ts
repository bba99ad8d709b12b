// `search.find`: what an agent asks by mail (@find), answered in his transcript.
import Type from 'typebox'
import { PosternError, defineAction, formatDateTime, mayAct, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition } from '../../core/plugin.ts'
import { find } from './find.ts'
import type { FoundPage, SearchHost } from './find.ts'
import { viewerOf } from './routes.ts'
import { texts } from './texts.ts'

/** Cases that a transcript lists. */
const mostListed = 10

/** The action, by its name. */
export function findAction(host: SearchHost): Readonly<Record<string, ActionDefinition>> {
  return {
    'search.find': defineAction({
      on: 'none',
      description: 'Finds cases in the mailboxes in which the agent who asks may act, and says the first ten.',
      args: Type.Object({
        query: Type.String({ minLength: 1, maxLength: 200, description: 'What GET /v1/search takes' }),
        mailbox: Type.Optional(Type.String({ ...refersTo('mailbox'), maxLength: 64, description: 'Only in this mailbox' })),
      }),
      async run(tx, { args, origin }) {
        const agent = origin.kind === 'agent' ? origin.id : null
        const viewer = viewerOf(host, agent)
        const all = [...tx.config.mailboxes.keys()]
        const mailboxes = agent === null ? all : all.filter((m) => mayAct(tx.config, agent, m))
        if (args.mailbox !== undefined && !mailboxes.includes(args.mailbox)) throw new PosternError('not_found', `mailbox ${args.mailbox}`)
        const wanted = args.mailbox === undefined ? mailboxes : [args.mailbox]
        // By the transaction: in memory there is no second connection, which would wait for this one for ever.
        const found = await find(host, tx.db, args.query, viewer, { mailboxes: wanted, by: 'relevance', skip: 0, limit: mostListed })
        return {
          said: said(args.query, found, viewer),
          data: { cases: found.cases.map(({ row }) => row.number), total_at_least: found.total },
        }
      },
    }),
  }
}

function said(query: string, { cases, total }: FoundPage, viewer: ReturnType<typeof viewerOf>): string {
  const { locale, timezone } = viewer
  if (total === 0) return texts(locale, 'found.none', { query })
  const title =
    total > mostListed ? texts(locale, 'found.more', { n: cases.length, query }) : texts(locale, 'found.title', { n: total, query })
  return [
    title,
    ...cases.map(({ row, hits }) => {
      const piece = hits.find((h) => h.kind !== 'case')?.snippet
      const when = formatDateTime(row.updated_at, timezone, locale)
      return `#${row.number} ${row.subject} (${row.requester_name || row.requester_address}, ${row.status}, ${when})${piece ? `\n   ${piece}` : ''}`
    }),
  ].join('\n')
}
