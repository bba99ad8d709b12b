// Compares what happened in a step with what was expected, in sentences.
import { readFilter } from '../engine/case-filter.ts'
import { listCases } from '../store/case-list.ts'
import type { MemoryGateway, Sent } from './gateway-in-memory.ts'
import type { Expectation, SentSpec, ToldSpec } from './format.ts'
import { asList } from './mails.ts'
import { followerIds } from '../contract/followers.ts'
import type { Case, Message, Note, Notice } from '../contract/model.ts'
import { casesByStatus } from '../store/status.ts'
import { countJobs } from '../store/jobs.ts'

/** What a step left behind. */
export interface After {
  readonly gateway: MemoryGateway
  readonly sent: readonly Sent[]
  readonly events: readonly { readonly type: string; readonly data: string }[]
  readonly outcome: string | null
  readonly refused: string | null
  /** Zone of who looks at lists. */
  readonly timezone: string
  /** The case that the step was about. */
  readonly caseId: string | null
}

const statusWords: Readonly<Record<string, string>> = {
  открытое: 'open',
  'в ожидании': 'waiting',
  закрытое: 'closed',
  спам: 'spam',
  корзина: 'trash',
}

/** Everything that differs; empty where all is as expected. */
export async function differences(expected: Expectation, after: After, ignore: ReadonlySet<string>): Promise<readonly string[]> {
  const found: string[] = []
  const { gateway } = after
  if (expected.outcome !== undefined && after.outcome !== expected.outcome)
    found.push(`outcome: expected ${expected.outcome}, was ${after.outcome ?? 'nothing'}`)
  if (expected.refused !== undefined && !fits(expected.refused, after.refused ?? ''))
    found.push(
      `refused: expected ${JSON.stringify(expected.refused)}, was ${after.refused === null ? 'not refused' : JSON.stringify(after.refused)}`,
    )
  if (expected.refused === undefined && after.refused !== null) found.push(`the action was refused: ${after.refused}`)
  const sent = after.sent.filter((s) => !ignore.has(s.kind))
  for (const one of sentDifferences(expected.sent ?? [], sent)) found.push(one)
  const told = after.events.filter((e) => e.type === 'chat.message.outbound').map((e) => JSON.parse(e.data) as Told) // written by the chat plugin
  for (const one of toldDifferences(expected.told ?? [], told)) found.push(one)
  if (expected.fired !== undefined) {
    const fired = after.events.filter((e) => e.type === 'rule.fired').map((e) => String((JSON.parse(e.data) as { rule?: unknown }).rule)) // written by the rules plugin
    differ(found, 'fired', list(expected.fired), fired)
  }
  for (const type of expected.events ?? [])
    if (!after.events.some((e) => e.type === type))
      found.push(`events: ${type} did not happen; there were ${[...new Set(after.events.map((e) => e.type))].join(', ') || 'none'}`)
  if (expected.cases !== undefined) {
    const n = (await casesByStatus(gateway.database.write)).reduce((sum, row) => sum + row.n, 0)
    if (n !== expected.cases) found.push(`cases: expected ${expected.cases}, there are ${n}`)
  }
  for (const [kind, n] of Object.entries(expected.jobs ?? {})) {
    const there = await countJobs(gateway.database.write, kind)
    if (there !== n) found.push(`jobs: expected ${n} of ${kind}, there are ${there}`)
  }
  for (const [filter, numbers] of Object.entries(expected.lists ?? {}))
    differ(found, `list ${filter}`, numbers.map(String), await listed(gateway, filter, after.timezone))
  if (expected.case) {
    const ref = expected.case.number === undefined ? after.caseId : String(expected.case.number)
    for (const one of await caseDifferences(expected.case, ref, gateway)) found.push(one)
  }
  for (const other of expected.others ?? []) for (const one of await caseDifferences(other, String(other.number), gateway)) found.push(one)
  return found
}

/** Numbers of the cases that a plugin's filter, `name=value`, finds now. */
async function listed({ engine, database, clock, config }: MemoryGateway, text: string, timezone: string): Promise<readonly string[]> {
  const query = await readFilter(engine.registry, database.write, text, { now: clock.now(), timezone, locale: config.locale, agent: null })
  if (typeof query === 'string') throw new Error(query)
  return (await listCases(database.write, { limit: 1000, matching: [query] }))
    .map((c) => c.number)
    .sort((a, b) => a - b)
    .map(String)
}

type CaseSpec = NonNullable<Expectation['case']>

interface Whole {
  readonly c: Case
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly tags: readonly string[]
  readonly followers: readonly string[]
  readonly messages: readonly Message[]
  readonly notes: readonly Note[]
  readonly notices: readonly Notice[]
}

async function caseDifferences(spec: CaseSpec, ref: string | null, gateway: MemoryGateway): Promise<readonly string[]> {
  const whole = ref === null ? null : await wholeCase(gateway, ref)
  if (!whole) return [`case ${ref ?? ''}: there is none`.replace('  ', ' ')]
  const { c } = whole
  const found: string[] = []
  const about = `case #${c.number}`
  const value = (name: string, wanted: unknown, is: unknown): void => {
    if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(is))
      found.push(`${about}, ${name}: expected ${show(wanted)}, is ${show(is)}`)
  }
  value('subject', spec.subject, c.subject)
  value('status', spec.status === undefined ? undefined : (statusWords[spec.status.toLowerCase()] ?? spec.status), c.status)
  value('assignee', spec.assignee, c.assignee)
  value('group', spec.group, c.group)
  value('mailbox', spec.mailbox, c.mailbox)
  value('requester', spec.requester, c.requester.address)
  for (const [key, wanted] of Object.entries(spec.custom ?? {})) value(`custom.${key}`, wanted, c.custom[key] ?? null)
  if (spec.cc !== undefined) differ(found, `${about}, cc`, sorted(asList(spec.cc)), sorted(whole.cc))
  if (spec.bcc !== undefined) differ(found, `${about}, bcc`, sorted(asList(spec.bcc)), sorted(whole.bcc))
  if (spec.tags !== undefined) differ(found, `${about}, tags`, sorted(asList(spec.tags)), sorted(whole.tags))
  if (spec.followers !== undefined) differ(found, `${about}, followers`, sorted(asList(spec.followers)), sorted(whole.followers))
  if (spec.notices !== undefined) differ(found, `${about}, notices`, sorted(asList(spec.notices)), sorted(whole.notices.map((n) => n.kind)))
  if (spec.offers !== undefined)
    differ(found, `${about}, offers`, sorted(asList(spec.offers)), sorted(whole.notices.flatMap((n) => n.actions.map((a) => a.name))))
  const shown = whole.messages.filter((m) => m.state !== 'deferred' && m.state !== 'cancelled' && m.state !== 'held')
  value('messages', spec.messages, shown.length)
  value('deferred', spec.deferred, whole.messages.filter((m) => m.state === 'deferred').length)
  value('held', spec.held, whole.messages.filter((m) => m.state === 'held').length)
  if (spec.last !== undefined && !fits(spec.last, shown.at(-1)?.text ?? ''))
    found.push(`${about}, last message: expected ${show(spec.last)}, is ${show(shown.at(-1)?.text ?? null)}`)
  if (typeof spec.notes === 'number') value('notes', spec.notes, whole.notes.length)
  else if (spec.notes) {
    const { notes } = spec
    if (notes.length !== whole.notes.length)
      found.push(
        `${about}, notes: expected ${notes.length}, there are ${whole.notes.length}: ${whole.notes.map((n) => show(n.text)).join(', ')}`,
      )
    else
      notes.forEach(
        (wanted, i) =>
          !fits(wanted, whole.notes[i]?.text ?? '') &&
          found.push(`${about}, note ${i + 1}: expected ${show(wanted)}, is ${show(whole.notes[i]?.text)}`),
      )
  }
  return found
}

function wholeCase(gateway: MemoryGateway, ref: string): Promise<Whole | null> {
  return gateway.look(async (tx) => {
    const c = await tx.cases.byRef(ref)
    if (!c) return null
    const addresses = async (role: 'cc' | 'bcc'): Promise<readonly string[]> => (await tx.cases[role](c.id)).map((p) => p.address)
    return {
      c,
      cc: await addresses('cc'),
      bcc: await addresses('bcc'),
      tags: await tx.cases.tags(c.id),
      followers: await followerIds(tx, c.id),
      messages: await tx.messages.list(c.id),
      notes: await tx.notes.list(c.id),
      notices: await tx.notices.open(c.id),
    }
  })
}

/** Pairs what was expected with what was sent; each mail fits one expectation. */
function sentDifferences(expected: readonly SentSpec[], sent: readonly Sent[]): readonly string[] {
  const left = [...sent]
  const unmet: SentSpec[] = []
  for (const spec of expected) {
    const at = left.findIndex((s) => faultsOf(spec, s).length === 0)
    if (at < 0) unmet.push(spec)
    else left.splice(at, 1)
  }
  return [
    ...unmet.map((spec) => {
      const [near] = left.map((s) => ({ s, faults: faultsOf(spec, s) })).sort((a, b) => a.faults.length - b.faults.length)
      return near
        ? `sent: no mail is ${JSON.stringify(spec)}; the nearest, ${describe(near.s)}, differs: ${near.faults.join('; ')}`
        : `sent: no mail is ${JSON.stringify(spec)}; ${sent.length === 0 ? 'nothing was sent' : 'all that were sent fit something else'}`
    }),
    ...left.slice(unmet.length > 0 ? unmet.length : 0).map((s) => `sent: nobody expected ${describe(s)}`),
  ]
}

/** An answer as a bridge hears it: the event `chat.message.outbound`. */
interface Told {
  readonly chat: string
  readonly text: string
  readonly kind: string
  readonly name: string
  readonly attachments: readonly { readonly filename: string }[]
}

/** Pairs them in order: a chat is read from the top. */
function toldDifferences(expected: readonly (string | ToldSpec)[], told: readonly Told[]): readonly string[] {
  const found: string[] = []
  for (let i = 0; i < Math.max(expected.length, told.length); i++) {
    const [wanted, is] = [expected[i], told[i]]
    if (wanted === undefined) found.push(`told: nobody expected ${show(is?.text)} in the chat ${is?.chat ?? ''}`)
    else if (is === undefined) found.push(`told: ${show(wanted)} was not said in any chat`)
    else
      for (const fault of chatFaults(typeof wanted === 'string' ? { text: wanted } : wanted, is))
        found.push(`told, message ${i + 1}: ${fault}`)
  }
  return found
}

function chatFaults(spec: ToldSpec, is: Told): readonly string[] {
  const found: string[] = []
  if (spec.chat !== undefined && spec.chat !== is.chat) found.push(`chat: expected ${spec.chat}, is ${is.chat}`)
  if (spec.kind !== undefined && spec.kind !== is.kind) found.push(`kind: expected ${spec.kind}, is ${is.kind}`)
  if (spec.name !== undefined && spec.name !== is.name) found.push(`name: expected ${show(spec.name)}, is ${show(is.name)}`)
  if (spec.text !== undefined && !fits(spec.text, is.text)) found.push(`text: expected ${show(spec.text)}, is ${show(is.text)}`)
  for (const word of list(spec.not_text ?? [])) if (fits(word, is.text)) found.push(`not_text: ${show(word)} is in it`)
  if (spec.files !== undefined) differ(found, 'files', sorted(spec.files), sorted(is.attachments.map((a) => a.filename)))
  return found
}

const describe = (s: Sent): string => `the ${s.kind} to ${s.rcpts.join(', ')}, ${JSON.stringify(s.mail.subject)}`

function faultsOf(spec: SentSpec, { mail, rcpts, kind, returnPath }: Sent): readonly string[] {
  const found: string[] = []
  if (spec.to !== undefined) differ(found, 'to', sorted(asList(spec.to)), sorted(mail.to.map((p) => p.address)))
  if (spec.cc !== undefined) differ(found, 'cc', sorted(asList(spec.cc)), sorted(mail.cc.map((p) => p.address)))
  if (spec.rcpt !== undefined) differ(found, 'rcpt', sorted(asList(spec.rcpt)), sorted(rcpts))
  if (spec.kind !== undefined && spec.kind !== kind) found.push(`kind: expected ${spec.kind}, is ${kind}`)
  if (spec.from !== undefined && spec.from !== mail.from?.address) found.push(`from: expected ${spec.from}, is ${mail.from?.address ?? ''}`)
  if (spec.return_path !== undefined && spec.return_path !== returnPath)
    found.push(`return_path: expected ${show(spec.return_path)}, is ${show(returnPath)}`)
  if (spec.subject !== undefined && !(isPattern(spec.subject) ? fits(spec.subject, mail.subject) : spec.subject === mail.subject))
    found.push(`subject: expected ${show(spec.subject)}, is ${show(mail.subject)}`)
  if (spec.text !== undefined && !fits(spec.text, mail.text)) found.push(`text: expected ${show(spec.text)}, is ${show(mail.text)}`)
  for (const word of list(spec.not_text ?? [])) if (fits(word, mail.text)) found.push(`not_text: ${show(word)} is in it`)
  if (spec.html !== undefined && !fits(spec.html, mail.html ?? '')) found.push(`html: expected ${show(spec.html)}, is ${show(mail.html)}`)
  if (spec.files !== undefined) differ(found, 'files', sorted(spec.files), sorted(mail.attachments.map((a) => a.filename)))
  for (const [name, wanted] of Object.entries(spec.headers ?? {})) {
    const values = mail.headers.filter((h) => h.name === name.toLowerCase()).map((h) => h.value)
    if (wanted === null ? values.length > 0 : !values.some((v) => fits(wanted, v)))
      found.push(`header ${name}: expected ${show(wanted)}, is ${values.length > 0 ? show(values.join(', ')) : 'not there'}`)
  }
  return found
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)
const sorted = (value: readonly string[]): readonly string[] => [...value].map((v) => v.toLowerCase()).sort()
const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 298)}...` : text
}
const isPattern = (text: string): boolean => text.length > 2 && text.startsWith('/') && text.endsWith('/')

/** Whether a text has all that is wanted of it, as the format says. Patterns are the admin's own, in a test: JavaScript's engine does. */
export function fits(wanted: string | readonly string[], text: string): boolean {
  return list(wanted).every((w) =>
    isPattern(w) ? new RegExp(w.slice(1, -1), 'su').test(text) : text.replace(/\s+/g, ' ').includes(w.replace(/\s+/g, ' ').trim()),
  )
}

function differ(found: string[], what: string, wanted: readonly string[], is: readonly string[]): void {
  if (JSON.stringify(wanted) !== JSON.stringify(is)) found.push(`${what}: expected [${wanted.join(', ')}], is [${is.join(', ')}]`)
}
