// The reference for people: one static page made from the OpenAPI document. No script, nothing loaded from anywhere.
import { escapeHtml } from '../../base/escape.ts'
import { isRecord, unionOf } from '../../base/schema-walk.ts'
import type { OpenApi } from './openapi.ts'

/** What such a page may do: be read. */
export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem 1.5rem 6rem;color:#1b1b1b;background:#fff;overflow-wrap:anywhere}
h2{margin-top:3rem;border-bottom:2px solid #ddd}h3{margin:2rem 0 .3rem;font-size:1rem}code,pre{font:14px/1.45 ui-monospace,monospace;background:#f4f4f4;border-radius:3px}
code{padding:.1em .3em}pre{padding:.7rem;overflow:auto}.m{display:inline-block;min-width:3.6rem;font-weight:700}nav{columns:2}nav a{display:block}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top}a{color:#0645ad}
@media(max-width:40rem){body{padding:.5rem 1rem 4rem}nav{columns:1}nav a{padding:.4rem 0}td,th{padding:.25rem}table{font-size:.9rem}}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}code,pre{background:#262626}td,th{border-color:#444}h2{border-color:#444}a{color:#8ab4f8}}`

interface Operation {
  readonly method: string
  readonly path: string
  readonly about: Readonly<Record<string, unknown>>
}

/** The HTML page for a document; every text of the document is escaped. */
export function referencePage(document: OpenApi): string {
  const info = isRecord(document.info) ? document.info : {}
  const operations: Operation[] = []
  for (const [path, item] of Object.entries(isRecord(document.paths) ? document.paths : {})) {
    for (const [method, about] of Object.entries(isRecord(item) ? item : {}))
      if (isRecord(about)) operations.push({ method: method.toUpperCase(), path, about })
  }
  const chapters = new Map<string, Operation[]>()
  for (const o of operations) {
    const tag = Array.isArray(o.about.tags) ? String(o.about.tags[0]) : 'Other'
    chapters.set(tag, [...(chapters.get(tag) ?? []), o])
  }
  const schemas = isRecord(document.components) && isRecord(document.components.schemas) ? document.components.schemas : {}
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${esc(info.title)} API</title><style>${style}</style></head><body>
<h1>${esc(info.title)} API</h1>
${String(info.description ?? '')
  .split(/\n+/)
  .map((line) => `<p>${prose(line)}</p>`)
  .join('\n')}
<nav aria-label="Chapters">${[...chapters.keys()].map((tag) => `<a href="#${anchor(tag)}">${esc(tag)}</a>`).join('')}<a href="#webhooks">Webhooks</a><a href="#schemas">Schemas</a></nav>
${[...chapters].map(([tag, list]) => `<section><h2 id="${anchor(tag)}">${esc(tag)}</h2>${list.map(operation).join('\n')}</section>`).join('\n')}
${calls(document)}<section><h2 id="schemas">Schemas</h2>${Object.entries(schemas)
    .map(
      ([name, schema]) =>
        `<h3 id="schema-${anchor(name)}">${esc(name)}</h3>${isRecord(schema) ? `<p>${prose(String(schema.description ?? ''))}</p>${fields(schema)}` : ''}`,
    )
    .join('\n')}</section>
</body></html>
`
}

/** The calls that receivers of webhooks get. */
function calls(document: OpenApi): string {
  const hooks = Object.entries(isRecord(document.webhooks) ? document.webhooks : {}).flatMap(([name, item]) => {
    const post = isRecord(item) ? item.post : undefined
    return isRecord(post) ? [{ method: 'POST', path: name, about: post }] : []
  })
  return `<section><h2 id="webhooks">Webhooks</h2>${hooks.map(operation).join('\n')}</section>\n`
}

function operation({ method, path, about }: Operation): string {
  const parameters = (Array.isArray(about.parameters) ? about.parameters : []).filter(isRecord)
  const rows = parameters.map((p) =>
    row(
      String(p.name),
      p.required === true,
      isRecord(p.schema) ? { ...p.schema, ...(p.description !== undefined && { description: p.description }) } : {},
      String(p.in),
    ),
  )
  const body = contentOf(about.requestBody)
  const answers = Object.entries(isRecord(about.responses) ? about.responses : {}).filter(([status]) => status.startsWith('2'))
  return `<article><h3><span class="m">${esc(method)}</span> <code>${esc(path)}</code></h3><p>${prose(String(about.summary ?? ''))}</p>
${String(about.description ?? '')
  .split(/\n+/)
  .filter(Boolean)
  .map((line) => `<p>${prose(line)}</p>`)
  .join('')}
${rows.length > 0 ? `<table><tr><th>Parameter</th><th>Type</th><th></th></tr>${rows.join('')}</table>` : ''}
${body ? `<p>Body (${esc(body.type)}):</p>${fields(body.schema)}` : ''}
${answers
  .map(([status, a]) => {
    const content = contentOf(a)
    return `<p>${esc(status)}${content ? ` (${esc(content.type)}): ${typeOf(content.schema)}` : ''}</p>`
  })
  .join('')}</article>`
}

function contentOf(part: unknown): { readonly type: string; readonly schema: Readonly<Record<string, unknown>> } | undefined {
  const [found] = isRecord(part) && isRecord(part.content) ? Object.entries(part.content) : []
  return found && isRecord(found[1]) && isRecord(found[1].schema) ? { type: found[0], schema: found[1].schema } : undefined
}

function fields(schema: Readonly<Record<string, unknown>>): string {
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : []
  if (properties.length === 0) return `<p>${typeOf(schema)}</p>`
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return `<table><tr><th>Field</th><th>Type</th><th></th></tr>${properties.map(([name, p]) => row(name, required.has(name), isRecord(p) ? p : {}, '')).join('')}</table>`
}

function row(name: string, required: boolean, schema: Readonly<Record<string, unknown>>, place: string): string {
  const initial = schema.default === undefined ? '' : ` Default: <code>${esc(JSON.stringify(schema.default))}</code>.`
  return `<tr><td><code>${esc(name)}</code>${required ? ' *' : ''}${place !== '' && place !== 'path' && place !== 'query' ? ` <small>${esc(place)}</small>` : ''}</td><td>${typeOf(schema)}</td><td>${prose(String(schema.description ?? ''))}${initial}</td></tr>`
}

/** A type in a few words, as HTML. */
function typeOf(schema: unknown, depth = 0): string {
  if (!isRecord(schema)) return 'anything'
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return `<a href="#schema-${anchor(name)}">${esc(name)}</a>`
  }
  const union = unionOf(schema)
  if (union) return union.map((u) => typeOf(u, depth + 1)).join(' | ')
  if ('const' in schema) return `<code>${esc(JSON.stringify(schema.const))}</code>`
  if (Array.isArray(schema.enum)) return schema.enum.map((e) => `<code>${esc(JSON.stringify(e))}</code>`).join(' | ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items, depth + 1)}`
  if (schema.type === 'object' && isRecord(schema.properties) && depth < 4) {
    const inner = Object.entries(schema.properties).map(([k, v]) => `${esc(k)}: ${typeOf(v, depth + 1)}`)
    return inner.length > 0 ? `{ ${inner.join(', ')} }` : 'object'
  }
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : String(schema.type ?? 'anything')
  return `${esc(type)}${typeof schema.format === 'string' ? ` <small>${esc(schema.format)}</small>` : ''}`
}

const anchor = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
const esc = (value: unknown): string => escapeHtml(String(value ?? ''))
/** Escaped, with `code` and **words** of stress. */
const prose = (text: string): string =>
  esc(text)
    .replace(/`([^`]{1,300})`/g, '<code>$1</code>')
    .replace(/\*\*([^*]{1,100})\*\*/g, '<strong>$1</strong>')
