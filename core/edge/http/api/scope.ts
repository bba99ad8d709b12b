// What a caller may see and touch: everything beyond his mailboxes is as if it did not exist.
import type { Kysely } from 'kysely'
import { PosternError } from '../../../base/errors.ts'
import { isRecord } from '../../../base/schema-walk.ts'
import { caseFor } from '../../../contract/access.ts'
import type { Tx } from '../../../contract/tx.ts'
import type { MessageRow, Tables } from '../../../store/tables.ts'
import { messageById } from '../../../store/messages.ts'
import { mailboxOfCase, mailboxOfNumber, mailboxesOfId } from '../../../store/owners.ts'
import type { Principal } from '../access.ts'
import { StaleError } from '../problem.ts'
import type { ApiCall } from '../route.ts'
import { caseView } from './views.ts'
import type { Case } from '../../../contract/model.ts'

/** A message by its id. Throws `not_found` for an unknown one and for one outside of the caller's mailboxes alike. */
export async function messageFor(db: Kysely<Tables>, principal: Principal, id: string): Promise<MessageRow> {
  const row = await messageById(db, id)
  const owner = row && (await mailboxOfCase(db, row.case_id))
  if (!row || owner === undefined || !principal.sees(owner)) throw new PosternError('not_found', `message ${id.slice(0, 64)}`)
  return row
}

/** Locks a case for a change and holds If-Match against the version that it had. Throws `stale` with the case as it is. */
export async function lockFor(tx: Tx, call: ApiCall, ref: string): Promise<Case> {
  const row = await caseFor(tx.db, call.principal, ref)
  const locked = await tx.cases.lock(row.id)
  // It may have gone to another mailbox while the lock was awaited.
  if (!call.principal.sees(locked.mailbox)) throw new PosternError('not_found', `case ${ref}`)
  const wanted = call.headers['if-match']
  // The lock itself counted one up, and the refusal takes that back.
  const version = locked.version - 1
  if (wanted !== undefined && !matches(wanted, version)) {
    const current = await caseView(tx.db, { ...(await caseFor(tx.db, call.principal, row.id)), version }, (m) => call.principal.sees(m))
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
 * Holds the arguments of an action against the scope: a mailbox that is named, and every id of a case, message, note, notice, file or mail
 * that occurs anywhere in them. Actions of plugins need not know of scopes. Throws `not_found`, or `forbidden` for a name of an agent in
 * whose name this token may not act.
 */
export async function requireArgsInScope(db: Kysely<Tables>, principal: Principal, args: unknown): Promise<void> {
  const found = { ids: new Set<string>(), numbers: new Set<number>() }
  const walk = (value: unknown, key: string): void => {
    if (Array.isArray(value)) value.forEach((item) => walk(item, key))
    else if (isRecord(value)) for (const [k, item] of Object.entries(value)) walk(item, k)
    else if (typeof value === 'string') {
      if (key === 'mailbox' && !principal.sees(value)) throw new PosternError('not_found', `mailbox ${value.slice(0, 64)}`)
      if (key === 'agent' && !mayWriteAs(principal, value))
        throw new PosternError('forbidden', 'this token may not act on behalf of that agent')
      if (uuid.test(value.trim())) found.ids.add(value.trim().toLowerCase())
      if (caseKeys.test(key) && /^#?\d{1,15}$/.test(value.trim())) found.numbers.add(Number(value.trim().replace('#', '')))
    } else if (typeof value === 'number' && caseKeys.test(key)) found.numbers.add(value)
  }
  walk(args, '')
  if (principal.mailboxes === null) return
  for (const id of found.ids)
    for (const mailbox of await mailboxesOfId(db, id)) if (!principal.sees(mailbox)) throw new PosternError('not_found', id)
  for (const n of found.numbers) {
    const owner = await mailboxOfNumber(db, n)
    if (owner !== undefined && !principal.sees(owner)) throw new PosternError('not_found', `case #${n}`)
  }
}

/** Arguments that name a case by its number. */
const caseKeys = /^(case|case_id|ref|other|into|source|target|with)$/

/** Who acts on behalf of an agent writes as him alone. */
function mayWriteAs(principal: Principal, agent: string): boolean {
  return principal.agent !== null ? principal.agent === agent : principal.agents === null || principal.agents.includes(agent)
}
