// A name for a file that came without one.
import libmime from 'libmime'

/** `image.jpg` by the type; an enclosed mail is called by its subject, `Old offer 12.eml`. */
export function nameFor(contentType: string, subject?: string): string {
  const [kind = 'file'] = contentType.split('/')
  if (/^message\/(?:rfc822|global)$/.test(contentType)) {
    const title = (subject ?? '')
      .replace(/[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g, ' ')
      .replace(/ {2,}/g, ' ')
      .trim()
    return `${title.slice(0, 100) || 'message'}.eml`
  }
  const ending = endings[contentType] ?? libmime.detectExtension(contentType)
  return `${contentType === 'application/octet-stream' || !named.has(kind) ? 'file' : kind}.${ending}`
}

const named = new Set(['image', 'audio', 'video', 'text', 'message'])
/** Where libmime has none, or one that nobody uses. */
const endings: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/jpg': 'jpg',
  'text/plain': 'txt',
  'text/html': 'html',
  'text/calendar': 'ics',
  'audio/mpeg': 'mp3',
  'video/quicktime': 'mov',
  'message/delivery-status': 'txt',
  'message/partial': 'eml',
  'text/rfc822-headers': 'txt',
}
