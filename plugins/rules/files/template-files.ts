// Templates from their folder: one YAML file each, with texts by language and mailbox, files and actions; partials are .liquid files.
import { readFileSync, statSync } from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'
import Type from 'typebox'
import type { Static } from 'typebox'
import { compileSchema } from '../../../core/plugin.ts'
import type { Config, Locale, Path } from '../../../core/plugin.ts'
import { filesOf, issueIn, placeOf, readFolder, textOf } from './files.ts'
import type { FileProblem, SourceFile } from './files.ts'
import { compileLiquid, liquidEngines, originOf } from './liquid.ts'
import type { Compiled, Engines } from './liquid.ts'

const texts = {
  subject: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1000, description: 'Subject; without it the mail answers under the subject of the case.' }),
  ),
  text: Type.Optional(Type.String({ minLength: 1, description: 'The words, in Liquid.' })),
  html: Type.Optional(Type.String({ minLength: 1, description: 'The same as HTML, in Liquid. Default: made from the text.' })),
}
const languages = Type.Optional(
  Type.Object(
    { en: Type.Optional(Type.Object(texts)), ru: Type.Optional(Type.Object(texts)) },
    { description: 'Texts in other languages; what is not said is taken from above.' },
  ),
)

/** Schema of a template file, without the contents of `actions`. */
export const templateSchema = Type.Object(
  {
    description: Type.Optional(Type.String({ description: 'For people.' })),
    ...texts,
    languages,
    mailboxes: Type.Optional(
      Type.Record(Type.String(), Type.Object({ ...texts, languages }), { description: 'Texts for one mailbox, by its id.' }),
    ),
    attachments: Type.Optional(
      Type.Array(
        Type.Union([
          Type.String({ description: 'A file beside the template.' }),
          Type.Object({
            file: Type.String({ description: 'A file beside the template.' }),
            name: Type.Optional(Type.String({ description: 'Name that the receiver sees.' })),
            type: Type.Optional(Type.String({ description: 'Media type.' })),
            cid: Type.Optional(
              Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$', description: 'Shown inside the HTML as <img src="cid:...">.' }),
            ),
          }),
        ]),
        { description: 'Files that go along.' },
      ),
    ),
    actions: Type.Optional(
      Type.Array(Type.Unknown(), { description: 'What is done to the case when an agent uses the template, as in `do` of a rule.' }),
    ),
  },
  { description: 'A template.' },
)

type TemplateFile = Static<typeof templateSchema>

/** The words of a template in one language for one mailbox. */
export interface Words {
  readonly subject: Compiled | null
  readonly text: Compiled | null
  readonly html: Compiled | null
}

/** A file that goes along with a template: its bytes, read at load, and their hash. */
export interface TemplateAttachment {
  readonly filename: string
  readonly contentType: string
  readonly contentId: string | null
  readonly bytes: Buffer
  readonly hash: string
}

/**
 * One template, compiled. `words` gives the texts that are most particular to a mailbox id and a language; `place` is `file:line:column`.
 */
export interface LoadedTemplate {
  /** The file's name without its ending. */
  readonly name: string
  readonly description: string
  readonly place: string
  words(mailbox: string, locale: Locale): Words
  /** Whether it has a text or HTML for anybody. */
  readonly speaks: boolean
  readonly attachments: readonly TemplateAttachment[]
  /** Checked with the actions of all plugins, see shorthand.ts. */
  readonly actions: { readonly source: SourceFile; readonly at: Path; readonly items: readonly unknown[] }
  /** Of the file, for telling what a reload changed. */
  readonly hash: string
}

/** All templates of a folder by name, with what is wrong in them. */
export interface Templates {
  readonly byName: ReadonlyMap<string, LoadedTemplate>
  readonly engines: Engines
  readonly problems: readonly FileProblem[]
}

const largestAttachment = 5_000_000

/** Reads every template of a folder; what is wrong is in `problems`, with its place. */
export function loadTemplates(folder: string, config: Config): Templates {
  const problems: FileProblem[] = []
  const partials = new Map<string, string>()
  for (const file of filesOf(folder, '.liquid')) {
    const text = textOf(file)
    if (typeof text === 'string') partials.set(path.basename(file, '.liquid'), text.replace(/\n$/, ''))
    else problems.push({ path: [], place: `${file}:1:1`, message: text.wrong })
  }
  const engines = liquidEngines(partials)
  for (const file of filesOf(folder, '.liquid')) {
    const name = path.basename(file, '.liquid')
    // Parameters of {% render 'x', name: value %} are the partial's own names.
    compileLiquid(
      name.endsWith('.html') ? engines.html : engines.text,
      partials.get(name) ?? '',
      { file, line: 1, column: 1, indent: 0, vague: false },
      problems,
    )
  }
  const { sources, problems: unreadable } = readFolder(folder)
  for (const one of unreadable) problems.push(one)
  const byName = new Map<string, LoadedTemplate>()
  for (const source of sources) {
    const template = loadTemplate(source, engines, config, problems)
    if (!template) continue
    const duplicate = byName.get(template.name)
    if (duplicate)
      problems.push({
        path: [],
        place: template.place,
        message: `there is a template \`${template.name}\` already, in ${path.basename(duplicate.place.replace(/:\d+:\d+$/, ''))}`,
      })
    else byName.set(template.name, template)
  }
  return { byName, engines, problems }
}

function loadTemplate(source: SourceFile, engines: Engines, config: Config, problems: FileProblem[]): LoadedTemplate | null {
  const schema = compileSchema(templateSchema)
  const filled = schema.fill(source.yaml.value ?? {})
  const issues = schema.issues(filled)
  if (issues.length > 0) {
    for (const one of issues.map((issue) => issueIn(source, issue))) problems.push(one)
    return null
  }
  const file = schema.convert(filled)
  const sets = new Map<string, Words>()
  const add = (key: string, texts: Partial<Record<'subject' | 'text' | 'html', string>>, at: Path): void => {
    const compile = (what: 'subject' | 'text' | 'html'): Compiled | null => {
      const text = texts[what]
      return text === undefined
        ? null
        : compileLiquid(what === 'html' ? engines.html : engines.text, text, originOf(source, [...at, what]), problems)
    }
    sets.set(key, { subject: compile('subject'), text: compile('text'), html: compile('html') })
  }
  add('', file, [])
  for (const [language, texts] of Object.entries(file.languages ?? {})) add(`/${language}`, texts, ['languages', language])
  for (const [mailbox, texts] of Object.entries(file.mailboxes ?? {})) {
    if (!config.mailboxes.has(mailbox))
      problems.push({ path: [], place: placeOf(source, ['mailboxes', mailbox], true), message: `there is no mailbox \`${mailbox}\`` })
    add(mailbox, texts, ['mailboxes', mailbox])
    for (const [language, own] of Object.entries(texts.languages ?? {}))
      add(`${mailbox}/${language}`, own, ['mailboxes', mailbox, 'languages', language])
  }
  const items = file.actions ?? []
  if (items.length === 0 && ![...sets.values()].some((w) => w.text || w.html) && problems.length === 0)
    problems.push({ path: [], place: placeOf(source, []), message: 'the template has no text and no actions' })
  return {
    name: path.basename(source.file).replace(/\.ya?ml$/, ''),
    description: file.description ?? '',
    place: placeOf(source, []),
    words(mailbox, locale) {
      const [a, b, c, d] = [sets.get(`${mailbox}/${locale}`), sets.get(mailbox), sets.get(`/${locale}`), sets.get('')]
      const from = (what: keyof Words): Compiled | null => a?.[what] ?? b?.[what] ?? c?.[what] ?? d?.[what] ?? null
      // A language that has words of its own must not get the HTML of another.
      const nearest = [a, b, c, d].find((set) => set?.text || set?.html)
      return { subject: from('subject'), text: nearest?.text ?? null, html: nearest?.html ?? null }
    },
    speaks: [...sets.values()].some((w) => w.text !== null || w.html !== null),
    attachments: attachmentsOf(source, file, problems),
    actions: { source, at: ['actions'], items },
    hash: createHash('sha256').update(source.text).digest('hex'),
  }
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
  '.ics': 'text/calendar',
  '.csv': 'text/csv',
  '.html': 'text/html',
}

function attachmentsOf(source: SourceFile, file: TemplateFile, problems: FileProblem[]): readonly TemplateAttachment[] {
  return (file.attachments ?? []).flatMap((entry, i): readonly TemplateAttachment[] => {
    const spec = typeof entry === 'string' ? { file: entry } : entry
    const folder = path.dirname(source.file)
    const full = path.resolve(folder, spec.file)
    const wrong = (message: string): readonly TemplateAttachment[] => {
      problems.push({
        path: [],
        place: placeOf(source, typeof entry === 'string' ? ['attachments', i] : ['attachments', i, 'file']),
        message,
      })
      return []
    }
    if (!full.startsWith(`${folder}${path.sep}`)) return wrong(`the file ${spec.file} does not lie beside the template`)
    const stat = statSync(full, { throwIfNoEntry: false })
    if (!stat?.isFile()) return wrong(`there is no file ${spec.file}`)
    if (stat.size > largestAttachment) return wrong(`${spec.file} is larger than 5 MB`)
    const bytes = readFileSync(full)
    return [
      {
        filename: spec.name ?? path.basename(full),
        contentType: spec.type ?? mediaTypes[path.extname(full).toLowerCase()] ?? 'application/octet-stream',
        contentId: spec.cid ?? null,
        bytes,
        hash: createHash('sha256').update(bytes).digest('hex'),
      },
    ]
  })
}
