// What of a mail is its text, and what is attached: the walk over the part tree (RFC 2046 §5.1, RFC 2387, RFC 1847).
import type { ByteRange } from './content.ts'
import { attachmentBytes, decodedSize, normalised, partRange, partText } from './content.ts'
import { openContainer } from './containers/open.ts'
import type { Opened } from './containers/open.ts'
import { nameFor } from './file-name.ts'
import { decodeText } from './charset.ts'
import { headerFacts } from './fields.ts'
import { LimitError, mailLimits } from './limits.ts'
import { scanMail } from './mime.ts'
import type { Part } from './mime.ts'
import { strip } from './strip.ts'
import { unenrich } from './enriched.ts'
import { findUuencoded } from './uuencode.ts'

export interface Attachment {
  /** As the mail says, decoded, controls out; '' where it says nothing. It may hold `/`: never a path. */
  readonly filename: string
  readonly contentType: string
  /** Decoded size. */
  readonly sizeBytes: number
  /** Without `<` and `>`. */
  readonly contentId: string | null
  /** The kept html shows it (`cid:`). */
  readonly inline: boolean
  /** The bytes inside the raw mail, for `attachmentBytes`: they are read back or sent on without being stored twice. */
  readonly range: ByteRange
  /** The bytes of a file out of a container (winmail.dat, opaque S/MIME), which stand nowhere as they are: they are stored beside the raw mail. Absent else. */
  readonly content?: Uint8Array
  /** A name for people where `filename` is '' (`image.jpg`, `Old offer 12.eml`); else `filename`. */
  readonly shownName: string
}

export interface Body {
  readonly segments: readonly Segment[]
  readonly attachments: readonly Attachment[]
  readonly warnings: readonly string[]
}

/** One piece of the body as the author wrote it: both forms where the mail has both. */
export interface Segment {
  readonly plain?: string
  readonly html?: string
}

interface Walk {
  readonly raw: Uint8Array
  readonly hint: string | undefined
  readonly limits: Set<string>
  readonly warnings: Set<string>
  readonly segments: Segment[]
  readonly attachments: Omit<Attachment, 'inline' | 'shownName'>[]
  /** What containers held: the text where the mail has no other. */
  readonly opened: Segment[]
  /** Subjects of enclosed mails, by their place in the raw mail. */
  readonly subjects: Map<number, string>
  /** Containers within containers. */
  readonly nested: number
  textBytes: number
}

/** Walks the tree; soft bounds that were hit are added to `limits`. */
export function readBody(raw: Uint8Array, root: Part, hint: string | undefined, limits: Set<string>, nested = 0): Body {
  const walk: Walk = {
    raw,
    hint,
    limits,
    warnings: new Set(),
    segments: [],
    attachments: [],
    opened: [],
    subjects: new Map(),
    nested,
    textBytes: 0,
  }
  visit(walk, root)
  if (walk.segments.every(isBlank) && walk.opened.length > 0) {
    walk.segments.length = 0
    for (const one of walk.opened) walk.segments.push(one)
  }
  if (walk.segments.every(isBlank)) enclosedBody(walk, root)
  const html = walk.segments.map((s) => s.html ?? '').join('')
  const shown = referencedIds(html)
  return {
    segments: walk.segments,
    attachments: walk.attachments.map((a) => ({
      ...a,
      shownName: a.filename || nameFor(a.contentType, walk.subjects.get(a.range.start)),
      inline: a.contentId !== null && shown.has(a.contentId.toLowerCase()),
    })),
    warnings: [...walk.warnings],
  }
}

/** No words: white space alone, or html that shows none. */
const isBlank = (s: Segment): boolean =>
  (s.plain ?? '').trim() === '' &&
  !/\S/.test((s.html ?? '').replace(/<(?:style|title)\b[^>]*>[^<]*<\/|<(?!img\b)[^>]*>|&nbsp;|\u00a0|[\u200b\ufeff]/gi, ' '))

function visit(walk: Walk, part: Part): void {
  if (part.type.startsWith('multipart/') && part.children.length > 0) return visitMultipart(walk, part)
  if (part.type.startsWith('multipart/')) {
    // No boundary was found, or it is nested too deep: the whole is text at the top, an attachment below.
    if (part.depth === 0) addText(walk, { ...part, type: 'text/plain' })
    else if (part.end > part.start) attach(walk, part)
    return
  }
  if (isBodyText(walk, part)) addText(walk, part)
  else attach(walk, part)
}

function visitMultipart(walk: Walk, part: Part): void {
  const kind = part.type.slice('multipart/'.length)
  if (kind === 'alternative') return visitAlternative(walk, part)
  if (kind === 'encrypted') {
    walk.warnings.add('encrypted: PGP/MIME')
    for (const child of part.children) attach(walk, child)
    return
  }
  if (kind === 'appledouble') {
    // The fork that only a Mac of old could use, and the file (RFC 1740).
    for (const child of part.children) if (child.type !== 'application/applefile' || part.children.length === 1) attach(walk, child)
    return
  }
  if (kind === 'signed') walk.warnings.add(`signed: ${/smime|pkcs7/.test(part.params.get('protocol') ?? '') ? 'S/MIME' : 'PGP/MIME'}`)
  for (const child of part.children) visit(walk, child)
}

/** One segment of the first plain and the last html form; what else the forms hold is attached. */
function visitAlternative(walk: Walk, part: Part): void {
  const forms = part.children.map((child) => {
    const own: Walk = { ...walk, segments: [], attachments: [], textBytes: walk.textBytes }
    visit(own, child)
    walk.textBytes = own.textBytes
    for (const one of own.attachments) walk.attachments.push(one)
    return own.segments
  })
  const plain =
    forms.find((f) => f.some((s) => s.plain !== undefined && s.plain.trim() !== '' && s.html === undefined)) ??
    forms.find((f) => f.some((s) => s.plain !== undefined))
  const html = forms.findLast((f) => f !== plain && f.some((s) => s.html !== undefined))
  if (plain && html && plain.every((s) => s.html === undefined)) {
    const joined = html.map((s) => s.html ?? '').join('\n')
    return void walk.segments.push({ plain: plain.map((s) => s.plain ?? '').join('\n'), ...(joined.trim() === '' ? {} : { html: joined }) })
  }
  for (const one of html ?? plain ?? forms.at(-1) ?? []) walk.segments.push(one)
}

/** Plain, html and enriched text is the body, unless it is sent as an attachment: named so, or a file with a name behind other text, inline or not. */
function isBodyText(walk: Walk, part: Part): boolean {
  if (!/^text\/(plain|html|enriched|richtext|x-amp-html)$/.test(part.type) || part.disposition === 'attachment') return false
  if (part.type === 'text/x-amp-html') return false
  const named = part.dispositionParams.get('filename') ?? (part.type === 'text/plain' ? part.params.get('name') : undefined)
  // Mail clients show html that stands inline, whatever it is called.
  return named === undefined || walk.segments.every(isBlank) || (part.type === 'text/html' && part.disposition === 'inline')
}

function addText(walk: Walk, part: Part): void {
  const left = mailLimits.textBytes - walk.textBytes
  if (part.end - part.start > left) walk.limits.add('textBytes')
  if (left <= 0) return
  walk.textBytes += Math.min(left, part.end - part.start)
  if (part.type === 'text/html') {
    const html = partText(walk.raw, part, walk.hint, left)
    return void walk.segments.push({ html })
  }
  const encoded =
    partRange(walk.raw, part).encoding === 'identity' ? findUuencoded(walk.raw, part.start, Math.min(part.end, part.start + left)) : []
  if (encoded.length === 0) {
    const text = partText(walk.raw, part, walk.hint, left)
    return void walk.segments.push({ plain: /enriched|richtext/.test(part.type) ? unenrich(text) : text })
  }
  let from = part.start
  let text = ''
  for (const file of [...encoded, { start: part.end, end: part.end, filename: '' }]) {
    text += decodeText(walk.raw.subarray(from, file.start), part.params.get('charset'), walk.hint).text
    from = file.end
    if (file.end === file.start) continue
    const range: ByteRange = { start: file.start, end: file.end, encoding: 'uuencode' }
    const filename = cleanFilename(decodeText(Buffer.from(file.filename, 'latin1'), undefined, walk.hint).text)
    walk.attachments.push({
      filename,
      contentType: 'application/octet-stream',
      sizeBytes: decodedSize(walk.raw, range),
      contentId: null,
      range,
    })
  }
  walk.segments.push({ plain: normalised(text) })
}

function attach(walk: Walk, part: Part): void {
  const range = partRange(walk.raw, part)
  const filename = filenameOf(walk, part)
  const contentId = part.fields.find((f) => f.name === 'content-id')?.value
  walk.attachments.push({
    filename,
    contentType: part.type,
    sizeBytes: decodedSize(walk.raw, range),
    contentId: contentId ? strip(contentId.slice(0, 500), '<>') : null,
    range,
  })
  const [inner] = part.children
  if (inner && filename === '') walk.subjects.set(range.start, headerFacts(inner.fields, walk.hint, walk.limits).subject)
  const opened = openContainer(walk.raw, part, filename, walk.hint)
  if (opened) unpack(walk, opened, range)
}

/** At most so many containers in one another are opened. */
const deepest = 3

function unpack(walk: Walk, opened: Opened, range: ByteRange): void {
  for (const warning of opened.warnings) walk.warnings.add(warning)
  if (opened.plain !== undefined || opened.html !== undefined)
    walk.opened.push({
      ...(opened.plain === undefined ? {} : { plain: normalised(opened.plain) }),
      ...(opened.html === undefined ? {} : { html: normalised(opened.html) }),
    })
  const add = (file: Pick<Attachment, 'filename' | 'contentType' | 'contentId'>, bytes: Uint8Array): void =>
    // A copy: a slice would take the whole container with it to another thread.
    void walk.attachments.push({ ...file, sizeBytes: bytes.length, range, content: Uint8Array.from(bytes) })
  for (const file of opened.files)
    add({ filename: cleanFilename(file.filename), contentType: file.contentType, contentId: null }, file.bytes)
  if (!opened.entity || walk.nested >= deepest) return
  try {
    const { root } = scanMail(opened.entity)
    const inner = readBody(opened.entity, root, walk.hint, walk.limits, walk.nested + 1)
    for (const warning of inner.warnings) walk.warnings.add(warning)
    for (const one of inner.segments) walk.opened.push(one)
    for (const file of inner.attachments) add(file, file.content ?? attachmentBytes(opened.entity, file.range))
  } catch (error) {
    if (!(error instanceof LimitError)) throw error
    walk.limits.add(error.limit)
  }
}

function filenameOf(walk: Walk, part: Part): string {
  const named =
    part.dispositionParams.get('filename') ?? part.params.get('name') ?? part.dispositionParams.get('name') ?? part.params.get('filename')
  if (named) return cleanFilename(named)
  if (partRange(walk.raw, part).encoding === 'uuencode')
    return cleanFilename(findUuencoded(walk.raw, part.start, part.end)[0]?.filename ?? '')
  if (part.type === 'application/ms-tnef') return 'winmail.dat'
  return ''
}

/** No controls, no line ends, no marks that turn the reading direction; at most 255 characters. */
function cleanFilename(name: string): string {
  return name
    .replace(/[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g, '')
    .trim()
    .slice(0, 255)
}

/** A mail that only encloses another one: its body is the enclosed mail's. */
function enclosedBody(walk: Walk, root: Part): void {
  const enclosed = firstEnclosed(root)
  const inner = enclosed?.children[0]
  if (!inner) return
  const own: Walk = { ...walk, segments: [], attachments: [], opened: [] }
  visit(own, inner)
  if (own.segments.every(isBlank)) for (const one of own.opened) own.segments.push(one)
  if (own.segments.every(isBlank)) return
  for (const one of own.segments) walk.segments.push(one)
  const subject = headerFacts(inner.fields, walk.hint, walk.limits).subject
  walk.warnings.add(`the text is that of the enclosed mail${subject === '' ? '' : ` "${subject.slice(0, 200)}"`}`)
}

function firstEnclosed(part: Part): Part | undefined {
  if (part.type === 'message/rfc822' || part.type === 'message/global') return part
  for (const child of part.children) {
    const found = firstEnclosed(child)
    if (found) return found
  }
  return undefined
}

/** Content ids that the html refers to, in lower case, percent signs decoded. */
function referencedIds(html: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const m of html.matchAll(/cid:([^\s"'<>)]{1,500})/gi)) {
    const id = (m[1] ?? '').toLowerCase()
    found.add(id)
    if (id.includes('%')) found.add(id.replace(/%([\da-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))))
  }
  return found
}
