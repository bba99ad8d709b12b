// YAML with positions: the value of a file, and for every path the line and column of its key and of its value.
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import type { Issue, Path } from '../schema.ts'
import { pathText } from './problems.ts'
import type { Position, Problem } from './problems.ts'
import { createSecrets, expand } from './secrets.ts'
import type { Outside, Secrets } from './secrets.ts'
import { syntaxProblems } from './syntax.ts'

/** A YAML file taken apart. Values from outside are already in place. */
export interface YamlFile {
  readonly file: string
  /** What the file says; `undefined` when it is empty. Plain JSON values only. */
  readonly value: unknown
  /** The place of a path, or of the nearest thing above it that stands in the file. */
  position(path: Path, atKey: boolean): Position
  /** Whether the text at a path came, in part at least, from a variable or a file. */
  fromOutside(path: Path): boolean
  /** Duplicate keys, unresolved variables and the like: errors beside which the rest can still be checked. */
  readonly problems: readonly Problem[]
  readonly secrets: Secrets
  /** An issue found at a path, as a problem of this file. */
  problem(issue: Issue): Problem
}

/** Bounds: with aliases 1 MB of text can stand for far more. */
const maxNodes = 100_000
const deepest = 64

/** Reads YAML 1.2 (core schema: no tags, no merge keys; a duplicate key is an error). Never throws: returns the syntax errors instead. */
export function readYaml(
  text: string,
  file: string,
  outside: Outside,
): { readonly ok: true; readonly yaml: YamlFile } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const whole = (message: string): { readonly ok: false; readonly problems: readonly Problem[] } => ({
    ok: false,
    problems: [{ file, line: 0, column: 0, path: '', message }],
  })
  const nul = text.indexOf('\0')
  if (nul >= 0) return whole('is not a text file: it holds a NUL byte')
  let document: Document.Parsed
  try {
    // uniqueKeys off: the library compares every key with every other; Reader does it with a set.
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      customTags: [],
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'error',
    })
  } catch {
    return whole('is nested too deeply') // the parser is recursive: an overflow of its stack is the only thing it throws, mostly as an error of the document
  }
  if (document.errors.some((error) => /call stack/i.test(error.message))) return whole('is nested too deeply')
  const syntax = syntaxProblems(document, text, file, lines)
  if (syntax.length > 0) return { ok: false, problems: syntax }

  const reader = new Reader(document, lines, file, outside)
  const yaml = reader.read()
  return reader.full ? { ok: false, problems: yaml.problems } : { ok: true, yaml }
}

class Reader {
  readonly #document: Document.Parsed
  readonly #lines: LineCounter
  readonly #file: string
  readonly #outside: Outside
  readonly #secrets = createSecrets()
  readonly #places = new Map<string, { key: number; value: number }>()
  readonly #expanded = new Set<string>()
  readonly #problems: Problem[] = []
  /** Anchors so far, and what each alias met: the library's own lookup walks the whole file for every alias. */
  readonly #anchors = new Map<string, Node>()
  readonly #anchored = new Set<Node>()
  readonly #targets = new Map<Node, Node>()
  #nodes = 0
  /** Whether a bound was hit: then the value is not whole. */
  full = false

  constructor(document: Document.Parsed, lines: LineCounter, file: string, outside: Outside) {
    this.#document = document
    this.#lines = lines
    this.#file = file
    this.#outside = outside
  }

  read(): YamlFile {
    const { contents } = this.#document
    const value = contents === null ? undefined : this.#value(contents, [], contents.range[0])
    const problem = (issue: Issue): Problem => {
      const hidden = issue.found === undefined || this.#expanded.has(keyOf(issue.path))
      // Redacted before it is shortened, so that not even a part of a secret is left.
      const found = hidden ? '' : `, found ${shortened(this.#secrets.redact(issue.found))}`
      return {
        file: this.#file,
        ...this.#position(issue.path, issue.atKey),
        path: pathText(issue.path),
        message: this.#secrets.redact(issue.message) + found,
      }
    }
    return {
      file: this.#file,
      value: value === null ? undefined : value,
      position: (path, atKey) => this.#position(path, atKey),
      fromOutside: (path) => this.#expanded.has(keyOf(path)),
      problems: this.#problems,
      secrets: this.#secrets,
      problem,
    }
  }

  #value(node: unknown, path: Path, keyAt: number): unknown {
    if (!isNode(node)) return null
    const at = node.range?.[0] ?? keyAt
    if (!this.#places.has(keyOf(path))) this.#places.set(keyOf(path), { key: keyAt, value: at })
    if (++this.#nodes > maxNodes || path.length > deepest) {
      if (!this.full)
        this.#report(
          path.slice(0, 2),
          at,
          path.length > deepest
            ? 'is nested too deeply (or an alias holds itself)'
            : 'is too large: aliases multiply it beyond 100000 values',
        )
      this.full = true
    }
    if (this.full) return null
    if (isAlias(node)) {
      const target = this.#targets.get(node) ?? this.#anchors.get(node.source)
      if (target) this.#targets.set(node, target)
      if (target) return this.#value(target, path, keyAt)
      this.#report(path, at, `there is no anchor \`&${node.source}\` above; if a text that begins with * is meant, put it in quotes`)
      return null
    }
    if (node.anchor !== undefined && !this.#anchored.has(node)) {
      this.#anchored.add(node)
      this.#anchors.set(node.anchor, node)
    }
    if (isScalar(node)) return this.#scalar(node.value, path, at)
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item, [...path, index], this.#startOf(item) ?? at))
    if (!isMap(node)) return null
    const out: Record<string, unknown> = {}
    for (const pair of node.items) {
      const start = this.#startOf(pair.key) ?? at
      const key = keyText(pair.key)
      if (key === undefined || key === '__proto__') this.#report(path, start, 'a key has to be a plain word')
      else if (key === '<<')
        this.#report(path, start, 'merge keys (<<) are not possible; write the keys out, or put the alias in the place of a whole value')
      else if (Object.hasOwn(out, key))
        this.#report([...path, key], start, `stands twice; the first one is in line ${this.#position([...path, key], true).line}`)
      else {
        // A key without a value has no node: it still gets its place.
        this.#places.set(keyOf([...path, key]), { key: start, value: this.#startOf(pair.value) ?? start })
        out[key] = this.#value(pair.value, [...path, key], start)
      }
    }
    return out
  }

  #scalar(value: unknown, path: Path, at: number): unknown {
    if (typeof value === 'string') {
      if (!value.includes('${')) return value
      const { text, changed, failures } = expand(value, this.#outside, this.#secrets)
      for (const failure of failures) this.#report(path, at, failure)
      if (changed) this.#expanded.add(keyOf(path))
      return text
    }
    return typeof value === 'number' || typeof value === 'boolean' ? value : null
  }

  #startOf(node: unknown): number | undefined {
    return isNode(node) ? (node as Node).range?.[0] : undefined // isNode narrows to a Node without its range
  }

  #report(path: Path, offset: number, message: string): void {
    this.#problems.push({ file: this.#file, ...this.#at(offset), path: pathText(path), message })
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }

  #position(path: Path, atKey: boolean): Position {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(keyOf(path.slice(0, length)))
      if (place) return this.#at(atKey || length < path.length ? place.key : place.value)
    }
    return { line: 1, column: 1 }
  }
}

function shortened(text: string): string {
  return text.length > 62 ? `${text.slice(0, 60)}...` : text
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}

/** A key as text; numbers and words such as `true` are taken as written. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}
