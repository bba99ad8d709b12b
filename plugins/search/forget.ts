// A person is forgotten: every document in which his words or his address stand goes, in the transaction that takes him out of everything else.
import type { Tx } from '../../core/plugin.ts'
import { docsWith } from './find-store.ts'
import { docsOfCases, dropDocs, purge, putTodo } from './index-store.ts'
import type { Kind } from './index-store.ts'
import { wordsOf } from './words.ts'

/** Takes his cases and whatever names his address out of the index; they are indexed anew as they are afterwards. */
export async function forgetPerson(
  tx: Tx,
  kind: Kind,
  person: { readonly address: string; readonly cases: readonly string[] },
): Promise<void> {
  const named = await docsWith(
    tx.db,
    kind,
    wordsOf(person.address).map((w) => w.stem),
  )
  const cases = [...new Set([...person.cases, ...named.map((d) => d.caseId)])].sort()
  await dropDocs(tx.db, [...(await docsOfCases(tx.db, cases)), ...named.map((d) => d.id)])
  await putTodo(tx.db, cases)
  await purge(tx.db, kind)
}
