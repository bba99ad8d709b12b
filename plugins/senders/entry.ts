// Putting a sender on the list and taking him off: what may be named, and what is written.
import Type from 'typebox'
import type { Static } from 'typebox'
import { formatDateTime, parseSpan } from '../../core/plugin.ts'
import type { ArgumentProblem, ArgumentsAsked, Case, Locale, Origin, RegistryView, Tx } from '../../core/plugin.ts'
import { addressPattern, domainPattern, isEverybodys } from './pattern.ts'
import { putEntry } from './store.ts'
import type { SenderRow, Verdict } from './tables.ts'
import { say } from './texts.ts'

/** Who is meant: nobody named is the requester of the case. */
export const whoArgs = {
  address: Type.Optional(Type.String({ minLength: 3, maxLength: 320, description: 'Address; default: that of the requester' })),
  domain: Type.Optional(
    Type.Union([Type.Boolean(), Type.String({ minLength: 3, maxLength: 255 })], {
      description: 'Domain with everything below it; true: that of the requester',
    }),
  ),
  everywhere: Type.Optional(Type.Boolean({ description: 'In every mailbox; default: in that of the case' })),
}

/** How an entry is made. */
export const entryArgs = Type.Object({
  ...whoArgs,
  for: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'How long: 30 days; default: for good' })),
  why: Type.Optional(Type.String({ maxLength: 500, description: 'For people' })),
  sure: Type.Optional(Type.Boolean({ description: 'Block a domain at which anybody can have an address' })),
})

/** Who is named in an order. */
export interface Named {
  readonly address?: string
  readonly domain?: boolean | string
}

/** The pattern that an order names; undefined where it names none that could be one. */
export function patternOf(args: Named, requester: string | undefined): string | undefined {
  const { address, domain } = args
  if (typeof domain === 'string') return domainPattern(domain) ?? undefined
  const own = addressPattern(address ?? requester ?? '') ?? undefined
  return domain === true && own !== undefined ? own.slice(own.lastIndexOf('@')) : own
}

/** What is wrong with such an order, as far as the list does not decide it. */
export function entryWrong(
  registry: RegistryView,
  verdict: Verdict,
  args: Static<typeof entryArgs> & { readonly refuse?: boolean },
  asked: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const { locale } = asked
  const problems = [...whoWrong(registry, verdict, args, asked)]
  if (args.for !== undefined && parseSpan(args.for) === undefined)
    problems.push({ path: ['for'], message: say(locale, 'refused.span', { about: args.for }) })
  if (args.refuse === true && asked.origin.kind !== 'rule' && asked.origin.kind !== 'system')
    problems.push({ path: ['refuse'], message: say(locale, 'refused.refuse') })
  return problems
}

/** What is wrong with who is named. */
export function whoWrong(
  registry: RegistryView,
  verdict: Verdict | null,
  args: Named & { readonly sure?: boolean },
  asked: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const { locale, case: c } = asked
  const { address, domain } = args
  const at = domain === undefined ? ['address'] : ['domain']
  type Key = 'refused.domain' | 'refused.address' | 'refused.agent' | 'refused.ours' | 'refused.everybodys'
  const wrong = (key: Key, values: Readonly<Record<string, string>>): readonly ArgumentProblem[] => [
    { path: at, message: say(locale, key, values) },
  ]
  if (address !== undefined && typeof domain === 'string') return [{ path: at, message: say(locale, 'refused.both') }]
  const pattern = patternOf(args, c?.requester.address)
  if (pattern === undefined) {
    if (address === undefined && typeof domain !== 'string' && !c) return []
    return typeof domain === 'string'
      ? wrong('refused.domain', { about: domain })
      : wrong('refused.address', { about: address ?? c?.requester.address ?? '' })
  }
  if (verdict !== 'block') return []
  if (!pattern.startsWith('@')) {
    const agent = registry.agentByAddress(pattern)
    if (agent) return wrong('refused.agent', { about: pattern, name: agent.name })
    return registry.isOurs(pattern) ? wrong('refused.ours', { about: pattern }) : []
  }
  const name = pattern.slice(1)
  const ours = [...asked.config.mailboxes.values()].flatMap((m) => [m.address, ...m.aliases])
  const agents = [...asked.config.agents.values()].flatMap((a) => [a.email, ...a.aliases])
  if ([...ours, ...agents].some((a) => `.${a.slice(a.lastIndexOf('@') + 1)}`.endsWith(`.${name}`)))
    return wrong('refused.ours', { about: name })
  return isEverybodys(name) && args.sure !== true ? wrong('refused.everybodys', { about: name }) : []
}

/** Puts an entry on the list and tells of it; `mailbox` '' is every mailbox. The sentence for who ordered it. */
export async function list(
  tx: Tx,
  c: Case | undefined,
  entry: { readonly pattern: string; readonly mailbox: string; readonly verdict: Verdict; readonly refuse: boolean },
  args: { readonly for?: string; readonly why?: string },
  origin: Origin,
): Promise<{ readonly row: SenderRow; readonly said: string }> {
  const span = args.for === undefined ? undefined : parseSpan(args.for)
  const row: SenderRow = {
    pattern: entry.pattern,
    mailbox: entry.mailbox,
    verdict: entry.verdict,
    refuse: entry.refuse ? 1 : 0,
    until: span === undefined ? null : tx.now + span,
    by: origin.id ?? '',
    why: args.why ?? '',
    created_at: tx.now,
  }
  await putEntry(tx, row)
  await tx.emit(row.verdict === 'block' ? 'sender.blocked' : 'sender.allowed', c?.id ?? null, factsOf(row))
  const { locale, timezone } = reader(tx, c, origin)
  const who = nameOf(row.pattern)
  const word = row.verdict === 'block' ? 'blocked' : 'allowed'
  const said =
    row.until === null
      ? say(locale, word, { who })
      : say(locale, row.verdict === 'block' ? 'blockedUntil' : 'allowedUntil', { who, when: formatDateTime(row.until, timezone, locale) })
  return { row, said }
}

/** What events and programs are told of an entry; `mailbox` null: every one, `until`: ISO time. */
export function factsOf(row: SenderRow) {
  return {
    pattern: row.pattern,
    mailbox: row.mailbox === '' ? null : row.mailbox,
    until: row.until === null ? null : new Date(row.until).toISOString(),
    refuse: row.refuse === 1,
  }
}

/** A pattern as people write it: a domain without its @. */
export const nameOf = (pattern: string): string => pattern.replace(/^@/, '')

/** In whose language and zone an answer is worded. */
export function reader(tx: Tx, c: Case | undefined, origin: Origin): { readonly locale: Locale; readonly timezone: string } {
  const agent = origin.kind === 'agent' && origin.id !== null ? tx.config.agents.get(origin.id) : undefined
  return agent ?? (c && tx.config.mailboxes.get(c.mailbox)) ?? tx.config
}
