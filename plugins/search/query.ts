// The query language, one for all ways in and both databases:
//
//   refund "cracked screen" print* -spam      all of them; a phrase; beginnings of words; not this one
//   refund OR возврат                         one of them (ИЛИ is the same)
//   from:carl to: cc: subject: file:          words of one field
//   requester:carl@x.example domain:x.example tag:vip status:open mailbox:support assignee:anna|me|none group:
//   has:file before:2026-09-21 after:7d custom.order:17 #12
//
// An unknown `x:` is text. What was written ends here: behind this file there are words of letters and digits alone.
import { parseDuration } from '../../core/plugin.ts'
import type { CaseStatus, Locale, Viewer } from '../../core/plugin.ts'
import { midnightOf } from './midnight.ts'
import { texts } from './texts.ts'
import { wordsOf } from './words.ts'

/** Fields of the index; no field: all of them. */
export type Field = 'subject' | 'author' | 'people' | 'body' | 'files'

/** Words that stand one behind the other. `prefix`: the last one is only a beginning, written here as it was, folded. */
export interface Phrase {
  readonly what: 'text'
  /** As it was asked. */
  readonly written: string
  readonly field: Field | null
  /** The words, folded. */
  readonly words: readonly string[]
  readonly stems: readonly string[]
  readonly prefix: string | null
}

/** What a case has to be. */
export type Condition =
  | { readonly what: 'requester' | 'domain' | 'tag' | 'mailbox' | 'status'; readonly value: string }
  | { readonly what: 'assignee' | 'group'; readonly value: string | null }
  | { readonly what: 'custom'; readonly name: string; readonly value: string }
  | { readonly what: 'file' }
  | { readonly what: 'number'; readonly value: number }

/** Alternatives, of which one has to hold; `not`: none may. */
export interface Clause {
  readonly not: boolean
  readonly any: readonly (Phrase | Condition)[]
}

/** A query that makes sense. */
export interface Query {
  readonly clauses: readonly Clause[]
  /** ms UTC: something of the case is not older, and older. */
  readonly after: number | null
  readonly before: number | null
  /** The case that a number alone names; it comes first. */
  readonly number: number | null
  /** Terms that say nothing by themselves and were left out. */
  readonly ignored: readonly string[]
}

/** Why a query makes no sense: a sentence with the place. */
export interface Fault {
  readonly fault: string
}

const mostTerms = 10
const mostCharacters = 200
const statuses: readonly string[] = ['open', 'waiting', 'closed', 'spam', 'trash'] satisfies readonly CaseStatus[]
const fields: Readonly<Record<string, Field>> = { from: 'author', to: 'people', cc: 'people', subject: 'subject', file: 'files' }

/** What may stand before a colon. */
export const fieldNames =
  'from: to: cc: requester: domain: subject: file: has:file tag: status: mailbox: assignee: group: before: after: custom.NAME: #12'

interface Term {
  readonly at: number
  readonly written: string
  readonly not: boolean
  readonly name: string
  readonly value: string
  readonly quoted: boolean
  readonly number: number | null
}

/** Reads a query. Days are those of the viewer's zone, sentences in his language. */
export function readQuery(text: string, viewer: Viewer): Query | Fault {
  const locale: Locale = viewer.locale.startsWith('ru') ? 'ru' : 'en'
  const no = (fault: string): Fault => ({ fault })
  if (text.length > mostCharacters) return no(texts(locale, 'query.long', { most: mostCharacters }))
  const clauses: { readonly not: boolean; readonly any: (Phrase | Condition)[] }[] = []
  const ignored: string[] = []
  let after: number | null = null
  let before: number | null = null
  let number: number | null = null
  let joins: number | null = null
  /** The term before says nothing: an OR behind it joins nothing. */
  let skipped = false
  const terms = cut(text)
  for (const [i, term] of terms.entries()) {
    const at = term.at + 1
    if (i >= mostTerms) return no(texts(locale, 'query.terms', { at, most: mostTerms }))
    if (term.quoted && !/["“”«»]$/u.test(term.written)) return no(texts(locale, 'query.quote', { at }))
    if (!term.quoted && term.name === '' && /^(?:OR|ИЛИ)$/u.test(term.written)) {
      if (skipped && i < terms.length - 1) continue
      if (joins !== null || clauses.length === 0 || i === terms.length - 1) return no(texts(locale, 'query.or', { at }))
      joins = at
      continue
    }
    if (term.name !== '' && term.value.trim() === '') return no(texts(locale, 'query.value', { at, field: term.name }))
    if (term.name === 'before' || term.name === 'after') {
      const instant = instantOf(term.value, viewer)
      if (instant === null || joins !== null || term.not) return no(texts(locale, 'query.date', { at, value: term.value }))
      if (term.name === 'before') before = Math.min(before ?? Infinity, instant)
      else after = Math.max(after ?? -Infinity, instant)
      continue
    }
    const read = readTerm(term, viewer, locale)
    if ('fault' in read) return read
    if (read.what === 'text' && read.stems.length === 0 && read.prefix === null) {
      if (terms.length === 1) return no(texts(locale, 'query.words', { at, term: term.written }))
      ignored.push(term.written)
      joins = null
      skipped = true
      continue
    }
    if (read.what === 'number' && terms.length === 1 && !term.not) number = read.value
    skipped = false
    // A number alone may be that of an order as well as that of a case.
    const also = number !== null && !term.written.startsWith('#') ? [phraseOf(term.written, null, false)] : []
    const last = clauses.at(-1)
    if (joins !== null && last && !last.not && !term.not) last.any.push(read)
    else if (joins !== null) return no(texts(locale, 'query.or', { at: joins }))
    else clauses.push({ not: term.not, any: [read, ...also] })
    joins = null
  }
  if (terms.length === 0) return no(texts(locale, 'query.empty', { fields: fieldNames }))
  if (clauses.every((c) => c.not) && after === null && before === null) return no(texts(locale, 'query.only'))
  return { clauses, after, before, number, ignored }
}

/** The terms as they stand between blanks; quotation marks keep blanks together. */
function cut(text: string): readonly Term[] {
  const shape =
    /(?<not>-?)(?:(?<name>[\p{L}][\p{L}\p{N}_.-]{0,63}):)?(?:(?<open>["“«])(?<quoted>[^"“”«»]*)(?:["”»]|$)|(?<bare>[^\s"“”«»]*))/gu
  const out: Term[] = []
  for (const match of text.matchAll(shape)) {
    const written = match[0]
    const { not = '', name = '', open, quoted, bare = '' } = match.groups ?? {}
    if (written === '' || written === '-') continue
    const known = isField(name)
    const value = open === undefined ? bare : (quoted ?? '')
    const numbered = /^#?(\d{1,15})$/.exec(written)?.[1]
    out.push({
      at: match.index,
      written,
      not: not !== '',
      name: known ? name.toLowerCase() : '',
      // An unknown `x:` is text with everything behind it.
      value: known ? value : name === '' ? value : `${name} ${value}`,
      quoted: open !== undefined,
      number: numbered !== undefined && (written.startsWith('#') || !/\s/.test(text.trim())) ? Number(numbered) : null,
    })
  }
  return out
}

const named: ReadonlySet<string> = new Set([
  ...Object.keys(fields),
  ...['requester', 'domain', 'has', 'tag', 'status', 'mailbox', 'assignee', 'group', 'before', 'after'],
])
const isField = (name: string): boolean => named.has(name.toLowerCase()) || /^custom\../i.test(name)

function readTerm(term: Term, viewer: Viewer, locale: Locale): Phrase | Condition | Fault {
  const { name, at } = term
  const value = term.value.trim()
  const lower = value.toLowerCase()
  if (term.number !== null) return { what: 'number', value: term.number }
  if (name.startsWith('custom.')) return { what: 'custom', name: term.written.replace(/^-/, '').slice(7, name.length), value }
  switch (name) {
    case 'requester':
      return { what: 'requester', value: lower }
    case 'domain':
      return { what: 'domain', value: lower.replace(/^@/, '') }
    case 'tag':
      return { what: 'tag', value: lower.replace(/^#/, '') }
    case 'mailbox':
      return { what: 'mailbox', value: lower }
    case 'group':
      return { what: 'group', value: lower === 'none' ? null : lower }
    case 'status':
      if (statuses.includes(lower)) return { what: 'status', value: lower }
      return { fault: texts(locale, 'query.status', { at: at + 1, value, known: statuses.join(', ') }) }
    case 'has':
      if (lower === 'file' || lower === 'files' || lower === 'attachment') return { what: 'file' }
      return { fault: texts(locale, 'query.has', { at: at + 1, known: 'has:file' }) }
    case 'assignee':
      if (lower !== 'me') return { what: 'assignee', value: lower === 'none' ? null : lower }
      return viewer.agent === null ? { fault: texts(locale, 'query.me', { at: at + 1 }) } : { what: 'assignee', value: viewer.agent }
    default:
      return phraseOf(value, fields[name] ?? null, !term.quoted)
  }
}

/** A word with signs inside of it (an address, A4R-17) is several words one behind the other. */
export function phraseOf(value: string, field: Field | null, mayBegin: boolean): Phrase {
  const words = wordsOf(value)
  const last = words.at(-1)
  const begins = mayBegin && value.endsWith('*') && last !== undefined
  const whole = begins ? words.slice(0, -1) : words
  return {
    what: 'text',
    written: value,
    field,
    words: whole.map((w) => w.folded),
    stems: whole.map((w) => w.stem),
    prefix: begins ? last.folded : null,
  }
}

/** Midnight of a day, or so long ago; ms UTC. */
function instantOf(value: string, viewer: Viewer): number | null {
  const ago = parseDuration(value)
  return ago === undefined ? midnightOf(value, viewer.timezone) : viewer.now - ago
}
