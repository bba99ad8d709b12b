// The tokens of an address header (RFC 5322 §3.4), forgiving broken quotes, comments and brackets.
import { wordEnd } from './words.ts'

/** A piece of an address header. */
export interface Token {
  /** quoted string, <angle> content, comment, plain text, separator */
  readonly kind: 'quoted' | 'angle' | 'comment' | 'atom' | 'comma' | 'colon' | 'semicolon'
  /** As it stands in the header, quotes and all. */
  readonly raw: string
  /** Without quotes, brackets and backslashes. */
  readonly text: string
  /** White space stands before it. */
  readonly spaced: boolean
}

/** Cuts the value of an address header (8-bit bytes decoded) into tokens; linear in its length. */
export function tokenize(value: string): readonly Token[] {
  const tokens: Token[] = []
  const lastSemicolon = value.lastIndexOf(';')
  const lastAngle = value.lastIndexOf('>')
  let comments = value.includes(')')
  let quotes = true
  let spaced = false
  let pos = 0
  const push = (kind: Token['kind'], end: number, text: string): void => {
    tokens.push({ kind, raw: value.slice(pos, end), text, spaced })
    spaced = false
    pos = end
  }
  while (pos < value.length) {
    const c = value.charAt(pos)
    if (c === ' ' || c === '\t' || c === '\r' || c === '\n' || c === '\0' || c === '\u00a0') {
      spaced = true
      pos++
    } else if (c === '"' && quotes) {
      const quoted = quotedAt(value, pos)
      if (quoted) push('quoted', quoted.end, quoted.text)
      else {
        // No closing quote in the rest: this one and all others mean nothing.
        quotes = false
        pos++
      }
    } else if (c === '(' && comments) {
      const end = commentEnd(value, pos)
      if (end > 0) push('comment', end, value.slice(pos + 1, end - 1))
      else comments = false
    } else if (c === '<' && strayAt(value, pos)) {
      spaced = true
      pos++
    } else if (c === '<' && unclosedAt(value, pos)) {
      const [comma, next] = [value.indexOf(',', pos), value.indexOf('<', pos + 1)]
      const end = comma < 0 || next < comma ? next : comma
      push('angle', end, value.slice(pos + 1, end))
    } else if (c === '<' && pos < lastAngle) {
      const end = angleEnd(value, pos, quotes)
      push('angle', end, value.slice(pos + 1, end).replace(/>$/, ''))
    } else if (c === '<') {
      // An angle that never closes ends with its mailbox.
      const comma = value.indexOf(',', pos)
      push('angle', comma < 0 ? value.length : comma, value.slice(pos + 1, comma < 0 ? value.length : comma))
    } else if (c === ',') push('comma', pos + 1, c)
    else if (c === ';') push('semicolon', pos + 1, c)
    else if (c === ':' && pos < lastSemicolon) push('colon', pos + 1, c)
    else if (c === '"') pos++
    else {
      const end = atomEnd(value, pos)
      push('atom', end, value.slice(pos, end))
    }
  }
  return tokens
}

/** Plain text up to the next special sign; an encoded word is taken whole, a `[domain literal]` too. */
function atomEnd(value: string, from: number): number {
  let i = from
  while (i < value.length) {
    const c = value.charAt(i)
    if (c === '=' && value.charAt(i + 1) === '?') {
      const end = wordEnd(value, i)
      if (end !== undefined) {
        i = end
        continue
      }
    }
    if (c === '[' && value.charAt(i - 1) === '@') {
      const end = value.slice(i, i + 80).indexOf(']')
      if (end > 0) {
        i += end + 1
        continue
      }
    }
    if (i > from && /[\s\0"(<,;:\u00a0]/.test(c)) break
    i++
  }
  return i
}

/** The quoted string that begins at `from`, its backslashes undone; undefined where it does not end. */
export function quotedAt(value: string, from: number): { readonly end: number; readonly text: string } | undefined {
  let text = ''
  let start = from + 1
  for (let i = start; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '"') return { end: i + 1, text: text + value.slice(start, i) }
    if (c === '\\') {
      text += value.slice(start, i)
      start = ++i
    }
  }
  return undefined
}

function commentEnd(value: string, from: number): number {
  let depth = 0
  for (let i = from; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '\\') i++
    else if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i + 1
  }
  return -1
}

/** What stands between this `<` and the next one, if no `>` closes it before; a quoted local part may hold either. */
function betweenAngles(value: string, from: number): string | undefined {
  const next = value.indexOf('<', from + 1)
  if (next < 0 || /^\s{0,10}"/.test(value.slice(from + 1, from + 12))) return undefined
  const text = value.slice(from + 1, next)
  return text.includes('>') ? undefined : text
}

/** `<Ann Lee <ann@example.org>`: the first bracket opens nothing. */
function strayAt(value: string, from: number): boolean {
  const text = betweenAngles(value, from)
  return text !== undefined && !(text.split(',')[0] ?? '').includes('@')
}

/** `Ann <ann@example.org, Bob <bob@example.org>`: the first address is not closed. */
const unclosedAt = (value: string, from: number): boolean => betweenAngles(value, from) !== undefined

/** Behind the `>` that closes the `<` at `from`; a quoted local part may hold one. */
function angleEnd(value: string, from: number, quotes: boolean): number {
  let i = from + 1
  if (quotes) {
    while (value.charAt(i) === ' ') i++
    const quoted = value.charAt(i) === '"' ? quotedAt(value.slice(0, i + 200), i) : undefined
    if (quoted) i = quoted.end
  }
  let end = value.indexOf('>', i)
  if (end < 0) return value.length
  // `<<a@b>>`
  while (value.charAt(end + 1) === '>') end++
  return end + 1
}
