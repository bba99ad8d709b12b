// What the numbers are made of: events of a span, read page by page, and what has to be known of their cases.
import { batchesOf } from '../../core/plugin.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'

type Db = Kysely<Tables>

/** Rows of one page: other work goes on between two. */
const pageRows = 2000

/** One event of a span, as far as it counts. */
export interface Counted {
  readonly id: string
  readonly type: string
  readonly caseId: string
  readonly mailbox: string
  readonly data: string
  readonly origin: string
  /** ms UTC. */
  readonly at: number
}

/** The events of a span that count, oldest first. `mailboxes`: null: all. */
export async function* countedEvents(
  db: Db,
  { from, to, mailboxes }: { readonly from: number; readonly to: number; readonly mailboxes: readonly string[] | null },
): AsyncGenerator<readonly Counted[]> {
  // Ids begin with their time (UUIDv7), and nothing but the order counts on it.
  for (let after = ''; ;) {
    let q = db
      .selectFrom('events')
      .select(['id', 'type', 'case_id', 'mailbox', 'data', 'origin', 'created_at'])
      .where('type', 'in', ['case.created', 'case.status_changed', 'message.sent'])
      .where('created_at', '>=', from)
      .where('created_at', '<', to)
      .where('case_id', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageRows)
    if (mailboxes) q = q.where('mailbox', 'in', [...mailboxes])
    const rows = await q.execute()
    yield rows.map((r) => ({
      ...{ id: r.id, type: r.type, caseId: r.case_id ?? '', mailbox: r.mailbox ?? '', data: r.data, origin: r.origin },
      at: r.created_at,
    }))
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    after = last.id
  }
}

/** What is asked of cases. */
export interface CaseFacts {
  readonly number: number
  readonly assignee: string | null
  /** Who began it: customer | agent | api | rule. */
  readonly origin: string
  readonly createdAt: number
  readonly tags: readonly string[]
  /** When an agent first sent an answer, ms UTC; null: none has. */
  readonly firstAnswerAt: number | null
}

/** Facts of cases by id. */
export async function caseFacts(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, CaseFacts>> {
  const out = new Map<string, CaseFacts>()
  for (const some of batchesOf(ids)) {
    const rows = await db.selectFrom('cases').select(['id', 'number', 'assignee', 'origin', 'created_at']).where('id', 'in', some).execute()
    const tags = await db.selectFrom('case_tags').select(['case_id', 'tag']).where('case_id', 'in', some).orderBy('tag').execute()
    const answers = await db
      .selectFrom('events')
      .select(['case_id', (eb) => eb.fn.min<number>('created_at').as('at')])
      .where('case_id', 'in', some)
      .where('type', '=', 'message.sent')
      // As the core writes it; nothing in it comes from a mail.
      .where('data', 'like', '%"kind":"normal","author":"agent"%')
      .groupBy('case_id')
      .execute()
    const first = new Map(answers.map((a) => [a.case_id ?? '', Number(a.at)]))
    const tagsOf = new Map<string, string[]>()
    for (const { case_id, tag } of tags) tagsOf.set(case_id, [...(tagsOf.get(case_id) ?? []), tag])
    for (const r of rows)
      out.set(r.id, {
        ...{ number: r.number, assignee: r.assignee, origin: r.origin, createdAt: r.created_at },
        tags: tagsOf.get(r.id) ?? [],
        firstAnswerAt: first.get(r.id) ?? null,
      })
  }
  return out
}
