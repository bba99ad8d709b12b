// What of a mail is its text, and what is attached: the walk over the part tree (RFC 2046 §5.1, RFC 2387, RFC 1847).
import type { ByteRange } from './content.ts'
import { decodedSize, normalised, partRange, partText } from './content.ts'
import { decodeText } from './charset.ts'
import { headerFacts } from './fields.ts'
import { mailLimits } from './limits.ts'
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
  readonly attachments: Omit<Attachment, 'inline'>[]
  textBytes: number
}

/** Walks the tree; soft bounds that were hit are added to `limits`. */
export function readBody(raw: Uint8Array, root: Part, hint: string | undefined, limits: Set<string>): Body {
  const walk: Walk = { raw, hint, limits, warnings: new Set(), segments: [], attachments: [], textBytes: 0 }
  visit(walk, root)
  if (walk.segments.length === 0) enclosedBody(walk, root)
  const html = walk.segments.map((s) => s.html ?? '').join('')
  const shown = referencedIds(html)
  return {
    segments: walk.segments,
    attachments: walk.attachments.map((a) => ({ ...a, inline: a.contentId !== null && shown.has(a.contentId.toLowerCase()) })),
    warnings: [...walk.warnings],
  }
}

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

/** Plain, html and enriched text is the body, unless it is sent as an attachment: named so, or a named file behind other text. */
function isBodyText(walk: Walk, part: Part): boolean {
  if (!/^text\/(plain|html|enriched|richtext|x-amp-html)$/.test(part.type) || part.disposition === 'attachment') return false
  if (part.type === 'text/x-amp-html') return false
  return part.dispositionParams.get('filename') === undefined || walk.segments.length === 0 || part.disposition === 'inline'
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
  if (part.type === 'application/ms-tnef' || /^winmail\.dat$/i.test(filename))
    walk.warnings.add('winmail.dat: sent by Outlook as TNEF, kept as it is')
  if (/^application\/(x-)?pkcs7-mime$/.test(part.type) && part.params.get('smime-type') !== 'signed-data')
    walk.warnings.add('encrypted: S/MIME')
  const contentId = part.fields.find((f) => f.name === 'content-id')?.value
  walk.attachments.push({
    filename,
    contentType: part.type,
    sizeBytes: decodedSize(walk.raw, range),
    contentId: contentId ? strip(contentId.slice(0, 500), '<>') : null,
    range,
  })
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
  const own: Walk = { ...walk, segments: [], attachments: [] }
  visit(own, inner)
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
