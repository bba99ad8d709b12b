// What an attribution is made of: judges one joined text, whatever stands around it.
import { bare, dateLevel, hasTime, isDateWord, isOpener, opensWithDate, opensWithOpener, words } from './dates.ts'
import { hasWords } from './lines.ts'
import { CONNECTORS, PRONOUNS, USER_WORDS, VERBS } from './words.ts'

/** `2016-03-03 17:21 GMT+01:00 Some One`: Gmail before 2015, without colon. */
const oldGmail = /^\d{4}-\d\d-\d\d \d\d?:\d\d GMT[+-]\d\d?(?::\d\d)?:? [\p{Lu}"'][^:\d]{1,60}$/u
const address = /[^\s<>()[\]"',;:@]+@[^\s<>()[\]"',;:@]+/u
const addresses = /[^\s<>()[\]"',;:@]+@[^\s<>()[\]"',;:@]+/gu
const bracketed = /(?:<|&lt;|\(|\[)\s*(?:mailto:)?[^<>@]{1,80}@[^<>@]{1,80}(?:>|&gt;|\)|\])/u
const addressAtEnd = /@[^\s@<>]{1,100}\s?(?:<\s?mailto:[^>]{1,100}>)?\s?(?:>|&gt;|\)|\])*\s*[:：]?$/u
const letters = /[\p{L}\p{M}]+/gu
const userWord = new RegExp(`(?:^|\\s)(?:${USER_WORDS.join('|')})\\s`, 'iu')

/**
 * How sure it is that this joined text is an attribution: strong, whatever follows; weak, only above a quote.
 * `alone`: a blank line stands below, so a line without a colon is not the beginning of a sentence.
 */
export function judge(joined: string, alone: boolean): 'strong' | 'weak' | null {
  const text = joined.replace(/^[-–—*>\s|•]+/, '').replace(/[*_\s]+$/, '')
  if (text.length < 4 || !hasWords(text) || /^[^<([]{0,200}>/.test(text)) return null
  const at = address.test(text)
  if (/^-{2,}/.test(joined.trim()) && /-{2,}$/.test(text)) {
    const inner = text.replace(/[\s-]+$/, '')
    return endsWithVerb(inner) && words(inner).length <= 14 ? 'strong' : null
  }
  const body = text.replace(/\s*[:：]$/, '')
  const date = dateLevel(text)
  if (oldGmail.test(text)) return 'strong'
  if (body.length === text.length && (date < 2 || (!at && !mentionsVerb(body)))) return null
  const made = makeup(body)
  const between = at && bracketed.test(text)
  const opens = opensWithDate(text)
  // "On 25 October 2026 at 3:03 PM, life is short. wrote:": names can be anything.
  const framed = opens && date === 2 && hasTime(text) && opensWithOpener(text) && endsWithVerb(body)
  if (made.sentence || made.prose > (between ? 3 : framed ? 2 : 1)) return framed && body.length < text.length ? 'weak' : null
  if (body.length === text.length) return judgeWithoutColon(text, at, made, alone)
  if (mentionsVerb(body)) {
    if (words(body).length > 40 || !verbFits(body)) return null
    if (at && !made.pronoun && (between || (opens && date > 0) || (date === 2 && hasTime(text)) || made.size === 0)) return 'strong'
    if (opens && date === 2 && (named(made, text) || framedYou(made, text)) && (hasTime(text) || !/^\d/.test(text) || userWord.test(text)))
      return 'strong'
    if (date > 0 || at || looksLikeName(body)) return 'weak'
    return null
  }
  if (at && date === 2 && addressAtEnd.test(text) && (opens || (hasTime(text) && between))) return 'strong'
  if (/\p{L}\s?[:：]\s/u.test(body)) return null
  // A verb of a language that we do not know.
  if (between && date === 2 && hasTime(text)) return 'weak'
  if (date === 2 && hasTime(text) && opens && words(body).length <= 14) return 'weak'
  return null
}

function judgeWithoutColon(text: string, at: boolean, made: Makeup, alone: boolean): 'strong' | 'weak' | null {
  const opens = opensWithDate(text)
  if (/(?:^|\s)\p{L}{2,}\s?[:：]\s/u.test(text)) return null
  if (mentionsVerb(text)) {
    if (!verbFits(text) || (!at && !named(made, text))) return null
    if (opens && endsWithVerb(text) && at) return 'strong'
    return opens && alone && hasTime(text) && !made.pronoun && /^\D/.test(text) ? 'strong' : opens || hasTime(text) ? 'weak' : null
  }
  return opens && at && addressAtEnd.test(text) && /^\d/.test(text) ? 'weak' : null
}

/** Whether a line has a whole date, a time and somebody's name or address, and is no sentence: enough directly above a quote. */
export function namesMoment(text: string): boolean {
  if (dateLevel(text) !== 2 || !hasTime(text) || /[.!?…]$/.test(text)) return false
  const made = makeup(text.replace(/\s*[:：]$/, ''))
  return !made.sentence && !made.pronoun && (address.test(text) ? made.prose <= 3 : made.prose <= 1 && made.size > 0) && made.size <= 8
}

/** What is left of a text without its date, addresses and verb. */
interface Makeup {
  /** Words with a capital, or in quotation marks. */
  readonly names: number
  /** Words of scripts that have no capitals. */
  readonly unknown: number
  /** Words in lower case that no attribution needs: those of a sentence. */
  readonly prose: number
  /** All three. */
  readonly size: number
  /** It speaks of or to somebody without a name. */
  readonly pronoun: boolean
  /** A sentence ends before the end. */
  readonly sentence: boolean
}

function makeup(body: string): Makeup {
  const rest = body
    .replace(/(?:<|&lt;)[^<>]{0,200}(?:@|&#64;)[^<>]{0,200}(?:>|&gt;)/g, ' ')
    .replace(/["«“„][^"»”“]{0,100}["»”“]/gu, ' Name ')
    .replace(addresses, ' ')
    .replace(everyVerb, ' ')
  let names = 0
  let unknown = 0
  let prose = 0
  let pronoun = false
  let sentence = false
  const list = words(rest)
  for (const [i, word] of list.entries()) {
    const b = bare(word)
    if (endsSentence(word, list[i + 1])) sentence = true
    if (b === '' || isDateWord(word) || ((CONNECTORS.has(b) || isOpener(word)) && word !== 'I')) continue
    if (PRONOUNS.has(b)) pronoun = true
    else if (/^[<("'«“„[]*[\p{Lu}\p{Lt}]/u.test(word)) names += 1
    else if (/\p{Ll}/u.test(b)) prose += 1
    else if (/\p{L}/u.test(b)) unknown += 1
  }
  return { names, unknown, prose, size: names + unknown + prose, pronoun, sentence }
}

/** "ready." or "Fine. On ..", but not "Dr. Anna", "Sept. 2026". */
function endsSentence(word: string, next: string | undefined): boolean {
  if (/\p{L}[!?…]+$/u.test(word)) return true
  if (!/^\p{L}{3,}\.$/u.test(word) || isDateWord(word) || CONNECTORS.has(bare(word))) return false
  return /^\p{Ll}{5}/u.test(word) || (next !== undefined && isOpener(next))
}

/** Somebody is named, and nothing else is said: "Anna Petrova", or "bob" after "On ..". */
function named(made: Makeup, text: string): boolean {
  if (made.pronoun || made.size > 8) return false
  return made.prose === 0 ? made.size > 0 : opensWithOpener(text) && made.prose <= Math.max(1, made.names)
}

/** "On 26 November 2013 you wrote:" and nothing else. */
function framedYou(made: Makeup, text: string): boolean {
  return made.pronoun && made.size === 0 && opensWithOpener(text)
}

/** The verb ends the line, or the rest after it is a name, an address or a date, not a sentence. */
function verbFits(body: string): boolean {
  if (endsWithVerb(body)) return true
  const m = verbAnywhere.exec(body)
  if (m === null) return false
  const rest = body.slice(m.index + m[0].length)
  return address.test(rest) || dateLevel(rest) > 0 || words(rest).length <= 5
}

/** "Anna Petrova", "Support via Desk": up to six words before the verb, the first with a capital. */
function looksLikeName(body: string): boolean {
  const list = words(body)
  return (
    list.length <= 7 &&
    !PRONOUNS.has(bare(list[0] ?? '')) &&
    /^["'«“„<(]*\p{Lu}/u.test(body) &&
    list.slice(0, -1).every((w) => /^["'«“„<(]*[\p{Lu}@]/u.test(w) || w.length <= 4)
  )
}

const escaped = (verb: string): string => verb.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const verbList = [...VERBS].sort((a, b) => b.length - a.length).map(escaped)
const before = '(?:^|[^\\p{L}\\p{M}]|(?<=[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Katakana}]))'
const verbAtEnd = new RegExp(`${before}(?:${verbList.join('|')})$`, 'iu')
const verbAnywhere = new RegExp(`${before}(?:${verbList.join('|')})(?![\\p{L}\\p{M}])`, 'iu')
const everyVerb = new RegExp(verbAnywhere.source, 'giu')

/** The longest word of each verb: a text without any of them needs no look by the patterns, which cost a hundred times as much. */
const verbWords = new Set(VERBS.map((verb) => (verb.toLowerCase().match(letters) ?? []).sort((a, b) => b.length - a.length)[0] ?? verb))
const unspaced = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}\p{Script=Hiragana}\p{Script=Thai}]/u

function mayHaveVerb(text: string): boolean {
  return unspaced.test(text) || (text.toLowerCase().match(letters) ?? []).some((word) => verbWords.has(word))
}

/** Whether a writing verb ends the text. */
export function endsWithVerb(text: string): boolean {
  const tail = text.slice(-30)
  return mayHaveVerb(tail) && verbAtEnd.test(tail)
}

/** Whether a writing verb stands in the text. */
export function mentionsVerb(text: string): boolean {
  return mayHaveVerb(text) && verbAnywhere.test(text)
}

/** Whether this is the line of old Gmail, which has neither verb nor colon. */
export function isOldGmail(text: string): boolean {
  return oldGmail.test(text)
}
