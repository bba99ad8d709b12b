// `postern explain` and `postern replay`: why a mail is treated as it is, and what another configuration would have done.
import { readFileSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { formatProblem, shownAs } from '../base/config/problems.ts'
import { parseDuration } from '../base/units.ts'
import { openSession } from './open-session.ts'
import { complain } from './config.ts'
import type { Session } from './session.ts'
import { plainLine } from '../base/escape.ts'
import { UsageError, answer, exit, timeOf } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { createParsePool } from '../engine/intake/parse-pool.ts'
import { explain, strayMail } from '../engine/intake/explain.ts'
import type { Explanation } from '../engine/intake/explain.ts'
import { blobsOf, readBlob } from '../store/blobs.ts'
import { eventsAt } from '../store/events.ts'
import { acceptedMail, decidedInbound } from '../store/inbound.ts'
import type { InboundRow } from '../store/tables.ts'
import { loadChecked } from '../app/check-plugins.ts'

/** Which mail is explained: one that is stored, or a file with its envelope. */
export interface ExplainOptions {
  /** A message of a case, or an accepted mail, by its id. */
  readonly message?: string
  /** Envelope recipient of a file. */
  readonly to?: string
  /** Envelope sender of a file. */
  readonly from?: string
}

/** Explains a file, or a mail that was taken in. */
export async function runExplain(session: Session, file: string | undefined, options: ExplainOptions): Promise<number> {
  const { engine, clock, terminal, database } = session
  if ((file === undefined) === (options.message === undefined)) throw new UsageError('name a file or --message ID')
  const pool = createParsePool({ workers: 1, timeoutMs: session.config.intake.parse_timeout })
  try {
    const row = options.message === undefined ? undefined : await acceptedMail(database.read, options.message)
    if (options.message !== undefined && !row) {
      terminal.complain(`there is no mail ${options.message}`)
      return exit.failed
    }
    if (row && row.raw_id === null) {
      terminal.complain('its bytes are no longer kept')
      return exit.failed
    }
    const raw = row?.raw_id ? await readBlob(blobsOf(database, 'read'), row.raw_id) : readFileSync(file ?? '')
    const mail = row ?? strayMail(engine, raw, options, clock.now())
    if (typeof mail === 'string') {
      terminal.complain(`${mail}; name one with --to`)
      return exit.failed
    }
    const seen = await explain(engine, pool, clock, mail, raw, row ? row.updated_at : clock.now(), row !== undefined)
    answer(terminal, seen, () => told(seen))
    return exit.ok
  } finally {
    await pool.stop()
  }
}

interface Asked {
  readonly condition: string
  readonly wants: unknown
  readonly holds: boolean
  readonly seen: string
}

/** Of the rules plugin; other plugins explain themselves in one line. */
interface ToldRule {
  readonly place: string
  readonly event: string
  readonly asked: readonly Asked[]
  readonly did: readonly string[]
  readonly given: readonly unknown[]
}

const ruleOf = (data: unknown): ToldRule | null =>
  typeof data === 'object' && data !== null && 'asked' in data && 'place' in data ? (data as ToldRule) : null // plugins/rules/run.ts, RuleDecision

function told(seen: Explanation): readonly string[] {
  const where =
    seen.caseNumber === null ? seen.taken.outcome : `${seen.newCase ? 'a new case' : `case #${seen.caseNumber}`} (${seen.taken.outcome})`
  return [
    `It becomes: ${plainLine(where)}`,
    ...seen.decisions.flatMap((d) => {
      const rule = ruleOf(d.data)
      if (!rule) return d.hook === 'intake' && d.text === 'passed on' ? [] : [`${d.plugin}, ${d.hook}: ${plainLine(d.text)}`]
      return [
        `rule ${plainLine(d.text)}   on ${rule.event}   [${shownAs(rule.place)}]`,
        ...rule.asked.map(
          (a) => `    ${a.holds ? 'yes' : 'no '}  ${a.condition}: ${plainLine(JSON.stringify(a.wants) ?? '')}   is ${plainLine(a.seen)}`,
        ),
        ...rule.did.map((line, i) => `    ->   ${plainLine(line)}${argumentsOf(rule.given[i])}`),
      ]
    }),
    ...(seen.sends.length === 0
      ? ['Nothing would be sent.']
      : seen.sends.map((s) => `Would send a ${s.kind} to ${s.to.join(', ')}: ${plainLine(s.subject)}`)),
    'Nothing was written.',
  ]
}

/** What an action was given, on one line and of bearable length. */
function argumentsOf(given: unknown): string {
  const text = plainLine(JSON.stringify(given) ?? '')
  if (text === '' || text === '{}') return ''
  return `   given ${text.length > 400 ? `${text.slice(0, 400).toWellFormed()}…` : text}`
}

/** Which stored mails are decided anew, and by which config. */
export interface ReplayOptions {
  /** A duration back from now, or an instant. */
  readonly since: string
  /** Another config to decide by. */
  readonly newConfig?: string
}

/** More are not held in memory. */
const maxMails = 100_000

/** Decides anew on every mail that was taken in since, and shows what comes out differently. Exit code 1 where something does. */
export async function runReplay(configFile: string, options: ReplayOptions, terminal: Terminal): Promise<number> {
  const old = await loadChecked(shownAs(configFile))
  const now = options.newConfig === undefined ? old : await loadChecked(shownAs(options.newConfig))
  for (const loaded of [old, now]) {
    if (loaded.ok) continue
    complain(loaded.problems, terminal)
    return exit.config
  }
  if (!old.ok || !now.ok) return exit.config
  for (const warning of now.warnings) terminal.complain(`${formatProblem(warning)} (warning)`)
  const { session, close } = await openSession(
    { ...now.config, database: old.config.database, name: old.config.name },
    now.plugins,
    terminal,
  )
  const pool = createParsePool({ workers: 1, timeoutMs: old.config.intake.parse_timeout })
  try {
    const back = parseDuration(options.since)
    const since = back === undefined ? Date.parse(options.since) : systemClock.now() - back
    if (Number.isNaN(since))
      throw new UsageError(`--since: expected a duration such as 7d or a time such as 2026-09-21T00:00Z, not "${options.since}"`)
    const rows = await decidedInbound(session.database.read, since, maxMails)
    const differing: {
      readonly inbound: string
      readonly receivedAt: string
      readonly from: string
      readonly case: string | null
      readonly gone: readonly string[]
      readonly added: readonly string[]
    }[] = []
    let replayed = 0
    for (const row of rows) {
      if (row.raw_id === null || row.outcome === 'duplicate' || !session.config.mailboxes.has(row.mailbox)) continue
      replayed++
      const seen = await explain(
        session.engine,
        pool,
        session.clock,
        row,
        await readBlob(blobsOf(session.database, 'read'), row.raw_id),
        row.updated_at,
        true,
      )
      const was = await decidedThen(session, row)
      const is = [outcomeLine(seen.taken.outcome), ...seen.events.map((e) => lineOf(e.type, e.data))]
      const [gone, added] = [without(was, is), without(is, was)]
      if (gone.length + added.length > 0)
        differing.push({ inbound: row.id, receivedAt: timeOf(row.received_at), from: row.mail_from, case: row.case_id, gone, added })
    }
    answer(terminal, { replayed, differing }, () => [
      ...differing.flatMap((d) => [
        `${d.receivedAt}  ${plainLine(d.from || '<>')}  ${d.inbound}`,
        ...d.gone.map((line) => `  - ${plainLine(line)}`),
        ...d.added.map((line) => `  + ${plainLine(line)}`),
      ]),
      `${replayed} mails, ${differing.length} would be treated differently; nothing was written`,
    ])
    return differing.length > 0 ? exit.failed : exit.ok
  } finally {
    await pool.stop()
    await close()
  }
}

/** What was written down when the mail was taken in: all events of that transaction. */
async function decidedThen({ database }: Session, row: InboundRow): Promise<readonly string[]> {
  const events = row.case_id === null ? [] : await eventsAt(database.read, row.case_id, row.updated_at)
  return [outcomeLine(row.outcome ?? ''), ...events.map((e) => lineOf(e.type, JSON.parse(e.data)))]
}

const outcomeLine = (outcome: string): string => `outcome: ${outcome}`

/** An event as a line without ids, which differ from run to run. */
function lineOf(type: string, data: unknown): string {
  const facts = JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(value) ? undefined : value,
  )
  return `${type} ${facts === '{}' ? '' : (facts ?? '')}`.trim()
}

/** Lines of `one` that `other` lacks, as often as it lacks them. */
function without(one: readonly string[], other: readonly string[]): readonly string[] {
  const left = [...other]
  return one.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
