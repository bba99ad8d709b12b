// What of an agent's own lines is a signature: it stands at the end, below a mark, a sign-off or his name, and holds no sentences.
import { isMobileLine } from '../../core/plugin.ts'
import { fold } from './fold.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What a reader of agents' mails knows: the words of commands and sign-offs, and the agent's own name. */
export interface Reader {
  readonly vocabulary: Vocabulary
  readonly agentName: string
}

const longest = 15

/**
 * Whether everything from the first of these lines to the end of the mail is a signature. Right below a line that may as well be
 * a rule (`---`, `___`) stands his name, a sign-off, an address, a number or the line of a mail program. `above`: the line right above them; his
 * name begins a signature below a blank line only.
 */
export function isSignature(lines: readonly string[], reader: Reader, above = ''): boolean {
  const [first = '', ...below] = lines.map((l) => l.trim()).filter((l) => l !== '')
  if (first === '' || below.length >= longest || below.some(isProse)) return false
  if (isMobileLine(first)) return below.every((l) => isMobileLine(l) || isContact(l))
  if (/^(?:--|—|––|-- --)$/.test(first)) return true
  if (isRule(first)) return below[0] !== undefined && isSigned(below[0], reader)
  return isSignOff(first, reader) || (above.trim() === '' && isName(first, reader))
}

/** A line that only signatures have: a sign-off, the agent's name, a way to reach him, or the line of a mail program. */
export function isSigned(line: string, reader: Reader): boolean {
  const text = line.trim()
  return isMobileLine(text) || isContact(text) || isSignOff(text, reader) || isName(text, reader) || namesAgent(text, reader)
}

/** Such a line, a delimiter, or names alone, which have capitals (people, firms, places): in a signature nobody misses it. */
export function isUsual(line: string, reader: Reader): boolean {
  return !/(?<![\p{L}@.])\p{Ll}[\p{L}’'-]{2}/u.test(line) || isSigned(line, reader)
}

const isRule = (text: string): boolean => /^(?:_{2,100}|-{3,100})$/.test(text)

/** A sentence, or too long for a signature: names, titles, addresses and numbers are neither. */
export function isProse(text: string): boolean {
  const small = text.match(/(?<![\p{L}@.])\p{Ll}[\p{L}’'-]*(?![\p{L}@.]\S)/gu)?.length ?? 0
  return text.length > 120 || (small >= 2 && /[.!?…:;]$/.test(text)) || small >= 6
}

/** An address, a link or a telephone number. */
export function isContact(text: string): boolean {
  return /\+?\d[\d ()-]{5,20}\d|[^\s@]@[^\s@]+\.|https?:\/\/|www\./.test(text)
}

/** A sign-off, alone or with a name behind it: "Best regards, Anna Smith", and not "С уважением отнёсся к просьбе". */
function isSignOff(text: string, { vocabulary }: Reader): boolean {
  const folded = fold(text)
  return vocabulary.signOffs.some((s) => {
    const words = s.replace(/,$/, '')
    if (!folded.startsWith(words)) return false
    const rest = text.normalize('NFKC').replace(/\s+/g, ' ').trim().slice(words.length)
    return /^[,.!]?$/.test(rest.trim()) || /^,? (?:\p{Lu}[\p{L}.'’-]*[ ,]{0,2}){1,5}$/u.test(rest)
  })
}

/** The agent's full name, perhaps with a title beside it. */
function isName(text: string, { agentName }: Reader): boolean {
  const words = fold(text).split(/[^\p{L}\p{N}]+/u)
  const name = fold(agentName).split(' ').filter(Boolean)
  return name.length > 0 && text.length <= 80 && !isProse(text) && words.length <= name.length + 6 && name.every((w) => words.includes(w))
}

function namesAgent(text: string, { agentName }: Reader): boolean {
  const name = new Set(
    fold(agentName)
      .split(' ')
      .filter((w) => w.length > 1),
  )
  return (
    text.length <= 80 &&
    fold(text)
      .split(/[^\p{L}\p{N}]+/u)
      .some((w) => name.has(w))
  )
}
