// Cases in which other people said the same, by the words of their first message: for rules, which link, tell or ask.
//
// The index names cases that share words; then the share of words that both have is counted on their texts. It may be a second behind.
import Type from 'typebox'
import { defineAction, defineCondition, duration, languageOf } from '../../core/plugin.ts'
import type { ActionDefinition, Case, ConditionDefinition, Message, Tx } from '../../core/plugin.ts'
import type { CaseContent } from './document.ts'
import type { SearchHost } from './find.ts'
import { casesWithAny } from './candidate-store.ts'
import { readContents } from './index-store.ts'
import { phraseOf } from './query.ts'
import { stemsFor } from './ready.ts'
import { texts } from './texts.ts'
import { wordsOf } from './words.ts'

const wanted = {
  within: duration({ default: '30d', description: 'Something was said in the other case within this time.' }),
  at_least: Type.Number({
    default: 0.6,
    minimum: 0.1,
    maximum: 1,
    description: 'Share of the different words that both have: twice the common ones by those of both.',
  }),
}
type Wanted = { readonly within: number; readonly at_least: number }

/** A text with fewer different words says too little: "help please" is no matter of its own. */
const fewestWords = 4
/** Words by which other cases are looked for, the longest ones: they say most. */
const mostAsked = 12
/** Cases whose texts are compared, the newest ones. */
const mostCompared = 100
/** Cases that a note names. */
const mostNamed = 10

/** A case in which much the same was said. */
export interface Similar {
  readonly number: number
  readonly subject: string
  /** 0 to 1. */
  readonly share: number
}

/** The cases of the same mailbox that are like this one, the most alike first. */
async function similarTo(
  host: SearchHost,
  tx: Tx,
  c: Case,
  message: Message | null,
  { within, at_least }: Wanted,
): Promise<readonly Similar[]> {
  const first = message ?? (await tx.messages.list(c.id))[0]
  const own = stemsIn(c.subject, first?.text ?? '')
  if (own.size < fewestWords) return []
  const asked = [...own.values()].sort((a, b) => b.length - a.length).slice(0, mostAsked)
  const { kind } = host.config.database
  const phrases = asked.map((word) => phraseOf(word, null, false))
  const numbers = await casesWithAny(tx.db, kind, await stemsFor(tx.db, kind, phrases), phrases, {
    ...{ mailbox: c.mailbox, not: c.number, from: tx.now - within, most: mostCompared },
  })
  const shareWith = (other: CaseContent): number => {
    const earliest = [...other.messages].sort((a, b) => a.seq - b.seq)[0]
    const theirs = stemsIn(other.subject, earliest?.text ?? '')
    const both = [...theirs.keys()].filter((stem) => own.has(stem)).length
    return (2 * both) / (own.size + theirs.size)
  }
  return (await readContents(tx.db, numbers, 'number'))
    .map((other) => ({ number: other.number, subject: other.subject, share: shareWith(other) }))
    .filter(({ share }) => share >= at_least)
    .sort((a, b) => b.share - a.share || b.number - a.number)
}

/** Stems of a text, each with one of the words that have it. */
function stemsIn(subject: string, text: string): ReadonlyMap<string, string> {
  return new Map(wordsOf(`${subject}\n${text}`).map((w) => [w.stem, w.folded]))
}

/** The condition `similar`, by its name; it gives rules `{{ duplicate.number }}`. */
export function similarCondition(host: SearchHost): Readonly<Record<string, ConditionDefinition>> {
  return {
    similar: defineCondition({
      description:
        'In another case of the same mailbox somebody said much the same. {{ duplicate.number }} names the case that is most alike.',
      value: Type.Object(wanted),
      async test(tx, { case: c, message }, value) {
        const [best] = await similarTo(host, tx, c, message, value)
        return best
          ? {
              holds: true,
              seen: `#${best.number} (${best.share.toFixed(2)})`,
              binds: { duplicate: { number: best.number, subject: best.subject } },
            }
          : { holds: false, seen: 'none' }
      },
    }),
  }
}

/** The action `search.note`, by its name. */
export function noteAction(host: SearchHost): Readonly<Record<string, ActionDefinition>> {
  return {
    'search.note': defineAction({
      description: 'Keeps a note that names the cases in which much the same was said; none where there are none.',
      args: Type.Object(wanted),
      async run(tx, { case: c, args }) {
        const found = await similarTo(host, tx, c, null, args)
        const cases = found.map((f) => f.number)
        if (found.length === 0) return { data: { cases, note: null } }
        const named = found.slice(0, mostNamed).map((f) => `#${f.number}`)
        const text = texts(languageOf(tx, c), 'similar.note', { n: found.length, list: named.join(' ') })
        const note = await tx.notes.add({ caseId: c.id, kind: 'similar', text, data: { cases } })
        return { data: { cases, note: note.id } }
      },
    }),
  }
}
