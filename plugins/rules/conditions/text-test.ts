// Questions to a text: is, contains, starts, ends, matches; one text or a list of which one suffices; without regard to case unless said otherwise.
import { RE2JS } from 're2js'
import Type from 'typebox'
import type { Static } from 'typebox'

const words = Type.Union([Type.String(), Type.Number(), Type.Array(Type.Union([Type.String(), Type.Number()]), { minItems: 1 })])

/** The operators of a question to a text, as rule files write them. */
export const textOps = ['is', 'contains', 'starts', 'ends', 'matches'] as const

const operators = Type.Object({
  is: Type.Optional(words),
  contains: Type.Optional(words),
  starts: Type.Optional(words),
  ends: Type.Optional(words),
  matches: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: 'Regular expression (RE2 syntax: no lookaround, no backreferences).',
    }),
  ),
  case_sensitive: Type.Optional(Type.Boolean({ default: false, description: 'Heed upper and lower case.' })),
})

/** Schema of a question to a text. Flat: of a union within a union the checker cannot say which branch was meant. */
export const textSchema = Type.Union([...words.anyOf, operators], {
  description: 'A text, a list of which one suffices, or {is, contains, starts, ends, matches}.',
})

/** A text or a list of which one suffices (`compileText` is told what that asks), or operators that all have to hold. */
export type TextSpec = Static<typeof textSchema>

/** A text with its folded form, made once for all rules. */
export interface Folded {
  readonly raw: string
  readonly low: string
}

/** Texts longer than this are searched up to here; regular expressions in linear time are still 100 times slower than a search. */
const longest = 100_000
const maxForPatternLength = 20_000

/** The first 100,000 characters of a text as they are, and in Unicode NFC and lower case. */
export function fold(text: string): Folded {
  const raw = text.length > longest ? text.slice(0, longest) : text
  return { raw, low: low(raw) }
}

const low = (text: string): string => text.normalize('NFC').toLowerCase()

/**
 * Whether a folded text answers the question; bounded in time by the lengths at which texts are cut. `found` hears what a regular
 * expression matched: its first group, or all of it where it has none.
 */
export type TextTest = (text: Folded, found?: (match: string) => void) => boolean

/** What to tell about a part of the spec; `at` are the keys below it. */
export type Report = (at: readonly (string | number)[], message: string, warning?: true) => void

/** `bare` is what a text without an operator means. Faults of patterns are reported, then the test answers false. */
export function compileText(spec: TextSpec, bare: 'is' | 'contains', report: Report): TextTest {
  const isOperators = typeof spec === 'object' && !Array.isArray(spec) && spec !== null
  const ops: Static<typeof operators> = isOperators ? (spec as Static<typeof operators>) : { [bare]: spec } // not a list, so the schema leaves only this
  const heed = ops.case_sensitive === true
  const form = (text: Folded): string => (heed ? text.raw : text.low)
  const tests: TextTest[] = []
  for (const op of textOps) {
    const given = ops[op]
    if (given === undefined) continue
    const list = (Array.isArray(given) ? given : [given]).map(String)
    list.forEach((word, i) => {
      const at = [...(isOperators ? [op] : []), ...(Array.isArray(given) ? [i] : [])]
      if (word === '' && op !== 'is') report(at, 'an empty text is in every text', true)
      for (const doubt of op === 'matches' ? doubtsOf(word) : slashedDoubts(word)) report(at, doubt, true)
    })
    if (op === 'matches') {
      const patterns = list.flatMap((pattern, i) =>
        compilePattern(pattern, heed, (message) =>
          report([...(isOperators ? ['matches'] : []), ...(Array.isArray(given) ? [i] : [])], message),
        ),
      )
      tests.push((text, found) => {
        const searched = text.raw.length > maxForPatternLength ? text.raw.slice(0, maxForPatternLength) : text.raw
        const pattern = patterns.find((p) => p.test(searched))
        if (pattern && found) found(firstGroup(pattern, searched))
        return pattern !== undefined
      })
      continue
    }
    const needles = list.map((word) => (heed ? word : low(word)))
    const [only] = needles
    if (op === 'is') {
      const set = new Set(needles)
      tests.push((text) => set.has(form(text)))
    } else if (op === 'contains')
      tests.push(
        needles.length === 1 && only !== undefined
          ? (text) => form(text).includes(only)
          : (text) => needles.some((n) => form(text).includes(n)),
      )
    else if (op === 'starts') tests.push((text) => needles.some((n) => form(text).startsWith(n)))
    else tests.push((text) => needles.some((n) => form(text).endsWith(n)))
  }
  if (tests.length === 0) {
    report([], `nothing is asked of the text; use one of ${textOps.join(', ')}`)
    return () => false
  }
  const [first] = tests
  return tests.length === 1 && first ? first : (text, found) => tests.every((test) => test(text, found))
}

/** A text that is known to match. */
function firstGroup(pattern: RE2JS, text: string): string {
  const matcher = pattern.matcher(text)
  if (!matcher.find()) return ''
  return (pattern.groupCount() > 0 ? matcher.group(1) : null) ?? matcher.group() ?? ''
}

function compilePattern(pattern: string, heed: boolean, report: (message: string) => void): readonly RE2JS[] {
  try {
    return [RE2JS.compile(pattern, RE2JS.MULTILINE | (heed ? 0 : RE2JS.CASE_INSENSITIVE))]
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice = /\(\?[=!<]/.test(pattern)
      ? '; lookaround is not possible here'
      : /\\[1-9]/.test(pattern)
        ? '; backreferences are not possible here'
        : ''
    report(`is not a regular expression: ${why.replace(/^error parsing regexp: /, '').replace(/`(?:\(\?[mi]\))+/, '`')}${advice}`)
    return []
  }
}

/** Patterns that never match, or match everything: mistakes that look like patterns. */
function doubtsOf(pattern: string): readonly string[] {
  if (slashed.test(pattern)) return ['the slashes are part of the pattern, and a mail has to hold them; leave them out']
  const bare = pattern.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '')
  if (/\$(?=[^|)\s])/.test(bare) && !/\$\)/.test(bare)) return ['never matches: text follows the end of the line ($)']
  if (/[^|(\s^]\^/.test(bare)) return ['never matches: text stands before the beginning of the line (^)']
  if (/^(\^)?(\.\*)+(\$)?$/.test(pattern) || pattern === '') return ['matches every text']
  return []
}

/** How other languages write a regular expression: /(abc|def)/i. */
const slashed = /^\/(.+)\/[a-z]{0,4}$/s

/** A path such as /var/mail/ is none. */
function slashedDoubts(word: string): readonly string[] {
  const inner = slashed.exec(word)?.[1] ?? ''
  return /[()[\]{}|\\^$*+?]/.test(inner)
    ? ['is looked for as it stands, slashes and all; for a regular expression write `matches`, without slashes']
    : []
}
