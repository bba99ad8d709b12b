// Finds attribution lines: "On <date>, <name> <address> wrote:" in every language and wrapping we know.
//
// An attribution is recognised by what it is made of (writing verb, date, time, address, how it opens and ends), not by one
// pattern a language, and by what it is not made of: a name has capital letters, a sentence has other words besides. It is looked
// for backwards from lines that can end one (a colon, a verb, `>`, dashes), over at most five lines and 400 characters, so the
// work is linear in the size of the mail.
import { endsWithVerb, isOldGmail, judge, mentionsVerb } from './attribution-shape.ts'
import { dateLevel, opensWithDate } from './dates.ts'
import type { Line } from './lines.ts'

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
/** Mail programs wrap at 60 columns at the earliest: a shorter line was ended by its author. */
const MIN_WRAP = 58

/** The attribution that ends on line `end`, or null. */
export function attributionEndingAt(lines: readonly Line[], end: number): Attribution | null {
  const last = lines[end]
  if (last === undefined || last.text.length > MAX_LENGTH || !canEnd(last, lines, end)) return null
  const alone = (lines[end + 1]?.text ?? '') === ''
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
    if (joined !== '' && (/^[-_=*]{3,}$/.test(text) || !wrapped(text, joined, best !== null))) break
    taken += 1
    joined = joined === '' ? text : `${text} ${joined}`
    if (taken > MAX_LINES || joined.length > MAX_LENGTH) break
    const found = judge(joined, alone)
    if (found === null) continue
    if (best === null || rank(found, joined) > rank(best.strength, bestText)) {
      best = { start, end, strength: found, offset: 0 }
      bestText = joined
    }
    if (rank(found, joined) === 3) break
  }
  if (best?.strength === 'strong' && opensWithDate(bestText)) return best
  const inner = inline(last, end)
  return best?.strength === 'strong' && (inner === null || inner.offset === 0 || best.start !== end) ? best : (inner ?? best)
}

/**
 * Whether `below` may be the rest of the line `upper`, broken off by a mail program. One that is an attribution by itself (`whole`)
 * has more above it only where the line was full, or stopped in the middle.
 */
function wrapped(upper: string, below: string, whole: boolean): boolean {
  if (/[<([,"“«„]$/.test(upper) || /^[<(]|^mailto:/i.test(below)) return true
  if (upper.length + 1 + (below.split(' ')[0] ?? '').length >= MIN_WRAP) return true
  return !whole
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
    if (judge(tail, false) === 'strong' && /[:：]\s*$/.test(tail)) return { start: at, end: at, strength: 'weak', offset }
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
  return (
    endsWithVerb(text) ||
    isOldGmail(text) ||
    (text.length < 160 && /^[^\p{L}\p{N}]{0,4}(?:\p{L}{1,8}[^\p{L}\p{N}]{1,2}){0,3}\d/u.test(text) && mentionsVerb(text))
  )
}
