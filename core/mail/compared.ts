// Texts that are to be compared, as they stand in a mail.
import { escapeHtml } from '../base/escape.ts'

interface Titled {
  readonly title: string
  readonly text: string
}

/** Side by side, as wide as the column; everything is escaped here. '' for none. */
export function comparedHtml(texts: readonly Titled[]): string {
  if (texts.length === 0) return ''
  const width = Math.floor(100 / texts.length)
  const cells = texts.map(
    ({ title, text }) =>
      `<td style="width:${width}%;padding:8px;border:1px solid #999;vertical-align:top"><b>${escapeHtml(title)}</b><br>\n${escapeHtml(text).replace(/\r?\n/g, '<br>\n')}</td>`,
  )
  return `<table role="presentation" style="margin:12px 0;border-collapse:collapse;table-layout:fixed;width:100%"><tr>${cells.join('')}</tr></table>\n`
}

/** One below the other, as plain text. */
export function comparedText(texts: readonly Titled[]): string {
  return texts.map(({ title, text }) => `${title}\n${text}`).join('\n\n')
}
