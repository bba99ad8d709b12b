// `postern cases list|show`: cases by filter, and the timeline of one.
import { PosternError } from '../base/errors.ts'
import { agentTable } from '../engine/agent-addresses.ts'
import { casesInOrder, isColumn, readFilter } from '../engine/case-filter.ts'
import type { Registry } from '../engine/registry.ts'
import type { FilterQuery, Viewer } from '../contract/case-lists.ts'
import { toCase, toMessage, toNote, toNotice } from '../engine/transaction/from-rows.ts'
import { caseByRef, linksOf, peopleOf, tagsOf } from '../store/cases.ts'
import { caseNumbers } from '../store/case-list.ts'
import type { CasePageFilter } from '../store/case-page.ts'
import { eventsOf } from '../store/events.ts'
import { fromJson } from '../store/json.ts'
import { attachmentsOf, messagesOf } from '../store/messages.ts'
import { notesOf, noticesOf } from '../store/notes.ts'
import { listOutbox } from '../store/outbox.ts'
import { followersOf } from '../store/watchers.ts'
import type { CaseStatus } from '../store/tables.ts'
import type { DatabaseSession } from './session.ts'
import { plainLine } from '../base/escape.ts'
import { UsageError, answer, exit, table, timeOf } from './terminal.ts'
import type { Case, Message, Note, Notice } from '../contract/model.ts'

/** Filters and order of `postern cases list`, as written; a case has to fit all of them. */
export interface CaseListOptions {
  /** Several with commas. */
  readonly status?: string
  readonly mailbox?: string
  /** Agent id or address; `none` for nobody. */
  readonly assignee?: string
  readonly group?: string
  readonly requester?: string
  readonly tag?: readonly string[]
  /** Plugins' filters as `name=value`. */
  readonly filter?: readonly string[]
  readonly limit: number
  /** An order of lists, with - before it turned round. */
  readonly sort: string
}

const statuses: readonly string[] = ['open', 'waiting', 'closed', 'spam', 'trash'] satisfies readonly CaseStatus[]

/** The filters and orders that plugins bring. */
export type ListsOfPlugins = Pick<Registry, 'filters' | 'sorts'>

/** What a list needs that asks nothing of plugins; see `asksPlugins`. */
export const noPlugins: ListsOfPlugins = { filters: new Map(), sorts: new Map() }

/** Whether the list needs plugins, which take longer to load than a list takes otherwise. */
export function asksPlugins({ filter = [], sort }: CaseListOptions): boolean {
  return filter.length > 0 || !isColumn(sort.replace(/^-/, ''))
}

/**
 * `postern cases list`: prints the cases that fit, as a table or as JSON. Returns the exit code; throws `UsageError` for a filter that
 * makes no sense.
 */
export async function listCasesOf(session: DatabaseSession, plugins: ListsOfPlugins, options: CaseListOptions): Promise<number> {
  const { database, terminal } = session
  const filter = await filterOf(session, plugins, options)
  const found = await casesInOrder(plugins, database.read, filter, options.sort, { limit: options.limit })
  const cases = found.map(({ row }) => toCase(row))
  answer(terminal, cases, () =>
    table([
      ['CASE', 'STATUS', 'MAILBOX', 'ASSIGNEE', 'CHANGED', 'REQUESTER', 'SUBJECT'],
      ...cases.map((c) => [`#${c.number}`, c.status, c.mailbox, c.assignee ?? '-', timeOf(c.updatedAt), c.requester.address, c.subject]),
    ]),
  )
  return exit.ok
}

async function filterOf(session: DatabaseSession, plugins: ListsOfPlugins, o: CaseListOptions): Promise<CasePageFilter> {
  const { config, database, clock } = session
  const list = (text: string): readonly string[] =>
    text
      .split(',')
      .map((s) => s.trim())
      .filter((s) => s !== '')
  const wanted = list(o.status ?? '')
  const strange = wanted.find((s) => !statuses.includes(s))
  if (strange !== undefined) throw new UsageError(`there is no status "${strange}"; there are ${statuses.join(', ')}`)
  const viewer: Viewer = { now: clock.now(), timezone: config.timezone, locale: config.locale, agent: null }
  const matching: FilterQuery[] = []
  for (const text of o.filter ?? []) {
    const query = await readFilter(plugins, database.read, text, viewer)
    if (typeof query === 'string') throw new UsageError(query)
    matching.push(query)
  }
  const assignee = o.assignee === undefined ? undefined : o.assignee === 'none' ? null : (agentTable(config)(o.assignee)?.id ?? o.assignee)
  return {
    ...(wanted.length > 0 && { statuses: wanted as readonly CaseStatus[] }), // each was found in the list above
    ...(o.mailbox !== undefined && { mailboxes: list(o.mailbox) }),
    ...(assignee !== undefined && { assignee }),
    ...(o.group !== undefined && { group: o.group }),
    ...(o.requester !== undefined && { requester: o.requester }),
    ...(o.tag && { tags: o.tag }),
    ...(matching.length > 0 && { matching }),
  }
}

/** The case with its timeline: messages, notes, notices and events in their order. */
export async function showCase(
  { database, terminal }: DatabaseSession,
  ref: string,
  options: { readonly events: boolean },
): Promise<number> {
  const db = database.read
  const row = await caseByRef(db, ref)
  if (!row) throw new PosternError('not_found', `there is no case ${ref}`)
  const { id } = row
  const [people, tags, followers, links, messages, notes, notices, events, sends] = [
    await peopleOf(db, id),
    await tagsOf(db, id),
    await followersOf(db, id),
    await linksOf(db, id),
    await messagesOf(db, id),
    await notesOf(db, id),
    await noticesOf(db, id),
    await eventsOf(db, id),
    await listOutbox(db, { caseId: id, limit: 1000 }),
  ]
  const numbers = await caseNumbers(
    db,
    links.map((l) => l.other_id),
  )
  const attachments = new Map<string, readonly { readonly filename: string; readonly size: number }[]>()
  for (const m of messages) attachments.set(m.id, await attachmentsOf(db, m.id))
  const c = toCase(row)
  const timeline: readonly Entry[] = [
    ...messages.map((m): Entry => ({ seq: m.seq, at: m.created_at, what: 'message', message: toMessage(m) })),
    ...notes.map((n): Entry => ({ seq: n.seq, at: n.created_at, what: 'note', note: toNote(n) })),
    ...notices.map((n): Entry => ({ seq: n.seq, at: n.created_at, what: 'notice', notice: toNotice(n) })),
    ...(options.events
      ? events.map((e): Entry => ({
          seq: e.case_seq ?? 0,
          at: e.created_at,
          what: 'event',
          event: { type: e.type, data: fromJson(e.data, `events.data of ${e.id}`), origin: fromJson(e.origin, `events.origin of ${e.id}`) },
        }))
      : []),
  ].sort((a, b) => a.seq - b.seq || a.at - b.at)
  const linked = links.map((l) => ({ case: numbers.get(l.other_id) ?? null, id: l.other_id, kind: l.kind }))
  answer(
    terminal,
    {
      case: { ...c, people, tags, followers, links: linked },
      timeline: timeline.map((e) => ('message' in e ? { ...e, attachments: attachments.get(e.message.id) ?? [] } : e)),
      outgoing: sends,
    },
    () => [
      ...heading(c, people, tags, followers, linked),
      ...timeline.flatMap((e) => ['', ...linesOf(e, attachments)]),
      ...(sends.length > 0 ? ['', ...table(sends.map((s) => ['sending', s.kind, s.address, s.state, s.reply ?? '']))] : []),
    ],
  )
  return exit.ok
}

type Entry = { readonly seq: number; readonly at: number } & (
  | { readonly what: 'message'; readonly message: Message }
  | { readonly what: 'note'; readonly note: Note }
  | { readonly what: 'notice'; readonly notice: Notice }
  | {
      readonly what: 'event'
      readonly event: {
        readonly type: string
        readonly data: unknown
        readonly origin: { readonly kind: string; readonly id: string | null }
      }
    }
)

/** All answers come from the address of the mailbox: of an agent's message, the agent tells more. */
function whoOf(m: Message): string {
  return m.agent ?? m.from.address
}

function heading(
  c: Case,
  people: readonly { readonly role: string; readonly address: string }[],
  tags: readonly string[],
  followers: readonly string[],
  links: readonly { readonly case: number | null; readonly kind: string }[],
): readonly string[] {
  return table([
    [`#${c.number}`, c.subject],
    ['status', `${c.status} since ${timeOf(c.statusAt)}`],
    ['mailbox', c.mailbox],
    ['assignee', [c.assignee ?? 'nobody', ...(c.group ? [`group ${c.group}`] : [])].join(', ')],
    ['requester', c.requester.name ? `${c.requester.name} <${c.requester.address}>` : c.requester.address],
    ...people.map((p) => [p.role, p.address]),
    ...(tags.length > 0 ? [['tags', tags.join(', ')]] : []),
    ...(followers.length > 0 ? [['followers', followers.join(', ')]] : []),
    ...links.map((l) => [l.kind, `#${l.case ?? '?'}`]),
    ...(Object.keys(c.custom).length > 0 ? [['fields', JSON.stringify(c.custom)]] : []),
    ['id', c.id],
  ])
}

function linesOf(
  e: Entry,
  attachments: ReadonlyMap<string, readonly { readonly filename: string; readonly size: number }[]>,
): readonly string[] {
  const indented = (text: string): readonly string[] =>
    text
      .trim()
      .split('\n')
      .map((line) => `    ${plainLine(line)}`.trimEnd())
  switch (e.what) {
    case 'message': {
      const m = e.message
      const kind = m.kind === 'normal' ? '' : ` (${m.kind})`
      return [
        plainLine(`${timeOf(e.at)}  ${m.author} ${whoOf(m)}: ${m.state}${kind}`),
        ...(m.degraded ? ['    (not parsed; the raw mail is attached)'] : indented(m.text)),
        ...(attachments.get(m.id) ?? []).map((a) => plainLine(`    [${a.filename || 'attachment'}, ${a.size} bytes]`)),
        ...m.warnings.map((w) => plainLine(`    ! ${w}`)),
      ]
    }
    case 'note':
      return [plainLine(`${timeOf(e.at)}  note of ${e.note.agent ?? e.note.author} (${e.note.kind})`), ...indented(e.note.text)]
    case 'notice':
      return [
        plainLine(`${timeOf(e.at)}  notice ${e.notice.kind}: ${e.notice.state}${e.notice.takenAction ? ` (${e.notice.takenAction})` : ''}`),
      ]
    case 'event':
      return [plainLine(`${timeOf(e.at)}  ${e.event.type} by ${e.event.origin.id ?? e.event.origin.kind}  ${JSON.stringify(e.event.data)}`)]
  }
}
