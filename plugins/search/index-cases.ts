// Brings the documents of one case up to date, some at a time.
import { systemOrigin } from '../../core/plugin.ts'
import { documentsOf } from './document.ts'
import type { CaseContent, Document } from './document.ts'
import type { SearchHost } from './find.ts'
import { dropDocs, indexedOf, isUnchanged, putDoc, putTodo, readContent } from './index-store.ts'
import type { DocKey } from './index-store.ts'

/** In whose name the index is written. */
export const indexOrigin = { ...systemOrigin, id: 'search', via: 'job' } as const

/** Documents of one transaction, about 20 ms of SQLite's only writer. */
const docsAtOnce = 50

/** False where the case changed meanwhile: it is to be indexed again. `all`: also what has not changed since it was indexed. */
export async function indexCase(host: SearchHost, id: string, all: boolean): Promise<boolean> {
  const content = await readContent(host.read, id)
  if (!content) return true
  const wanted = documentsOf(content)
  const there = await indexedOf(host.read, content.number)
  const key = ({ kind, item }: Pick<(typeof there)[number], 'kind' | 'item'>): string => `${kind}:${item}`
  const old = new Map(there.map((d) => [key(d), d.digest]))
  const now = new Map(wanted.map((d) => [key(d), d.digest]))
  const fresh = wanted.filter((d) => all || old.get(key(d)) !== d.digest)
  const stale = there.filter((d) => all || now.get(key(d)) !== d.digest)
  if (fresh.length + stale.length === 0) return true
  for (let i = 0; i === 0 || i < fresh.length; i += docsAtOnce)
    if (!(await write(host, content, i === 0 ? stale : [], fresh.slice(i, i + docsAtOnce)))) return false
  return true
}

async function write(host: SearchHost, content: CaseContent, stale: readonly DocKey[], fresh: readonly Document[]): Promise<boolean> {
  const { kind } = host.config.database
  return host.transact(indexOrigin, async (tx) => {
    if (!(await isUnchanged(tx.db, kind, content))) {
      await putTodo(tx.db, [content.id])
      return false
    }
    await dropDocs(tx.db, stale)
    for (const document of fresh) await putDoc(tx.db, kind, content.number, document)
    return true
  })
}
