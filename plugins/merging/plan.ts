// What a merge would do, worked out before anything of it is done: for the merge itself, for its preview, and for who presses its button.
import { PosternError, languageOf, mayAct, followerIds } from '../../core/plugin.ts'
import type { Case, CaseStatus, RegistryView, Tx } from '../../core/plugin.ts'
import { say } from './texts.ts'
import { strangersOf } from './people.ts'
import type { Strangers } from './people.ts'

/** More messages than this in one of the two, and the transaction would take too long. */
const mostMessages = 2000

/** How two cases are to become one. */
export interface MergeArgs {
  readonly people?: 'join' | 'keep'
  readonly status?: 'newest' | 'target'
  readonly subject?: 'target' | 'source'
  readonly note?: string
}

/** What would change of the target. */
export interface Plan {
  readonly source: Case
  readonly target: Case
  readonly strangers: Strangers
  /** Tags that the target gets. */
  readonly tags: readonly string[]
  /** Agents who follow the source and may act in the target's mailbox, as far as they do not follow it yet. */
  readonly followers: readonly string[]
  /** Fields that it gets, and those that both have with other values: the target's stay. */
  readonly custom: Readonly<Record<string, unknown>>
  readonly conflicts: readonly { readonly field: string; readonly target: unknown; readonly source: unknown }[]
  /** Its status afterwards, where that is another one. */
  readonly status: CaseStatus | null
  readonly subject: string | null
}

/** The case that is meant, or the one that it was merged into. Throws `not_found`. */
export async function namedCase(tx: Tx, c: Case, ref: string): Promise<Case> {
  const named = ref.length > 64 ? undefined : await tx.cases.byRef(ref.trim())
  if (!named) throw new PosternError('not_found', say(languageOf(tx, c), 'refused.none', { ref: ref.trim().slice(0, 64) }))
  return (await tx.cases.current(named.id)) ?? named
}

/** Works it out. Throws what keeps the two from becoming one. */
export async function planOf(tx: Tx, registry: RegistryView, source: Case, target: Case, args: MergeArgs): Promise<Plan> {
  refuse(tx, source, target)
  const [have, get] = [await tx.cases.tags(target.id), await tx.cases.tags(source.id)]
  const custom = Object.entries(source.custom)
  const opens = args.status !== 'target' && source.status === 'open' && (target.status === 'waiting' || target.status === 'closed')
  return {
    source,
    target,
    strangers: await strangersOf(tx, registry, source, target),
    tags: get.filter((tag) => !have.includes(tag)),
    followers: await newFollowers(tx, source, target),
    custom: Object.fromEntries(custom.filter(([field]) => !Object.hasOwn(target.custom, field))),
    conflicts: custom
      .filter(([field, value]) => Object.hasOwn(target.custom, field) && JSON.stringify(target.custom[field]) !== JSON.stringify(value))
      .map(([field, value]) => ({ field, target: target.custom[field], source: value })),
    status: opens ? 'open' : null,
    subject: args.subject === 'source' && source.subject !== target.subject ? source.subject : null,
  }
}

async function newFollowers(tx: Tx, source: Case, target: Case): Promise<readonly string[]> {
  const there = await followerIds(tx, target.id)
  return (await followerIds(tx, source.id)).filter((agent) => !there.includes(agent) && mayAct(tx.config, agent, target.mailbox))
}

function refuse(tx: Tx, source: Case, target: Case): void {
  const locale = languageOf(tx, source)
  const numbers = { source: source.number, target: target.number }
  if (source.id === target.id || source.mergedInto !== null) throw new PosternError('conflict', say(locale, 'refused.same', numbers))
  if (source.channel !== target.channel) throw new PosternError('invalid', say(locale, 'refused.channel', numbers))
  if (target.status === 'spam' || target.status === 'trash')
    throw new PosternError('invalid', say(locale, `refused.${target.status}`, numbers))
  const { kind, id } = tx.origin
  for (const c of [source, target])
    if (kind === 'agent' && id !== null && !mayAct(tx.config, id, c.mailbox))
      throw new PosternError('forbidden', say(locale, 'refused.access', { number: c.number }))
  const big = [source, target].find((c) => c.messageCount > mostMessages)
  if (big) throw new PosternError('invalid', say(locale, 'refused.big', { number: big.number, most: mostMessages }))
}
