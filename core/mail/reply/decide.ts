// Decides what of a mail is new: over the letters of `classify.ts`, in one pass down the mail.
import type { Classes } from './classify.ts'
import { quoteAfter } from './classify.ts'
import type { Line } from './lines.ts'
import { IMAGE, hasWords } from './lines.ts'
import type { OwnLine } from './signature.ts'
import { findSignature, opensSignature } from './signature.ts'

/** Where a line goes. */
export type Place = 'reply' | 'quote' | 'signature'

/** The fate of every line. */
export interface Decision {
  readonly places: readonly Place[]
  /** Line -> offset in `raw` from which on it is quote (the attribution shares the line). */
  readonly splits: ReadonlyMap<number, number>
  readonly interleaved: boolean
  readonly bottomPost: boolean
  /** What the cut begins with: tells a reply from a forward. */
  readonly cause: 'none' | 'attribution' | 'header' | 'original' | 'forward' | 'container' | 'quote'
  /** Line of the cut, or -1. */
  readonly at: number
}

/** A mail that answers nothing: all of it is new, but for what the author's program says is his signature. */
export function keepAll(lines: readonly Line[]): Decision {
  const places: Place[] = lines.map(() => 'reply')
  dropOurs(lines, places)
  signatures(lines, places, lines.length, false)
  return { places, splits: new Map(), interleaved: false, bottomPost: false, cause: 'none', at: -1 }
}

/** Decides over the classified lines of a mail that answers another. */
export function decide(lines: readonly Line[], classes: Classes): Decision {
  const { letters, attributions } = classes
  const places: Place[] = lines.map(() => 'reply')
  const splits = new Map<number, number>()
  const hard = hardCut(letters)
  let cause: Decision['cause'] = 'none'
  let at = -1
  const note = (why: Decision['cause'], line: number): void => {
    if (cause === 'none') {
      cause = why
      at = line
    }
  }
  const interleaved = isInterleaved(lines, classes, hard)
  const firstQuote = interleaved ? firstQuoteLine(letters) : -1
  let end = hard
  let bottomPost = false
  let looked = 0
  let words = false
  const wordsAbove = (line: number): boolean => {
    for (; looked < line && !words; looked += 1)
      words = places[looked] === 'reply' && (lines[looked]?.text === IMAGE || hasWords(lines[looked]?.text ?? ''))
    return words
  }
  if (interleaved) dropTrailingQuotes(lines, letters, places, hard, note)
  for (let i = 0; i < end; i += 1) {
    const letter = letters[i]
    if (letter === 'a') {
      const one = attributions.get(i)
      if (one === undefined) continue
      const quoted = quoteAfter(letters, one.end + 1)
      if (!quoted && !one.strong && !oldMailAfter(letters, one.end + 1)) continue
      if (interleaved && i >= firstQuote - 6) {
        i = one.end
        continue
      }
      note('attribution', i)
      if (one.offset > 0) splits.set(i, one.offset)
      for (let k = one.offset > 0 ? i + 1 : i; k <= one.end; k += 1) places[k] = 'quote'
      if (quoted) {
        i = takeQuotes(letters, places, one.end + 1, end) - 1
        continue
      }
      if (wordsAbove(i)) {
        end = i
        break
      }
      i = one.end
      continue
    }
    if (letter === 'q' && !interleaved) {
      const stop = runEnd(letters, i, end)
      const trailing = !hasTextAfter(lines, letters, stop, end)
      if (classes.attributed.has(i) || (trailing && wordsAbove(i))) {
        note('quote', i)
        takeQuotes(letters, places, i, end)
      }
      i = stop - 1
    }
  }
  for (let k = end; k < lines.length; k += 1) places[k] = 'quote'
  if (end === hard && hard < lines.length) {
    const letter = letters[hard]
    note(letter === 'f' ? 'forward' : letter === 'h' ? 'header' : letter === 'o' ? 'original' : 'container', hard)
    // The rule line above a header block belongs to it.
    for (let k = hard - 1; k >= 0 && (letters[k] === 'e' || letters[k] === 'r'); k -= 1) if (letters[k] === 'r') places[k] = 'quote'
  }
  for (let k = 0; k < end; k += 1) {
    if (places[k] === 'quote' && lines.slice(k + 1, end).some((l, n) => places[k + 1 + n] === 'reply' && hasWords(l.text)))
      bottomPost = true
    if (places[k] === 'quote') break
  }
  dropOurs(lines, places)
  signatures(lines, places, end, true)
  return { places, splits, interleaved, bottomPost, cause, at }
}

/**
 * Our own signature is nobody's words, wherever a quote is kept: between the author's answers, say. Only our own marker in HTML tells it: a
 * delimiter behind quote marks may as well be somebody else's words, which are kept.
 */
function dropOurs(lines: readonly Line[], places: Place[]): void {
  for (let i = 0; i < lines.length; i += 1) if (lines[i]?.mark === 'ours' && places[i] === 'reply') places[i] = 'quote'
}

/** The first line from which everything is old: a header block, a banner, a mark of the mail program. */
function hardCut(letters: readonly string[]): number {
  for (let i = 0; i < letters.length; i += 1) if (/^[fhox]$/.test(letters[i] ?? '')) return i
  return letters.length
}

/** Quote, text, quote, text: the author answers point by point, and only the whole makes sense. */
function isInterleaved(lines: readonly Line[], classes: Classes, hard: number): boolean {
  const { letters } = classes
  let runs = 0
  let i = 0
  while (i < hard) {
    if (letters[i] !== 'q') {
      i += 1
      continue
    }
    const stop = runEnd(letters, i, hard)
    if (hasTextAfter(lines, letters, stop, nextQuote(letters, stop, hard))) runs += 1
    i = stop
  }
  return runs >= 2
}

function firstQuoteLine(letters: readonly string[]): number {
  return letters.indexOf('q')
}

function nextQuote(letters: readonly string[], from: number, end: number): number {
  for (let k = from; k < end; k += 1) if (letters[k] === 'q') return k
  return end
}

function runEnd(letters: readonly string[], from: number, end: number): number {
  let k = from
  while (k < end && (letters[k] === 'q' || (letters[k] === 'e' && quoteAfter(letters, k)))) k += 1
  return k
}

/** Marks a run of quote lines and the blank lines in and below it; the line after it. */
function takeQuotes(letters: readonly string[], places: Place[], from: number, end: number): number {
  let k = from
  while (k < end && (letters[k] === 'q' || (letters[k] === 'e' && quoteAfter(letters, k)))) {
    places[k] = 'quote'
    k += 1
  }
  const stop = k
  while (k < end && letters[k] === 'e') places[k++] = 'quote'
  return stop
}

/** Words of the author between two lines; a signature is none. */
function hasTextAfter(lines: readonly Line[], letters: readonly string[], from: number, end: number): boolean {
  for (let k = from; k < end; k += 1) {
    const text = lines[k]?.text ?? ''
    if (letters[k] === 'a' || letters[k] === 'c' || letters[k] === 'q') continue
    if (lines[k]?.mark === 'sign' || (/^(?:[-–]{2}|—|-- --|_{2,})$/.test(text) && footer(lines, k))) return false
    if (letters[k] === 't' && hasWords(text)) return true
  }
  return false
}

/** A signature begins on line `at`, and only plain lines are below. */
function footer(lines: readonly Line[], at: number): boolean {
  return opensSignature(lines.slice(at, at + 60).map(ownLine), 0, true)
}

/** The quote below the last answer, above a signature or not. */
function dropTrailingQuotes(
  lines: readonly Line[],
  letters: readonly string[],
  places: Place[],
  hard: number,
  note: (why: 'quote', line: number) => void,
): void {
  let end = hard
  for (let k = Math.max(0, hard - 45); k < hard; k += 1)
    if (lines[k]?.depth === 0 && hard === lines.length && footer(lines, k)) {
      end = k
      break
    }
  let k = end
  while (k > 0 && /^[qe]$/.test(letters[k - 1] ?? '')) k -= 1
  if (!letters.slice(k, end).includes('q')) return
  // The attribution above it goes with it.
  while (k > 0 && letters[k] !== 'a' && /^[ac]$/.test(letters[k - 1] ?? '')) k -= 1
  for (let i = k; i < end; i += 1) places[i] = 'quote'
  note('quote', k)
}

/** Whether only blank lines stand between here and the header block or banner of an old mail. */
function oldMailAfter(letters: readonly string[], from: number): boolean {
  let k = from
  while (letters[k] === 'e' && k - from < 3) k += 1
  return /^[ho]$/.test(letters[k] ?? '')
}

/** Splits the signature off the author's lines; what stands below a mobile signature is an old mail without any mark. */
function signatures(lines: readonly Line[], places: Place[], end: number, answers: boolean): void {
  const own: number[] = []
  for (let k = 0; k < end; k += 1) {
    if (places[k] !== 'reply') continue
    if (lines[k]?.mark === 'sign') places[k] = 'signature'
    else own.push(k)
  }
  const cut = findSignature(
    own.map((k) => ownLine(lines[k])),
    answers,
  )
  if (cut === null) return
  for (let n = cut.start; n < own.length; n += 1) {
    const k = own[n]
    if (k !== undefined) places[k] = n < cut.end ? 'signature' : 'quote'
  }
}

function ownLine(line: Line | undefined): OwnLine {
  return { text: line?.text ?? '', raw: line?.raw ?? '', quoted: (line?.depth ?? 0) > 0 }
}
