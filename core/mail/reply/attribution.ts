// Finds attribution lines: "On <date>, <name> <address> wrote:" in every language and wrapping we know.
//
// An attribution is recognised by what it is made of (writing verb, date, time, address, how it opens and ends), not by one
// pattern a language. It is looked for backwards from lines that can end one (a colon, a verb, `>`, dashes), over at most
// five lines and 400 characters, so the work is linear in the size of the mail.
import type { Line } from './lines.ts'
import { hasWords } from './lines.ts'
import { MONTHS, OPENERS, USER_WORDS, VERBS, WEEKDAYS } from './words.ts'

/** An attribution over the lines `start` to `end` (inclusive). */
interface Attribution {
  readonly start: number
  readonly end: number
  /** weak: taken for one only if a quote follows ("Name пишет:"); strong: whatever follows. */
  readonly strength: 'strong' | 'weak'
  /** It begins inside line `start`, at this offset of `raw` ("Yes. On Mon .. wrote:"). */
  readonly offset: number
}

const MAX_LENGTH = 400
const MAX_LINES = 5

/** The attribution that ends on line `end`, or null. */
export function attributionEndingAt(lines: readonly Line[], end: number): Attribution | null {
  const last = lines[end]
  if (last === undefined || last.text.length > MAX_LENGTH || !canEnd(last, lines, end)) return null
  let joined = ''
  let best: Attribution | null = null
  let taken = 0
  let bestText = ''
  for (let start = end; start >= 0 && end - start < MAX_LINES + 2; start -= 1) {
    const line = lines[start]
    if (line === undefined) break
    const text = closesBracket(line) ? line.raw.trim() : line.text
    if (text === '') {
      // A blank line inside an attribution is only seen around a wrapped "<address>".
      if (!/^[<(]|^mailto:/i.test(joined) && !/[<(]$/.test(lines[start - 1]?.text ?? '')) break
      continue
    }
    if (start !== end && line.depth !== last.depth && !closesBracket(last)) break
    taken += 1
    joined = joined === '' ? text : `${text} ${joined}`
    if (taken > MAX_LINES || joined.length > MAX_LENGTH) break
    const found = judge(joined)
    if (found === null) continue
    if (best === null || rank(found, joined) > rank(best.strength, bestText)) {
      best = { start, end, strength: found, offset: 0 }
      bestText = joined
    }
    if (rank(found, joined) === 3) break
  }
  return best?.strength === 'strong' ? best : (inline(last, end) ?? best)
}

/** Of several beginnings the nearest one wins, unless one further up completes it: a date before the name. */
function rank(strength: 'strong' | 'weak', joined: string): number {
  if (strength === 'weak') return 1
  return (dateLevel(joined) > 0 && opensWithDate(joined)) || /^in (?:message|article) /i.test(joined) ? 3 : 2
}

/** "Thanks! On Mon, 1 Jun 2026 at 10:00, a@b.example wrote:": the attribution shares its line with the reply. */
function inline(line: Line, at: number): Attribution | null {
  const found = /(?:^|\s|[-–—])(?:On|Le|Am|El|Il|Op|Em|Den)\s(?=[\p{L}]{2,12}[.,]?\s|\d)/gu
  for (let m = found.exec(line.raw); m !== null; m = found.exec(line.raw)) {
    const offset = m.index + (m.index === 0 ? 0 : 1)
    const tail = line.raw.slice(offset).trim()
    if (tail.length > MAX_LENGTH || !opensWithDate(tail)) continue
    if (judge(tail) === 'strong' && /[:：]\s*$/.test(tail)) return { start: at, end: at, strength: 'weak', offset }
  }
  return null
}

/** A line of only `>:` or `> wrote:` closes the bracket of a wrapped `<address`; it is no quote. */
function closesBracket(line: Line): boolean {
  return (
    line.depth > 0 &&
    line.depth < 4 &&
    line.text.length < 40 &&
    /[:：]$/.test(line.text) &&
    line.text.split(/\s+/).length <= 4 &&
    (line.text.length === 1 || endsWithVerb(line.text.replace(/\s*[:：]$/, '')))
  )
}

function canEnd(line: Line, lines: readonly Line[], at: number): boolean {
  const text = line.text
  if (text === '') return false
  if (closesBracket(line) && !/<[^>]*$/.test(lines[at - 1]?.text ?? '') && line.text.length === 1) return false
  if (/[:：][*_\s]*$/.test(text)) return true
  if (/-{2,}$/.test(text)) return true
  if (/[>)\]]$/.test(text)) return /^\W{0,4}\d/.test(text) || /@/.test(text)
  return endsWithVerb(text) || oldGmail.test(text)
}

// ------------------------------------------------------------------------------------------------- what it is made of

/** `2016-03-03 17:21 GMT+01:00 Some One`: Gmail before 2015, without colon. */
const oldGmail = /^\d{4}-\d\d-\d\d \d\d?:\d\d GMT[+-]\d\d?(?::\d\d)?:? [\p{Lu}"'][^:\d]{1,60}$/u
const address = /[^\s<>()[\]"',;:@]+@[^\s<>()[\]"',;:@]+/u
const bracketed = /(?:<|&lt;|\(|\[)\s*(?:mailto:)?[^<>@]{1,80}@[^<>@]{1,80}(?:>|&gt;|\)|\])/u
const addressAtEnd = /@[^\s@<>]{1,100}\s?(?:<\s?mailto:[^>]{1,100}>)?\s?(?:>|&gt;|\)|\])*\s*[:：]?$/u

/** How sure it is that this joined text is an attribution. */
function judge(joined: string): 'strong' | 'weak' | null {
  const text = joined.replace(/^[-–—*>\s|•]+/, '').replace(/[*_\s]+$/, '')
  if (text.length < 4 || !hasWords(text)) return null
  const date = dateLevel(text)
  const at = address.test(text)
  if (/^-{2,}/.test(joined.trim()) && /-{2,}$/.test(text)) {
    const inner = text.replace(/[\s-]+$/, '')
    return endsWithVerb(inner) && words(inner).length <= 14 ? 'strong' : null
  }
  const body = text.replace(/\s*[:：]$/, '')
  if (body.length === text.length) return judgeWithoutColon(text, date, at)
  const opens = opensWithDate(text)
  if (hasVerb(body)) {
    if (words(body).length > 40 || !verbFits(body)) return null
    if (at && (bracketed.test(text) || (opens && date > 0))) return 'strong'
    if (opens && date === 2 && (hasTime(text) || !/^\d/.test(text) || userWord.test(text))) return 'strong'
    if (date > 0 || at || looksLikeName(body)) return 'weak'
    return null
  }
  if (at && date === 2 && addressAtEnd.test(text) && (opens || (hasTime(text) && bracketed.test(text)))) return 'strong'
  if (date === 2 && hasTime(text) && opens && words(body).length <= 14) return 'weak'
  return null
}

function judgeWithoutColon(text: string, date: number, at: boolean): 'strong' | 'weak' | null {
  if (oldGmail.test(text)) return 'strong'
  if (date < 2 || !opensWithDate(text)) return null
  if (endsWithVerb(text)) return at ? 'strong' : 'weak'
  return at && addressAtEnd.test(text) && /^\d/.test(text) ? 'weak' : null
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
    !pronouns.has(bare(list[0] ?? '')) &&
    /^["'«“„<(]*\p{Lu}/u.test(body) &&
    list.slice(0, -1).every((w) => /^["'«“„<(]*[\p{Lu}@]/u.test(w) || w.length <= 4)
  )
}

/** "You wrote:" above a quote is the author's own sentence. */
const pronouns = new Set(
  'i you he she we they ich du er sie wir ihr je tu il elle nous vous ils yo tú él ella usted io lui lei noi voi eu ele ela você я ты он она оно мы вы они ти він вона воно ми ви вони ja ty on ona my wy'.split(
    ' ',
  ),
)

// ------------------------------------------------------------------------------------------------------ dates and words

const numeric = /(?:^|[^\d])(?:\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}(?!\d)|\d{1,2}-\p{L}{3,9}-\d{2,4}|\d{4}\s?[年년])/u
const year = /(?:^|[^\d])(?:19|20)\d\d(?!\d)/
const clockTime =
  /(?:^|[^\d])\d{1,2}:\d{2}(?!\d)|(?:kl|klo|um|ore|alle|godz|at|à|,)[.\s]\s?\d{1,2}[.h]\d{2}|\d\s?[ap]\.?m\b|[时時点點]\d|\d{4} \d{1,2}\.\d{2}(?!\d)|[\d,] \d{1,2}\.\d{2}(?!\d)/i
const monthWord = new Set(MONTHS)
const weekdayWord = new Set(WEEKDAYS)
const openerWord = new Set(OPENERS)
const userWord = new RegExp(`(?:^|\\s)(?:${USER_WORDS.join('|')})\\s`, 'iu')

/** 2: a whole date; 1: only a weekday, a day and month or a time; 0: none. */
export function dateLevel(text: string): 0 | 1 | 2 {
  if (numeric.test(text)) return 2
  const list = words(text)
  const month = /\d/.test(text) && list.some(isMonth)
  const time = clockTime.test(text)
  if ((month && (year.test(text) || time)) || (time && year.test(text))) return 2
  if (month || time || list.slice(0, 6).some(isWeekday)) return 1
  return 0
}

function hasTime(text: string): boolean {
  return clockTime.test(text)
}

/** Begins with a number, a weekday, or with a word like "On" and then one of these or a month. */
function opensWithDate(text: string): boolean {
  const list = words(text.replace(/^[-–—*>\s|•"'«“„]+/, ''))
  const first = list[0]
  if (first === undefined) return false
  if (isDateWord(first)) return true
  if (!openerWord.has(bare(first)) && !/^(?:在|於|于|vào|בתאריך|ב-)/u.test(first)) return false
  return list.slice(1, 4).some(isDateWord) || /^\p{L}{1,2}\d/u.test(first)
}

function isDateWord(word: string): boolean {
  return /^\(?\d/.test(word) || isWeekday(word) || (isMonth(word) && word.length <= 12)
}

function isMonth(word: string): boolean {
  const w = bare(word)
  return monthWord.has(w.slice(0, 3)) || monthWord.has(w.slice(0, 4))
}

function isWeekday(word: string): boolean {
  return weekdayWord.has(bare(word))
}

function bare(word: string): string {
  return word.toLowerCase().replace(/^[("'«“„[]+|[.,;:)\]"'»”]+$/g, '')
}

function words(text: string): string[] {
  return text.split(/[\s,、，]+/).filter((w) => w !== '')
}

const verbList = [...VERBS].sort((a, b) => b.length - a.length).map((v) => v.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
const verbAtEnd = new RegExp(`(?:^|[^\\p{L}]|(?<=[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Katakana}]))(?:${verbList.join('|')})$`, 'iu')
const verbAnywhere = new RegExp(
  `(?:^|[^\\p{L}]|(?<=[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Katakana}]))(?:${verbList.join('|')})(?!\\p{L})`,
  'iu',
)

function endsWithVerb(text: string): boolean {
  return verbAtEnd.test(text.slice(-30))
}

function hasVerb(text: string): boolean {
  return verbAnywhere.test(text)
}

/** The date of an attribution in its own words, or null. */
export function dateOf(text: string): string | null {
  const m = /(?:\p{L}{2,12}[.,]{0,2}\s)?\d{1,4}[^<>@"«„]{0,60}?\d{1,2}[:.]\d{2}(?:\s?[AaPp]\.?[Mm]\.?)?/u.exec(text.slice(0, MAX_LENGTH))
  return m === null ? null : m[0].trim()
}
