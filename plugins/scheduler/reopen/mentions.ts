// `@anna`, `@support`, `@Борис` in a note: who is to be told.
import { PosternError } from '../../../core/plugin.ts'
import type { Mention, Tx } from '../../../core/plugin.ts'
import type { Person } from '../person.ts'
import { say } from '../texts.ts'

const mentioned = /(?<![\p{L}\p{N}_.+-])@([\p{L}\p{N}_-]{1,64})/gu
const most = 50

/** Everybody mentioned in a text, in its order, with those named beside it. Throws `invalid` for a name that nobody has. */
export function mentionsIn(tx: Pick<Tx, 'config'>, person: Person, text: string, named: readonly string[]): readonly Mention[] {
  const names = [...[...text.matchAll(mentioned)].map((m) => m[1] ?? ''), ...named.map((n) => n.replace(/^@/, ''))]
  const found = new Map<string, Mention>()
  for (const name of names.slice(0, most)) {
    const mention = find(tx, person, fold(name))
    if (!mention) throw new PosternError('invalid', say(person.locale, 'mention.unknown', { name, known: known(tx) }))
    found.set(whoOf(mention), mention)
  }
  return [...found.values()]
}

/** As it stands in the table of mentions. */
export const whoOf = (m: Mention): string => `${m.kind}:${m.id}`

function find(tx: Pick<Tx, 'config'>, person: Person, name: string): Mention | undefined {
  if ((name === 'me' || name === 'я') && person.agent !== null) return { kind: 'agent', id: person.agent }
  const active = [...tx.config.agents.values()].filter((a) => a.active)
  const groups = [...tx.config.groups.values()]
  const byId = active.find((a) => fold(a.id) === name) ?? groups.find((g) => fold(g.id) === name)
  // By name where only one has it: "@Борис", "@Anna_Smith".
  const byName = [...active, ...groups].filter((x) =>
    [x.name, x.name.replaceAll(' ', '_'), x.name.split(' ')[0] ?? ''].some((n) => fold(n) === name),
  )
  const one = byId ?? (byName.length === 1 ? byName[0] : undefined)
  return one && { kind: 'members' in one ? 'group' : 'agent', id: one.id }
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll('ё', 'е')

function known(tx: Pick<Tx, 'config'>): string {
  return [
    ...[...tx.config.agents.values()].filter((a) => a.active).map((a) => `@${a.id}`),
    ...[...tx.config.groups.keys()].map((g) => `@${g}`),
  ].join(', ')
}
