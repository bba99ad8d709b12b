// Command lines of SMTP and LMTP taken apart (RFC 5321 §4.1, RFC 2033, RFC 6531): lenient where a mail would be lost, strict where it could be misread.
import { isUtf8 } from 'node:buffer'

export interface Command {
  /** Upper case. */
  readonly verb: string
  /** Behind the verb, trimmed. */
  readonly argument: string
}

/** A line without its line end. null: octets that no command holds (controls, broken UTF-8). */
export function parseCommand(line: Buffer): Command | null {
  if (!isUtf8(line)) return null
  const text = line.toString('utf8')
  if (/[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(text)) return null
  const space = text.search(/[ \t]/)
  if (space < 0) return { verb: text.toUpperCase(), argument: '' }
  return { verb: text.slice(0, space).toUpperCase(), argument: text.slice(space + 1).trim() }
}

export interface PathCommand {
  /** Without angle brackets and source route; '' for `<>`. */
  readonly address: string
  /** Keyword in upper case; '' where it has no value. */
  readonly params: ReadonlyMap<string, string>
}

/** Longest path we take. RFC 5321 §4.5.3.1.3 allows 256; VERP and SRS senders in the wild pass that, and a refused sender is a lost mail. */
const longestPath = 1000

/** `FROM:<a@b> SIZE=1` or `TO:<a@b>`; null where the syntax is not even nearly that. */
export function parsePathCommand(argument: string, keyword: 'FROM' | 'TO'): PathCommand | null {
  if (argument.slice(0, keyword.length + 1).toUpperCase() !== `${keyword}:`) return null
  const text = argument.slice(keyword.length + 1).trimStart()
  const bracket = text.startsWith('<')
  const end = bracket ? closingBracket(text) : (text + ' ').indexOf(' ')
  if (end < 0 || end > longestPath) return null
  const address = withoutRoute(bracket ? text.slice(1, end) : text.slice(0, end))
  if (!bracket && address === '') return null
  if (!isPath(address)) return null
  const params = new Map<string, string>()
  const rest = text.slice(bracket ? end + 1 : end)
  if (rest !== '' && !rest.startsWith(' ')) return null
  for (const word of rest.split(' ')) {
    if (word === '') continue
    const equals = word.indexOf('=')
    const name = (equals < 0 ? word : word.slice(0, equals)).toUpperCase()
    if (!/^[A-Z0-9][A-Z0-9-]*$/.test(name)) return null
    params.set(name, equals < 0 ? '' : word.slice(equals + 1))
  }
  return { address, params }
}

/** The `>` that closes the path; one inside a quoted local part does not. */
function closingBracket(text: string): number {
  let quoted = false
  for (let i = 1; i < text.length && i <= longestPath + 1; i++) {
    const c = text.charAt(i)
    if (c === '"') quoted = !quoted
    else if (c === '\\' && quoted) i++
    else if (c === '>' && !quoted) return i
  }
  return -1
}

/** `@a,@b:user@domain` is read as `user@domain` (RFC 5321 §4.1.1.3: the route is ignored). */
const withoutRoute = (path: string): string => (path.startsWith('@') && path.includes(':') ? path.slice(path.indexOf(':') + 1) : path)

/** What may stand in an envelope and later in a log, a row and a header: no blanks or brackets outside of quotes, nothing invisible. */
function isPath(path: string): boolean {
  if (path === '') return true
  if (/[\u200b-\u200f\u2028-\u202e\u2060\ufeff]/.test(path)) return false
  const at = path.lastIndexOf('@')
  const local = at < 0 ? path : path.slice(0, at)
  if (at === 0 || at === path.length - 1) return false
  const domain = at < 0 ? '' : path.slice(at + 1)
  if (/[\s<>"(),;\\]/.test(domain)) return false
  if (/^"(?:[^"\\]|\\.)*"$/.test(local)) return true
  return !/[\s<>"(),;\\@]/.test(local)
}
