// Another case of the same matter: which one it is, for rules, and what they may do about it without an agent.
import { RE2JS } from 're2js'
import Type from 'typebox'
import type { Static } from 'typebox'
import { canonicalRecipient, defineAction, defineCondition, duration, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ArgumentProblem, Case, ConditionDefinition, Tx } from '../../core/plugin.ts'
import { namedCase } from './plan.ts'
import { refPattern } from './merge.ts'
import { say } from './texts.ts'

const same = Type.Union([
  Type.Literal('requester'),
  Type.Literal('subject'),
  Type.Object({
    custom: Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$', description: 'Custom field that both have with the same value' }),
  }),
  Type.Object({
    match: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'Regular expression (RE2 syntax) with one group: what it finds in both subjects is the same, in whatever letters',
    }),
  }),
])

const value = Type.Object({
  within: duration({ default: '24h', description: 'The other case was made or changed within this time.' }),
  same: Type.Array(same, {
    minItems: 1,
    maxItems: 10,
    description: 'What has to be the same, all of it: requester, subject, { custom: FIELD }, { match: "order (\\d+)" }',
  }),
  status: Type.Array(Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')]), {
    default: ['open', 'waiting'],
    minItems: 1,
    description: 'Statuses in which the other case counts.',
  }),
  strangers: Type.Boolean({
    default: false,
    description:
      'Cases of different people count too, where nothing but the subject, or a part of it, has to be the same. Whoever merges by this may join strangers.',
  }),
})

/** The condition `duplicate_of`, by name; it gives rules `{{ duplicate.number }}`. */
export const duplicateConditions: Readonly<Record<string, ConditionDefinition>> = {
  duplicate_of: defineCondition({
    description:
      'Another case of the same mailbox is about the same: same requester, subject or custom field, within a time. {{ duplicate.number }} names it.',
    value,
    never: wrongPatterns,
    async test(tx, { case: c }, wanted) {
      const found = await duplicateOf(tx, c, wanted)
      return found
        ? { holds: true, seen: `#${found.number}`, binds: { duplicate: { number: found.number, subject: found.subject } } }
        : { holds: false, seen: 'none' }
    },
  }),
}

/** Cases looked at, those that changed last. */
const lookedAt = 200

/** The oldest case that is about the same: it is the one to go on with. */
async function duplicateOf(tx: Tx, c: Case, wanted: Static<typeof value>): Promise<Case | undefined> {
  const person =
    wanted.same.includes('requester') ||
    (!wanted.strangers && wanted.same.every((s) => s === 'subject' || (typeof s === 'object' && 'match' in s)))
  const parts = patternsOf(wanted).map((pattern) => {
    const part = partIn(pattern)
    return { part, own: part(c.subject) }
  })
  if (parts.some(({ own }) => own === undefined)) return undefined
  const cases = await tx.read.cases({
    statuses: wanted.status,
    mailboxes: [c.mailbox],
    channel: c.channel,
    updated: { from: tx.now - wanted.within },
    ...(person && { person: c.requester.address }),
    limit: lookedAt,
  })
  const fits = (other: Case): boolean =>
    other.id !== c.id &&
    other.mergedInto === null &&
    other.number < c.number &&
    (!person || canonical(other) === canonical(c)) &&
    parts.every(({ part, own }) => part(other.subject) === own) &&
    wanted.same.every((one) => {
      if (one === 'requester') return true
      if (one === 'subject') return bare(other.subject) === bare(c.subject)
      if ('match' in one) return true
      const field = c.custom[one.custom]
      return field !== undefined && field !== '' && JSON.stringify(field) === JSON.stringify(other.custom[one.custom])
    })
  return cases.filter(fits).sort((a, b) => a.number - b.number)[0]
}

/** The regular expressions of `match`. */
function patternsOf({ same }: Static<typeof value>): readonly string[] {
  return same.flatMap((s) => (typeof s === 'object' && 'match' in s ? [s.match] : []))
}

/** Patterns that are none, or have not just the one part to compare, in words. */
function wrongPatterns(wanted: Static<typeof value>): readonly string[] {
  return patternsOf(wanted).flatMap((pattern) => {
    const groups = compiledOf(pattern)?.groupCount()
    if (groups === 1) return []
    const why = groups === undefined ? 'is not a regular expression (RE2 syntax)' : `needs one group, it has ${groups}`
    return [`\`match\` of \`duplicate_of\` ${why}: ${pattern.slice(0, 60)}`]
  })
}

/** What a pattern's group finds in a subject; nothing where there is none, or the pattern is none (`postern check` says so). */
function partIn(pattern: string): (subject: string) => string | undefined {
  const compiled = compiledOf(pattern)
  return (subject) => {
    const matcher = compiled?.matcher(subject)
    const part = matcher?.find() && matcher.groupCount() > 0 ? matcher.group(1) : null
    return part?.trim() ? part.trim().toLowerCase() : undefined
  }
}

function compiledOf(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  } catch {
    return undefined
  }
}

const canonical = (c: Case): string => canonicalRecipient(c.requester.address) ?? c.requester.address

/** A subject without prefixes of replies, numbers of cases, and what only looks different. */
const bare = (subject: string): string =>
  subject
    .replace(/\[#\d{1,12}\]/g, ' ')
    .replace(/^(?:\s{0,3}(?:re|fwd?|aw|wg|sv|antw|отв?|на)(?:\[\d{1,3}\])?:){1,5}/i, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

/** The action `merge.suggest`, by name: for rules, which had better ask than merge. */
export const suggestActions: Readonly<Record<string, ActionDefinition>> = {
  'merge.suggest': defineAction({
    description:
      'Asks agents whether this case is about the same as another one, with buttons that merge or link the two. Once for each pair.',
    args: Type.Object({
      into: Type.String({ ...refersTo('case'), minLength: 1, maxLength: 64, description: '#number or id of the other case' }),
    }),
    check: ({ into }, asked): readonly ArgumentProblem[] =>
      refPattern.test(into.trim())
        ? []
        : [{ path: ['into'], message: say(asked.locale, 'refused.none', { ref: into.slice(0, 64) }), code: 'not_found' }],
    async run(tx, { case: c, args }) {
      const other = await namedCase(tx, c, args.into)
      const asked = (await tx.notices.list(c.id)).find((n) => n.kind === 'duplicate' && n.data.other === other.id)
      if (other.id === c.id || asked) return { data: { notice: asked?.id ?? null } }
      const notice = await tx.notices.raise({
        caseId: c.id,
        kind: 'duplicate',
        data: { case: c.id, other: other.id, number: other.number, subject: other.subject, requester: other.requester.address },
        actions: [
          { name: `merge_${other.number}`, action: 'case.merge', args: { into: `#${other.number}` } },
          { name: 'link', action: 'case.link', args: { other: `#${other.number}` } },
        ],
      })
      return { data: { notice: notice.id } }
    },
  }),
}
