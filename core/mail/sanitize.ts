// HTML from mail made safe to show (SEC-9): what is not known to be harmless is left out. Pages still put it into a sandboxed frame with a
// strict CSP; this is the inner of two walls. Raw mail is kept as it came, so that a better sanitiser can be run over it later.
import { TooMuchHtml, browserTree, writeTree } from './browser-tree.ts'
import type { Treatment } from './browser-tree.ts'
import { safeStyle } from './sanitize-style.ts'

export interface SanitizeOptions {
  /** `blocked`: none. `cid`: those that the mail brings along. `all`: those on web servers too (which tells the sender that it is read). */
  readonly images: 'blocked' | 'cid' | 'all'
  /** The URL under which the image of a Content-ID is had (https, a path of ours, or `cid:` and the Content-ID as it is); null where there is none. Without it `cid:` images are left out. */
  readonly cidUrl?: ((contentId: string) => string | null) | undefined
}

export interface SanitizedHtml {
  readonly html: string
  /** Images on web servers that were not let through; a page offers to show them. */
  readonly blockedImages: number
  /** Content-IDs whose images are shown: the other inline parts are listed as attachments. */
  readonly usedCids: readonly string[]
  /** `cut`: only the first 5 MB are shown. `flattened`: nested too deeply to be formatted, the words alone are shown. */
  readonly limit: 'cut' | 'flattened' | null
}

/** UTF-16 units of HTML that are looked at (REL-11). */
const longest = 5_000_000
/** What is left out can take apart what a browser reads differently then; each round of reading settles that one level further. */
const maxRounds = 6

/**
 * Allow-lists HTML on the tree that browsers build of it, and writes it so that they build just that tree of what is written: what was judged
 * is what is shown, and it comes out of a second run as it is. Pure; time linear in the input. Meant to run in the worker all the same.
 */
export function sanitizeHtml(html: string, options: SanitizeOptions): SanitizedHtml {
  const input = (html.length > longest ? html.slice(0, longest) : html).replaceAll('\0', '').toWellFormed()
  const images = imageGate(options)
  try {
    let safe = writeTree(browserTree(input), (name, attributes) => treatment(name, () => safeAttributes(name, attributes, images.pass)))
    for (let round = 0; round < maxRounds; round++) {
      const read = writeTree(browserTree(safe), (name, attributes) => treatment(name, () => attributes.map((a) => [a.name, a.value])))
      if (read === safe)
        return { html: safe, blockedImages: images.blocked.size, usedCids: [...images.cids], limit: html.length > longest ? 'cut' : null }
      safe = read
    }
  } catch (error) {
    if (!(error instanceof TooMuchHtml)) throw error
  }
  return { html: wordsAlone(input), blockedImages: 0, usedCids: [], limit: 'flattened' }
}

function treatment(name: string, attributes: () => Treatment): Treatment {
  return tags.has(name) ? attributes() : withoutText.has(name) ? 'none' : 'content'
}

/** Elements that only format. Nothing that loads, runs, submits, embeds, is named by scripts, or is parsed by other rules (svg, math, template). */
export const tags: ReadonlySet<string> = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer ' +
    'h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
)

/** Elements whose content is no text for people. */
const withoutText: ReadonlySet<string> = new Set(
  'script style textarea option xmp noscript noembed noframes iframe title template object embed applet select audio video canvas'.split(
    ' ',
  ),
)

const color = /^(?:#[\da-f]{3,8}|[a-z]{3,25})$/i
const length = /^\d{1,4}(?:\.\d{1,3})?(?:%|px)?$/i
const count = /^\d{1,3}$/
const words = /^[^\u0000-\u0008\u000b-\u001f]{0,2000}$/

/** Attributes of every element and the values they may have. No id, name or class: they would meet those of the page. */
const globalAttributes: ReadonlyMap<string, RegExp> = new Map([
  ['dir', /^(?:ltr|rtl|auto)$/i],
  ['lang', /^[a-z0-9-]{1,35}$/i],
  ['title', words],
  ['align', /^(?:left|right|center|justify|middle|top|bottom)$/i],
])

const cell: ReadonlyMap<string, RegExp> = new Map([
  ['width', length],
  ['height', length],
  ['bgcolor', color],
  ['valign', /^(?:top|middle|bottom|baseline)$/i],
  ['colspan', count],
  ['rowspan', count],
  ['nowrap', /^(?:|nowrap)$/i],
])

const tagAttributes: ReadonlyMap<string, ReadonlyMap<string, RegExp>> = new Map([
  [
    'img',
    new Map([
      ['alt', words],
      ['width', length],
      ['height', length],
      ['border', count],
    ]),
  ],
  [
    'font',
    new Map([
      ['color', color],
      ['size', /^[+-]?\d{1,2}$/],
      ['face', /^[\p{L}\p{N} ,'"_-]{1,200}$/u],
    ]),
  ],
  [
    'table',
    new Map([
      ['width', length],
      ['height', length],
      ['bgcolor', color],
      ['border', count],
      ['cellpadding', count],
      ['cellspacing', count],
    ]),
  ],
  ['tr', cell],
  ['td', cell],
  ['th', cell],
  [
    'col',
    new Map([
      ['span', count],
      ['width', length],
    ]),
  ],
  [
    'colgroup',
    new Map([
      ['span', count],
      ['width', length],
    ]),
  ],
  [
    'hr',
    new Map([
      ['size', count],
      ['width', length],
      ['color', color],
    ]),
  ],
  [
    'ol',
    new Map([
      ['start', /^-?\d{1,6}$/],
      ['type', /^[1aAiI]$/],
    ]),
  ],
  ['ul', new Map([['type', /^(?:disc|circle|square)$/i]])],
  ['li', new Map([['value', /^-?\d{1,6}$/]])],
  ['a', new Map()],
])

function safeAttributes(tag: string, given: readonly Attribute[], image: (src: string) => string | null): [string, string][] {
  const out: [string, string][] = []
  const own = tagAttributes.get(tag)
  const value = (name: string): string => given.find((a) => a.name === name)?.value ?? ''
  for (const { name, value } of given) {
    const allowed = own?.get(name) ?? globalAttributes.get(name)
    if (allowed?.test(value.trim())) out.push([name, value.trim()])
  }
  const style = safeStyle(value('style'))
  if (style !== '') out.push(['style', style])
  const href = tag === 'a' ? safeLink(value('href')) : null
  if (href !== null) out.push(['href', href], ['rel', 'noopener noreferrer'], ['target', '_blank'])
  const src = tag === 'img' ? image(value('src')) : null
  if (src !== null) out.push(['src', src], ['referrerpolicy', 'no-referrer'])
  return out
}

interface Attribute {
  readonly name: string
  readonly value: string
}

/** An http, https or mailto URL as the URL standard writes it, so that no reader finds another scheme in it; null for everything else. */
export function safeLink(url: string): string | null {
  const text = url.trim()
  if (text === '' || url.length > maxUrlLength) return null
  // `new URL` would throw, which costs as much as a hundred elements.
  const parsed = URL.parse(text)
  return parsed !== null && schemes.has(parsed.protocol) && parsed.href.length <= maxUrlLength ? parsed.href : null
}

const schemes: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** UTF-16 units, as it came and as it is written: the standard's spelling can be nine times as long. */
const maxUrlLength = 16_000

interface ImageGate {
  readonly pass: (src: string) => string | null
  readonly blocked: ReadonlySet<string>
  readonly cids: ReadonlySet<string>
}

function imageGate(options: SanitizeOptions): ImageGate {
  const blocked = new Set<string>()
  const cids = new Set<string>()
  const pass = (raw: string): string | null => {
    const src = raw.trim()
    const cid = /^cid:(.{1,2994})$/i.exec(src)?.[1]
    if (cid !== undefined) {
      const id = contentIdOf(cid)
      const url = options.images === 'blocked' || id.length > 998 ? null : (options.cidUrl?.(id) ?? null)
      if (url === null) return null
      cids.add(id)
      return url.startsWith('cid:') ? `cid:${url.slice(4).replace(/[%\s\p{Cc}]/gu, encodeURIComponent)}` : url
    }
    // Only what a browser draws without scripts or outside references: no SVG.
    if (/^data:/i.test(src)) return options.images !== 'blocked' && isDataImage(src) ? src.replace(/\s+/g, '') : null
    const url = safeLink(src)
    if (url === null || url.startsWith('mailto:')) return null
    if (options.images === 'all') return url
    blocked.add(url)
    return null
  }
  return { pass, blocked, cids }
}

function isDataImage(src: string): boolean {
  const m = /^data:image\/(?:png|jpeg|gif|webp);base64,/i.exec(src)
  return m !== null && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(src.slice(m[0].length))
}

/** The Content-ID that a `cid:` URL names; `url` without the scheme (RFC 2392). */
export function contentIdOf(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

/** Everything between `<` and `>` taken out, scripts and style sheets too, line breaks kept, the rest as text. */
function wordsAlone(html: string): string {
  const lower = html.toLowerCase()
  let out = ''
  let pos = 0
  while (pos < html.length) {
    const open = html.indexOf('<', pos)
    out += html.slice(pos, open < 0 ? html.length : open)
    if (open < 0) break
    const skipped = /^<(script|style)\b/.exec(lower.slice(open, open + 8))?.[1]
    const end = skipped === undefined ? open : lower.indexOf(`</${skipped}`, open)
    const close = end < 0 ? -1 : html.indexOf('>', end)
    if (close < 0) break
    if (/^<(?:br|\/p|\/div|\/tr|\/li|\/h\d)\b/i.test(html.slice(open, open + 6))) out += '\n'
    pos = close + 1
  }
  const text = out
    .replace(/</g, '&lt;')
    .replace(/[ \t]+/g, ' ')
    .replace(/\n\s+/g, '\n')
    .trim()
  return writeTree(browserTree(`<pre>${text}</pre>`), () => [])
}
