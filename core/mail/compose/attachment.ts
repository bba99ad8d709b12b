// The headers of one attachment: names and types come from strangers' mail and are made harmless here; nodemailer writes them (RFC 2231).
import type { MimeNodeHeader } from 'nodemailer/lib/mime-node'
import { flatText } from './header-text.ts'
import type { SegmentSource } from './segments.ts'

/** An attachment of an outgoing mail, by reference to stored mail. */
export interface Attachment {
  /** As people see it; may be ''. Controls, direction overrides and path separators are taken out. */
  readonly filename: string
  /** `type/subtype`, parameters allowed; anything unsound becomes application/octet-stream. */
  readonly contentType: string
  /** Content-ID without or with angle brackets; an unsound one is left out. */
  readonly contentId?: string | undefined
  /** Shown in the HTML (`cid:`), not listed as a file. */
  readonly inline?: boolean | undefined
  /** Where its bytes lie; joined in order. */
  readonly source: readonly SegmentSource[]
}

/** What a MimeNode is made from for it. */
export function attachmentHeaders(attachment: Attachment): { type: string; filename: string; headers: MimeNodeHeader[] } {
  const { type, filename } = typeAndName(attachment)
  const id = soundContentId(attachment.contentId)
  const headers: MimeNodeHeader[] = [
    { key: 'Content-Transfer-Encoding', value: 'base64' },
    { key: 'Content-Disposition', value: attachment.inline === true ? 'inline' : 'attachment' },
    ...(id === null ? [] : [{ key: 'Content-ID', value: `<${id}>` }]),
  ]
  return { type, filename, headers }
}

/** The Content-ID without brackets, or null: it must match a `cid:` URL and fit a line. */
export function soundContentId(contentId: string | undefined): string | null {
  const m = /^<?([\x21-\x3b\x3d\x3f-\x7e]{1,200})>?$/.exec(contentId?.trim() ?? '')
  return m?.[1] ?? null
}

/** A file name that shows what it is: no path, no controls, no direction overrides (`invoice<RLO>fdp.exe`), nothing that careless readers decode twice or lose at a fold (blanks side by side), at most 150 characters with its ending kept. */
export function safeFilename(filename: string): string {
  const flat = flatText(filename.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ''))
    .replace(/[/\\]/g, '_')
    .replaceAll('=?', '=_')
    .replace(/ {2,}/g, ' ')
  const characters = [...flat]
  if (characters.length <= 150) return flat
  const dot = characters.lastIndexOf('.')
  const ending = dot > 0 && characters.length - dot <= 12 ? characters.slice(dot) : []
  return [...characters.slice(0, 150 - ending.length), ...ending].join('').trim()
}

function typeAndName(attachment: Attachment): { readonly type: string; readonly filename: string } {
  const filename = safeFilename(attachment.filename)
  const [bare = '', ...parameters] = attachment.contentType.split(';')
  const type = bare.trim().toLowerCase()
  if (!/^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,80}$/.test(type)) return { type: 'application/octet-stream', filename }
  // RFC 2046 §5.2.1 forbids base64 for these two, and whether 7bit would do is not known before the bytes are read.
  if (/^(?:message|multipart)\//.test(type))
    return { type: 'application/octet-stream', filename: /\.eml$/i.test(filename) ? filename : `${filename || 'message'}.eml` }
  const kept = parameters.filter((p) => /^\s*(?:charset|method)\s*=\s*"?[A-Za-z0-9._+:-]{1,40}"?\s*$/i.test(p))
  return { type: [type, ...kept.map((p) => p.trim())].join('; '), filename }
}
