// The one HTML document around what a mail says. Mail programs take what has no doctype in quirks mode, what has no viewport as 980 pixels wide, and
// what does not name its colour schemes as light.
import { escapeHtml } from '../base/escape.ts'

export interface HtmlDocument {
  /** Language of the words (BCP 47): the first of these that is sound is used. */
  readonly languages: readonly (string | null | undefined)[]
  /** The subject; text. */
  readonly title: string
  /** Message-ID without brackets, written into an attribute that comes back in quotes; none without. */
  readonly id?: string | undefined
  /** What stands in the body: HTML that is safe and balanced. */
  readonly content: string
}

/** The document. Fonts and margins are those of an element inside of `body`, since programs that show a mail within a page drop the body itself. */
export function htmlDocument({ languages, title, id, content }: HtmlDocument): string {
  const language = languages.find((l) => l && /^[a-z]{2,8}(?:-[a-z\d]{1,8}){0,3}$/i.test(l)) ?? 'en'
  const mark = id === undefined ? '' : ` data-postern-id="${escapeHtml(id)}"`
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title.replace(/\s+/g, ' ').trim()) || '-'}</title>
</head>
<body style="margin:0;padding:0">
<div${mark} style="padding:8px 12px;font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.45;overflow-wrap:anywhere">
${content}
</div>
</body>
</html>
`
}

/**
 * Sanitised HTML as a mail of ours can hold it. What sets colours was written for white paper and gets some, also where the program is dark; what
 * sets none follows the program. An image whose source was taken away leaves its alternative text, as an `img` without `src` is not HTML.
 */
export function htmlForMail(html: string): string {
  // In what the sanitiser wrote, no attribute holds a quote or an angle bracket as it is.
  const shown = html.replace(/<img(?![^>]* src=")(?:[^>]* alt="([^"]*)")?[^>]*>/g, (_, alt: string | undefined) => alt ?? '')
  return /<[^>]*(?:\bcolor\s*[:=]|\bbackground(?:-color)?\s*:|\bbgcolor\s*=)/i.test(shown)
    ? `<div style="padding:8px 12px;background:#fff;color:#111;color-scheme:light">${shown}</div>`
    : shown
}
