// `do` of a rule, in the short words that admins write, as named actions with their arguments.
import { nearest } from '../../../core/plugin.ts'
import type { Path } from '../../../core/plugin.ts'
import { statusNames } from '../conditions/conditions.ts'
import { ruleWords } from './other-words.ts'

/** One thing to do. */
export interface Order {
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
  /** Where the arguments stand in the file, below the item. */
  readonly at: Path
}

/** What became of one item of `do`: an order, the word `stop`, or a sentence that says what is wrong and the path of it below the item. */
export type Expanded = { readonly order: Order } | { readonly stop: true } | { readonly wrong: string; readonly at: Path }

const record = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOr =
  (key: string) =>
  (value: unknown): Readonly<Record<string, unknown>> =>
    record(value) ? value : { [key]: value }
const listOr =
  (key: string) =>
  (value: unknown): Readonly<Record<string, unknown>> =>
    record(value) ? value : { [key]: Array.isArray(value) ? value : [value] }

/** Short words: the action, and the arguments made of what stands behind the word. */
const short: Readonly<Record<string, { readonly action: string; args(value: unknown): Readonly<Record<string, unknown>> }>> = {
  status: { action: 'case.status', args: (v) => ({ status: typeof v === 'string' ? (statusNames[v.toLowerCase()] ?? v) : v }) },
  assign: { action: 'case.assign', args: (v) => (record(v) ? v : v === 'nobody' ? { assignee: null } : { assignee: v }) },
  assign_next: { action: 'case.assign_next', args: textOr('group') },
  group: { action: 'case.assign', args: (v) => ({ group: v === 'nobody' ? null : v }) },
  tags: { action: 'case.tags', args: listOr('add') },
  tag: { action: 'case.tags', args: listOr('add') },
  untag: { action: 'case.tags', args: listOr('remove') },
  subject: { action: 'case.subject', args: textOr('subject') },
  requester: { action: 'case.requester', args: textOr('address') },
  from: { action: 'case.from', args: textOr('address') },
  follow: { action: 'case.follow', args: textOr('who') },
  unfollow: { action: 'case.unfollow', args: textOr('who') },
  move: { action: 'case.move', args: textOr('mailbox') },
  cc: { action: 'case.cc', args: listOr('add') },
  bcc: { action: 'case.bcc', args: listOr('add') },
  custom: { action: 'case.custom', args: (v) => (record(v) && record(v.set) ? v : { set: v }) },
  note: { action: 'note.rule', args: textOr('text') },
  reply: { action: 'reply.automatic', args: textOr('template') },
  receipt: { action: 'receipt.send', args: textOr('template') },
  no_receipt: { action: 'receipt.none', args: () => ({}) },
  forward: { action: 'case.forward', args: listOr('to') },
  template: { action: 'template.use', args: textOr('name') },
  merge: { action: 'case.merge', args: (v) => intoOf(v) },
  suggest_merge: { action: 'merge.suggest', args: (v) => intoOf(v) },
  split: { action: 'case.split', args: () => ({ message: '{{ message.id }}' }) },
  webhook: { action: 'webhook.call', args: textOr('call') },
}

/** `duplicate`: the case that the condition duplicate_of has found. */
function intoOf(value: unknown): Readonly<Record<string, unknown>> {
  const args = record(value) ? value : { into: value }
  return args.into === 'duplicate' ? { ...args, into: '#{{ duplicate.number }}' } : args
}

/** Words that take no value and may stand alone. */
const bare: ReadonlySet<string> = new Set(['no_receipt', 'split', 'stop'])

/** One item of `do`: `word`, `{word: value}` or `{action.name: {args}}`. */
export function expand(item: unknown): Expanded {
  if (typeof item === 'string') {
    if (item === 'stop') return { stop: true }
    if (!bare.has(item))
      return {
        wrong:
          item.includes('.') || short[item]
            ? `\`${item}\` needs its arguments: \`${item}: ...\``
            : `there is no action \`${item}\`${hint(item)}`,
        at: [],
      }
    return { order: { action: short[item]?.action ?? item, args: short[item]?.args(undefined) ?? {}, at: [] } }
  }
  if (!record(item)) return { wrong: 'expected an action, such as `status: closed`', at: [] }
  const [entry, second] = Object.entries(item)
  if (!entry) return { wrong: 'expected an action, such as `status: closed`', at: [] }
  if (second) return { wrong: `one action an item: put \`${second[0]}\` into an item of its own (a new line with -)`, at: [second[0]] }
  const [word, value] = entry
  if (word === 'stop') return value === true ? { stop: true } : { wrong: '`stop` takes only true', at: ['stop'] }
  const known = Object.hasOwn(short, word) ? short[word] : undefined
  if (known) return { order: { action: known.action, args: known.args(value), at: [word] } }
  if (!word.includes('.') && !/^[a-z_]+$/.test(word)) return { wrong: `there is no action \`${word}\`${hint(word)}`, at: [word] }
  return { order: { action: word, args: record(value) ? value : value === null || value === undefined ? {} : { value }, at: [word] } }
}

/** "Did you mean" over short words and the actions of all plugins. */
export function hint(word: string, actions: Iterable<string> = []): string {
  const near = nearest(word, [...Object.keys(short), 'stop', ...actions], ruleWords)
  return near ? `, did you mean \`${near}\`?` : ''
}
