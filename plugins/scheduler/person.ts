// Who speaks: his language, his zone, what he means by a time, and how a time is said back to him.
import { PosternError, formatDateTime, formatDuration } from '../../core/plugin.ts'
import type { Host, Locale, Tx } from '../../core/plugin.ts'
import { firstDay } from './week.ts'
import { minutesOf } from './settings.ts'
import type { SchedulerSettings } from './settings.ts'
import { say } from './texts.ts'
import { addSpan, isForward } from './when/span.ts'
import type { Span } from './when/span.ts'
import { parseWhen, splitWhen } from './when/when.ts'
import type { When, WhenContext } from './when/when.ts'

/** The host of this plugin, with its settings. */
export type SchedulerHost = Host<SchedulerSettings>

/** Who speaks, with the language and the IANA zone in which he is understood and answered. */
export interface Person {
  /** Agent id; null: a rule, a program, Postern itself. */
  readonly agent: string | null
  readonly locale: Locale
  readonly zone: string
  /** With a region where one is set: his week begins as it does there. */
  readonly language?: string
}

/** The agent of the origin in his own zone; everybody else in that of the mailbox. */
export function personOf(
  tx: Pick<Tx, 'config' | 'origin'>,
  mailbox: string,
  agentId = tx.origin.kind === 'agent' ? tx.origin.id : null,
): Person {
  const agent = agentId === null ? undefined : tx.config.agents.get(agentId)
  if (agent) return { agent: agent.id, locale: agent.locale, zone: agent.timezone, language: agent.language ?? agent.locale }
  const box = tx.config.mailboxes.get(mailbox)
  const { locale, timezone, language } = box ?? tx.config
  return { agent: null, locale, zone: timezone, language: language ?? locale }
}

/** `Friday ... at 14:00 MSK`. */
export const timeFor = (person: Pick<Person, 'locale' | 'zone'>, at: number): string =>
  formatDateTime(at, person.zone, person.locale, { zoneName: true })

/** A time to come that was understood. */
export interface Understood {
  /** ms UTC. */
  readonly at: number
  /** What the person had better know about it, or ''. */
  readonly remark: string
}

/** What `when.ts` needs to read a time; `now` is ms UTC, `zone` an IANA zone, `language` says where the week begins. */
export function contextOf(settings: SchedulerSettings, now: number, zone: string, language = 'en'): WhenContext {
  const { morning, noon, afternoon, evening } = settings.hours
  return {
    now,
    zone,
    firstDay: firstDay(language),
    hours: { morning: minutesOf(morning), noon: minutesOf(noon), afternoon: minutesOf(afternoon), evening: minutesOf(evening) },
  }
}

/** A time to come. Throws `invalid` with a sentence in the person's language. */
export function understand(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, text: string): Understood {
  return checked(settings, tx, person, parseWhen(text, contextOf(settings, tx.now, person.zone, person.language)), text)
}

/** A time and what is written behind it. */
export function understandHead(
  settings: SchedulerSettings,
  tx: Pick<Tx, 'now'>,
  person: Person,
  text: string,
): Understood & { readonly rest: string } {
  const { when, rest } = splitWhen(text, contextOf(settings, tx.now, person.zone, person.language))
  return { ...checked(settings, tx, person, when, text), rest }
}

/** `from` moved by a length that may be negative; a time of its own is taken as it is. */
export function understandChange(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, from: number, text: string): Understood {
  return movedBy(settings, tx, person, from, lengthIn(settings, tx, person, text))
}

/** `from` so much later or earlier. Throws `invalid` where nothing can be planned then. */
export function movedBy(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, from: number, span: Span): Understood {
  const at = addSpan(from, span, person.zone)
  if (at === null) throw new PosternError('invalid', say(person.locale, 'time.forms'))
  return { at: within(settings, tx, person, at), remark: '' }
}

/** A length back at the beginning of a text ("-1 day: sooner"), by which something planned is moved, and what stands behind it; null for any other text. */
export function lengthBack(
  settings: SchedulerSettings,
  tx: Pick<Tx, 'now'>,
  person: Person,
  text: string,
): { readonly span: Span; readonly rest: string } | null {
  const { when, rest } = splitWhen(text, contextOf(settings, tx.now, person.zone, person.language))
  if (!when.ok || when.span === null) return null
  const { months, days, ms } = when.span
  return months <= 0 && days <= 0 && ms <= 0 && months + days + ms < 0 ? { span: when.span, rest } : null
}

/** A length that may be negative. Throws `invalid` with a sentence in the person's language. */
export function lengthIn(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, text: string): Span {
  const when = parseWhen(text, contextOf(settings, tx.now, person.zone, person.language))
  if (when.ok && when.span !== null) return when.span
  throw refused(person, when.ok ? 'unparsable' : when.reason, text)
}

function checked(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, when: When, text: string): Understood {
  if (!when.ok) throw refused(person, when.reason, text)
  if (when.span && !isForward(when.span) && when.at > tx.now) throw refused(person, 'ambiguous', text)
  const at = within(settings, tx, person, when.at)
  return { at, remark: when.shifted === null ? '' : say(person.locale, `time.${when.shifted}`, { time: timeFor(person, at) }) }
}

function within(settings: SchedulerSettings, tx: Pick<Tx, 'now'>, person: Person, at: number): number {
  if (at <= tx.now) throw new PosternError('invalid', say(person.locale, 'time.past', { time: timeFor(person, at) }))
  if (at > tx.now + settings.furthest)
    throw new PosternError(
      'invalid',
      say(person.locale, 'time.far', { time: timeFor(person, at), limit: formatDuration(settings.furthest, person.locale) }),
    )
  return at
}

function refused(person: Person, reason: 'unparsable' | 'ambiguous', text: string): PosternError {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  const forms = /[-−–]\s?\d/.test(text) && reason === 'ambiguous' ? say(person.locale, 'time.signs') : say(person.locale, 'time.forms')
  return new PosternError('invalid', say(person.locale, reason === 'ambiguous' ? 'time.ambiguous' : 'time.refused', { text: short, forms }))
}
