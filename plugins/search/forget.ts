// A person is forgotten: every document in which his words or his address stand goes, in the transaction that takes him out of everything else.
import type { Tx } from '../../core/plugin.ts'
import { docsWith } from './candidate-store.ts'
import { dropCases, purge, putTodo } from './index-store.ts'
import type { Kind } from './index-store.ts'
import { phraseOf } from './query.ts'
import { stemsFor } from './ready.ts'

/** Takes his cases and whatever names his address out of the index; they are indexed anew as they are afterwards. */
export async function forgetPerson(
  tx: Tx,
  kind: Kind,
  person: { readonly address: string; readonly cases: readonly string[] },
): Promise<void> {
  const address = phraseOf(person.address, null, false)
  const named = address.words.length === 0 ? [] : await docsWith(tx.db, kind, await stemsFor(tx.db, kind, [address]), address)
  const cases = [...new Set([...person.cases, ...named.map((d) => d.caseId)])].sort()
  await dropCases(tx.db, cases)
  await putTodo(tx.db, cases)
  await purge(tx.db, kind)
}
