// The YAML files of a folder, in the order of their names, with what is wrong in them and where.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { readYaml } from '../../../core/plugin.ts'
import type { Issue, Path, SettingsProblem, YamlFile } from '../../../core/plugin.ts'

/** Something wrong in a rule or template file, or doubtful. */
export type FileProblem = SettingsProblem & { readonly place: string }

/** One YAML file with its text and its parsed form, which knows the place of every value. */
export interface SourceFile {
  /** Absolute. */
  readonly file: string
  readonly text: string
  readonly yaml: YamlFile
}

const largestFile = 1_000_000

/** `file:line:column` of a path in a file. */
export function placeOf(source: SourceFile, at: Path, atKey = false): string {
  const { line, column } = source.yaml.position(at, atKey)
  return `${source.file}:${line}:${column}`
}

/** An issue of a schema as a problem; `below` is where the checked value stands. */
export function issueIn(source: SourceFile, issue: Issue, below: Path = []): FileProblem {
  const at = [...below, ...issue.path]
  const { path: where, message, line, column } = source.yaml.problem({ ...issue, path: at })
  return { path: [], place: `${source.file}:${line}:${column}`, message: where === '' ? message : `${where}: ${message}` }
}

/** Files of a folder by their endings; a folder that is missing holds none. */
export function filesOf(folder: string, ending: string): readonly string[] {
  const entries = statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
    : []
  return entries
    .filter((name) => name.endsWith(ending) && !path.basename(name).startsWith('.'))
    .sort()
    .map((name) => path.join(folder, name))
}

/** Reads every YAML file of a folder. Scenario files (`*.test.yaml`) are not among them. Never throws for what a file holds. */
export function readFolder(folder: string): { readonly sources: readonly SourceFile[]; readonly problems: readonly FileProblem[] } {
  const sources: SourceFile[] = []
  const problems: FileProblem[] = []
  for (const file of [...filesOf(folder, '.yaml'), ...filesOf(folder, '.yml')].filter((f) => !/\.test\.ya?ml$/.test(f))) {
    const text = textOf(file)
    if (typeof text !== 'string') {
      problems.push({ path: [], place: `${file}:1:1`, message: text.wrong })
      continue
    }
    // Nothing comes from outside: a rule that needs a secret orders an action of a plugin that has it.
    const read = readYaml(text, file, { env: {}, folder })
    const wrong = read.ok ? read.yaml.problems : read.problems
    for (const p of wrong)
      problems.push({
        path: [],
        place: `${file}:${Math.max(1, p.line)}:${Math.max(1, p.column)}`,
        message: p.path === '' ? p.message : `${p.path}: ${p.message}`,
      })
    if (read.ok && wrong.length === 0) sources.push({ file, text, yaml: read.yaml })
  }
  return { sources, problems }
}

/** The text of a file, or why there is none. */
export function textOf(file: string): string | { readonly wrong: string } {
  try {
    const bytes = readFileSync(file)
    if (bytes.byteLength > largestFile) return { wrong: 'is larger than 1 MB' }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { wrong: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8 text' : `cannot be read: ${code}` }
  }
}
