// The thread behind accept-thread.ts: one order is one transaction, answered when it is on the disk.
import { parentPort, workerData } from 'node:worker_threads'
import type { StatementSync } from 'node:sqlite'
import type { Insertable } from 'kysely'
import type { AcceptedRows } from './accept-rows.ts'
import { bindable, sqliteError } from './sqlite-binding.ts'
import { connect } from './sqlite-connect.ts'
import type { BlobTable } from '../tables.ts'

/** Mails in the order of their answers; `start` to `end` of `bytes` is what came over the wire. */
export interface AcceptOrder {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mails: readonly (Pick<AcceptedRows, 'inbound' | 'job' | 'companion'> & {
    readonly start: number
    readonly end: number
    readonly blob: Omit<Insertable<BlobTable>, 'bytes'>
    /** hash, mail_from, rcpt: what makes it known. */
    readonly known: readonly [string, string, string]
  })[]
}

/** `known`: for each mail the id under which it was known already, or null where it is new. Nothing is written where not ok. */
export type AcceptAnswer =
  | { readonly ok: true; readonly known: readonly (string | null)[] }
  | { readonly ok: false; readonly message: string; readonly code: string }

const db = connect(String(workerData))
const begin = db.prepare('begin immediate')
const commit = db.prepare('commit')
const find = db.prepare('select id from inbound where hash = ? and mail_from = ? and rcpt = ?')
const inserts = new Map<string, StatementSync>()

/** Names of tables and columns are ours. */
function insert(table: string, row: object, suffix = ''): boolean {
  const columns = Object.keys(row)
  const key = `${table} ${columns.join(' ')}`
  let statement = inserts.get(key)
  if (!statement)
    inserts.set(
      key,
      (statement = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})${suffix}`)),
    )
  return statement.run(...bindable(Object.values(row))).changes === 1
}

function take({ bytes, mails }: AcceptOrder): AcceptAnswer {
  const stored = new Set<string>()
  begin.run()
  try {
    const known = mails.map((mail) => {
      if (!insert('inbound', mail.inbound, ' on conflict (hash, mail_from, rcpt) do nothing'))
        return String(find.get(...mail.known)?.id ?? mail.inbound.id)
      // One blob for all recipients of a mail.
      if (!stored.has(mail.blob.id)) insert('blobs', { ...mail.blob, bytes: bytes.subarray(mail.start, mail.end) })
      stored.add(mail.blob.id)
      insert('jobs', mail.job)
      if (mail.companion) {
        insert('outbox', mail.companion.mail)
        for (const recipient of mail.companion.recipients) insert('outbox_recipients', recipient)
      }
      return null
    })
    commit.run()
    return { ok: true, known }
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

parentPort?.on('message', (order: AcceptOrder | 'close') => {
  if (order === 'close') {
    db.close()
    parentPort?.close()
    return
  }
  let answer: AcceptAnswer
  try {
    answer = take(order)
  } catch (thrown) {
    const error = sqliteError(thrown)
    answer = {
      ok: false,
      message: error instanceof Error ? error.message : String(error),
      code: error instanceof Error && 'code' in error ? String(error.code) : '',
    }
  }
  parentPort?.postMessage(answer)
})
