// Full text over cases, messages, notes, people, file names, tags and custom fields: SQLite's FTS5 and PostgreSQL's tsvector behind one query
// language. The index is written beside the work and may be a second behind it; `postern search status` says by how much.
import Type from 'typebox'
import { definePlugin } from '../../core/plugin.ts'
import { commands } from './commands.ts'
import { queryOf } from './find.ts'
import { findAction } from './find-action.ts'
import { caseIds } from './find-store.ts'
import { forgetPerson } from './forget.ts'
import { backlog } from './index-store.ts'
import { Indexer } from './indexer.ts'
import { makeReady } from './ready.ts'
import { routes } from './routes.ts'
import { noteAction, similarCondition } from './similar.ts'
import { migrations } from './tables.ts'

export default definePlugin({
  name: 'search',
  description: 'Finds cases by the words in them: in the API, from the shell, by @find.',
  config: Type.Object({}),
  migrations,
  counters: { postern_search_index_errors_total: { help: 'Rounds of indexing that failed and were tried again' } },
  setup: (host) => ({
    workers: [{ start: (context) => new Indexer(host, context) }],
    actions: { ...findAction(host), ...noteAction(host) },
    conditions: similarCondition(host),
    commands: commands(host),
    routes: routes(host),
    filters: {
      q: {
        description: 'By words in the case, and by what it is: see GET /v1/search.',
        value: Type.String({ minLength: 1, maxLength: 200 }),
        where: async (db, value, viewer) => {
          const { kind } = host.config.database
          return { caseIds: caseIds(kind, await makeReady(db, kind, queryOf(value, viewer), { mailboxes: null, locale: viewer.locale })) }
        },
      },
    },
    gauges: {
      postern_search_lag_seconds: {
        help: 'Age of the oldest change that the search index lacks, 0 where it lacks none',
        async read() {
          const { oldestAt } = await backlog(host.read)
          return [{ value: oldestAt === null ? 0 : Math.max(0, host.now() - oldestAt) / 1000 }]
        },
      },
      postern_search_documents: {
        help: 'Messages, notes and cases in the search index',
        read: async () => [{ value: (await backlog(host.read)).documents }],
      },
    },
    forget: (tx, person) => forgetPerson(tx, host.config.database.kind, person),
  }),
})
