// Finds the commands under an answer: the lines at its end that are commands and nothing else. Pure, one pass down the lines.
//
//   Здравствуйте! Уже чиним.          text: what the customer gets, unchanged
//
//   @ответственный Борис Иванов       commands, each on its own line, one blank before the value
//   @заметка звонил клиенту,          `lines` goes on down to the next command, a signature or the end
//   ждёт до пятницы
//   --                                signature: belongs to nobody
//   Анна
//
// Lines that may be meant as commands and are none (a typo, a command with text below it) are doubts: whoever reads them as text might
// send an internal remark to a customer.
import { distance, fold, plainLine } from './fold.ts'
import { isSignature } from './signature.ts'
import type { Reader } from './signature.ts'
import type { CommandSpec, Vocabulary } from './vocabulary.ts'

/** One command as it was written. */
export interface WrittenCommand {
  readonly spec: CommandSpec
  /** What stands behind the name; null where nothing does. */
  readonly value: string | null
  /** Why the value cannot be taken whatever it says. */
  readonly fault: 'spaces' | null
  /** The line, for telling about it. */
  readonly line: string
}

/** A line that may be meant as a command. `mistyped`: `near` is the id of the command it resembles. `misplaced`: a command with text below it. */
export interface Doubt {
  readonly why: 'mistyped' | 'misplaced'
  readonly line: string
  readonly near: string | null
}

/** A mail's new words, taken apart. */
export interface Answer {
  /** Everything above the commands, without blank lines at its end. */
  readonly text: string
  readonly commands: readonly WrittenCommand[]
  readonly doubts: readonly Doubt[]
  /** The text with the doubtful lines in it: what leaves when it is sent as it is. */
  readonly asIs: string
  /** What stands below the commands and was taken for a signature. */
  readonly signature: readonly string[]
  /** Index of the first line of the block; the number of lines where there is none. */
  readonly start: number
  /** A note of several paragraphs while nothing is left to send: perhaps the answer went into the note. */
  readonly swallowed: boolean
}

/** Splits the new words of an agent's mail. */
export function readAnswer(text: string, reader: Reader): Answer {
  const raw = text.split('\n')
  const lines = raw.map((line) => readLine(line, reader.vocabulary))
  let block: Block | null = null
  for (let i = 0; i < lines.length && !block;) {
    const line = lines[i]
    if (line?.kind !== 'command') {
      i++
      continue
    }
    const tried = consume(raw, lines, i, reader)
    if (typeof tried === 'number') i = Math.max(i + 1, tried)
    else block = tried
  }
  const start = block?.start ?? lines.length
  const above = raw.slice(0, start)
  const doubts = [...doubtsAbove(lines.slice(0, start), block !== null), ...(block?.doubts ?? [])]
  const body = joinLines(above)
  return {
    text: body,
    commands: block?.commands ?? [],
    doubts,
    asIs: [body, ...(block?.doubts ?? []).map((d) => d.line)].filter((t) => t !== '').join('\n'),
    signature: block?.signature ?? [],
    start,
    swallowed: body.trim() === '' && (block?.commands ?? []).some((c) => c.spec.value === 'lines' && /\n\s*\n/.test(c.value ?? '')),
  }
}

/** Those of the lines that are commands, wherever they stand. */
export function commandLines(lines: readonly string[], vocabulary: Vocabulary): readonly string[] {
  return lines.filter((line) => readLine(line, vocabulary).kind === 'command')
}

type Line =
  | {
      readonly kind: 'command'
      readonly spec: CommandSpec
      readonly value: string | null
      readonly fault: 'spaces' | null
      readonly text: string
    }
  /** Begins with @ and a letter. `near`: the command it resembles; `words`: how many it has; `mention`: `@ivan, ...`. */
  | { readonly kind: 'at'; readonly near: string | null; readonly words: number; readonly mention: boolean; readonly text: string }
  | { readonly kind: 'blank' | 'text'; readonly text: string }

/** Bullets, numbers and signs of emphasis that people and programs put before a command. */
const decoration = /^ {0,40}(?:(?:[-–—•·▪◦‣⁃+]|\* |\d{1,2}[.)]) {0,4})?([*_]{0,3})\\?[@＠﹫]/

function readLine(raw: string, vocabulary: Vocabulary): Line {
  const text = plainLine(raw.slice(0, 100_000))
  if (text.trim() === '') return { kind: 'blank', text }
  const lead = decoration.exec(text)
  if (!lead) return { kind: 'text', text }
  let rest = text.slice(lead[0].length)
  if (lead[1] !== '') rest = rest.replace(/[*_]{1,3}$/, '')
  for (const name of vocabulary.names) {
    const found = afterName(rest, name.words)
    if (found === null) continue
    const spec = vocabulary.commands.get(name.id)
    if (spec) return { kind: 'command', spec, ...found, text: text.trim() }
  }
  if (!/^ ?[\p{L}\p{N}]/u.test(rest)) return { kind: 'text', text }
  const words = rest.trim().split(/ +/)
  return {
    kind: 'at',
    near: resembled(words, vocabulary),
    words: words.length,
    mention: /^[^ ]{1,60}[,!?]/.test(rest) || /^[\p{L}\p{N}._-]{1,60}@/u.test(rest),
    text: text.trim(),
  }
}

/** What stands behind a name at the beginning of `rest`; null where it does not begin with it. */
function afterName(rest: string, words: readonly string[]): { readonly value: string | null; readonly fault: 'spaces' | null } | null {
  let at = 0
  for (const [i, word] of words.entries()) {
    const blanks = i === 0 ? 0 : (/^ +/.exec(rest.slice(at, at + 50))?.[0].length ?? 0)
    if (i > 0 && blanks === 0) return null
    const end = rest.indexOf(' ', at + blanks)
    const written = rest.slice(at + blanks, end < 0 ? rest.length : end)
    const last = i === words.length - 1
    // A colon behind the name, a full stop behind a command alone: people write them.
    const bare = last ? written.replace(end < 0 ? /[:.,;!]{1,3}$/ : /:$/, '') : written
    if (written.length > 100 || fold(bare) !== word) return null
    at += blanks + written.length
  }
  const tail = rest.slice(at)
  if (tail.trim() === '') return { value: null, fault: null }
  return tail.startsWith('  ') ? { value: tail.trim(), fault: 'spaces' } : { value: tail.slice(1), fault: null }
}

/** The command that a line resembles most: few letters wrong, a blank forgotten or too much, or written together. */
function resembled(words: readonly string[], vocabulary: Vocabulary): string | null {
  let best: { readonly id: string; readonly n: number } | null = null
  const first = fold(words[0] ?? '')
  for (const name of vocabulary.names) {
    const wanted = name.words.join(' ')
    const joined = name.words.join('')
    const given = name.words.length === 1 ? first : fold(words.slice(0, name.words.length).join(' '))
    const most = wanted.length <= 4 ? 1 : 2
    let n = wanted.length >= 3 ? distance(given.replace(/[:.,;!]+$/, ''), wanted, most) : most + 1
    if (name.words.length > 1) n = Math.min(n, distance(first, joined, most))
    if (joined.length >= 4 && first.startsWith(joined)) n = Math.min(n, most)
    if (n <= most && n < (best?.n ?? Number.POSITIVE_INFINITY)) best = { id: name.id, n }
  }
  return best?.id ?? null
}

interface Block {
  readonly start: number
  readonly commands: readonly WrittenCommand[]
  readonly doubts: readonly Doubt[]
  readonly signature: readonly string[]
}

/** Reads from a command down to the end; or the line of text that does not belong to a block. */
function consume(raw: readonly string[], lines: readonly Line[], start: number, reader: Reader): Block | number {
  const commands: { spec: CommandSpec; value: string | null; fault: 'spaces' | null; line: string; last: string }[] = []
  const doubts: Doubt[] = []
  let open: (typeof commands)[number] | null = null
  let blanks = 0
  let end = lines.length
  for (let i = start; i < lines.length; i++) {
    const line = lines[i]
    if (!line) break
    if (line.kind === 'blank') {
      blanks++
      continue
    }
    if (line.kind === 'command') {
      open = { spec: line.spec, value: line.value, fault: line.fault, line: line.text, last: line.text }
      commands.push(open)
    } else if (isSignature(raw.slice(i), reader, open?.value?.endsWith(':') ? ':' : raw[i - 1])) {
      end = i
      break
    } else if (line.kind === 'at' && (open?.spec.value !== 'lines' || line.near !== null)) {
      doubts.push({ why: 'mistyped', line: line.text, near: line.near })
      open = null
    } else if (open?.spec.value === 'lines') {
      open.value = `${open.value ?? ''}${open.value === null ? '' : '\n'.repeat(1 + Math.min(blanks, 1))}${plainLine(raw[i] ?? '').trim()}`
    } else if (open && blanks === 0 && goesOn(open, line.text)) {
      open.value = `${open.value ?? ''} ${line.text.trim()}`.trim()
      open.last = line.text
    } else {
      return i
    }
    blanks = 0
  }
  return {
    start,
    doubts,
    signature: raw.slice(end),
    commands: commands.map(({ spec, value, fault, line }) => ({ spec, value, fault, line })),
  }
}

/** Whether a mail program broke the line before this one: its first word had no room there any more, or a list was not at its end. */
function goesOn(open: { readonly spec: CommandSpec; readonly value: string | null; readonly last: string }, next: string): boolean {
  if (open.spec.value === 'none' || open.value === null) return false
  if ((open.spec.value === 'addresses' || open.spec.value === 'tags') && /[,;]$/.test(open.last)) return true
  const firstWord = next.trim().split(' ', 1)[0] ?? ''
  return open.last.length + 1 + firstWord.length > 70
}

/** Lines above the block that may be meant for us: typos anywhere, commands out of place, and at the very end whatever looks like an order. */
function doubtsAbove(lines: readonly Line[], blockBelow: boolean): readonly Doubt[] {
  const doubts: Doubt[] = []
  let atEnd = true
  for (const line of [...lines].reverse()) {
    if (line.kind === 'blank') continue
    if (line.kind === 'command') doubts.push({ why: 'misplaced', line: line.text, near: line.spec.id })
    else if (line.kind === 'at') {
      const orderLike = atEnd && !line.mention && (line.words > 1 || blockBelow)
      if (line.near !== null || orderLike) doubts.push({ why: 'mistyped', line: line.text, near: line.near })
    } else atEnd = false
  }
  return doubts.reverse()
}

/** The lines without blank ones at the end; leading ones stay, the text is the author's. */
function joinLines(lines: readonly string[]): string {
  let end = lines.length
  while (end > 0 && (lines[end - 1] ?? '').trim() === '') end--
  return lines.slice(0, end).join('\n')
}
