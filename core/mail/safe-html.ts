// HTML made safe in one place, beside the event loop, for all who will show it or send it on.
import type { ReadMail } from './read.ts'
import { htmlToText } from './reply/html-text.ts'
import { contentIdOf, sanitizeHtml } from './sanitize.ts'
import type { SanitizedHtml } from './sanitize.ts'

/** HTML to be made safe; `cids`: where the image of a Content-ID is had, `kept`: all of them stay as `cid:`. */
export interface UnsafeHtml {
  readonly html: string
  readonly images: 'blocked' | 'cid' | 'all'
  readonly cids: ReadonlyMap<string, string> | 'kept'
}

/** Safe to show and to send, images that came along as `cid:`. */
export interface SafeHtml extends SanitizedHtml {
  /** What a reader sees of it, where it was read beforehand. */
  readonly text?: string
}

/** By the HTML as it came. */
export type SafeHtmls = ReadonlyMap<string, SafeHtml>

/** Pure; see `sanitizeHtml` for what it costs. */
export function madeSafe({ html, images, cids }: UnsafeHtml): SanitizedHtml {
  return sanitizeHtml(html, { images, cidUrl: (cid) => (cids === 'kept' ? `cid:${cid}` : (cids.get(cid) ?? null)) })
}

/** Without the sources of images whose Content-ID is not among these. */
export function withImages(safe: SafeHtml, ids: ReadonlySet<string>): SafeHtml {
  if (safe.usedCids.every((id) => ids.has(id))) return safe
  // In what the sanitiser wrote, no attribute holds a quote or an angle bracket as it is.
  const html = safe.html.replace(/<img [^>]*>/g, (tag) =>
    tag.replace(/ src="cid:([^"]*)" referrerpolicy="no-referrer"/, (src, cid: string) => (ids.has(contentIdOf(plain(cid))) ? src : '')),
  )
  return { ...safe, html, usedCids: safe.usedCids.filter((id) => ids.has(id)) }
}

const plain = (value: string): string =>
  value.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '')

/** UTF-16 units; longer HTML is shown by nobody but the page of the message itself. */
const longest = 500_000

/** The HTML of a mail that may be recorded: its author's new words, and what he passes on. */
export function safeHtmlsOf(mail: ReadMail): SafeHtmls {
  const made = new Map<string, SafeHtml>()
  for (const html of [mail.reply.html, mail.forward?.html ?? null]) {
    if (html === null || html.length > longest || made.has(html)) continue
    const safe = madeSafe({ html, images: 'cid', cids: 'kept' })
    made.set(html, { ...safe, text: htmlToText(safe.html) })
  }
  return made
}
