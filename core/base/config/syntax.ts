// What the YAML parser complains of, in words that say what to do.
import type { Document, LineCounter } from 'yaml'
import type { Problem } from './problems.ts'

/** At most one problem a line, as what follows the first one there is mostly its consequence; and one for all tabs. */
export function syntaxProblems(document: Document.Parsed, text: string, file: string, lines: LineCounter): readonly Problem[] {
  const problems = new Map<number, Problem>()
  const report = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset)
    if (!problems.has(line)) problems.set(line, { file, line, column: col, path: '', message })
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') report(0, 'is not YAML 1.2; remove the %YAML line')
  const found = [...document.errors, ...document.warnings]
  const tabs = [...new Set(found.filter(({ code }) => code === 'TAB_AS_INDENT').map(({ pos }) => lines.linePos(pos[0]).line))]
  for (const { code, message, pos } of found) {
    const { line } = lines.linePos(pos[0])
    if (line === tabs[0] && code === 'TAB_AS_INDENT') report(pos[0], `a tab stands in the indentation${alsoIn(tabs.slice(1))}; use spaces`)
    // What is wrong below the first tab is its consequence.
    else if (tabs[0] === undefined || line < tabs[0]) report(pos[0], wording(code, message, lineAt(text, pos[0])))
  }
  return [...problems.values()]
}

/** The first lines by number, the others by their count. */
function alsoIn(more: readonly number[]): string {
  if (more.length === 0) return ''
  const [shown, rest] = [more.slice(0, 5).join(', '), more.length - 5]
  return ` (also in line${more.length > 1 ? 's' : ''} ${shown}${rest > 0 ? ` and ${rest} more` : ''})`
}

function wording(code: string, message: string, line: string): string {
  if (/[[{].*\$\{/.test(line) && code !== 'TAG_RESOLVE_FAILED')
    return 'not valid YAML; inside { } or [ ] a value with ${...} needs quotes: "${NAME}"'
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
      return 'tags (words that begin with !) are not possible; if a text is meant, put it in quotes'
    case 'MULTIPLE_DOCS':
      return 'a second document begins here (---); only one is possible'
    case 'BAD_SCALAR_START':
      return `${lower(message)}; put the value in quotes`
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'not valid YAML: the next line is indented too far, or a value with ": " in it needs quotes'
    case 'MULTILINE_IMPLICIT_KEY':
      return 'not valid YAML: a key is not followed by ": " (colon and blank)'
    case 'MISSING_CHAR':
      return /quote/.test(message) ? 'a quote is not closed' : `not valid YAML: ${lower(message)}`
    case 'BAD_DQ_ESCAPE':
      return `${lower(message)}; in double quotes write \\\\ for a backslash, or use single quotes`
    default:
      return `not valid YAML: ${lower(message)}`
  }
}

function lower(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1, 200)
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + 500))
}
