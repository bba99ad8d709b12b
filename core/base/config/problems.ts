// What is wrong with a configuration file, and where.
import path from 'node:path'
import type { Path } from '../schema.ts'

/** A place in a file; both count from 1. Line 0 is the file as a whole. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One thing that is wrong (or, as a warning, doubtful), with the remedy in its message; holds no secrets. */
export interface Problem extends Position {
  readonly file: string
  /** Dotted path of the key, e.g. `mailboxes.support.notify[0]`; empty for the whole file. */
  readonly path: string
  readonly message: string
}

/** One line: `file:line:column: path: message`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file
  return `${place}: ${problem.path ? `${problem.path}: ` : ''}${problem.message}`
}

/** `FILE:LINE:COLUMN` taken apart, the file as it is shown; undefined for anything else. */
export function readPlace(place: string | undefined): (Position & { readonly file: string }) | undefined {
  const [, file, line, column] = /^(.+):(\d{1,9}):(\d{1,9})$/.exec(place ?? '') ?? []
  return file === undefined ? undefined : { file: shownAs(path.resolve(file)), line: Number(line), column: Number(column) }
}

/** A file, or a place in one: relative to the working directory where that is shorter, since an editor opens both. */
export function shownAs(file: string): string {
  const relative = path.relative(process.cwd(), file)
  return relative.length < file.length && !relative.startsWith('..') ? relative : file
}

/** `mailboxes.support.notify[0]`; a key that is no plain word stands in brackets: `plugins[0]["./mine.ts"]`. */
export function pathText(keys: Path): string {
  return keys.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!/^[\w-]{1,64}$/.test(step)) return `${text}[${JSON.stringify(step.slice(0, 64))}]`
    return text ? `${text}.${step}` : step
  }, '')
}

const maxProblems = 100

/** In the order of the file, each once; of more than 100 the first 100 and how many follow. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(
    problems.toSorted((a, b) => a.line - b.line || a.column - b.column).map((problem) => [formatProblem(problem), problem]),
  )
  const all = [...once.values()]
  const [first] = all
  if (!first || all.length <= maxProblems) return all
  return [
    ...all.slice(0, maxProblems),
    { file: first.file, line: 0, column: 0, path: '', message: `and ${all.length - maxProblems} more problems` },
  ]
}
