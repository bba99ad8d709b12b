// The words of commands: what is shipped in vocabulary/*.yaml with what the settings add, ready for the parser.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { fold } from './fold.ts'

/** How the value behind a name is read; see vocabulary/commands.yaml. */
export type ValueKind = 'none' | 'text' | 'lines' | 'people' | 'address' | 'addresses' | 'tags'

/** What a command orders. */
export interface CommandSpec {
  readonly id: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
  readonly value: ValueKind
  /** The argument that the value fills. */
  readonly as: string
  readonly optional: boolean
  /** The action sends the answer itself; `optional`: it works without one too. */
  readonly reply: boolean | 'optional'
  /** The action that is ordered where the mail has no answer to send; null: none. */
  readonly without: string | null
  /** Its arguments go along with the answer, to whatever action sends it. */
  readonly with: boolean
  /** The action moves the message that is answered into another case: what stands below it, and the answer, act there. */
  readonly moves: boolean
  /** What the action says is told to the agent: true unless he is told nothing, `always` even then. */
  readonly says: boolean | 'always'
}

/** A command as YAML gives it. */
export interface CommandEntry {
  readonly action: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly value?: ValueKind
  readonly as?: string
  readonly optional?: boolean
  readonly reply?: boolean | 'optional'
  readonly without?: string
  readonly with?: boolean
  readonly moves?: boolean
  readonly says?: boolean | 'always'
}

/** The words of one language, as YAML gives them. */
export interface LanguageEntry {
  readonly locale: string
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly help?: Readonly<Record<string, string>>
  readonly send?: readonly string[]
  readonly discard?: readonly string[]
  readonly nobody?: readonly string[]
  readonly to?: readonly string[]
  readonly sign_offs?: readonly string[]
}

/** A name of a command: its words folded for comparing, and as it is written. */
export interface CommandName {
  readonly id: string
  readonly words: readonly string[]
  readonly written: string
  readonly locale: string
}

/** The words of all languages together, folded as `fold` does; agents may mix them. */
export interface Vocabulary {
  readonly commands: ReadonlyMap<string, CommandSpec>
  /** Most words first, so that the longest name is tried first. */
  readonly names: readonly CommandName[]
  /** Folded one-word answers to the question about a held answer. */
  readonly send: ReadonlySet<string>
  readonly discard: ReadonlySet<string>
  readonly nobody: ReadonlySet<string>
  /** Folded words that name the customer in the first line of a mail that begins a case. */
  readonly to: ReadonlySet<string>
  readonly signOffs: readonly string[]
  /** The first name of a command in a language, with its @; in another one where that language has none. */
  nameIn(id: string, locale: string): string
  /** One line about a command, '' where nothing is written. */
  helpIn(id: string, locale: string): string
}

/** What the settings add to the shipped words; a command of the same id takes the place of the shipped one. */
export interface VocabularyAdditions {
  readonly commands?: Readonly<Record<string, CommandEntry>>
  readonly languages?: readonly LanguageEntry[]
}

const folder = path.join(import.meta.dirname, 'vocabulary')
// The files are shipped; a test reads each of their keys.
const read = <T>(file: string): T =>
  (shipped.get(file) ?? shipped.set(file, parse(readFileSync(path.join(folder, file), 'utf8'))).get(file)) as T
/** Read once: they change only with the program. */
const shipped = new Map<string, unknown>()

/** The shipped words with the additions; an addition with a known id changes that command. */
export function loadVocabulary(additions: VocabularyAdditions = {}): Vocabulary {
  const entries = { ...read<Readonly<Record<string, CommandEntry>>>('commands.yaml'), ...additions.commands }
  const languages = [...['ru.yaml', 'en.yaml'].map((file) => read<LanguageEntry>(file)), ...(additions.languages ?? [])]
  const commands = new Map(Object.entries(entries).map(([id, e]) => [id, specOf(id, e)]))
  const names = languages
    .flatMap((l) =>
      Object.entries(l.names).flatMap(([id, list]) =>
        list.map((written) => ({ id, written, locale: l.locale, words: fold(written).split(' ') })),
      ),
    )
    .filter((n) => commands.has(n.id))
    .sort((a, b) => b.words.length - a.words.length)
  const folded = (pick: (l: LanguageEntry) => readonly string[] | undefined): readonly string[] =>
    languages.flatMap((l) => (pick(l) ?? []).map(fold))
  return {
    commands,
    names,
    send: new Set(folded((l) => l.send)),
    discard: new Set(folded((l) => l.discard)),
    nobody: new Set(folded((l) => l.nobody)),
    to: new Set(folded((l) => l.to)),
    signOffs: folded((l) => l.sign_offs),
    nameIn: (id, locale) => `@${(names.find((n) => n.id === id && n.locale === locale) ?? names.find((n) => n.id === id))?.written ?? id}`,
    helpIn: (id, locale) => languages.findLast((l) => l.locale === locale && l.help?.[id] !== undefined)?.help?.[id] ?? '',
  }
}

/** What is wrong with additions: names for commands that do not exist, one name for two commands. */
export function vocabularyProblems(
  additions: VocabularyAdditions,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const vocabulary = loadVocabulary(additions)
  const problems: { path: (string | number)[]; message: string }[] = []
  additions.languages?.forEach((language, i) => {
    for (const [id, list] of Object.entries(language.names)) {
      if (!vocabulary.commands.has(id)) problems.push({ path: ['languages', i, 'names', id], message: `there is no command "${id}"` })
      for (const name of list) {
        const other = vocabulary.names.find((n) => n.id !== id && n.words.join(' ') === fold(name))
        if (other)
          problems.push({ path: ['languages', i, 'names', id], message: `"${name}" is already a name of the command "${other.id}"` })
        if (/[@:\n]/.test(name) || fold(name) === '')
          problems.push({ path: ['languages', i, 'names', id], message: `"${name}" cannot be a name: it is written without @ and colon` })
      }
    }
  })
  for (const id of Object.keys(additions.commands ?? {})) {
    if (!vocabulary.names.some((n) => n.id === id))
      problems.push({ path: ['commands', id], message: 'has no name in any language (languages: - names: ...)' })
  }
  return problems
}

function specOf(id: string, e: CommandEntry): CommandSpec {
  return {
    id,
    action: e.action,
    args: e.args ?? {},
    value: e.value ?? 'none',
    as: e.as ?? 'text',
    optional: e.optional ?? false,
    reply: e.reply ?? false,
    without: e.without ?? null,
    with: e.with ?? false,
    moves: e.moves ?? false,
    says: e.says ?? false,
  }
}
