// The kinds of text that a schema can ask for beyond JSON's own: durations, sizes, addresses, zones, references and so on.
import path from 'node:path'
import { domainToASCII } from 'node:url'
import Type from 'typebox'
import { parseCidr } from './cidr.ts'
import { nearestZone } from './zone-names.ts'
import type { Rate } from './units.ts'
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from './units.ts'

/** The schema keyword that names a kind; its value is a KindUse. */
export const kindKeyword = 'x-kind'
/** The schema keyword that marks a secret: never shown, never dumped. */
export const secretKeyword = 'x-secret'
/** The schema keyword beside `pattern` that says in words what is expected. */
export const patternWords = 'x-pattern'
/** The schema keyword beside a constant: words of other languages that mean it, for "did you mean". */
export const otherWords = 'x-words'
/** The schema keyword that says what an argument of an action refers to; see contract/references.ts. */
export const referenceKeyword = 'x-refers-to'

type KindName =
  'duration' | 'span' | 'size' | 'rate' | 'address' | 'zone' | 'cidr' | 'url' | 'path' | 'agent' | 'group' | 'people' | 'mailbox'

/** A kind as used in one place: `min` and `max` in ms or bytes, `from` for paths. */
export interface KindUse {
  readonly kind: KindName
  readonly min?: number
  readonly max?: number
  readonly from?: 'config' | 'data'
}

/** What relative paths are relative to. */
export interface Folders {
  readonly config: string
  readonly data: string
}

interface Kind {
  /** What is wrong with a value, as the end of a sentence; `undefined` when nothing is. */
  check(value: string | number, use: KindUse): string | undefined
  /** The checked value in the form the program works with. */
  convert?(value: string | number, use: KindUse, folders: Folders): unknown
  /** A pattern for editors; a little wider than `check`. */
  readonly pattern?: string
}

const durationPattern = String.raw`^\s*\d+(\.\d+)?(ms|s|m|h|d|w)(\s+\d+(\.\d+)?(ms|s|m|h|d|w))*\s*$`
const anything = { check: () => undefined } satisfies Kind

/** For each kind of text: how it is checked, what it is converted to (ms, bytes, absolute paths), and a pattern for editors. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  duration: {
    pattern: durationPattern,
    check: (value, use) => {
      const ms = parseDuration(String(value))
      if (ms === undefined) return 'expected a duration such as 90s, 5m, 4h, 30d or "2d 5h"'
      return outside(ms, use, formatDuration)
    },
    convert: (value) => parseDuration(String(value)),
  },
  span: {
    pattern: `^off$|${durationPattern}`,
    check: (value, use) =>
      value === 'off' ? undefined : kinds.duration.check(value, use)?.replace(/^expected a duration/, 'expected off or a duration'),
    convert: (value) => (value === 'off' ? null : parseDuration(String(value))),
  },
  size: {
    pattern: String.raw`^\s*\d+(\.\d+)? ?(B|kB|MB|GB|KiB|MiB|GiB)?\s*$`,
    check: (value, use) => {
      const bytes = parseSize(value)
      if (bytes === undefined) return 'expected a size such as 25MB, 200MiB or a number of bytes'
      return outside(bytes, use, formatSize)
    },
    convert: (value) => parseSize(value),
  },
  rate: {
    pattern: String.raw`^\s*\d+\s*/.+$`,
    check: (value) => (parseRate(String(value)) ? undefined : 'expected a rate such as 10/10m (ten in ten minutes) or 500/h'),
    convert: (value) => parseRate(String(value)),
  },
  address: {
    pattern: String.raw`^[^\s<>]+@[^\s<>@]+$`,
    check: (value) => (normalAddress(String(value)) ? undefined : 'expected a mail address such as support@example.com'),
    convert: (value) => normalAddress(String(value)),
  },
  zone: {
    check: (value) => {
      if (isZone(String(value))) return undefined
      const near = nearestZone(String(value))
      return `expected a time zone such as Europe/London, Asia/Almaty or UTC${near ? ` (did you mean ${near}?)` : ''}`
    },
  },
  cidr: {
    check: (value) =>
      parseCidr(String(value)) ? undefined : 'expected an address or a range such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32',
  },
  url: {
    pattern: '^https?://',
    check: (value) =>
      /^https?:\/\/[^\s/]/i.test(String(value)) && URL.canParse(String(value))
        ? undefined
        : 'expected an address on the web such as https://desk.example.com',
    convert: (value) => String(value).replace(/\/+$/, ''),
  },
  path: {
    check: (value) => (value === '' || String(value).includes('\0') ? 'expected a path' : undefined),
    convert: (value, use, folders) => path.resolve(folders[use.from ?? 'config'], String(value)),
  },
  agent: anything,
  group: anything,
  people: anything,
  mailbox: anything,
}

function outside(value: number, use: KindUse, format: (value: number) => string): string | undefined {
  if (use.min !== undefined && value < use.min) return `must be at least ${format(use.min)}`
  if (use.max !== undefined && value > use.max) return `must be at most ${format(use.max)}`
  return undefined
}

/** A mail address in lower case with its domain in ASCII (RFC 5890), so that equal addresses are equal texts; `undefined` when it is none (RFC 5321 §4.5.3.1: 64, 255 and 254 octets; no quoted local part). */
function normalAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(0, at)).normalize('NFC').toLowerCase()
  const domain = domainToASCII(text.slice(at + 1))
  const dotAtom = /^[^\s\x00-\x20\x7f()<>[\]:;@\\,".]+$/u
  const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
  if (at < 1 || !local.split('.').every((atom) => dotAtom.test(atom)) || !domain.split('.').every((part) => label.test(part)))
    return undefined
  const octets = (part: string): number => Buffer.byteLength(part)
  return octets(local) > 64 || octets(domain) > 255 || octets(local) + octets(domain) + 1 > 254 ? undefined : `${local}@${domain}`
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false // the platform takes bare offsets (+03:00) too, which know no summer time
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

interface Words {
  readonly description: string
}

/** A schema of one kind whose checked value is of type `T`. */
function kind<T>(use: KindUse, rest: Readonly<Record<string, unknown>>) {
  return Type.Unsafe<T>({ type: use.kind === 'size' ? ['string', 'integer'] : 'string', [kindKeyword]: use, ...rest })
}

type Limits = Words & { readonly default?: string; readonly min?: number; readonly max?: number }

function limited<T>(name: KindName, { min, max, ...rest }: Limits) {
  return kind<T>({ kind: name, ...(min !== undefined && { min }), ...(max !== undefined && { max }) }, rest)
}

/** "4h", "2d 5h": ms. `min` and `max` in ms. */
export const duration = (options: Limits) => limited<number>('duration', options)
/** As `duration`, or `off`: ms or null. */
export const durationOrOff = (options: Limits) => limited<number | null>('span', options)
/** "25MB", "200MiB" or a number: bytes. `min` and `max` in bytes. */
export const size = (options: Limits) => limited<number>('size', options)
/** "10/10m": a Rate. */
export const rate = (options: Words & { readonly default?: string }) => kind<Rate>({ kind: 'rate' }, { ...options })
/** A mail address; becomes lower case with an ASCII domain. */
export const address = (options: Words & { readonly default?: string }) => kind<string>({ kind: 'address' }, { ...options })
/** An IANA time zone. */
export const zone = (options: Words & { readonly default?: string }) => kind<string>({ kind: 'zone' }, { ...options })
/** An IP address or a range of them; see `addressMatcher`. */
export const cidr = (options: Words) => kind<string>({ kind: 'cidr' }, { ...options })
/** An http or https URL; loses slashes at its end. */
export const webUrl = (options: Words & { readonly default?: string }) => kind<string>({ kind: 'url' }, { ...options })
/** A path; becomes absolute: relative to the folder of the config file, or with `from: 'data'` to the data directory. */
export const filePath = ({ from, ...rest }: Words & { readonly default?: string; readonly from?: 'config' | 'data' }) =>
  kind<string>({ kind: 'path', from: from ?? 'config' }, rest)
/** The id of an agent, a group, either of both (`people`) or a mailbox; a dangling one is an error of the config. */
export const idOf = (what: 'agent' | 'group' | 'people' | 'mailbox', options: Words) => kind<string>({ kind: what }, { ...options })
/** A secret text: hidden in every dump and error. */
export const secret = (options: Words) => Type.Unsafe<string>({ type: 'string', minLength: 1, [secretKeyword]: true, ...options })
