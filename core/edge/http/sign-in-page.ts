// What a browser shows to somebody who opens a page of the API without a token: how to get one and where to type it in. No script, nothing loaded.
import { escapeHtml } from '../../base/escape.ts'
import { localeOf, t } from '../../base/locale.ts'
import type { Locale } from '../../base/locale.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:2rem 1rem;color:#1b1b1b;background:#fff;overflow-wrap:anywhere}
code{font:14px/1.45 ui-monospace,monospace;background:#f4f4f4;border-radius:3px;padding:.1em .3em}
a{display:inline-block;padding:.7rem 1.4rem;border-radius:6px;background:#0b5cad;color:#fff;text-decoration:none;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}code{background:#262626}a{background:#8ab4f8;color:#161616}}`

/** The first language of `Accept-Language` that we speak, in the order in which they stand there, else the given one. */
export function languageOf(accepted: string | undefined, otherwise: Locale): Locale {
  for (const range of (accepted ?? '').slice(0, 500).split(',')) {
    const locale = localeOf(range.split(';')[0] ?? '')
    if (locale) return locale
  }
  return otherwise
}

/** The page; `tried`: a token was sent and is not good. Its link, `?login`, is answered so that the browser asks for the token. */
export function signInPage(locale: Locale, tried: boolean): string {
  const say = (key: Parameters<typeof plain>[1]): string => plain(locale, key)
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${say('signIn.title')}</title><style>${style}</style></head><body>
<h1>${say('signIn.title')}</h1>
${tried ? `<p role="alert"><strong>${say('signIn.wrong')}</strong></p>` : ''}
<p>${say('signIn.token')}</p>
<p><code>postern token create NAME --access read</code></p>
<p>${say('signIn.where')}</p>
<p><a href="?login=true">${say('signIn.button')}</a></p>
</body></html>
`
}

function plain(locale: Locale, key: 'signIn.title' | 'signIn.wrong' | 'signIn.token' | 'signIn.where' | 'signIn.button'): string {
  return escapeHtml(t(locale, key))
}
