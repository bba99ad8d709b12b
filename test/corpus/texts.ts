// Natural texts by language, from folders of any files: one text a file, or several between lines of `%` (the form of fortune(6)).
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'

/** A text that somebody wrote, and where it stands. */
export interface NaturalText {
  readonly language: string
  /** `folder/file#n`. */
  readonly id: string
  readonly text: string
  /** It holds a mail or a quote itself: in an answer, that would be cut rightly. */
  readonly quotes: boolean
}

/** Where texts are: `language` is two letters, or `?` to take it from the names of the files and folders inside. */
export interface Source {
  readonly language: string
  readonly path: string
}

/** Debian's fortune packages keep these languages in files that do not say so. */
const fortuneFiles: ReadonlyMap<string, string> = new Map([
  ...'adams banner computer definizioni formiche italia itatrek jackfr leggi luke luttazzi norm paolotedeschi zuse'
    .split(' ')
    .map((file) => [file, 'it'] as const),
  ...'brasil mario.computadores mario.gauchismos mario.geral mario.palindromos mario.piadas'
    .split(' ')
    .map((file) => [file, 'pt'] as const),
  ...'chinese song100 tang300'.split(' ').map((file) => [file, 'zh'] as const),
])
/** Pictures made of signs, not texts. */
const pictures = new Set(['art', 'ascii-art', 'asciiart', 'mario.arteascii', 'mario.anagramas', 'cows', 'banner'])
/** The same Czech texts once more, in another spelling of the folder's name. */
const doubles = new Set(['cz', 'sk', 'off'])

/** Every text of these sources, of at least one letter and at most 4,000 characters. */
export async function naturalTexts(sources: readonly Source[]): Promise<readonly NaturalText[]> {
  const found: NaturalText[] = []
  for (const source of sources) await collect(source.path, source.language, path.basename(source.path), found)
  return found
}

async function collect(at: string, language: string, name: string, found: NaturalText[]): Promise<void> {
  const entries = await readdir(at, { withFileTypes: true }).catch(() => null)
  if (entries === null) return readTexts(at, language === '?' ? 'en' : language, name, found)
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = path.join(at, entry.name)
    if (entry.isSymbolicLink() || pictures.has(entry.name) || /\.(?:dat|u8|pdat)$/.test(entry.name)) continue
    if (entry.isFile()) {
      const own = language === '?' ? (fortuneFiles.get(entry.name) ?? 'en') : language
      await readTexts(inner, own, `${name}/${entry.name}`, found)
    } else if (entry.isDirectory() && !(language === '?' && doubles.has(entry.name))) {
      await collect(inner, language === '?' ? entry.name.slice(0, 2) : language, `${name}/${entry.name}`, found)
    }
  }
}

async function readTexts(file: string, language: string, name: string, found: NaturalText[]): Promise<void> {
  const content = await readFile(file, 'utf8')
  content
    .replace(/\r\n?/g, '\n')
    .split(/^%.*$/m)
    .forEach((text, n) => {
      if (text.length <= 4000 && /\p{L}/u.test(text))
        found.push({ language, id: `${name}#${n}`, text: text.trim(), quotes: quotes.test(text) })
    })
}

/** Quote marks, with initials or without, header lines, and "Name wrote:" above what he wrote. */
const quotes =
  /^\s*\S{0,3}>|^(?:From|To|Subject|Date):|\b(?:wrote|writes|napisał\S*|pisze|schrieb|scritto|scrive|escreveu)\b[^\n]{0,60}:\s*$/imu
