// What is looked up before SQL can be made of a query: the stems of PostgreSQL, and where phrases stand. The index keeps words and not their
// places, which would take as much room again; so a phrase is looked for by its words, and then in the texts of what has them all.
import { PosternError, batchesOf } from '../../core/plugin.ts'
import type { Kysely } from 'kysely'
import type { Tables, Viewer } from '../../core/plugin.ts'
import { documentsOf } from './document.ts'
import type { Document } from './document.ts'
import { candidates } from './candidate-store.ts'
import { mainOf } from './find-store.ts'
import type { Ready } from './find-store.ts'
import { readContents } from './index-store.ts'
import type { DocKey, Kind } from './index-store.ts'
import type { Field, Phrase, Query } from './query.ts'
import { placeOf } from './tables.ts'
import { texts } from './texts.ts'
import { stem, wordsOf } from './words.ts'
import { stemsInPostgres } from './words-store.ts'

/** Documents in whose texts one phrase is looked for: some seconds, page by page of the event loop. */
const mostRead = 20_000
/** Documents that are read at once, about 20 ms. */
const readAtOnce = 100

const isLong = (phrase: Phrase): boolean => phrase.words.length + (phrase.prefix === null ? 0 : 1) > 1

/** Looks up what a query needs. Throws `invalid` for a phrase whose words stand everywhere. */
export async function makeReady(
  db: Kysely<Tables>,
  kind: Kind,
  query: Query,
  { mailboxes, locale }: { readonly mailboxes: readonly string[] | null; readonly locale: Viewer['locale'] },
): Promise<Ready> {
  const phrases = query.clauses.flatMap((c) => c.any.filter((one): one is Phrase => one.what === 'text'))
  const stems = await stemsFor(db, kind, phrases)
  const plain: Ready = { query, ...stems, docs: null, cases: new Map() }
  const main = mainOf(query) ?? []
  const inOne = new Set(main.flat())
  const cases = new Map<Phrase, readonly number[]>()
  for (const phrase of phrases) {
    if (inOne.has(phrase) || !isLong(phrase)) continue
    const found = await confirmed(db, kind, plain, [[phrase]], { mailboxes: null, locale, query: null })
    cases.set(phrase, [...new Set(found.map((d) => d.caseNumber))])
  }
  const docs = main.flat().some(isLong) ? await confirmed(db, kind, plain, main, { mailboxes, locale, query }) : null
  return { ...plain, docs, cases }
}

/** The same words as texts get: SQLite's by `stem`, PostgreSQL's by its dictionaries. */
export async function stemsFor(
  db: Kysely<Tables>,
  kind: Kind,
  phrases: readonly Phrase[],
): Promise<Pick<Ready, 'stemsOf' | 'beginningOf'>> {
  if (kind === 'sqlite') return { stemsOf: (phrase) => phrase.stems, beginningOf: ({ prefix }) => (prefix === null ? null : stem(prefix)) }
  const words = [...new Set(phrases.flatMap((p) => (p.prefix === null ? p.words : [...p.words, p.prefix])))]
  const known = await stemsInPostgres(db, words)
  const of = (word: string): string => known.get(word) ?? word
  return { stemsOf: (phrase) => phrase.words.map(of), beginningOf: ({ prefix }) => (prefix === null ? null : of(prefix)) }
}

/** The documents that have one of each of these lists, their words in their order. */
async function confirmed(
  db: Kysely<Tables>,
  kind: Kind,
  ready: Ready,
  main: readonly (readonly Phrase[])[],
  { mailboxes, locale, query }: { readonly mailboxes: readonly string[] | null; readonly locale: string; readonly query: Query | null },
): Promise<readonly DocKey[]> {
  const keys = await candidates(db, kind, ready, main, { mailboxes, query, most: mostRead + 1 })
  if (keys.length > mostRead) {
    const long = main.flat().filter(isLong)
    // Of somebody who wrote so much, his words in the author of a message are enough.
    if (long.every((p) => p.field === 'author')) return keys
    throw new PosternError(
      'invalid',
      texts(locale.startsWith('ru') ? 'ru' : 'en', 'query.common', { phrase: long.map((p) => p.written).join(' '), most: mostRead }),
    )
  }
  const wanted = new Map<number, Set<number>>()
  for (const { caseNumber, place } of keys) wanted.set(caseNumber, (wanted.get(caseNumber) ?? new Set()).add(place))
  const out: DocKey[] = []
  for (const numbers of batchesOf([...wanted.keys()], readAtOnce))
    for (const content of await readContents(db, numbers, 'number'))
      for (const document of documentsOf(content)) {
        const place = placeOf(document.kind, document.item)
        if (wanted.get(content.number)?.has(place) !== true) continue
        const has = holder(document)
        if (main.every((any) => any.some(has))) out.push({ caseNumber: content.number, place })
      }
  return out
}

const fields: readonly Field[] = ['subject', 'author', 'people', 'body', 'files']

/** Whether a phrase stands in the texts of this document, within one of them. */
function holder({ texts: of }: Document): (phrase: Phrase) => boolean {
  const cut = new Map<Field, ReturnType<typeof wordsOf>>()
  return ({ field, stems, prefix }) =>
    (field === null ? fields : [field]).some((one) => {
      const words = cut.get(one) ?? wordsOf(of[one])
      cut.set(one, words)
      return words.some(
        (_, at) => stems.every((s, i) => words[at + i]?.stem === s) && (prefix === null || begins(words[at + stems.length], prefix)),
      )
    })
}

const begins = (word: ReturnType<typeof wordsOf>[number] | undefined, prefix: string): boolean =>
  word !== undefined && (word.folded.startsWith(prefix) || word.stem === stem(prefix))
