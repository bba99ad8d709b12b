// What templates may name: the variables, their values for one case, and what is held back from senders who are not authenticated.
import { formatDateTime } from '../../../core/plugin.ts'
import type { AgentConfig, Locale } from '../../../core/plugin.ts'
import type { Facts } from './facts.ts'

/** true: a value. `any`: whatever stands below it. `list`: values one after another. */
export type Shape = true | 'any' | 'list' | { readonly [name: string]: Shape }

/** Every variable, and what it is. */
export const variables = {
  case: { number: true, subject: true, status: true, mailbox: true, created: true, tags: 'list', custom: 'any' },
  customer: { name: true, first_name: true, address: true },
  message: { id: true, subject: true, text: true, date: true },
  agent: { id: true, name: true, first_name: true, email: true },
  mailbox: { id: true, name: true, address: true },
  hours: { open: true, next_open: true },
  duplicate: { number: true, subject: true },
  date: true,
  time: true,
  rule: true,
  /** Of a rule alone: what the regular expression of its conditions has matched, its first group where it has one. */
  match: true,
} as const satisfies Readonly<Record<string, Shape>>

/** For whom the variables are filled in; `agent` and `rule` are those who use the template, where there is one. */
export interface ValuesOptions {
  readonly locale: Locale
  /** Whether what the customer wrote (name, subject, text) may be repeated to him; see `mayEcho`. */
  readonly echo: boolean
  readonly agent: AgentConfig | undefined
  readonly rule: string | null
}

/** Values for one case; what is not there is null, so that a `default` of the template stands in. */
export async function valuesOf(facts: Facts, options: ValuesOptions): Promise<Readonly<Record<string, unknown>>> {
  const { tx, case: c, message, context } = facts
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  const zone = mailbox?.timezone ?? tx.config.timezone
  const own = <T>(value: T): T | null => (options.echo ? value : null)
  const name = own(oneLine(c.requester.name)) || null
  const hours = context.hours.get('default')
  const date = (at: number): string => formatDateTime(at, zone, options.locale)
  return {
    case: {
      number: c.number,
      subject: own(c.subject),
      status: c.status,
      mailbox: c.mailbox,
      created: date(c.createdAt),
      tags: await facts.tags(),
      custom: c.custom,
    },
    customer: { name, first_name: name?.split(/\s+/)[0] ?? null, address: c.requester.address },
    message: {
      id: message?.id ?? null,
      subject: own(message?.subject ?? null),
      text: own(message?.text ?? null),
      date: message ? date(message.createdAt) : null,
    },
    agent: options.agent
      ? { id: options.agent.id, name: options.agent.name, first_name: options.agent.name.split(/\s+/)[0] ?? '', email: options.agent.email }
      : { id: null, name: null, first_name: null, email: null },
    mailbox: { id: c.mailbox, name: mailbox?.name ?? null, address: mailbox?.address ?? null },
    // Times are told when a template asks for them: working them out takes longer than everything else here.
    hours: {
      get open() {
        return hours ? hours.isOpen(tx.now) : null
      },
      get next_open() {
        const next = hours?.nextOpen(tx.now) ?? null
        return next === null ? null : date(next)
      },
    },
    get date() {
      return new Intl.DateTimeFormat(options.locale, { timeZone: zone, dateStyle: 'long' }).format(tx.now)
    },
    get time() {
      return new Intl.DateTimeFormat(options.locale, { timeZone: zone, timeStyle: 'short' }).format(tx.now)
    },
    duplicate: { number: null, subject: null },
    rule: options.rule,
    match: null,
    ...facts.bound,
  }
}

/**
 * Whether an automatic mail may repeat what the customer wrote: only to somebody who was authenticated, or with whom agents speak
 * already: else anybody could make us send his words to anybody.
 */
export function mayEcho(facts: Facts): boolean {
  if (facts.intake.auth === 'pass' || facts.case.channel !== 'mail') return true
  if (facts.case.lastAgentAt !== null || facts.case.origin === 'agent' || facts.case.origin === 'api') return true
  const route = facts.message?.data.route
  return typeof route === 'object' && route !== null && 'by' in route && route.by === 'token'
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
