// Reads what stands behind a command's name: the arguments of its action, or why the value cannot be taken.
import { checkedAddress, parseAddressList } from '../../core/plugin.ts'
import type { AgentConfig, Config } from '../../core/plugin.ts'
import type { WrittenCommand } from './block.ts'
import { fold } from './fold.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Why a value was not taken; the keys of the texts for people (`fault.*`). */
export type Fault = 'spaces' | 'missing' | 'extra' | 'nobody' | 'ambiguous' | 'inactive' | 'address' | 'empty' | 'long'

/** The arguments that a value gives, or why it gives none and which part of it is meant. */
export type Reading = { readonly args: Readonly<Record<string, unknown>> } | { readonly fault: Fault; readonly about: string }

/** What values are read against. Whether what they name can be taken, the action says: whom it may name, which addresses. */
export interface Knowledge {
  readonly config: Config
  readonly vocabulary: Vocabulary
}

/** The arguments that a command's value gives, without the constant ones. */
export function readValue(command: WrittenCommand, known: Knowledge): Reading {
  const { spec, value, fault } = command
  if (fault) return { fault, about: command.line }
  if (spec.value === 'none') return value === null ? { args: {} } : { fault: 'extra', about: value }
  const text = value?.trim() ?? ''
  if (text === '') return spec.optional ? { args: {} } : { fault: 'missing', about: '' }
  switch (spec.value) {
    case 'text':
      return text.length > 1000 ? { fault: 'long', about: '' } : { args: { [spec.as]: text } }
    case 'lines':
      return text.length > 100_000 ? { fault: 'long', about: '' } : { args: { [spec.as]: text } }
    case 'people':
      return people(text, known, spec.as)
    case 'address':
      return address(text, spec.as)
    case 'addresses':
      return addresses(text, spec.as)
    case 'tags':
      return tags(text, spec.as)
  }
}

/** `as`: the argument for either, where the command names one. */
function people(text: string, { config, vocabulary }: Knowledge, as: string): Reading {
  const one = as !== 'text'
  const wanted = fold(text).replace(/[.,;]+$/, '')
  if (vocabulary.nobody.has(wanted) && !one) return { args: { assignee: null, group: null } }
  const address = addressIn(text)
  const sameWords = sorted(wanted)
  const fits = (a: AgentConfig): boolean =>
    fold(a.name) === wanted ||
    sorted(fold(a.name)) === sameWords ||
    a.id === wanted ||
    (address !== null && [a.email, ...a.aliases].includes(address))
  const agents = [...config.agents.values()].filter(fits)
  const active = agents.filter((a) => a.active)
  const groups = [...config.groups.values()].filter((g) => fold(g.name) === wanted || g.id === wanted)
  const [agent] = active
  if (active.length + groups.length > 1)
    return {
      fault: 'ambiguous',
      about: [...active.map((a) => `${a.name} <${a.email}>`), ...groups.map((g) => `${g.name} (${g.id})`)].join(', '),
    }
  if (agent) return { args: { [one ? as : 'assignee']: agent.id } }
  const [group] = groups
  if (group) return { args: { [one ? as : 'group']: group.id } }
  return agents.length > 0 ? { fault: 'inactive', about: text } : { fault: 'nobody', about: text }
}

/** Иванов Борис is Борис Иванов. */
const sorted = (name: string): string => name.split(' ').sort().join(' ')

function addresses(text: string, as: string): Reading {
  const pieces = piecesOf(plainAddresses(text))
  const found: string[] = []
  for (const piece of pieces) {
    // Blanks alone between addresses: people forget the comma.
    for (const one of piece.split(/ +/).every((w) => w.includes('@')) ? piece.split(' ') : [piece]) {
      const address = addressIn(one)
      if (address === null) return { fault: 'address', about: one }
      if (!found.includes(address)) found.push(address)
    }
  }
  return found.length === 0 ? { fault: 'address', about: text } : { args: { [as]: found } }
}

/** One person: the name beside the address goes along. */
function address(text: string, as: string): Reading {
  const [one, more] = parseAddressList(plainAddresses(text).replace(/[.,;]+$/, ''), 2)
  const found = more ? null : addressIn(text)
  return found === null ? { fault: 'address', about: text } : { args: { [as]: found, ...(one?.name && { name: one.name.slice(0, 200) }) } }
}

/** The members of a list; a comma in a quoted name separates nothing: `"Petrov, Boris" <b@a.ru>` is one person. */
function piecesOf(list: string): readonly string[] {
  const quotes = list.split('"').length - 1
  // A quote that is never closed encloses nothing.
  const parts = list.match(quotes % 2 === 0 ? /(?:"[^"]*"|[^",;\n])+/g : /[^,;\n]+/g) ?? []
  return parts.map((p) => p.trim()).filter((p) => p !== '')
}

/** What mail programs make of an address: `a@b.ru<mailto:a@b.ru>`, `a@b.ru [mailto:a@b.ru]`, `[a@b.ru](mailto:a@b.ru)`, `a\@b.ru`, full-width signs. */
function plainAddresses(text: string): string {
  return text
    .replace(/[＠﹫]/g, '@')
    .replace(/\\@/g, '@')
    .replace(/\[([^\]\s[]{1,300})\]\(mailto:[^)\s]{1,300}\)/gi, '$1')
    .replace(/ ?[<[(]mailto:[^>\])\s]{1,300}[>\])]/gi, '')
    .replace(/[“”«»]/g, '"')
}

function addressIn(text: string): string | null {
  const [one, more] = parseAddressList(plainAddresses(text).replace(/[.,;]+$/, ''), 2)
  const checked = one && !more ? checkedAddress(one.address) : null
  return checked && /\.[^.]+$/.test(checked.address.slice(checked.address.lastIndexOf('@'))) ? checked.address.toLowerCase() : null
}

function tags(text: string, as: string): Reading {
  const list = [
    ...new Set(
      text
        .split(/[,;\n]/)
        .map((t) => t.trim().replace(/^#/, '').trim())
        .filter((t) => t !== ''),
    ),
  ]
  if (list.length === 0) return { fault: 'empty', about: text }
  return list.length > 100 || list.some((t) => t.length > 100) ? { fault: 'long', about: '' } : { args: { [as]: list } }
}
