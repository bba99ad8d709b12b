// Liquid as templates use it: strict about filters and variables at load, bounded at rendering, escaping in HTML.
import { Liquid } from 'liquidjs'
import type { Template, Variable } from 'liquidjs'
import { nearest } from '../../../core/plugin.ts'
import type { Path } from '../../../core/plugin.ts'
import type { FileProblem, SourceFile } from './files.ts'
import { variables } from '../conditions/variables.ts'
import type { Shape } from '../conditions/variables.ts'

/** Two Liquid engines: one leaves what it prints as it is, the other escapes it for HTML. */
export interface Engines {
  readonly text: Liquid
  readonly html: Liquid
}

/** One engine for text and one that escapes; `partials` by name, the HTML form of one as `name.html`. */
export function liquidEngines(partials: ReadonlyMap<string, string>): Engines {
  const make = (html: boolean): Liquid =>
    new Liquid({
      strictFilters: true,
      strictVariables: false, // whether a name is known is checked at load; what has no value is empty, so that `default` can stand in
      ownPropertyOnly: true,
      templates: Object.fromEntries([...partials].map(([name, text]) => [name, (html && partials.get(`${name}.html`)) || text])),
      parseLimit: 1e6,
      renderLimit: 500,
      memoryLimit: 1e7,
      ...(html && { outputEscape: 'escape' as const }),
    })
  return { text: make(false), html: make(true) }
}

/** A text made ready. */
export interface Compiled {
  render(values: Readonly<Record<string, unknown>>): string
}

/** Where a text begins inside its file, so that a fault in it has its own line and column. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Of the following lines. */
  readonly indent: number
  /** Lines of the text cannot be told apart (folded or quoted over lines): every fault is at its beginning. */
  readonly vague: boolean
}

/** Where the text at a path of a YAML file begins. */
export function originOf(source: SourceFile, path: Path): Origin {
  const { line, column } = source.yaml.position(path, false)
  const lines = source.text.split('\n')
  const head = lines[line - 1]?.slice(column - 1) ?? ''
  if (head.startsWith('|')) {
    const first = lines.slice(line).findIndex((l) => l.trim() !== '')
    const indent = /^ */.exec(lines[line + Math.max(0, first)] ?? '')?.[0].length ?? 0
    return { file: source.file, line: line + 1, column: indent + 1, indent, vague: false }
  }
  return {
    file: source.file,
    line,
    column: column + (/^["']/.test(head) ? 1 : 0),
    indent: 0,
    vague: head.startsWith('>') || !lineEndsText(head),
  }
}

/** A text in quotes or without, that ends in the line in which it begins. */
const lineEndsText = (head: string): boolean => !/^(["'])/.test(head) || new RegExp(`^${head[0] ?? ''}.*${head[0] ?? ''}`).test(head)

/** Parses a text and checks its variables. Faults go to `problems`, then null. */
export function compileLiquid(
  engine: Liquid,
  text: string,
  origin: Origin,
  problems: FileProblem[],
  locals: readonly string[] = [],
): Compiled | null {
  if (!text.includes('{{') && !text.includes('{%')) return { render: () => text }
  const report = (row: number, col: number, message: string): void => {
    const line = origin.vague ? origin.line : origin.line + row - 1
    const column = origin.vague ? origin.column : row === 1 ? origin.column + col - 1 : origin.indent + col
    problems.push({ path: [], place: `${origin.file}:${line}:${Math.max(1, column)}`, message })
  }
  let template: Template[]
  try {
    template = engine.parse(text)
    const before = problems.length
    const { globals } = engine.analyzeSync(template, { partials: true })
    for (const uses of Object.values(globals)) {
      for (const use of uses) {
        const wrong = unknownIn(use, locals)
        // What stands in a partial is told of where the partial itself is checked.
        if (wrong && use.location.file === undefined) report(use.location.row, use.location.col, wrong)
      }
    }
    if (problems.length > before) return null
  } catch (error) {
    const { message, row, col } = faultOf(error)
    report(row, col, message)
    return null
  }
  return { render: (values) => String(engine.renderSync(template, { ...values })) }
}

/** Why a variable is not one of ours, or null. */
function unknownIn(variable: Variable, locals: readonly string[]): string | null {
  let shape: Shape = variables
  const said: string[] = []
  for (const segment of variable.segments) {
    const name = typeof segment === 'object' ? null : String(segment)
    if (said.length === 0 && name !== null && locals.includes(name)) return null
    if (shape === 'any') return null
    if (shape === 'list')
      return name === null || /^(\d+|size|first|last)$/.test(name)
        ? null
        : `there is no variable \`${[...said, name].join('.')}\`: \`${said.join('.')}\` is a list`
    if (shape === true)
      return name === 'size'
        ? null
        : `there is no variable \`${[...said, name ?? '[...]'].join('.')}\`: \`${said.join('.')}\` is a single value`
    const below: Shape | undefined =
      name !== null && Object.hasOwn(shape, name) ? (shape as Readonly<Record<string, Shape>>)[name] : undefined // the shapes with names are what is left
    if (below === undefined) {
      const near: string | undefined = name === null ? undefined : nearest(name, Object.keys(shape))
      const full = [...said, name ?? '[...]'].join('.')
      return `there is no variable \`${full}\`${near ? `, did you mean \`${[...said, near].join('.')}\`?` : `; ${said.length > 0 ? `\`${said.join('.')}\` has` : 'there are'} ${Object.keys(shape).join(', ')}`}`
    }
    said.push(name ?? '')
    shape = below
  }
  if (typeof shape === 'object') return `\`${said.join('.')}\` is no value by itself; it has ${Object.keys(shape).join(', ')}`
  return null
}

/** What liquidjs threw, without its picture of the place. */
function faultOf(error: unknown): { readonly message: string; readonly row: number; readonly col: number } {
  const text = error instanceof Error ? error.message : String(error)
  const at = /, line:(\d+)(?:, col:(\d+))?/.exec(text)
  const message = text.replace(/(?:, file:[^,]*)?, line:.*$/s, '').replace(/^(?:Parse|Render|Tokenization|UndefinedFilter)Error: /, '')
  const said = /ENOENT/.test(message) ? `there is no partial ${/lookup "([^"]*)"/.exec(message)?.[1] ?? ''}`.trim() : message
  return { message: said, row: Number(at?.[1] ?? 1), col: Number(at?.[2] ?? 1) }
}
