// Answers the questions of plugins (contract/reading.ts) from a database or a transaction.
import type { Kysely } from 'kysely'
import type { CaseQuery, Reading } from '../contract/reading.ts'
import { casePage } from '../store/case-page.ts'
import { caseByRef, caseById, peopleOf, tagsOf } from '../store/cases.ts'
import { lastMessages, messageById } from '../store/messages.ts'
import { notesOf } from '../store/notes.ts'
import type { Tables } from '../store/tables.ts'
import { toCase, toMessage, toNote } from './transaction/from-rows.ts'

const maxRows = 500
const rows = (limit = 50): number => Math.min(maxRows, Math.max(1, Math.trunc(limit)))

/** What stands behind the last case of a page, in its order. */
const keyOf = (query: CaseQuery): number => {
  const { after } = query
  return { updated_at: after?.updatedAt ?? 0, created_at: after?.createdAt ?? 0, number: after?.number ?? 0 }[query.by ?? 'updated_at']
}

/** `db`: asked anew at each question, so that one after the end of a transaction is refused by it. */
export function readingOf(db: () => Kysely<Tables>): Reading {
  return {
    async case(ref) {
      const row = ref.length > 64 ? undefined : await caseByRef(db(), ref)
      return row && toCase(row)
    },
    async cases({ by = 'updated_at', direction = 'desc', limit, after, ...filter }) {
      if (filter.statuses?.length === 0 || filter.mailboxes?.length === 0) return []
      const page = { direction, limit: rows(limit), ...(after && { after: { key: keyOf({ by, after }), id: after.id } }) }
      return (await casePage(db(), filter, by, page)).map(({ row }) => toCase(row))
    },
    messages: async (caseId, { beforeSeq = Number.MAX_SAFE_INTEGER, limit } = {}) =>
      (await lastMessages(db(), caseId, beforeSeq, rows(limit))).map(toMessage),
    async message(id) {
      const row = await messageById(db(), id)
      return row && toMessage(row)
    },
    notes: async (caseId) => (await notesOf(db(), caseId)).map(toNote),
    async people(caseId) {
      const row = await caseById(db(), caseId)
      if (!row) return undefined
      const all = await peopleOf(db(), caseId)
      const of = (role: 'cc' | 'bcc') => all.filter((p) => p.role === role).map(({ address, name }) => ({ address, name }))
      return { requester: toCase(row).requester, cc: of('cc'), bcc: of('bcc') }
    },
    tags: (caseId) => tagsOf(db(), caseId),
  }
}
