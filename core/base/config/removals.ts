// What one configuration would take away from another. They are compared by names alone, so that the last one in force can be kept in the
// database without secrets and settings.
import { PosternError } from '../errors.ts'
import type { Config } from './types.ts'

/** The names of a configuration that must not go by mistake; addresses in their one form (see `Config`). */
export interface ConfigNames {
  /** Addresses of each mailbox by its id. */
  readonly mailboxes: Readonly<Record<string, readonly string[]>>
  /** `outgoing.bounce_address`; empty: none. */
  readonly bounce: string
  readonly agents: readonly string[]
  /** By the names that the plugins give themselves. */
  readonly plugins: readonly string[]
}

/** Something that was in force and is no longer named. */
export interface Removal {
  readonly kind: 'mailbox' | 'address' | 'agent' | 'plugin'
  /** Id, address or name. */
  readonly name: string
  /** The mailbox that it belonged to, for a mailbox itself and its addresses; else empty. */
  readonly mailbox: string
  /** Addresses that are ours no longer with it. */
  readonly addresses: readonly string[]
}

/** The names of a config; `plugins`: what they call themselves. */
export function namesOf(config: Config, plugins: readonly string[]): ConfigNames {
  return {
    mailboxes: Object.fromEntries([...config.mailboxes.values()].map((m) => [m.id, [m.address, ...m.aliases]])),
    bounce: config.outgoing.bounce_address ?? '',
    agents: [...config.agents.keys()],
    plugins,
  }
}

/** Every address of ours with the id of its mailbox; that of the bounce address is empty. */
export function addressesOf(names: ConfigNames): ReadonlyMap<string, string> {
  const bounce: readonly (readonly [string, string])[] = names.bounce === '' ? [] : [[names.bounce, '']]
  return new Map([...bounce, ...Object.entries(names.mailboxes).flatMap(([id, all]) => all.map((one) => [one, id] as const))])
}

/** What `after` lacks. An address that only changed its mailbox is still ours; with a mailbox its addresses go and are not named again. */
export function removalsBetween(before: ConfigNames, after: ConfigNames): readonly Removal[] {
  const ours = addressesOf(after)
  const gone = [...addressesOf(before)].filter(([address]) => !ours.has(address))
  const mailboxes = Object.keys(before.mailboxes).filter((id) => !Object.hasOwn(after.mailboxes, id))
  const named = (kind: 'agent' | 'plugin', name: string): Removal => ({ kind, name, mailbox: '', addresses: [] })
  return [
    ...mailboxes.map((id): Removal => ({
      kind: 'mailbox',
      name: id,
      mailbox: id,
      addresses: gone.filter(([, owner]) => owner === id).map(([address]) => address),
    })),
    ...gone
      .filter(([, owner]) => !mailboxes.includes(owner))
      .map(([address, owner]): Removal => ({ kind: 'address', name: address, mailbox: owner, addresses: [address] })),
    ...before.agents.filter((id) => !after.agents.includes(id)).map((id) => named('agent', id)),
    ...before.plugins.filter((name) => !after.plugins.includes(name)).map((name) => named('plugin', name)),
  ]
}

const tables = { mailbox: 'mailboxes', address: 'addresses', agent: 'agents', plugin: 'plugins' } as const

const longName = (removal: Pick<Removal, 'kind' | 'name'>): string => `${tables[removal.kind]}.${removal.name}`

/** Whether an admin who says `name` means this one: `support`, or `mailboxes.support` where several have one name. */
export function isNamed(removal: Pick<Removal, 'kind' | 'name'>, name: string): boolean {
  return name === removal.name || name === longName(removal)
}

/** Those that no name stands for. Throws `invalid` where one name stands for several: they have to be told apart. */
export function unconfirmed(removals: readonly Removal[], names: readonly string[]): readonly Removal[] {
  for (const name of names) {
    const meant = removals.filter((r) => isNamed(r, name))
    if (meant.length > 1) throw new PosternError('invalid', `"${name}" names several things; say ${meant.map(longName).join(' or ')}`)
  }
  return removals.filter((r) => !names.some((name) => isNamed(r, name)))
}

/** The names by which each of them can be confirmed beside the others. */
export function namesFor(removals: readonly Removal[]): readonly string[] {
  return removals.map((r) => (removals.some((other) => other !== r && isNamed(other, r.name)) ? longName(r) : r.name))
}

/** In words, for an admin: `the mailbox support (support@example.com, help@example.com)`. */
export function wordsOf({ kind, name, addresses }: Removal): string {
  if (kind === 'mailbox') return `the mailbox ${name}${addresses.length > 0 ? ` (${addresses.join(', ')})` : ''}`
  return kind === 'agent' ? `the agent ${name}, who has open cases` : `the ${kind} ${name}`
}
