// What of a case can be found, cut into fields; nothing of quotes and signatures, by which a case would be found that nobody means.
import { createHash } from 'node:crypto'
import type { DocKind } from './tables.ts'
import type { Field } from './query.ts'
import { letterOf, longestText } from './lexemes.ts'
import { wordsOf } from './words.ts'

/** One thing to be found, with its texts as they were read. */
export interface Document {
  readonly kind: DocKind
  /** `seq` of the message or the note; 0 for the case itself. */
  readonly item: number
  /** ms UTC. */
  readonly at: number
  readonly texts: Readonly<Record<Field, string>>
  /** A whole number of 31 bits. */
  readonly digest: number
}

/** A case as it is indexed; lists are JSON as the tables hold them. */
export interface CaseContent {
  readonly id: string
  readonly number: number
  readonly version: number
  readonly subject: string
  readonly requester: string
  readonly custom: string
  readonly createdAt: number
  readonly tags: readonly string[]
  readonly people: readonly string[]
  readonly messages: readonly {
    readonly seq: number
    readonly subject: string
    readonly author: string
    readonly recipients: string
    readonly text: string
    readonly at: number
    readonly files: readonly string[]
  }[]
  readonly notes: readonly { readonly seq: number; readonly author: string; readonly text: string; readonly at: number }[]
}

/** The documents of a case: itself (its number is asked of the case, not of its words), its messages, its notes. The case's subject stands in each, so that a word of it and one of a message are found together. */
export function documentsOf(c: CaseContent): readonly Document[] {
  const make = (kind: DocKind, item: number, at: number, some: Partial<Record<Field, string>>): Document => {
    const cut = (text = ''): string => text.slice(0, longestText)
    const texts = {
      subject: cut(some.subject),
      author: cut(some.author),
      people: cut(some.people),
      body: cut(some.body),
      files: cut(some.files),
    }
    return {
      kind,
      item,
      at,
      texts,
      digest:
        createHash('sha1')
          .update(JSON.stringify([version, at, texts]))
          .digest()
          .readUInt32BE(0) >>> 1,
    }
  }
  return [
    make('case', 0, c.createdAt, {
      subject: c.subject,
      author: c.requester,
      people: c.people.join('\n'),
      body: [...c.tags, ...valuesOf(c.custom)].join('\n'),
    }),
    ...c.messages.map((m) =>
      make('message', m.seq, m.at, {
        subject: bare(m.subject) === bare(c.subject) ? c.subject : `${c.subject}\n${m.subject}`,
        author: m.author,
        people: addressesOf(m.recipients),
        body: m.text,
        files: m.files.join('\n'),
      }),
    ),
    ...c.notes.map((n) => make('note', n.seq, n.at, { subject: c.subject, author: n.author, body: n.text })),
  ]
}

/** Of how texts are cut into words: a new one has everything indexed anew at its next change, and `postern search rebuild` at once. */
const version = 2

/** A document cut into the words by which SQLite's index finds it; PostgreSQL makes the same of its tables (words-store.ts). */
export interface IndexedDocument extends Document {
  readonly lexemes: readonly string[]
}

/** The words of a document as the index has them, each once; 0.2 ms for a mail of 6 kB. */
export function lexemesOf(document: Document): readonly string[] {
  const out = new Set<string>()
  for (const field of ['subject', 'author', 'people', 'body', 'files'] as const)
    for (const { stem } of wordsOf(document.texts[field])) out.add(`${letterOf[field]}${stem}`)
  return [...out]
}

const bare = (subject: string): string =>
  subject
    .replace(/^(?:\s*(?:re|fwd?|aw|wg|отв|ответ|пересл)\s*(?:\[\d+\])?\s*:)+/iu, '')
    .replace(/\s*\[#\d+\]\s*$/, '')
    .trim()
    .toLowerCase()

/** Names and values of custom fields, whatever they hold. */
function valuesOf(custom: string): readonly string[] {
  const out: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') out.push(String(value))
    else if (Array.isArray(value)) for (const one of value) walk(one)
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) walk(one)
  }
  walk(JSON.parse(custom))
  return out
}

function addressesOf(recipients: string): string {
  // Written by the core: lists of {address, name} by header.
  const lists = JSON.parse(recipients) as Readonly<
    Record<string, readonly { readonly address: string; readonly name: string }[] | undefined>
  >
  return ['to', 'cc', 'bcc'].flatMap((header) => (lists[header] ?? []).map((a) => `${a.name} ${a.address}`)).join('\n')
}
