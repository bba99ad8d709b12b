// What was put right in a case is remembered with what stood there before, so that it can be taken back.
import type { Address, Case, Host, Tx } from '../../core/plugin.ts'
import { insertChange, setSender } from './store.ts'
import type { ChangeTable } from './tables.ts'

/** Who takes part in a case: what a change of the requester may change. */
export interface People {
  readonly requester: Address
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
}

/** Where a case is, and who answers there: what a move may change. */
export interface Place {
  readonly mailbox: string
  readonly assignee: string | null
  readonly group: string | null
}

/** What is kept of each kind of change, before it and after it. */
export interface Kept {
  readonly requester: People
  readonly mailbox: Place
  /** null: none was named. */
  readonly from: { readonly address: string | null }
}

/** Keeps a change that has just been made. */
export async function remember<K extends ChangeTable['kind'] & keyof Kept>(
  tx: Tx,
  { ids }: Pick<Host<unknown>, 'ids'>,
  caseId: string,
  kind: K,
  before: Kept[K],
  after: Kept[K],
): Promise<void> {
  const c = await tx.cases.get(caseId)
  await insertChange(tx, {
    ...{ id: ids.next(), case_id: caseId, kind, created_at: tx.now, undone_at: null, messages: c?.messageCount ?? 0 },
    before: JSON.stringify(before),
    after: JSON.stringify(after),
  })
}

/** Who takes part now. */
export async function peopleNow(tx: Tx, caseId: string): Promise<People> {
  const c = await tx.cases.lock(caseId)
  return { requester: c.requester, cc: await tx.cases.cc(c.id), bcc: await tx.cases.bcc(c.id) }
}

/** Makes the people of a case exactly these. */
export async function setPeople(tx: Tx, caseId: string, people: People): Promise<void> {
  await tx.cases.set(caseId, { requester: people.requester })
  await tx.cases.setPeople(caseId, 'cc', people.cc)
  await tx.cases.setPeople(caseId, 'bcc', people.bcc)
}

/** Names the address of ours from which a case is answered; null: none. */
export async function changeSender(tx: Tx, caseId: string, from: string | null, to: string | null): Promise<void> {
  await setSender(tx, caseId, to)
  await tx.emit('case.from_changed', caseId, { from, to })
}

/** Where a case is now, and who answers there. */
export const placeOf = ({ mailbox, assignee, group }: Case): Place => ({ mailbox, assignee, group })

/** Puts a case into a mailbox and tells the plugins, and the agents of both mailboxes if `notify` says so. */
export async function setPlace(tx: Tx, c: Case, place: Place, notify: boolean): Promise<void> {
  await tx.cases.set(c.id, { ...place })
  await tx.emit('case.moved', c.id, { from: c.mailbox, to: place.mailbox, notify })
}
