// Whether an action takes its arguments: asked where they are written (rules, templates, commands) and before it runs, in the same words.
import type { Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { t } from '../base/locale.ts'
import type { Locale } from '../base/locale.ts'
import type { Path } from '../base/schema.ts'
import { compileSchema } from '../base/schema.ts'
import { nearest } from '../base/suggest.ts'
import { checkedAddress, domainOf } from '../mail/address.ts'
import { mayAct } from './access.ts'
import type { ActionDefinition, ArgumentProblem, ArgumentsAsked } from './actions.ts'
import type { Case } from './model.ts'
import type { Origin } from './origin.ts'

/** The arguments with defaults filled in, or everything that is wrong with them. */
export type CheckedArguments =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problems: readonly (ArgumentProblem & Place)[] }

interface Place {
  /** Whether it is the key at `path` that is wrong, not its value. */
  readonly atKey: boolean
}

/** Who asks, and of what. */
export function asking(
  registry: { readonly config: Config; isOurs(address: string): boolean },
  origin: Origin,
  c: Case | undefined,
  now: number,
): ArgumentsAsked {
  const { config } = registry
  return { case: c, origin, config, now, isOurs: (a) => registry.isOurs(a), locale: languageOf({ config, origin }, c) }
}

/** The language of whoever orders: the agent's, else that of the case's mailbox, else that of the config. */
export function languageOf(
  { config, origin }: { readonly config: Config; readonly origin: Origin },
  c: Pick<Case, 'mailbox'> | undefined,
): Locale {
  const agent = origin.kind === 'agent' && origin.id !== null ? config.agents.get(origin.id) : undefined
  return agent?.locale ?? (c && config.mailboxes.get(c.mailbox))?.locale ?? config.locale
}

/** Asks the schema, then the action itself. Sentences about the schema begin with the name of the action. */
export function checkArguments(name: string, action: ActionDefinition, args: unknown, asked: ArgumentsAsked): CheckedArguments {
  const { kind } = asked.origin
  if (action.admin && (kind === 'agent' || kind === 'rule' || kind === 'customer'))
    return { ok: false, problems: [{ path: [], atKey: false, message: t(asked.locale, 'refused.admin', { about: name }) }] }
  const checked = compileSchema(action.args).check(args ?? {})
  if (!checked.ok) {
    const problems = checked.issues.map(({ path, atKey, message, found }) => {
      const where = path.length > 0 ? `${path.join('.')}: ` : ''
      const value = found === undefined ? '' : `, found ${found.length > 62 ? `${found.slice(0, 60)}...` : found}`
      return { path, atKey, message: `${name}: ${where}${message}${value}` }
    })
    return { ok: false, problems }
  }
  // They fit the schema of the action, which is what its check is written for.
  const problems = action.check?.(checked.value as never, asked) ?? []
  return problems.length > 0 ? { ok: false, problems: problems.map((p) => ({ ...p, atKey: false })) } : { ok: true, value: checked.value }
}

/** The refusal that an order with these problems gets. */
export function refusalOf(problems: readonly ArgumentProblem[]): PosternError {
  return new PosternError(problems[0]?.code ?? 'invalid', [...new Set(problems.map((p) => p.message))].join('; '))
}

/** What is wrong with addresses that are to get mail of a case: they are none, or our own. `at`: path of the list, or of one address. */
export function addressProblems(
  at: Path,
  given: string | readonly string[] | undefined,
  asked: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const one = (text: string, path: Path): readonly ArgumentProblem[] => {
    const address = checkedAddress(text.trim())?.address
    if (address === undefined || !isFullDomain(domainOf(address)))
      return [{ path, message: t(asked.locale, 'refused.address', { about: short(text) }) }]
    return asked.isOurs(address) ? [{ path, message: t(asked.locale, 'refused.ours', { about: address.toLowerCase() }) }] : []
  }
  return typeof given === 'string' ? one(given, at) : (given ?? []).flatMap((text, i) => one(text, [...at, i]))
}

/** `user@localhost` is a slip of the pen more often than an address that a customer has. */
const isFullDomain = (domain: string): boolean => domain.startsWith('[') || /\.[^.]+$/.test(domain)

/** What is wrong with an agent who is named by his id: there is none, he is not active, or he may not act in the mailbox (that of the case). */
export function agentProblems(
  at: Path,
  id: string | null | undefined,
  { config, case: c, locale }: ArgumentsAsked,
  mailbox = c?.mailbox,
): readonly ArgumentProblem[] {
  if (id === undefined || id === null) return []
  const agent = config.agents.get(id)
  if (!agent)
    return [{ path: at, message: `${t(locale, 'refused.noAgent', { about: short(id) })}${meant(id, config.agents.keys(), locale)}` }]
  if (!agent.active) return [{ path: at, message: t(locale, 'refused.inactive', { about: agent.name }) }]
  return mailbox !== undefined && !mayAct(config, id, mailbox)
    ? [{ path: at, message: t(locale, 'refused.access', { about: agent.name }) }]
    : []
}

/** That there is no group of this id. */
export function groupProblems(at: Path, id: string | null | undefined, { config, locale }: ArgumentsAsked): readonly ArgumentProblem[] {
  if (id === undefined || id === null || config.groups.has(id)) return []
  return [{ path: at, message: `${t(locale, 'refused.noGroup', { about: short(id) })}${meant(id, config.groups.keys(), locale)}` }]
}

/** That nobody has one of these ids, neither an agent nor a group. */
export function peopleProblems(
  at: Path,
  given: string | readonly string[] | undefined,
  { config, locale }: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const one = (id: string, path: Path): readonly ArgumentProblem[] =>
    config.agents.has(id) || config.groups.has(id)
      ? []
      : [
          {
            path,
            message: `${t(locale, 'refused.nobody', { about: short(id) })}${meant(id, [...config.agents.keys(), ...config.groups.keys()], locale)}`,
          },
        ]
  return typeof given === 'string' ? one(given, at) : (given ?? []).flatMap((id, i) => one(id, [...at, i]))
}

function meant(id: string, known: Iterable<string>, locale: ArgumentsAsked['locale']): string {
  const near = nearest(id, known)
  return near === undefined ? '' : t(locale, 'refused.meant', { near })
}

const short = (text: string): string => (text.length > 62 ? `${text.slice(0, 60).toWellFormed()}…` : text)

/** Ids of the cases that an order on a case will lock, ascending: that case with those that its arguments name. Arguments that do not fit name none. */
export async function casesToLock(
  tx: { readonly cases: { byRef(ref: string): Promise<Case | undefined> } },
  action: ActionDefinition,
  caseId: string,
  args: unknown,
): Promise<readonly string[]> {
  if (!action.others) return [caseId]
  const checked = compileSchema(action.args).check(args ?? {})
  // Checked against the schema for which it is written.
  const refs = checked.ok ? action.others(checked.value as never) : []
  const ids = [caseId]
  for (const ref of refs) {
    const other = ref.length > 64 ? undefined : await tx.cases.byRef(ref)
    if (other) ids.push(other.id)
  }
  return [...new Set(ids)].sort()
}
