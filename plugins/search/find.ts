// One search as all ways in make it: the query read, the cases within the scope, a piece of text for each.
import { PosternError } from '../../core/plugin.ts'
import type { Host, Viewer } from '../../core/plugin.ts'
import { findCases } from './find-store.ts'
import type { Asked } from './find-store.ts'
import { casesOf, keyOf, textsOf } from './found-store.ts'
import { readQuery } from './query.ts'
import type { Query } from './query.ts'
import { makeReady } from './ready.ts'
import { snippetOf } from './snippet.ts'
import type { Snippet } from './snippet.ts'
import type { DocKind } from './tables.ts'

/** What the parts of the plugin are handed. */
export type SearchHost = Host<unknown>

/** Cases of one search; who wants more says more words. */
export const mostFound = 1000

/** A piece of a case that was found. */
export interface Hit extends Snippet {
  readonly kind: DocKind
  readonly id: string
  /** ms UTC. */
  readonly at: number
}

/** A case that was found. */
export interface FoundCase {
  readonly row: Awaited<ReturnType<typeof casesOf>>[number]
  readonly score: number
  readonly hits: readonly Hit[]
}

/** One page of what was found. */
export interface FoundPage {
  readonly cases: readonly FoundCase[]
  /** How many were found; at `mostFound` there may be more. */
  readonly total: number
  readonly query: Query
}

/** Reads a query. Throws `invalid` with a sentence in the viewer's language that says where it makes no sense. */
export function queryOf(text: string, viewer: Viewer): Query {
  const query = readQuery(text, viewer)
  if ('fault' in query) throw new PosternError('invalid', query.fault)
  return query
}

/** Finds cases; the page begins behind `skip` of them. Throws `invalid` for a query that makes no sense. */
export async function find(
  host: Pick<SearchHost, 'config'>,
  db: SearchHost['read'],
  text: string,
  viewer: Viewer,
  page: { readonly mailboxes: Asked['mailboxes']; readonly by: Asked['by']; readonly skip: number; readonly limit: number },
): Promise<FoundPage> {
  const query = queryOf(text, viewer)
  const { kind } = host.config.database
  const ready = await makeReady(db, kind, query, { mailboxes: page.mailboxes, locale: viewer.locale })
  const found = await findCases(db, kind, { ready, mailboxes: page.mailboxes, by: page.by, most: mostFound })
  const here = found.slice(page.skip, page.skip + page.limit)
  const rows = new Map(
    (
      await casesOf(
        db,
        here.map((f) => f.caseId),
      )
    ).map((row) => [row.id, row]),
  )
  const docs = new Map(
    (
      await textsOf(
        db,
        here.flatMap((f) => (f.doc === null ? [] : [f.doc])),
      )
    ).map((doc) => [doc.key, doc]),
  )
  return {
    total: found.length,
    query,
    cases: here.flatMap(({ caseId, doc, score }) => {
      const row = rows.get(caseId)
      const text = doc === null ? undefined : docs.get(keyOf(doc))
      const hits = text ? [{ kind: text.kind, id: text.item_id, at: text.at, ...snippetOf(text.text || text.subject, query) }] : []
      return row ? [{ row, score, hits }] : []
    }),
  }
}
