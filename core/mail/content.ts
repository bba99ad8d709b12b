// The bytes and the text of one part: transfer encoding off, charset decoded, flowed lines joined.
import libmime from 'libmime'
import { escapeHtml } from '../base/escape.ts'
import { base64End } from './base64-end.ts'
import { charsetName, decodeText } from './charset.ts'
import type { Part } from './mime.ts'
import { fromBase64, fromQuotedPrintable, fromUuencode } from './transfer.ts'

/** Where bytes stand inside the raw mail, and how they are encoded there. */
export interface ByteRange {
  readonly start: number
  readonly end: number
  readonly encoding: 'identity' | 'base64' | 'quoted-printable' | 'uuencode'
}

/** The decoded bytes of a range, as `readMail` gave it for this very raw mail. */
export function attachmentBytes(raw: Uint8Array, range: ByteRange): Uint8Array {
  const bytes = raw.subarray(range.start, Math.max(range.start, range.end))
  if (range.encoding === 'base64') return fromBase64(bytes)
  if (range.encoding === 'quoted-printable') return fromQuotedPrintable(bytes)
  return range.encoding === 'uuencode' ? fromUuencode(bytes) : bytes
}

/** The range of a part's body; clear text behind the end of base64 is none of it. */
export function partRange(raw: Uint8Array, part: Part): ByteRange {
  const known = /^(?:base64|quoted-printable)$/.exec(part.encoding)
  const encoding = known
    ? known[0] === 'base64'
      ? 'base64'
      : 'quoted-printable'
    : /^(x-)?uu(e|encode)?$/.test(part.encoding)
      ? 'uuencode'
      : 'identity'
  return { start: part.start, end: encoding === 'base64' ? base64End(raw, part.start, part.end) : part.end, encoding }
}

/** Decoded size in bytes, without keeping the decoded bytes. */
export function decodedSize(raw: Uint8Array, range: ByteRange): number {
  if (range.encoding === 'identity') return Math.max(0, range.end - range.start)
  if (range.encoding !== 'base64') return attachmentBytes(raw, range).length
  let [size, digits] = [0, 0]
  for (let i = range.start; i < range.end; i++) {
    const c = raw[i] ?? 0
    if ((base64Digit[c] ?? 0) === 1) digits++
    else if (c === 0x3d) [size, digits] = [size + Math.floor((digits * 3) / 4), 0]
  }
  return size + Math.floor((digits * 3) / 4)
}

const base64Digit = Uint8Array.from({ length: 256 }, (_, c) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(c)) ? 1 : 0))

/** The text of a text part, lines ended by LF. `maxBytes` bounds what is decoded. */
export function partText(raw: Uint8Array, part: Part, hint: string | undefined, maxBytes: number): string {
  const range = partRange(raw, part)
  const bounded = { ...range, end: Math.min(range.end, range.start + maxBytes) }
  const bytes = range.encoding === 'uuencode' ? raw.subarray(bounded.start, bounded.end) : attachmentBytes(raw, bounded)
  // Text declared base64 that is none: some senders label and do not encode.
  if (range.encoding === 'base64' && !looksBase64(raw.subarray(bounded.start, Math.min(bounded.end, bounded.start + 4000))))
    return normalised(
      decodeText(raw.subarray(part.start, Math.min(part.end, part.start + maxBytes)), part.params.get('charset'), hint).text,
    )
  const html = part.type === 'text/html'
  const declared = part.params.get('charset')
  const label =
    html && (charsetName(declared) === undefined || charsetName(declared) === 'us-ascii') ? (metaCharset(bytes) ?? declared) : declared
  const behind =
    bounded.end < range.end ? '' : decodeText(raw.subarray(range.end, Math.min(part.end, part.start + maxBytes)), undefined, hint).text
  const clear = behind.trim() === '' ? '' : `\n${html ? `<pre>${escapeHtml(behind)}</pre>` : behind}`
  const text = normalised(decodeText(bytes, label, hint).text + clear)
  if (html || part.params.get('format')?.toLowerCase() !== 'flowed') return text
  return libmime.decodeFlowed(text, part.params.get('delsp')?.toLowerCase() === 'yes')
}

/** CRLF and bare CR to LF; NUL and a byte order mark out. */
export function normalised(text: string): string {
  return text
    .replace(/\r+\n?/g, (run) => (run.endsWith('\n') ? '\n' : '\n'.repeat(run.length)))
    .replace(/\0/g, '')
    .replace(/^\ufeff/, '')
}

function looksBase64(bytes: Uint8Array): boolean {
  let other = 0
  for (const c of bytes) if ((base64Digit[c] ?? 0) === 0 && c !== 10 && c !== 13 && c !== 0x3d && c !== 9) other++
  return other * 10 <= bytes.length
}

/** `<meta charset=x>` or `<meta http-equiv=content-type content="..charset=x">`, or the XML declaration, in the first 4 KB. */
function metaCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1')
  const meta =
    /<meta\s[^>]{0,300}?charset\s*=\s*["']?([\w.:-]{2,40})/i.exec(head) ?? /^\s*<\?xml[^>]{0,100}encoding=["']([\w.:-]{2,40})/i.exec(head)
  const name = charsetName(meta?.[1])
  // A page that this could be read from is not UTF-16, whatever it says.
  return name?.startsWith('utf-16') ? 'utf-8' : name
}
