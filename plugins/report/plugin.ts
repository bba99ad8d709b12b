// Statistics from events: new, answered, time to the first answer in business hours, reopened; with the cases behind each number.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError, mailAgents, businessHours, businessHoursSchema, definePlugin, idOf, plainLine } from '../../core/plugin.ts'
import type { Host, Tx } from '../../core/plugin.ts'
import { csvOf } from './csv.ts'
import { reportOf } from './report.ts'
import type { By, Report } from './report.ts'
import { spanOf, weekBefore } from './span.ts'
import type { Span } from './span.ts'
import { weeklyText } from './weekly.ts'
import { texts } from './texts.ts'

const config = Type.Object({
  weekly: Type.Array(idOf('people', { description: 'Agent or group' }), {
    default: [],
    description: 'Who gets the numbers of the week by mail, on Monday morning.',
  }),
  hours: Type.Optional(businessHoursSchema),
})

type ReportHost = Host<Static<typeof config>>

const by = Type.Union([Type.Literal('mailbox'), Type.Literal('agent'), Type.Literal('tag'), Type.Literal('day')], {
  default: 'mailbox',
  description: 'One line for each; agent: who answered, else who is responsible now; tag: what the case has now',
})
const query = Type.Object({
  from: Type.Optional(
    Type.String({ maxLength: 10, description: 'First day, in the zone of the gateway; default: six days before the last' }),
  ),
  to: Type.Optional(Type.String({ maxLength: 10, description: 'Last day; default: yesterday' })),
  by: Type.Optional(by),
  mailbox: Type.Optional(Type.String({ maxLength: 64, description: 'Of this mailbox alone' })),
  format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')], { default: 'json' })),
})
const cases = Type.Array(Type.Integer(), { description: 'Numbers of the cases' })
const seconds = Type.Union([Type.Integer(), Type.Null()])
const row = Type.Object({
  key: Type.Union([Type.String(), Type.Null()], { description: 'null: nobody, or no tag' }),
  new: Type.Integer({ description: 'Cases that began' }),
  answered: Type.Integer({ description: 'Cases to which an agent sent an answer' }),
  first_answer: Type.Object(
    { p50: seconds, p90: seconds, count: Type.Integer() },
    { description: 'Seconds, within the business hours where there are any, from the beginning of a case to the first answer of an agent' },
  ),
  reopened: Type.Integer({ description: 'Closed cases that were opened again' }),
  cases: Type.Object({ new: cases, answered: cases, first_answer: cases, reopened: cases }),
})

export default definePlugin({
  name: 'report',
  description: 'Statistics from events: new, answered, first answer, reopened, with the cases behind each number.',
  config,
  setup: (host) => ({
    routes: [
      {
        method: 'GET',
        url: '/v1/reports',
        list: { key: 'data' },
        access: 'read',
        summary: 'Counts what happened in a span of days',
        schema: {
          query,
          response: Type.Object({
            from: Type.String(),
            to: Type.String(),
            timezone: Type.String(),
            by: Type.String(),
            data: Type.Array(row),
            total: row,
          }),
        },
        async handle({ query: asked, sees }) {
          const all = [...host.config.mailboxes.keys()]
          const seen =
            asked.mailbox === undefined ? (sees(null) ? null : all.filter((m) => sees(m))) : [asked.mailbox].filter((m) => sees(m))
          const span = spanOf(host.now(), host.config.timezone, asked.from, asked.to)
          const kind = (asked.by ?? 'mailbox') as By // one of the union in `query`
          const report = await make(host, host.read, span, kind, seen)
          if (asked.format === 'csv')
            return {
              headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="report.csv"' },
              body: csvOf(report),
            }
          return {
            body: {
              from: span.firstDay,
              to: span.lastDay,
              timezone: host.config.timezone,
              by: kind,
              data: report.rows,
              total: report.total,
            },
          }
        },
      },
    ],
    commands: {
      report: {
        description:
          'counts what happened in a span of days: new, answered, first answer, reopened; --json has the cases behind each number',
        usage: '',
        options: [
          ['--from <day>', 'first day (2026-09-21); default: six days before the last'],
          ['--to <day>', 'last day; default: yesterday'],
          ['--by <what>', 'mailbox (default), agent, tag or day'],
          ['--csv', 'for spreadsheets, with the cases behind each number'],
        ],
        async run({ options, print, json }) {
          const text = (key: string): string | undefined => (typeof options[key] === 'string' ? options[key] : undefined)
          const kind = (['mailbox', 'agent', 'tag', 'day'] as const).find((k) => k === (text('by') ?? 'mailbox'))
          if (!kind) throw new PosternError('invalid', '--by: mailbox, agent, tag or day')
          const span = spanOf(host.now(), host.config.timezone, text('from'), text('to'))
          const report = await make(host, host.read, span, kind, null)
          if (json) print(JSON.stringify({ from: span.firstDay, to: span.lastDay, by: kind, data: report.rows, total: report.total }))
          else if (options.csv === true) print(csvOf(report).trimEnd())
          else for (const line of table(report, span)) print(plainLine(line))
          return 0
        },
      },
    },
    crons: { weekly: { pattern: '0 7 * * 1', timezone: host.config.timezone, run: (tx) => mailWeek(host, tx), passOver: 'once' } },
  }),
})

function make(host: ReportHost, db: ReportHost['read'], span: Span, kind: By, mailboxes: readonly string[] | null): Promise<Report> {
  const { timezone } = host.config
  const { hours } = host.settings
  return reportOf(db, { ...span, by: kind, mailboxes, timezone, hours: hours ? businessHours(hours, timezone) : null })
}

/** Columns of one width, with words that a terminal cannot mistake. */
function table({ rows, total }: Report, { firstDay, lastDay }: Span): readonly string[] {
  const lines = [
    [`${firstDay} – ${lastDay}`, 'NEW', 'ANSWERED', 'FIRST p50', 'p90', 'REOPENED'],
    ...[...rows, { ...total, key: 'total' }].map((r) => [
      (r.key ?? '-').replace(/[\p{Cc}\p{Cf}]+/gu, ' '),
      ...[r.new, r.answered, minutes(r.first_answer.p50), minutes(r.first_answer.p90), r.reopened].map(String),
    ]),
  ]
  const widths = lines[0]?.map((_, i) => lines.reduce((widest, l) => Math.max(widest, l[i]?.length ?? 0), 0)) ?? []
  return lines.map((l) => l.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '))
}

const minutes = (seconds_: number | null): string => (seconds_ === null ? '-' : `${Math.round(seconds_ / 60)} min`)

async function mailWeek(host: ReportHost, tx: Tx): Promise<void> {
  const { weekly } = host.settings
  if (weekly.length === 0) return
  const span = weekBefore(tx.now, tx.config.timezone)
  const [now, before] = [
    await make(host, tx.db, span, 'mailbox', null),
    await make(host, tx.db, weekBefore(tx.now, tx.config.timezone, 1), 'mailbox', null),
  ]
  await mailAgents(tx, weekly, ({ locale }) => ({
    subject: texts(locale, 'mail.subject', { name: tx.config.name, from: span.firstDay, to: span.lastDay }),
    text: weeklyText(locale, tx.config, span, now, before),
  }))
}
