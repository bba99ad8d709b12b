// Gives every line one letter; the decisions in `decide.ts` are made over the string of letters.
//
//   e  empty            q  quote (behind ">" or in a quoting element)      a  attribution (first line of it; c: its further lines)
//   t  text             h  header block (c: its further lines)             o  "Original Message" banner
//   r  rule             f  forward banner                                  x  from here on the mail program says: old conversation
import { attributionEndingAt } from './attribution.ts'
import { judge, namesMoment } from './attribution-shape.ts'
import { dashedBanner, isRule, spokenForward } from './banner.ts'
import { dateLevel, hasTime, opensWithDate } from './dates.ts'
import type { HeaderBlock } from './header-block.ts'
import { headerBlockAt, headerFields } from './header-block.ts'
import type { Line } from './lines.ts'
import { hasWords } from './lines.ts'

/** The letters of a mail and what they stand for. */
export interface Classes {
  readonly letters: readonly string[]
  /** Line of an attribution's beginning: whether it counts without a quote after it, and where in the line it begins. */
  readonly attributions: ReadonlyMap<number, { readonly end: number; readonly strong: boolean; readonly offset: number }>
  /** Line of a header block's beginning. */
  readonly headers: ReadonlyMap<number, HeaderBlock>
  /** Runs of quote lines that certainly quote somebody: an attribution inside, or the markup says so. */
  readonly attributed: ReadonlySet<number>
}

type Attributions = Map<number, { end: number; strong: boolean; offset: number }>

/** Header lines and banners looked at inside a run of quote lines. */
const LOOK_INTO_QUOTE = 6

/** The letters of these lines. */
export function classify(lines: readonly Line[]): Classes {
  const letters: string[] = lines.map((line) => letterOf(line))
  const fenced = findFences(lines)
  const attributions = new Map<number, { end: number; strong: boolean; offset: number }>()
  const headers = new Map<number, HeaderBlock>()
  findAttributions(lines, letters, attributions, fenced)
  findArrows(lines, letters, attributions)
  findRunOn(lines, letters, attributions)
  findUnknown(lines, letters, attributions)
  findPiped(lines, letters, attributions)
  findInitials(lines, letters)
  findIndented(lines, letters, attributions)
  findSpaced(lines, letters, attributions)
  findBanners(lines, letters, headers, fenced)
  joinLazyLines(lines, letters)
  return { letters, attributions, headers, attributed: findAttributed(lines, letters) }
}

function letterOf(line: Line): string {
  switch (line.mark) {
    case 'marker':
      return line.depth > 0 ? 'q' : 'x'
    case 'after':
      return 'x'
    case 'cut':
    case 'cite':
    case 'ours':
      return line.text === '' ? 'e' : 'q'
    case 'indent':
    case 'reply':
      return line.text === '' ? 'e' : 'i'
    default:
      if (line.text === '') return line.depth > 0 && line.raw.trim() !== '' ? 'q' : 'e'
      return line.depth > 0 && line.raw.trimStart().startsWith('>') ? 'q' : isRule(line) ? 'r' : 't'
  }
}

function findAttributions(
  lines: readonly Line[],
  letters: string[],
  found: Map<number, { end: number; strong: boolean; offset: number }>,
  fenced: ReadonlySet<number>,
): void {
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]
    if (line === undefined) continue
    if (line.mark === 'attribution') {
      let end = i
      while (lines[end + 1]?.mark === 'attribution') end += 1
      const banner = lines.slice(i, end + 1).some((l) => dashedBanner(l.text) !== null)
      if (!banner && lines.slice(i, end + 1).some((l) => l.text !== '')) {
        found.set(i, { end, strong: true, offset: 0 })
        for (let k = i; k <= end; k += 1) letters[k] = k === i ? 'a' : 'c'
      }
      i = end
      continue
    }
    if (letters[i] === 'x' || letters[i] === 'e' || line.mark === 'cut' || fenced.has(i)) continue
    const one = attributionEndingAt(lines, i)
    if (one === null) continue
    if (letters[i] === 'q' && lines[one.start]?.depth !== 0) continue
    // A wrapped one may have passed for a weak one at the end of its first line.
    const before = found.get(one.start)
    if (letters[one.start] === 'c' || (before !== undefined && (before.strong || one.strength === 'weak'))) continue
    const start = one.offset > 0 ? one.start : introduction(lines, letters, one.start)
    found.set(start, { end: i, strong: one.strength === 'strong', offset: one.offset })
    for (let k = start; k <= i; k += 1) letters[k] = k === start ? 'a' : 'c'
  }
}

/** Yandex puts a row of dashes, Кому: and Тема: above its attribution: where that begins. */
function introduction(lines: readonly Line[], letters: readonly string[], at: number): number {
  let labels = 0
  for (let k = at - 1; k >= 0 && at - k <= 6; k -= 1) {
    const kind = headerFields(lines[k]?.text ?? '')?.[0]?.kind
    if (letters[k] === 'r') return labels > 0 ? k : at
    if (letters[k] === 'e') continue
    if (kind !== 'to' && kind !== 'cc' && kind !== 'subject' && kind !== 'from') return at
    labels += 1
  }
  return at
}

/** Lines between ``` and ```: the author shows something, so nothing in it is a mark. */
function findFences(lines: readonly Line[]): ReadonlySet<number> {
  const inside = new Set<number>()
  let open = -1
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]
    if (line === undefined || line.depth > 0 || !line.text.startsWith('```')) continue
    if (open >= 0) for (let k = open; k <= i; k += 1) inside.add(k)
    open = open >= 0 ? -1 : i
  }
  return inside
}

/** Some programs quote with "|": only believed directly under an attribution. */
function findPiped(lines: readonly Line[], letters: string[], attributions: ReadonlyMap<number, { readonly end: number }>): void {
  for (const { end } of attributions.values()) {
    for (let k = nextFull(lines, end + 1); /^\|(?:\s|$)/.test(lines[k]?.text ?? ''); k += 1) letters[k] = 'q'
  }
}

/** The Bat! quotes with the initials of the author: `AP> text`. Three such lines are no accident. */
function findInitials(lines: readonly Line[], letters: string[]): void {
  const seen = new Map<string, number[]>()
  lines.forEach((line, i) => {
    const initials = letters[i] === 't' ? /^(\p{Lu}{1,3})>+(?:\s|$)/u.exec(line.text.slice(0, 8))?.[1] : undefined
    if (initials !== undefined) {
      const list = seen.get(initials)
      if (list === undefined) seen.set(initials, [i])
      else list.push(i)
    }
  })
  for (const found of seen.values()) if (found.length >= 3) for (const i of found) letters[i] = 'q'
}

/** GroupWise: `>>> Name <address> 21.09.2026 09:12 >>>`, then the old mail without marks. */
function findArrows(lines: readonly Line[], letters: string[], attributions: Attributions): void {
  lines.forEach((line, i) => {
    if (letters[i] !== 'q' || line.mark !== 'plain' || !line.raw.trimStart().startsWith('>>>') || line.text.length > 300) return
    const closed = /^(.{3,250}?)\s*>>>$/.exec(line.text)?.[1]
    const arrow = closed !== undefined && dateLevel(closed) > 0 && (hasTime(closed) || closed.includes('@'))
    const below = nextFull(lines, i + 1)
    const attribution = arrow || (letters[below] !== 'q' && attributionEndingAt(lines, i)?.strength === 'strong')
    if (!attribution) return
    letters[i] = 'a'
    attributions.set(i, { end: i, strong: true, offset: 0 })
  })
}

/** Markup was lost, and the quote runs on in the line of its attribution: `On .., X wrote: > Old words > more`. */
function findRunOn(lines: readonly Line[], letters: string[], attributions: Attributions): void {
  lines.forEach((line, i) => {
    if (letters[i] !== 't' && letters[i] !== 'i') return
    const head = /^(.{10,300}?[:：])\s?>\s/u.exec(line.text.slice(0, 320))?.[1]
    if (head === undefined || !opensWithDate(head) || judge(head, false) === null) return
    letters[i] = 'a'
    attributions.set(i, { end: i, strong: true, offset: 0 })
  })
}

/** Directly above a quote a line with a whole date, a time and a name needs no verb, colon or address that we know. */
function findUnknown(lines: readonly Line[], letters: string[], attributions: Attributions): void {
  for (let i = 1; i < letters.length; i += 1) {
    if (letters[i] !== 'q' || letters[i - 1] === 'q' || lines[i]?.mark === 'indent' || lines[i]?.mark === 'reply') continue
    let k = i - 1
    while (k >= 0 && letters[k] === 'e' && i - k < 3) k -= 1
    const line = lines[k]
    if (letters[k] !== 't' || line === undefined || line.text.length > 250 || letters[k - 1] === 't') continue
    if (!namesMoment(line.text)) continue
    letters[k] = 'a'
    attributions.set(k, { end: k, strong: false, offset: 0 })
  }
}

/** Under an attribution without marks below it, a block that is indented down to the end of the mail is the quote. */
function findSpaced(lines: readonly Line[], letters: string[], attributions: Attributions): void {
  const indented = (k: number): boolean => letters[k] === 'e' || (letters[k] === 't' && /^(?: {2,}|\t)/.test(lines[k]?.raw ?? ''))
  let from = lines.length
  while (from > 0 && indented(from - 1)) from -= 1
  for (const { end } of attributions.values()) {
    if (end + 1 < from) continue
    for (let k = end + 1; k < lines.length; k += 1) if (letters[k] === 't') letters[k] = 'q'
  }
}

/**
 * A bare blockquote is a quote only under an attribution, or with one as its first line; else it is the author's indent. Gmail's, without
 * what Gmail puts around a quote, is one at the end of the mail too: higher up somebody has picked a phrase to speak of.
 */
function findIndented(lines: readonly Line[], letters: string[], attributions: Attributions): void {
  const indented = (k: number): boolean => lines[k]?.mark === 'indent' || lines[k]?.mark === 'reply'
  for (let i = 0; i < letters.length; i += 1) {
    if (letters[i] !== 'i' && !(letters[i] === 'a' && indented(i))) continue
    const same = (k: number): boolean => indented(k) && lines[k]?.block === lines[i]?.block
    let end = i
    while (end + 1 < letters.length && (same(end + 1) || (letters[end + 1] === 'e' && same(end + 2)))) end += 1
    let before = i - 1
    while (before >= 0 && (letters[before] === 'e' || letters[before] === 'r')) before -= 1
    let top = before
    while (top >= 0 && letters[top] === 'c') top -= 1
    const inside = letters[i] === 'a' || (i + 1 <= end && attributions.get(i) !== undefined)
    const atEnd = lines[i]?.mark === 'reply' && !lines.slice(end + 1).some((l, n) => letters[end + 1 + n] !== 'q' && hasWords(l.text))
    const quote = (letters[top] === 'a' && attributions.has(top)) || inside || atEnd || headerBlockAt(lines, i, false) !== null
    for (let k = i; k <= end; k += 1) {
      if (letters[k] === 'e') continue
      letters[k] = quote ? 'q' : 't'
      if (quote) attributions.delete(k)
    }
    i = end
  }
}

function findBanners(lines: readonly Line[], letters: string[], headers: Map<number, HeaderBlock>, fenced: ReadonlySet<number>): void {
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]
    const letter = letters[i]
    if (
      line === undefined ||
      fenced.has(i) ||
      (letter !== 't' && letter !== 'a' && !(letter === 'q' && startsRun(letters, i)) && letter !== 'x')
    )
      continue
    const dashed = dashedBanner(line.text)
    if (dashed !== null && (dashed.sure || announces(lines, letters, i, dashed.rest))) {
      letters[i] = letter === 'x' && dashed.banner !== 'forward' ? 'x' : dashed.banner === 'forward' ? 'f' : letter === 'q' ? 'q' : 'o'
      continue
    }
    if (spokenForward(line.text)) {
      const next = nextFull(lines, i + 1)
      if (next - i <= 4 && (headerBlockAt(lines, next, true) !== null || headerFields(lines[next]?.text ?? '') !== null)) {
        letters[i] = 'f'
        continue
      }
    }
    if (letter === 'x' || letter === 'a') continue
    const block = headerBlockAt(lines, i, ruled(letters, i))
    if (block === null) continue
    if (letter === 'q') continue
    headers.set(i, block)
    for (let k = i; k <= block.end; k += 1) letters[k] = k === i ? 'h' : 'c'
    i = block.end
  }
}

/** A header line or a quote stands below a banner, or a header line on it. */
function announces(lines: readonly Line[], letters: readonly string[], at: number, rest: string): boolean {
  if (headerFields(rest) !== null || letters[at] === 'x') return true
  const next = nextFull(lines, at + 1)
  return letters[next] === 'q' || letters[next] === 'a' || (headerFields(lines[next]?.text ?? '')?.[0]?.kind ?? 'other') !== 'other'
}

/** A rule, or a banner, stands directly above. */
function ruled(letters: readonly string[], at: number): boolean {
  let k = at - 1
  while (k >= 0 && letters[k] === 'e' && at - k < 3) k -= 1
  return letters[k] === 'r' || letters[k] === 'o' || letters[k] === 'f'
}

function startsRun(letters: readonly string[], at: number): boolean {
  for (let k = at - 1, looked = 0; k >= 0 && looked < LOOK_INTO_QUOTE; k -= 1) {
    if (letters[k] === 'q') looked += 1
    else if (letters[k] !== 'e') return true
    if (letters[k] === 'q' && looked >= 2) return false
  }
  return true
}

function nextFull(lines: readonly Line[], from: number): number {
  let i = from
  while (i < lines.length && i < from + 5 && lines[i]?.text === '') i += 1
  return i
}

/** A quoted line that was wrapped without its mark, or a link that broke out: one line between quote lines. */
function joinLazyLines(lines: readonly Line[], letters: string[]): void {
  for (let i = 1; i + 1 < letters.length; i += 1) {
    if (letters[i] !== 't' || letters[i - 1] !== 'q' || letters[i + 1] !== 'q') continue
    const text = lines[i]?.text ?? ''
    const above = lines[i - 1]?.raw ?? ''
    const wrapped = above.length >= 60 && /^[\p{Ll}\p{N}("'<]/u.test(text)
    const open = /[(<[][^\s()<>[\]]{0,300}$/.test(above.slice(-320)) && /^\S{1,300}[)>\]]$/.test(text)
    const link = /^[<([]?\s?(?:https?:\/\/|mailto:)\S{1,500}[>)\]]?\s?>?$/.test(text.slice(0, 600))
    if (wrapped || link || open) letters[i] = 'q'
  }
}

function findAttributed(lines: readonly Line[], letters: readonly string[]): Set<number> {
  const sure = new Set<number>()
  for (let i = 0; i < letters.length; i += 1) {
    if (letters[i] !== 'q') continue
    let end = i
    while (end + 1 < letters.length && (letters[end + 1] === 'q' || (letters[end + 1] === 'e' && quoteAfter(letters, end + 1)))) end += 1
    if (knownQuote(lines, i, end)) sure.add(i)
    i = end
  }
  return sure
}

function knownQuote(lines: readonly Line[], start: number, end: number): boolean {
  const mark = lines[start]?.mark
  if (mark === 'cut' || mark === 'cite' || mark === 'ours' || mark === 'indent' || mark === 'reply') return true
  let looked = 0
  for (let k = start; k <= end && looked < LOOK_INTO_QUOTE; k += 1) {
    const text = lines[k]?.text ?? ''
    if (!hasWords(text)) continue
    looked += 1
    const one = attributionEndingAt(lines, k)
    if (one !== null && one.start >= start && one.strength === 'strong' && (looked <= 2 || one.start === start)) return true
    if (looked === 1 && (headerBlockAt(lines, k, false) !== null || dashedBanner(text) !== null)) return true
  }
  return false
}

/** Whether the blank lines from here on end in a quote line. */
export function quoteAfter(letters: readonly string[], from: number): boolean {
  let k = from
  while (letters[k] === 'e' && k - from < 6) k += 1
  return letters[k] === 'q'
}
