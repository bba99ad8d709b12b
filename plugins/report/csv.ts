// A report for spreadsheets (RFC 4180): numbers, and behind them the numbers of the cases.
import type { Report, ReportRow } from './report.ts'

const head = [
  ...['key', 'new', 'answered', 'first_answer_p50_seconds', 'first_answer_p90_seconds', 'first_answers', 'reopened'],
  ...['new_cases', 'answered_cases', 'first_answer_cases', 'reopened_cases'],
]

/** Lines end in CR LF; the last one is the total, with the key `total`. */
export function csvOf({ rows, total }: Report): string {
  return [head, ...rows.map((r) => lineOf(r, r.key ?? '')), lineOf(total, 'total')]
    .map((line) => `${line.map(field).join(',')}\r\n`)
    .join('')
}

const lineOf = ({ cases, first_answer: first, ...r }: ReportRow, key: string): readonly string[] => [
  ...[key, r.new, r.answered, first.p50 ?? '', first.p90 ?? '', first.count, r.reopened].map(String),
  ...[cases.new, cases.answered, cases.first_answer, cases.reopened].map((list) => list.join(' ')),
]

/** A tag must not become a formula: what begins as one gets an apostrophe before it. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
