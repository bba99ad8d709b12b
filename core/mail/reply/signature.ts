// Finds where a signature begins in the author's own lines: the usenet delimiter, a row of underscores, "Sent from my ..".
//
// Sign-offs ("Best regards, Anna") stay with the reply: half of the world takes them for words, and nothing is lost.
import { hasWords } from './lines.ts'
import { isLinkLine, isMobileLine, mobileLine } from './mobile-line.ts'

/** Where a signature begins among lines of text. */
interface SignatureCut {
  /** First line of the signature. */
  readonly start: number
  /** First line after it: what follows a "Sent from my phone" line is an old mail that nobody marked. */
  readonly end: number
}

/** A line of the author as the search for a signature sees it. */
export interface OwnLine {
  readonly text: string
  /** As it came: `-- ` with its blank is the delimiter of RFC 3676 §4.3, `--` may be a rule. */
  readonly raw: string
  /** Behind quote marks: no signature begins there, for it would be somebody else's. */
  readonly quoted: boolean
}

const DELIMITER_TAIL = 40
const UNDERSCORE_TAIL = 15

/** The signature in these lines, or null. `answers`: the mail answers another, so an old mail may stand below the line of a phone. */
export function findSignature(lines: readonly OwnLine[], answers: boolean): SignatureCut | null {
  const mobile = findMobile(lines, answers)
  const delimiter = findDelimiter(lines, answers)
  const cut = delimiter !== null && (mobile === null || delimiter < mobile.start) ? { start: delimiter, end: lines.length } : mobile
  const dashed = answers ? findDashedName(lines, cut?.start ?? lines.length) : null
  return dashed === null ? cut : { start: dashed, end: cut?.end ?? lines.length }
}

/** "-Anna Petrova" as the last line, alone between blank lines, and no list above. */
function findDashedName(lines: readonly OwnLine[], end: number): number | null {
  let at = end - 1
  while (at >= 0 && lines[at]?.text === '') at -= 1
  if (
    at < 2 ||
    lines[at]?.quoted !== false ||
    lines[at - 1]?.text !== '' ||
    !/^[-–—]\p{Lu}[\p{L}'’]+(?: \p{Lu}[\p{L}.'’-]*){1,2}$/u.test((lines[at]?.text ?? '').slice(0, 80))
  )
    return null
  const above = lines.slice(0, at - 1).findLast((l) => l.text !== '')?.text
  return above === undefined || /^[-–—]/.test(above) || /[:?]$/.test(above) ? null : at
}

function findDelimiter(lines: readonly OwnLine[], answers: boolean): number | null {
  let fences = 0
  let words = false
  for (const [i, line] of lines.entries()) {
    if (line.text.startsWith('```')) fences += 1
    if (words && fences % 2 === 0 && opensSignature(lines, i, answers)) return i
    words ||= hasWords(line.text)
  }
  return null
}

/** Whether a delimiter stands on line `at` with something below it that is signed, or the footer of a list. */
export function opensSignature(lines: readonly OwnLine[], at: number, answers: boolean): boolean {
  const line = lines[at]
  if (line === undefined || line.quoted) return false
  const below = lines.slice(at + 1, at + 1 + DELIMITER_TAIL + 1)
  if (lines.length - at - 1 > DELIMITER_TAIL) return false
  if (line.raw === '-- ') return true
  if (/^(?:--|––|-- --)$/.test(line.text)) return !isProse(below)
  if (line.text === '—') return answers && !isProse(below)
  return (
    answers &&
    /^_{2,}$/.test(line.text) &&
    lines.length - at - 1 <= UNDERSCORE_TAIL &&
    (isFooter(below) || findDashedName(lines, at) !== null)
  )
}

/** Two full lines of sentences, and no address or number to reach anybody. */
function isProse(lines: readonly OwnLine[]): boolean {
  return lines.filter((l) => l.text.length > 60 && /\p{Ll} \p{Ll}+/u.test(l.text)).length >= 2 && !lines.some((l) => hasContact(l.text))
}

/** Below underscores: somebody's contact, or a mailing list's. A form or a table has underscores above its answers too. */
function isFooter(lines: readonly OwnLine[]): boolean {
  const full = lines.filter((l) => hasWords(l.text))
  if (full.length === 0 || full.some((l) => l.quoted)) return false
  return (
    full.some((l) => hasContact(l.text) || isMobileLine(l.text) || /\bmailing list\b|unsubscribe|отписаться|рассылк/iu.test(l.text)) ||
    full.every((l) => isName(l.text))
  )
}

/** `Anna Petrova, Director`: at most five words, each with a capital. */
function isName(text: string): boolean {
  const list = text.split(/[\s,]+/).filter((w) => hasWords(w))
  return list.length <= 5 && list.every((w) => /^\p{Lu}[\p{L}.'’-]*$/u.test(w))
}

/** An address, a link or a telephone number that stands alone or behind a label. */
function hasContact(text: string): boolean {
  return (
    /^(?:\S+\s){0,4}<?[^\s<>@]{1,100}@[^\s<>@]{1,100}\.\p{L}{2,}>?\W*$/u.test(text) ||
    /^(?:\S+\s){0,3}<?(?:https?:\/\/|www\.)\S{1,300}$/.test(text) ||
    /^(?:\S+\s){0,3}\+?\d[\d\s()/.-]{6,20}$/.test(text)
  )
}

function findMobile(lines: readonly OwnLine[], answers: boolean): SignatureCut | null {
  let fences = 0
  let words = false
  for (let i = 0; i < lines.length; i += 1) {
    const text = lines[i]?.text ?? ''
    if (text.startsWith('```')) fences += 1
    const found = lines[i]?.quoted === false && fences % 2 === 0 ? mobileLine(text) : null
    if (found === null) {
      words ||= hasWords(text)
      continue
    }
    const first = i
    let end = i + 1
    while (end < lines.length && continuesMobile(lines, end)) end += 1
    i = end - 1
    if (!words) continue
    const last = end >= lines.length
    if (!last && (found !== 'sure' || !answers || (lines[first + 1]?.text !== '' && !continuesMobile(lines, first + 1)))) continue
    if (!last && lines[end - 1]?.text !== '') continue
    if (found === 'likely' && lines[first - 1]?.text !== '') continue
    return { start: first, end }
  }
  return null
}

function continuesMobile(lines: readonly OwnLine[], at: number): boolean {
  const text = lines[at]?.text ?? ''
  return text === '' || isMobileLine(text) || isLinkLine(text)
}
