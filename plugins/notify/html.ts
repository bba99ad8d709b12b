// The HTML of notifications: one column, styles inline (mail programs drop style sheets), letters and buttons big enough for a thumb.
import { escapeHtml } from '../../core/plugin.ts'

/** The whole document. Colours are left to the program where they can be, so that its dark mode works. */
export function page(locale: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"></head>
<body style="margin:0;padding:0"><div style="max-width:640px;margin:0;padding:8px 12px;font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.45;overflow-wrap:anywhere">
${body}
</div></body></html>
`
}

/** Text with its line breaks. */
export function paragraphs(text: string): string {
  return escapeHtml(text).replace(/\r?\n/g, '<br>\n')
}

export function block(html: string): string {
  return `<div style="margin:8px 0;padding:8px 12px;border-left:4px solid #3b82f6;background:rgba(59,130,246,.08)">${html}</div>\n`
}

export function warning(text: string): string {
  return `<div style="margin:8px 0;padding:8px 12px;border-left:4px solid #d97706;background:rgba(217,119,6,.12)">⚠ ${escapeHtml(text)}</div>\n`
}

export function quiet(html: string): string {
  return `<p style="margin:4px 0;font-size:14px;color:#777">${html}</p>\n`
}

export function button(label: string, url: string): string {
  return `<div style="margin:8px 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#2563eb;color:#fff;text-decoration:none;font-weight:bold">${escapeHtml(label)}</a></div>\n`
}

export function factTable(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="padding:2px 12px 2px 0;color:#777;vertical-align:top;white-space:nowrap">${escapeHtml(name)}</td><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
  )
  return `<table role="presentation" style="margin:16px 0 8px;padding:8px 0 0;border-top:1px solid #ccc;border-collapse:collapse;font-size:14px;width:100%">${rows.join('')}</table>\n`
}
