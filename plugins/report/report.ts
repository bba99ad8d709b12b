// The numbers of a span, from events: nothing is counted as it happens, so what is asked tomorrow of last year is as right as today's.
//
//   new           cases that began
//   answered      cases to which an agent sent an answer
//   first_answer  how long the first answer of an agent took, of the cases that got it in the span and that a customer began
//   reopened      cases that were closed and opened again
//
// Each number has its cases, so that nobody has to believe it. By agent: who sent the answer, else who is responsible now; by tag: what the
// case has now, each of them; by day: in the zone of the report.
import { Temporal } from 'temporal-polyfill'
import type { Hours } from '../../core/plugin.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import { caseFacts, countedEvents } from './report-store.ts'
import type { CaseFacts, Counted } from './report-store.ts'

/** By what the numbers are told apart. */
export type By = 'mailbox' | 'agent' | 'tag' | 'day'

/** What is reported. */
export interface ReportAsked {
  /** ms UTC: from (inclusive) and to (exclusive). */
  readonly from: number
  readonly to: number
  readonly by: By
  /** null: all. */
  readonly mailboxes: readonly string[] | null
  readonly timezone: string
  /** null: all hours count. */
  readonly hours: Hours | null
}

/** Numbers of cases behind each number, in order. */
export type Behind = Readonly<Record<'new' | 'answered' | 'first_answer' | 'reopened', readonly number[]>>

/** One line of a report. */
export interface ReportRow {
  /** null: nobody, no tag. */
  readonly key: string | null
  readonly new: number
  readonly answered: number
  /** Seconds, within the hours; null: there was none. */
  readonly first_answer: { readonly p50: number | null; readonly p90: number | null; readonly count: number }
  readonly reopened: number
  readonly cases: Behind
}

/** A report: its lines, by key, and all of it in one. */
export interface Report {
  readonly rows: readonly ReportRow[]
  readonly total: ReportRow
}

type What = keyof Behind

class Line {
  readonly cases: Readonly<Record<What, Set<number>>> = {
    new: new Set(),
    answered: new Set(),
    first_answer: new Set(),
    reopened: new Set(),
  }
  readonly times: number[] = []

  row(key: string | null): ReportRow {
    const { cases, times } = this
    const sorted = times.sort((a, b) => a - b)
    const behind = (what: What): readonly number[] => [...cases[what]].sort((a, b) => a - b)
    return {
      key,
      new: cases.new.size,
      answered: cases.answered.size,
      first_answer: { p50: percentile(sorted, 0.5), p90: percentile(sorted, 0.9), count: sorted.length },
      reopened: cases.reopened.size,
      cases: { new: behind('new'), answered: behind('answered'), first_answer: behind('first_answer'), reopened: behind('reopened') },
    }
  }
}

/** The smallest time that so large a part does not exceed (nearest rank), in whole seconds. */
function percentile(sorted: readonly number[], part: number): number | null {
  const at = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]
  return at === undefined ? null : Math.round(at / 1000)
}

/** Makes the report. */
export async function reportOf(db: Kysely<Tables>, asked: ReportAsked): Promise<Report> {
  const lines = new Map<string | null, Line>()
  const total = new Line()
  const measured = new Set<string>()
  const lineOf = (key: string | null): Line => lines.get(key) ?? lines.set(key, new Line()).get(key) ?? total
  for await (const events of countedEvents(db, asked)) {
    const facts = await caseFacts(db, [...new Set(events.map((e) => e.caseId))])
    for (const event of events) {
      const c = facts.get(event.caseId)
      const what = c && whatOf(event)
      if (!c || !what) continue
      const into = [total, ...keysOf(asked, event, c, what === 'answered').map(lineOf)]
      for (const line of into) line.cases[what].add(c.number)
      const first = what === 'answered' && c.origin === 'customer' && c.firstAnswerAt === event.at
      if (!first || measured.has(event.caseId)) continue
      measured.add(event.caseId)
      const took = asked.hours ? asked.hours.between(c.createdAt, event.at) : event.at - c.createdAt
      for (const line of into) {
        line.cases.first_answer.add(c.number)
        line.times.push(took)
      }
    }
  }
  const order = (a: string | null, b: string | null): number => (a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1)
  return { rows: [...lines].sort(([a], [b]) => order(a, b)).map(([key, line]) => line.row(key)), total: total.row(null) }
}

function whatOf({ type, data }: Counted): 'new' | 'answered' | 'reopened' | undefined {
  if (type === 'case.created') return 'new'
  // Written by the core, by the schemas of these events.
  const facts = JSON.parse(data) as { readonly author?: string; readonly kind?: string; readonly from?: string; readonly to?: string }
  if (type === 'message.sent') return facts.author === 'agent' && facts.kind === 'normal' ? 'answered' : undefined
  return facts.from === 'closed' && facts.to === 'open' ? 'reopened' : undefined
}

function keysOf({ by, timezone }: ReportAsked, event: Counted, c: CaseFacts, answer: boolean): readonly (string | null)[] {
  switch (by) {
    case 'mailbox':
      return [event.mailbox]
    case 'day':
      return [Temporal.Instant.fromEpochMilliseconds(event.at).toZonedDateTimeISO(timezone).toPlainDate().toString()]
    case 'tag':
      return c.tags.length === 0 ? [null] : c.tags
    case 'agent': {
      const origin = JSON.parse(event.origin) as { readonly kind: string; readonly id: string | null } // written by the core
      return [answer && origin.kind === 'agent' ? origin.id : c.assignee]
    }
  }
}
