// The page behind a link: no script, no picture, nothing loaded; one column that a thumb can use.
import { createHash } from 'node:crypto'
import { escapeHtml } from './escape.ts'
import type { Locale } from './locale.ts'

/** One button of a page: a form of its own that is posted to the address of the page. */
export interface PageButton {
  readonly label: string
  /** What pressing it does. */
  readonly effect: string
  /** Hidden fields of its form. */
  readonly fields: Readonly<Record<string, string>>
}

/** What stands on a page, as plain text; the page escapes it. `status` is the HTTP status. */
export interface Page {
  readonly status: number
  readonly locale: Locale
  readonly title: string
  /** Which case, in small print above; '' for none. */
  readonly above: string
  /** A line that must not be missed. */
  readonly alert?: string
  readonly lines: readonly string[]
  /** Over the buttons. */
  readonly lead?: string
  readonly buttons: readonly PageButton[]
  /** Under the buttons. */
  readonly below?: string
}

/** A page as a route answers it. */
export interface PageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The page as an answer. The form posts to the page's own address, so the token stands nowhere in the text. */
export function pageAnswer(page: Page): PageAnswer {
  const buttons = page.buttons.map(
    (b, i) => `<form method="post" action="">${Object.entries(b.fields)
      .map(([k, v]) => `<input type="hidden" name="${escapeHtml(k)}" value="${escapeHtml(v)}">`)
      .join('')}
<p>${escapeHtml(b.effect)}</p><button type="submit"${i === 0 ? ' class="first"' : ''}>${escapeHtml(b.label)}</button></form>`,
  )
  const body = `<!doctype html>
<html lang="${page.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escapeHtml(page.title)}</title><style>${style}</style></head>
<body><main>${page.above ? `<p class="above">${escapeHtml(page.above)}</p>` : ''}<h1>${escapeHtml(page.title)}</h1>
${page.alert ? `<p class="alert" role="status">${escapeHtml(page.alert)}</p>` : ''}${page.lines.map((l) => `<p>${escapeHtml(l)}</p>`).join('\n')}
${page.lead && buttons.length > 0 ? `<h2>${escapeHtml(page.lead)}</h2>` : ''}${buttons.join('\n')}${page.below ? `<p class="below">${escapeHtml(page.below)}</p>` : ''}</main></body></html>
`
  return { status: page.status, headers: { ...pageHeaders(), 'content-type': 'text/html; charset=utf-8' }, body }
}

/** Nothing is loaded or embedded, nothing keeps the address, and forms go nowhere but here. */
export function pageHeaders(): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(style).digest('base64')
  return {
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  }
}

const style = `:root{color-scheme:light dark;--fg:#1c2024;--bg:#f4f5f7;--card:#fff;--dim:#5b6570;--line:#d5dae0;--go:#1257c4;--on:#fff;--warn:#fff4d6}
@media(prefers-color-scheme:dark){:root{--fg:#e8eaed;--bg:#16181b;--card:#212429;--dim:#a3abb5;--line:#3a4048;--go:#7fb0ff;--on:#0c1524;--warn:#4a3c12}}
*{box-sizing:border-box}body{margin:0;padding:1rem;background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.25rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;overflow-wrap:anywhere}
h1{margin:.25rem 0 .75rem;font-size:1.375rem;line-height:1.25}h2{margin:1.25rem 0 0;font-size:1rem}p{margin:.5rem 0;white-space:pre-line}
.above,.below{color:var(--dim);font-size:.875rem}.alert{padding:.625rem .75rem;border-radius:.5rem;background:var(--warn)}
form{margin:1rem 0 0;padding-top:.5rem;border-top:1px solid var(--line)}
button{width:100%;min-height:3rem;padding:.5rem 1rem;border:1px solid var(--go);border-radius:.5rem;background:transparent;color:var(--go);font:inherit;font-weight:600;cursor:pointer}
@media(max-width:30rem){body{padding:.5rem}main{padding:.75rem 1rem 1rem}}
button.first{background:var(--go);color:var(--on)}button:focus-visible{outline:3px solid var(--fg);outline-offset:2px}`
