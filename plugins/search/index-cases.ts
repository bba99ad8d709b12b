// Brings the documents of cases up to date, some at a time: one transaction for each case would write a piece of the index of its own for each.
import { batchesOf, systemOrigin } from '../../core/plugin.ts'
import { documentsOf, lexemesOf } from './document.ts'
import type { CaseContent, IndexedDocument } from './document.ts'
import type { SearchHost } from './find.ts'
import { changedSince, dropDocs, indexedOf, putDoc, putTodo, readContents } from './index-store.ts'
import type { DocKey, Indexed } from './index-store.ts'

/** In whose name the index is written. */
export const indexOrigin = { ...systemOrigin, id: 'search', via: 'job' } as const

/** Documents of one transaction, about 10 ms of SQLite's only writer. */
const docsAtOnce = 25

/** Cases read at once: one statement for each table, not one for each case. */
const casesAtOnce = 25

/** What one transaction writes of a case: rows of documents that are taken out, and documents that are put in, cut into words. */
interface Piece {
  readonly content: CaseContent
  readonly stale: readonly DocKey[]
  readonly fresh: readonly IndexedDocument[]
}

/**
 * Indexes these cases; the ids of those that changed meanwhile and are to be indexed again. `all`: of these cases also what has not changed
 * since it was indexed. Once `stopped` says so, nothing more is begun.
 */
export async function indexCases(
  host: SearchHost,
  ids: Iterable<string>,
  all: ReadonlySet<string>,
  stopped: () => boolean,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>()
  let batch: Piece[] = []
  let size = 0
  const write = async (): Promise<void> => {
    const pieces = batch.filter((p) => !failed.has(p.content.id))
    batch = []
    size = 0
    if (pieces.length > 0) for (const id of await writePieces(host, pieces)) failed.add(id)
  }
  for (const some of batchesOf([...ids], casesAtOnce)) {
    const contents = await readContents(host.read, some, 'id')
    const indexed = await indexedOf(
      host.read,
      contents.map((c) => c.number),
    )
    for (const content of contents) {
      if (stopped()) return failed
      for (const piece of piecesOf(host, content, indexed.get(content.number) ?? [], all.has(content.id))) {
        if (size + piece.fresh.length > docsAtOnce) await write()
        batch.push(piece)
        size += piece.fresh.length
      }
    }
  }
  await write()
  return failed
}

/** What is to be written of a case; cut into words outside of a transaction. */
function piecesOf(host: SearchHost, content: CaseContent, there: readonly Indexed[], all: boolean): readonly Piece[] {
  const wanted = documentsOf(content)
  const key = ({ kind, item }: Pick<Indexed, 'kind' | 'item'>): string => `${kind}:${item}`
  const old = new Map(there.map((d) => [key(d), d.digest]))
  const now = new Map(wanted.map((d) => [key(d), d.digest]))
  const onSqlite = host.config.database.kind === 'sqlite'
  const fresh = wanted.filter((d) => all || old.get(key(d)) !== d.digest).map((d) => ({ ...d, lexemes: onSqlite ? lexemesOf(d) : [] }))
  const stale = there.filter((d) => all || now.get(key(d)) !== d.digest)
  if (fresh.length + stale.length === 0) return []
  const [first = [], ...more] = batchesOf(fresh, docsAtOnce)
  return [{ content, stale, fresh: first }, ...more.map((some) => ({ content, stale: [], fresh: some }))]
}

/** Ids of the cases that changed since they were read: they are noted, and nothing of them is written. */
async function writePieces(host: SearchHost, pieces: readonly Piece[]): Promise<ReadonlySet<string>> {
  const { kind } = host.config.database
  return host.transact(indexOrigin, async (tx) => {
    const changed = await changedSince(
      tx.db,
      kind,
      pieces.map((p) => p.content),
    )
    if (changed.size > 0) await putTodo(tx.db, [...changed])
    for (const { content, stale, fresh } of pieces) {
      if (changed.has(content.id)) continue
      await dropDocs(tx.db, stale)
      for (const document of fresh) await putDoc(tx.db, kind, content.number, document)
    }
    return changed
  })
}
