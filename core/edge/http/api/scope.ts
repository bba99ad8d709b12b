// What a caller may see and touch: everything beyond his mailboxes is as if it did not exist.
import type { Kysely } from 'kysely'
import { PosternError } from '../../../base/errors.ts'
import { isRecord } from '../../../base/schema-walk.ts'
import type { JsonSchema } from '../../../base/schema-walk.ts'
import { caseFor } from '../../../contract/access.ts'
import type { ActionDefinition } from '../../../contract/actions.ts'
import { casesToLock } from '../../../contract/arguments.ts'
import { referencesIn } from '../../../contract/references.ts'
import type { Tx } from '../../../contract/tx.ts'
import type { MessageRow, NoteRow, NoticeRow, Tables } from '../../../store/tables.ts'
import { messageById } from '../../../store/messages.ts'
import { noteById, noticeById } from '../../../store/notes.ts'
import { caseByRef, followMerge } from '../../../store/cases.ts'
import { mailboxOfCase, mailboxesOfId } from '../../../store/owners.ts'
import type { Principal } from '../access.ts'
import { StaleError } from '../problem.ts'
import type { ApiCall } from '../route.ts'
import { caseView } from './views.ts'
import type { Case } from '../../../contract/model.ts'

/** A message by its id. Throws `not_found` for an unknown one and for one outside of the caller's mailboxes alike. */
export async function messageFor(db: Kysely<Tables>, principal: Principal, id: string): Promise<MessageRow> {
  return inScope(db, principal, await messageById(db, id), `message ${id.slice(0, 64)}`)
}

/** A note by its id; throws as `messageFor` does. */
export async function noteFor(db: Kysely<Tables>, principal: Principal, id: string): Promise<NoteRow> {
  return inScope(db, principal, await noteById(db, id), `note ${id.slice(0, 64)}`)
}

/** A notice by its id; throws as `messageFor` does. */
export async function noticeFor(db: Kysely<Tables>, principal: Principal, id: string): Promise<NoticeRow> {
  return inScope(db, principal, await noticeById(db, id), `notice ${id.slice(0, 64)}`)
}

async function inScope<R extends { readonly case_id: string }>(
  db: Kysely<Tables>,
  principal: Principal,
  row: R | undefined,
  what: string,
): Promise<R> {
  const owner = row && (await mailboxOfCase(db, row.case_id))
  if (!row || owner === undefined || !principal.sees(owner)) throw new PosternError('not_found', what)
  return row
}

/**
 * Locks a case for a change, or the one that it was merged into, and holds If-Match against the version that it had. Throws `stale` with the case as
 * it is. `order`: the action that is to be done to it, and its arguments.
 */
export async function lockFor(
  tx: Tx,
  call: ApiCall,
  ref: string,
  order?: { readonly action: ActionDefinition; readonly args: unknown },
): Promise<Case> {
  const row = await caseFor(tx.db, call.principal, ref)
  if (order) for (const id of await casesToLock(tx, order.action, row.id, order.args)) await tx.cases.lock(id)
  const locked = order?.action.onMerged === true ? await tx.cases.lock(row.id) : await tx.cases.lockCurrent(row.id)
  // It may have gone to another mailbox while the lock was awaited.
  if (!call.principal.sees(locked.mailbox)) throw new PosternError('not_found', `case ${ref}`)
  const wanted = call.headers['if-match']
  // The lock itself counted one up, and the refusal takes that back.
  const version = locked.version - 1
  if (wanted !== undefined && !matches(wanted, version)) {
    const current = await caseView(tx.db, { ...(await caseFor(tx.db, call.principal, locked.id)), version }, (m) => call.principal.sees(m))
    throw new StaleError(`the case is at version ${version}`, current)
  }
  return locked
}

/** The ETag of a case (RFC 9110 §8.8.3): its version, strong. */
export const etagOf = (version: number): string => `"${version}"`

/** RFC 9110 §13.1.1: strong comparison with any of a list; `*` is whatever there is. */
function matches(header: string, version: number): boolean {
  if (header.trim() === '*') return true
  if (!/^(\s*(W\/)?"[^"]{0,100}"\s*(,|$))+$/.test(header.slice(0, 1000)))
    throw new PosternError('invalid', 'If-Match: expected the version in quotes, such as "7"')
  return header.split(',').some((tag) => tag.trim() === etagOf(version))
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * Holds the arguments of an action against the scope: what its schema marks as a mailbox, a case or a writer, and every id of a case, message,
 * note, notice, file or mail that occurs anywhere in them. Throws `not_found`, or `forbidden` for an agent in whose name this token may not act.
 */
export async function requireArgsInScope(
  db: Kysely<Tables>,
  principal: Principal,
  action: Pick<ActionDefinition, 'args'>,
  args: unknown,
): Promise<void> {
  const numbers = new Set<number>()
  // A schema is plain data.
  for (const { to, value } of referencesIn(action.args as unknown as JsonSchema, args)) {
    if (to === 'mailbox' && !principal.sees(String(value))) throw new PosternError('not_found', `mailbox ${String(value).slice(0, 64)}`)
    if (to === 'writer' && !mayWriteAs(principal, String(value)))
      throw new PosternError('forbidden', 'this token may not act on behalf of that agent')
    if (to === 'case' && /^#?\d{1,15}$/.test(String(value).trim())) numbers.add(Number(String(value).trim().replace('#', '')))
  }
  if (principal.mailboxes === null) return
  for (const id of idsIn(args))
    for (const mailbox of await mailboxesOfId(db, id)) if (!principal.sees(mailbox)) throw new PosternError('not_found', id)
  for (const n of numbers) {
    const row = await caseByRef(db, String(n))
    // What is ordered on a case that was merged into another one is done to that one.
    for (const owner of row ? [row, await followMerge(db, row)] : [])
      if (!principal.sees(owner.mailbox)) throw new PosternError('not_found', `case #${n}`)
  }
}

/** Every text in a value that is an id, lower case. */
function idsIn(value: unknown): ReadonlySet<string> {
  if (typeof value === 'string') return new Set(uuid.test(value.trim()) ? [value.trim().toLowerCase()] : [])
  const parts: readonly unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []
  return new Set(parts.flatMap((part) => [...idsIn(part)]))
}

/** Who acts on behalf of an agent writes as him alone. */
function mayWriteAs(principal: Principal, agent: string): boolean {
  return principal.agent !== null ? principal.agent === agent : principal.agents === null || principal.agents.includes(agent)
}
