// Values from outside (${NAME}, ${file:path}) and the memory of what is secret, so that no dump and no error shows it.
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** What stands in the place of a secret. */
const redactedMark = '[redacted]'

/** The secrets seen while loading. */
export interface Secrets {
  /** Remembers a value; of a URL with a password, the password too. */
  add(value: string): void
  /** The text without any secret of four or more characters (shorter ones would tear words apart), as it stands and as encoded in a URL or in JSON. */
  redact(text: string): string
  /** A copy for a dump: texts redacted, texts that are a secret replaced whatever their length, maps as plain objects. */
  redactValue(value: unknown): unknown
}

/** An empty memory of secrets. Nothing in it can be read back, only be hidden in texts and values. */
export function createSecrets(): Secrets {
  const known = new Set<string>()
  const forms = (): readonly string[] =>
    [...new Set([...known].flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]))]
      .filter((form) => form.length >= 4)
      .sort((a, b) => b.length - a.length)
  const redact = (text: string): string => forms().reduce((left, form) => left.replaceAll(form, () => redactedMark), text)
  const redactValue = (value: unknown): unknown => {
    if (typeof value === 'string') return known.has(value) ? redactedMark : redact(value)
    if (Array.isArray(value)) return value.map(redactValue)
    if (value instanceof Map)
      return Object.fromEntries([...value].map(([key, item]: [unknown, unknown]) => [String(key), redactValue(item)]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item)]))
  }
  return {
    add(value) {
      if (value === '') return
      known.add(value)
      const password = passwordOf(value)
      for (const form of password ?? []) known.add(form)
    },
    redact,
    redactValue,
  }
}

/** The password in a URL, as written and decoded; `undefined` when there is none. */
export function passwordOf(text: string): readonly string[] | undefined {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null
  if (!url?.password) return undefined
  try {
    return [url.password, decodeURIComponent(url.password)]
  } catch {
    return [url.password]
  }
}

/** Where `${NAME}` and `${file:path}` are looked up. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder of the config file; relative ${file:...} are looked for in $CREDENTIALS_DIRECTORY (systemd LoadCredential=) and then here. null: files cannot be named. */
  readonly folder: string | null
}

interface Expanded {
  readonly text: string
  /** Whether anything came from outside. */
  readonly changed: boolean
  /** What could not be resolved, each with its remedy. */
  readonly failures: readonly string[]
}

/** Names of variables whose values are taken for secrets wherever they are used. */
const secretName = /pass|pwd|secret|token|key|credential|auth|dsn/i
const maxFileBytes = 65_536

/** Replaces `${NAME}`, `${NAME:-default}` and `${file:path}`; `$${` stands for `${` itself. What was put in is not looked at again. */
export function expand(text: string, outside: Outside, secrets: Secrets): Expanded {
  const failures: string[] = []
  let out = ''
  let at = 0
  let changed = false
  for (;;) {
    const start = text.indexOf('${', at)
    if (start < 0) return { text: out + text.slice(at), changed, failures }
    if (text[start - 1] === '$' && start > at) {
      out += `${text.slice(at, start - 1)}\${`
      at = start + 2
      continue
    }
    const end = text.indexOf('}', start)
    if (end < 0) {
      failures.push('"${" is never closed; for a literal "${" write "$${"')
      return { text: out + text.slice(at), changed, failures }
    }
    const found = resolve(text.slice(start + 2, end), outside, secrets)
    if ('failure' in found) failures.push(found.failure)
    else out += text.slice(at, start) + found.value
    changed = true
    at = end + 1
  }
}

function resolve(inner: string, outside: Outside, secrets: Secrets): { readonly value: string } | { readonly failure: string } {
  if (inner.startsWith('file:')) return fromFile(inner.slice(5).trim(), outside, secrets)
  const match = /^([A-Za-z_][A-Za-z0-9_]{0,127})(?::-([^]*))?$/.exec(inner)
  const name = match?.[1]
  if (name === undefined)
    return {
      failure: `\`\${${inner.slice(0, 40)}}\` is not understood; possible are \${NAME}, \${NAME:-default} and \${file:path}, and $\${ for a literal \${`,
    }
  const value = outside.env[name] || match?.[2]
  if (value === undefined)
    return {
      failure: `the environment variable ${name} is ${outside.env[name] === '' ? 'empty' : 'not set'}; set it, or give a default: \${${name}:-default}`,
    }
  if (value.includes('\0')) return { failure: `the environment variable ${name} holds a NUL byte` }
  if (outside.env[name] && secretName.test(name)) secrets.add(value)
  else if (passwordOf(value)) secrets.add(value)
  return { value }
}

function fromFile(name: string, outside: Outside, secrets: Secrets): { readonly value: string } | { readonly failure: string } {
  if (outside.folder === null) return { failure: 'files cannot be named here' }
  const credentials = outside.env.CREDENTIALS_DIRECTORY
  const places = path.isAbsolute(name)
    ? [name]
    : [...(credentials ? [path.resolve(credentials, name)] : []), path.resolve(outside.folder, name)]
  const place = name === '' || name.includes('\0') ? undefined : places.find((candidate) => existsSync(candidate))
  if (place === undefined) return { failure: name === '' ? '`${file:}` names no file' : `the file ${places.join(' or ')} does not exist` }
  try {
    const stat = statSync(place)
    if (!stat.isFile()) return { failure: `${place} is not a file` }
    if (stat.size > maxFileBytes) return { failure: `the file ${place} is larger than 64 kB` }
    const value = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(place)).replace(/\r?\n$/, '')
    if (value === '') return { failure: `the file ${place} is empty` }
    if (value.includes('\0')) return { failure: `the file ${place} holds a NUL byte` }
    secrets.add(value)
    return { value }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return {
      failure: `the file ${place} cannot be read: ${code === 'EACCES' ? 'permission denied' : code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : code || 'unknown reason'}`,
    }
  }
}
