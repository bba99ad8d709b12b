// The HTML of notifications: one column, styles inline (mail programs drop style sheets), letters and buttons big enough for a thumb.
// Colours of text and background are the program's, so that its dark mode works: what is quieter is so by its opacity.
import { escapeHtml } from '../../core/plugin.ts'

/** The column that everything stands in. */
export function column(html: string): string {
  return `<div style="max-width:640px">\n${html}\n</div>`
}

/** Text with its line breaks. */
export function paragraphs(text: string): string {
  return escapeHtml(text).replace(/\r?\n/g, '<br>\n')
}

/** A box that stands out, around HTML that is safe already. */
export function block(html: string): string {
  return `<div style="margin:8px 0;padding:8px 12px;border-left:4px solid #3b82f6;background:rgba(59,130,246,.08)">${html}</div>\n`
}

/** A warning as a box; `text` is escaped here. */
export function warning(text: string): string {
  return `<div style="margin:8px 0;padding:8px 12px;border-left:4px solid #d97706;background:rgba(217,119,6,.12)">⚠ ${escapeHtml(text)}</div>\n`
}

/** A quieter paragraph, around HTML that is safe already. */
export function quiet(html: string): string {
  return `<p style="margin:4px 0;font-size:14px;opacity:.75">${html}</p>\n`
}

/** A link that looks like a button; `label` and `url` are escaped here. */
export function button(label: string, url: string): string {
  return `<div style="margin:8px 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#2563eb;color:#fff;text-decoration:none;font-weight:bold">${escapeHtml(label)}</a></div>\n`
}

/** Names and values as a table of two columns; both are escaped here. */
export function factTable(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="padding:2px 12px 2px 0;opacity:.75;vertical-align:top;white-space:nowrap">${escapeHtml(name)}</td><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
  )
  return `<table role="presentation" style="margin:16px 0 8px;padding:8px 0 0;border-top:1px solid #999;border-collapse:collapse;font-size:14px;width:100%">${rows.join('')}</table>\n`
}
