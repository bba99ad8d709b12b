// A notification as text and as HTML. Order: our marker (everything below it is cut out of an answer), what happened, the new words,
// what is asked, the facts, whom an answer goes to, and what was said earlier.
import {
  agentsOf,
  comparedHtml,
  comparedText,
  escapeHtml,
  formatDateTime,
  formatSize,
  markerHtml,
  markerLine,
  htmlForMail,
  t,
} from '../../core/plugin.ts'
import type { Address, AgentConfig, Config, Locale, Message, Note, Notice, Tx } from '../../core/plugin.ts'
import { block, button, column, factTable, paragraphs, quiet, warning } from './html.ts'
import type { Facts, Files, Shown } from './facts.ts'
import { namedIn } from './notification-targets.ts'
import type { NotificationTarget } from './items.ts'
import type { ShownNotice } from './notices.ts'
import { texts } from './texts.ts'
import { warningTexts } from './warnings.ts'

/** What one notification is made of. `historyLength`: characters of each earlier message. */
export interface RenderInput {
  readonly facts: Facts
  readonly target: NotificationTarget
  readonly notices: readonly ShownNotice[]
  /** Files of answers that became the notes he is told of. */
  readonly noteFiles: Files
  /** An answer becomes a note. */
  readonly inside: boolean
  /** Commands are understood in answers. */
  readonly commands: boolean
  readonly config: Config
  readonly historyLength: number
  readonly safeHtml: Tx['safeHtml']
}

/** The notification as plain text, and as HTML that is safe. */
export interface Rendered {
  readonly text: string
  readonly html: string
}

/** Characters of the new words; what is longer is in the case. */
const maxTextLength = 100_000
/** Characters of HTML; more is worth little on a phone: the text is shown. */
const maxHtmlLength = 300_000
/** The same where it did not come just now: it is made safe inside the transaction, 25 ms at worst. */
const maxOldHtmlLength = 50_000

/** Renders the notification in the language and zone of its agent. */
export function render(input: RenderInput): Rendered {
  const { facts, target, notices, config } = input
  const locale = target.agent.locale
  const marker = texts(locale, 'marker')
  const happened = happenings(input)
  const shown = facts.shown
  const warnings = shown ? warningTexts(shown.warnings, locale) : []
  const heading = shown
    ? texts(locale, shown.isNew ? (facts.isNew ? 'event.first' : 'event.message') : 'event.last', { name: writerOf(shown.message, config) })
    : ''
  const kind =
    shown && (shown.message.kind === 'auto-reply' || shown.message.kind === 'bulk') ? texts(locale, `kind.${shown.message.kind}`) : ''
  const by = shown ? senderOf(shown.message, locale) : ''
  const words = shown ? wordsOf(shown, locale) : ''
  const files = [...(shown ? filesOf(shown, locale) : []), ...filesOf(input.noteFiles, locale)]
  const hidden = shown ? hiddenOf(shown, config, locale) : ''
  const list = factsOf(input)
  const foot = footOf(input)
  const earlier = facts.earlier.map((m) => ({
    title: `${formatDateTime(m.sentAt ?? m.createdAt, target.agent.timezone, locale)} · ${writerOf(m, input.config)}`,
    text: cut(m.text, input.historyLength, locale),
  }))

  const text = [
    markerLine(marker),
    happened.join('\n\n'),
    warnings.map((w) => `⚠ ${w}`).join('\n'),
    [heading, by, kind].filter(Boolean).join('\n'),
    words,
    hidden,
    files.join('\n'),
    notices.length > 0
      ? [
          `${texts(locale, 'notice.title')}:`,
          ...notices.map((n) =>
            [`• ${n.text}`, ...n.compared.map((one) => comparedText([one])), ...n.links.map((l) => `  ${l.label}: ${l.url}`)].join('\n'),
          ),
        ].join('\n')
      : '',
    `- - -\n${list.map(([name, value]) => `${name}: ${value}`).join('\n')}`,
    foot.join('\n'),
    earlier.length > 0
      ? [`- - - ${texts(locale, 'history.title')} - - -`, ...earlier.map((e) => `${e.title}\n\n${e.text}`)].join('\n\n')
      : '',
  ]
  const html = [
    markerHtml(marker),
    happened.map((h) => block(paragraphs(h))).join(''),
    warnings.map(warning).join(''),
    heading === '' ? '' : `<p style="margin:16px 0 4px;font-weight:bold">${escapeHtml(heading)}</p>`,
    by === '' ? '' : quiet(escapeHtml(by)),
    kind === '' ? '' : quiet(escapeHtml(kind)),
    shown ? `<div style="margin:8px 0 16px">${wordsHtml(shown, words, input.safeHtml)}</div>` : '',
    hidden === '' ? '' : quiet(escapeHtml(hidden)),
    files.map((f) => quiet(escapeHtml(f))).join(''),
    notices
      .map((n) => block(`${paragraphs(n.text)}${comparedHtml(n.compared)}${n.links.map((l) => button(l.label, l.url)).join('')}`))
      .join(''),
    factTable(list),
    foot.map((f) => quiet(escapeHtml(f))).join(''),
    earlier.length > 0
      ? `<hr style="border:0;border-top:1px solid #999;margin:16px 0">${earlier.map((e) => `${quiet(escapeHtml(e.title))}<div style="margin:0 0 16px;opacity:.8">${paragraphs(e.text)}</div>`).join('')}`
      : '',
  ]
  return { text: `${text.filter((part) => part !== '').join('\n\n')}\n`, html: column(html.filter((part) => part !== '').join('\n')) }
}

/** What happened besides a message, a sentence each. */
function happenings(input: RenderInput): readonly string[] {
  const { facts, target, config } = input
  const locale = target.agent.locale
  const agentName = (id: string): string => config.agents.get(id)?.name ?? id
  const out: string[] = []
  if (target.assigned) {
    const { by, group } = target.assigned
    const groupName = group === null ? '' : (config.groups.get(group)?.name ?? group)
    if (by === null)
      out.push(group === null ? texts(locale, 'event.assignedUnknown') : texts(locale, 'event.assignedGroupUnknown', { group: groupName }))
    else
      out.push(
        group === null
          ? texts(locale, 'event.assigned', { by: agentName(by) })
          : texts(locale, 'event.assignedGroup', { by: agentName(by), group: groupName }),
      )
  }
  if (target.moved) {
    const { by, from } = target.moved
    const mailboxes = { from: config.mailboxes.get(from)?.name ?? from, to: facts.mailboxName }
    out.push(
      by === null ? texts(locale, 'event.movedUnknown', mailboxes) : texts(locale, 'event.moved', { ...mailboxes, by: agentName(by) }),
    )
  }
  for (const d of target.deliveries) out.push(texts(locale, `event.${d.what}`, { address: d.address, reply: d.reply.slice(0, 500) }))
  for (const note of target.notes) {
    out.push(`${headOf(note, input, agentName)}:\n${cut(note.text, maxTextLength, locale)}`)
  }
  // Several messages at once (a split, a merge): the newest is shown in full, of the others it is said that they are there.
  for (const m of target.messages.slice(0, -1))
    if (m.id !== facts.shown?.message.id) out.push(texts(locale, 'event.message', { name: nameOf(m) }))
  return out
}

/** Why he gets a note. */
function headOf(note: Note, { target, config }: RenderInput, agentName: (id: string) => string): string {
  const { id, locale } = target.agent
  if (namedIn(note.data).includes(id)) return typeof note.data.title === 'string' ? note.data.title : texts(locale, 'event.noteTold')
  if (!isMentioned(note, target.agent, config))
    return texts(locale, 'event.noteFollowed', { name: note.agent === null ? texts(locale, 'writer.system') : agentName(note.agent) })
  return note.agent === null ? texts(locale, 'event.noteSystem') : texts(locale, 'event.note', { name: agentName(note.agent) })
}

const isMentioned = ({ mentions }: Note, agent: AgentConfig, config: Config): boolean =>
  agentsOf(
    config,
    mentions.map((m) => m.id),
  ).includes(agent)

function factsOf({ facts, target, config }: RenderInput): readonly (readonly [name: string, value: string])[] {
  const { case: c } = facts
  const locale = target.agent.locale
  const people = (list: readonly Address[]): string => list.map(shownAddress).join(', ')
  const optional = (
    key: 'fact.tags' | 'fact.cc' | 'fact.bcc' | 'fact.group' | 'fact.followers',
    value: string,
  ): readonly (readonly [string, string])[] => (value === '' ? [] : [[texts(locale, key), value]])
  return [
    [texts(locale, 'fact.case'), `#${c.number}`],
    [texts(locale, 'fact.mailbox'), facts.mailboxName],
    [texts(locale, 'fact.requester'), shownAddress(c.requester)],
    [texts(locale, 'fact.subject'), c.subject === '' ? texts(locale, 'subject.none') : oneLine(c.subject)],
    [texts(locale, 'fact.status'), t(locale, `status.${c.status}`)],
    [
      texts(locale, 'fact.assignee'),
      c.assignee === null ? texts(locale, 'assignee.none') : (config.agents.get(c.assignee)?.name ?? c.assignee),
    ],
    ...optional('fact.group', c.group === null ? '' : (config.groups.get(c.group)?.name ?? c.group)),
    ...optional('fact.tags', facts.tags.join(', ')),
    ...optional('fact.cc', people(facts.cc)),
    ...optional('fact.bcc', people(facts.bcc)),
    ...optional('fact.followers', facts.followers.join(', ')),
  ]
}

/** Until it is taken, nobody can say whom an answer reaches. */
function decidesOnAnswers(notice: Notice): boolean {
  return notice.actions.some(({ action }) => /^(?:reply\.(?:release|discard)|recipients\.update)$/.test(action))
}

function footOf({ facts, target, inside, commands }: RenderInput): readonly string[] {
  const locale = target.agent.locale
  const name = facts.case.requester.name || facts.case.requester.address
  const copies = facts.cc.length + facts.bcc.length
  const goes = inside
    ? texts(locale, 'foot.inside')
    : facts.notices.some(decidesOnAnswers)
      ? texts(locale, 'foot.pending')
      : copies > 0
        ? texts(locale, 'foot.copies', { name, n: copies })
        : texts(locale, 'foot.customer', { name })
  return [
    goes,
    ...(commands ? [texts(locale, 'foot.commands')] : []),
    ...(commands && target.follows ? [texts(locale, 'foot.follows')] : []),
  ]
}

/** What stands in From, where Reply-To names the writer. */
function senderOf({ data, from }: Message, locale: Locale): string {
  const sender = data.sender as Address | undefined // written by the core
  return sender === undefined ? '' : texts(locale, 'event.sentBy', { sender: shownAddress(sender), writer: shownAddress(from) })
}

function wordsOf({ message, carried, listed }: Shown, locale: Locale): string {
  if (message.degraded) return texts(locale, 'degraded')
  if (message.text.trim() !== '') return cut(message.text.trim(), maxTextLength, locale)
  if (message.warnings.some((w) => w.startsWith('encrypted'))) return texts(locale, 'text.encrypted')
  return texts(locale, carried.length + listed.length > 0 ? 'text.files' : 'text.empty')
}

/** Says that more than a quote of the case was cut off, and where it is. */
function hiddenOf({ hidden: n, message }: Shown, { http }: Config, locale: Locale): string {
  if (n === 0) return ''
  return http.public_url === undefined
    ? texts(locale, 'text.hidden', { n })
    : texts(locale, 'text.hiddenLink', { n, url: `${http.public_url.replace(/\/$/, '')}/v1/messages/${message.id}` })
}

/** The author's own HTML where it can be shown, else his words. Images that came along are shown, others never. */
function wordsHtml({ message, carried }: Shown, words: string, safeHtml: Tx['safeHtml']): string {
  if (message.html === null || message.degraded || message.html.length > maxHtmlLength || message.text.length > maxTextLength)
    return paragraphs(words)
  const safe = safeHtml(message.html, {
    longest: maxOldHtmlLength,
    images: new Set(carried.flatMap((a) => (a.inline && a.contentId ? [a.contentId] : []))),
  })
  return safe === null || safe.html.trim() === '' || safe.limit !== null ? paragraphs(words) : htmlForMail(safe.html)
}

function filesOf({ carried, listed }: Files, locale: Locale): readonly string[] {
  const file = (f: { readonly filename: string; readonly contentType: string; readonly sizeBytes: number }): string =>
    `${oneLine(f.filename) || f.contentType} (${formatSize(f.sizeBytes, locale)})`
  const files = carried.filter((f) => f.inline !== true)
  return [
    ...(files.length > 0 ? [texts(locale, 'files.carried', { list: files.map(file).join(', ') })] : []),
    ...(listed.length > 0 ? [texts(locale, 'files.listed', { list: listed.map(file).join(', ') })] : []),
  ]
}

/** Who wrote a message: an agent by his own name, not by that of the mailbox it left from. */
const writerOf = (m: Message, config: Config): string => (m.agent === null ? nameOf(m) : (config.agents.get(m.agent)?.name ?? m.agent))
const nameOf = (m: Message): string => oneLine(m.from.name || m.from.address)
const shownAddress = (a: Address): string => (a.name ? `${oneLine(a.name)} <${a.address}>` : a.address)
const oneLine = (text: string): string => text.replace(/[\s\u2028\u2029]+/g, ' ').trim()

function cut(text: string, most: number, locale: Locale): string {
  return text.length <= most ? text.trimEnd() : `${text.slice(0, most).toWellFormed()}\n${texts(locale, 'text.cut')}`
}
