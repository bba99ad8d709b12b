// The header of one attachment and its content: names and types come from strangers' mail and are made harmless here.
import { flatText, foldedHeader, legacyName, parameter } from './header-text.ts'
import { base64Lines, base64Size } from './segments.ts'
import type { Segment, SegmentSource } from './segments.ts'

/** An attachment of an outgoing mail, by reference to stored mail (`source`, joined in order) or with bytes of its own (`content`). */
export type Attachment = AttachmentFacts & ({ readonly source: readonly SegmentSource[] } | { readonly content: Uint8Array })

interface AttachmentFacts {
  /** As people see it; may be ''. Controls, direction overrides and path separators are taken out. */
  readonly filename: string
  /** `type/subtype`, parameters allowed; anything unsound becomes application/octet-stream. */
  readonly contentType: string
  /** Content-ID without or with angle brackets; an unsound one is left out. */
  readonly contentId?: string | undefined
  /** Shown in the HTML (`cid:`), not listed as a file. */
  readonly inline?: boolean | undefined
}

/** A body part: header lines and content, and how many octets that is. */
export interface ComposedPart {
  readonly segments: readonly Segment[]
  readonly sizeBytes: number
}

export function attachmentPart(attachment: Attachment): ComposedPart {
  const { type, extra, name } = typeAndName(attachment)
  const id = soundContentId(attachment.contentId)
  const header =
    foldedHeader('Content-Type', [...terminated([type, ...extra], name !== ''), ...(name === '' ? [] : legacyName(name))]) +
    'Content-Transfer-Encoding: base64\r\n' +
    foldedHeader(
      'Content-Disposition',
      terminated([attachment.inline === true ? 'inline' : 'attachment', ...(name === '' ? [] : parameter('filename', name))], false),
    ) +
    (id === null ? '' : foldedHeader('Content-ID', [`<${id}>`])) +
    '\r\n'
  if ('content' in attachment) {
    const text = header + base64Lines(attachment.content)
    return { segments: [{ text }], sizeBytes: text.length }
  }
  const blobs = attachment.source.map(({ blob, start, end, from }): Segment => ({ blob, start, end, from, as: 'base64' }))
  const bytes = attachment.source.reduce((n, s) => n + s.sizeBytes, 0)
  return { segments: [{ text: header }, ...blobs], sizeBytes: header.length + base64Size(bytes) }
}

/** The Content-ID without brackets, or null: it must match a `cid:` URL and fit a line. */
export function soundContentId(contentId: string | undefined): string | null {
  const m = /^<?([\x21-\x3b\x3d\x3f-\x7e]{1,200})>?$/.exec(contentId?.trim() ?? '')
  return m?.[1] ?? null
}

/** A file name that shows what it is: no path, no controls, no direction overrides (`invoice<RLO>fdp.exe`), nothing that careless readers decode twice, at most 150 characters with its ending kept. */
export function safeFilename(filename: string): string {
  const flat = flatText(filename.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ''))
    .replace(/[/\\]/g, '_')
    .replaceAll('=?', '=_')
  const characters = [...flat]
  if (characters.length <= 150) return flat
  const dot = characters.lastIndexOf('.')
  const ending = dot > 0 && characters.length - dot <= 12 ? characters.slice(dot) : []
  return [...characters.slice(0, 150 - ending.length), ...ending].join('').trim()
}

function typeAndName(attachment: Attachment): { readonly type: string; readonly extra: readonly string[]; readonly name: string } {
  const name = safeFilename(attachment.filename)
  const [bare = '', ...parameters] = attachment.contentType.split(';')
  const type = bare.trim().toLowerCase()
  const token = /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,80}$/
  if (!token.test(type)) return { type: 'application/octet-stream', extra: [], name }
  // RFC 2046 §5.2.1 forbids base64 for these two, and whether 7bit would do is not known before the bytes are read.
  if (/^(?:message|multipart)\//.test(type)) {
    return { type: 'application/octet-stream', extra: [], name: /\.eml$/i.test(name) ? name : `${name || 'message'}.eml` }
  }
  const kept = parameters.map((p) => /^\s*(charset|method)\s*=\s*"?([A-Za-z0-9._+:-]{1,40})"?\s*$/i.exec(p)).filter((m) => m !== null)
  return { type, extra: kept.map((m) => `${(m[1] ?? '').toLowerCase()}=${m[2] ?? ''}`), name }
}

/** Pieces of a header with `;` between them, and behind the last one if more follows. */
function terminated(pieces: readonly string[], more: boolean): readonly string[] {
  return pieces.map((piece, i) => (more || i < pieces.length - 1 ? `${piece};` : piece))
}
