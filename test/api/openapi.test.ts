import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { chromium } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { apiRoutes } from '../../core/edge/http/api/routes.ts'
import { documentFile, documentText, registryOfShipped } from './write-openapi.ts'
import { openapiOf } from '../../core/edge/http/openapi.ts'
import type { OpenApi } from '../../core/edge/http/openapi.ts'
import { llmsText } from '../../core/edge/http/llms.ts'
import { referencePage } from '../../core/edge/http/reference.ts'
import { isRecord } from '../../core/base/schema-walk.ts'
import { chromiumPath } from '../support/chromium.ts'
import { testGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

/** What a reference such as `#/components/schemas/Case` points at. */
function at(document: unknown, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce((value, key) => (isRecord(value) ? value[key] : undefined), document)
}

interface Operation {
  readonly operationId?: string
  readonly tags: readonly string[]
  readonly security?: readonly unknown[]
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly headers?: Readonly<Record<string, unknown>> }>>
}

/** Every operation of a document with its method and path. */
function operationsOf(document: OpenApi): readonly (readonly [place: string, operation: Operation])[] {
  return Object.entries(Object(document.paths) as Record<string, Record<string, Operation>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  )
}

test('the stored OpenAPI document is that of the program (node test/api/write-openapi.ts writes it anew)', async () => {
  expect(readFileSync(documentFile, 'utf8')).toBe(await documentText())
})

test('the document names every route and every action, refers to nothing that is missing, and its schemas compile', async () => {
  const registry = await registryOfShipped()
  const document = await openapiOf(registry, apiRoutes)
  const paths = isRecord(document.paths) ? document.paths : {}
  for (const route of apiRoutes)
    expect(Object.keys(Object(paths[route.url.replace(/:([a-z]+)/g, '{$1}')]))).toContain(route.method.toLowerCase())
  for (const action of registry.actions.values())
    expect(paths[(action.on ?? 'case') === 'case' ? `/v1/cases/{ref}/actions/${action.name}` : `/v1/actions/${action.name}`]).toBeDefined()
  const schemas = isRecord(document.components) && isRecord(document.components.schemas) ? document.components.schemas : {}
  const ajv = new Ajv({ strict: false, formats: { 'date-time': true, binary: true } })
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (!isRecord(value)) return
    if (typeof value.$ref === 'string') expect([value.$ref, at(document, value.$ref)]).toEqual([value.$ref, expect.anything()])
    if (isRecord(value.schema)) ajv.compile({ ...value.schema, components: { schemas } })
    Object.values(value).forEach(walk)
  }
  walk(document)
})

test('what has a default may be left out, says the document', async () => {
  const { paths } = await openapiOf(await registryOfShipped(), apiRoutes)
  let seen = 0
  const walk = (value: unknown, place: string): void => {
    if (Array.isArray(value)) return value.forEach((item, i) => walk(item, `${place}/${i}`))
    if (!isRecord(value)) return
    if (isRecord(value.schema) && 'default' in value.schema && typeof value.in === 'string')
      expect([place, value.required, ++seen > 0]).toEqual([place, false, true])
    const properties = isRecord(value.properties) ? value.properties : {}
    for (const key of Array.isArray(value.required) ? value.required : [])
      expect([place, key, 'default' in Object(properties[String(key)])]).toEqual([place, key, false])
    for (const [key, item] of Object.entries(value)) if (key !== 'responses') walk(item, `${place}/${key}`)
  }
  walk(paths, '')
  expect(seen).toBeGreaterThan(10)
})

test('the reference page names every operation and holds no script and nothing from elsewhere', async () => {
  const document = await openapiOf(await registryOfShipped(), apiRoutes)
  const page = referencePage(document)
  for (const path of Object.keys(Object(document.paths))) expect(page).toContain(`<code>${path}</code>`)
  expect(page).not.toMatch(/<script|src=|@import|<link|href="(?!#)/i)
})

test('llms.txt names every operation in a line', async () => {
  const document = await openapiOf(await registryOfShipped(), apiRoutes)
  const text = llmsText(document)
  for (const [place, { summary }] of operationsOf(document) as readonly (readonly [string, { readonly summary?: string }])[])
    expect(text).toContain(`- \`${place}\`: ${summary}`)
})

test('every operation has a name of its own, a chapter that is described, and its refusals', async () => {
  const document = await openapiOf(await registryOfShipped(), apiRoutes)
  const operations = operationsOf(document)
  const names = operations.map(([, o]) => o.operationId ?? '')
  expect(names.filter((name) => !/^[A-Za-z][\w.-]*$/.test(name))).toEqual([])
  expect(new Set(names).size).toBe(operations.length)
  const described = (document.tags as { name: string; description: string }[]).filter((tag) => tag.description.length > 10) // our own
  expect(new Set(operations.flatMap(([, o]) => o.tags))).toEqual(new Set(described.map((tag) => tag.name)))
  for (const [place, { responses, security }] of operations) {
    const refused = Object.entries(responses).filter(([status]) => status.startsWith('4'))
    expect([place, refused.length > 0]).toEqual([place, true])
    if (!security) expect([place, Object.keys(responses)]).toEqual([place, expect.arrayContaining(['401', '403', '429', 'default'])])
    for (const [, answer] of refused) expect(at(document, answer.$ref ?? '')).toMatchObject({ content: { 'application/problem+json': {} } })
  }
  // What a name is: it stays, since programs are generated from it.
  expect(names).toEqual(expect.arrayContaining(['getCasesByRef', 'postCasesByRefReplies', 'patchCasesByRef', 'action.case.status']))
})

test('webhooks: each event of the catalogue is a call with its schema, and its example fits', async () => {
  const registry = await registryOfShipped()
  const { webhooks } = await openapiOf(registry, apiRoutes)
  expect(Object.keys(Object(webhooks))).toEqual([...registry.events.keys()].sort())
  for (const [type, event] of registry.events) {
    const { post } = Object(webhooks)[type]
    expect(post.parameters.map((p: { name: string }) => p.name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    const check = new Ajv({ strict: false, formats: { 'date-time': true } }).compile(post.requestBody.content['application/json'].schema)
    const data = {
      event: 'x',
      version: event.version,
      seq: 1,
      mailbox: null,
      origin: { kind: 'system', id: null, via: 'system' },
      thin: true,
    }
    expect([
      type,
      check({ type, timestamp: '2026-09-21T09:00:00.000Z', data: { ...data, case: null, facts: event.example } }),
      check.errors,
    ]).toEqual([type, true, null])
    expect([type, check({ type: 'other', timestamp: 'x', data })]).toEqual([type, false])
  }
})

test('the linter of Redocly finds nothing by its recommended rules, and something where something is wrong', async () => {
  const config = await createConfig({ extends: ['recommended'] })
  const lint = async (source: string) =>
    (await lintFromString({ source, absoluteRef: '/openapi.json', config })).map(
      (p) => `${p.ruleId}: ${p.message} (${p.location[0]?.pointer ?? ''})`,
    )
  const text = await documentText()
  expect(await lint(text)).toEqual([])
  expect((await lint(text.replace('"operationId": "getCasesByRef"', '"operationId": "getCases"'))).join()).toContain(
    'operation-operationId-unique',
  )
})

test('openapi-typescript makes types of it that compile, with each operation by its name', async () => {
  const document = await openapiOf(await registryOfShipped(), apiRoutes)
  const types = astToString(await openapiTS(JSON.stringify(document)))
  for (const [, { operationId = '' }] of operationsOf(document))
    expect(types).toMatch(new RegExp(`^ {4}"?${operationId.replaceAll('.', '\\.')}"?: \\{`, 'm'))
  const use = `import type { operations, components } from './api.ts'
type Read = operations['getCasesByRef']['responses'][200]
const one: Read['content']['application/json']['number'] = 17
const refused: components['schemas']['Problem']['status'] = 404
const etag: Read['headers']['ETag'] = '"7"'
export { one, refused, etag }
`
  const files: Readonly<Record<string, string>> = { '/api.ts': types, '/use.ts': use }
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.getSourceFile = (name, version) =>
    files[name] === undefined ? getSourceFile.call(host, name, version) : ts.createSourceFile(name, files[name], version)
  host.fileExists = (name) => files[name] !== undefined || fileExists.call(host, name)
  host.readFile = (name) => files[name] ?? readFile.call(host, name)
  const found = ts.getPreEmitDiagnostics(ts.createProgram(['/use.ts'], options, host))
  expect(found.map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '))).toEqual([])
})

test('the headers of good answers are those that the document names', async () => {
  const g = await testGateway()
  try {
    const operations = new Map(operationsOf(await openapiOf(g.gateway.engine.registry, apiRoutes)))
    await g.mail({ to: 'support@example.test', from: 'carla@customer.test', subject: 'Printer', text: 'It smokes.' })
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const message = (await call('GET', '/v1/cases/1/messages')).body.messages[0].id
    const inbound = (await call('GET', '/v1/inbound')).body.inbound[0].id
    const named = [
      ...['ETag', 'Location', 'Content-Disposition', 'Accept-Ranges', 'Idempotency-Replayed'],
      ...['X-Request-Id', 'RateLimit', 'RateLimit-Policy'],
    ]
    for (const [method, path, url, body] of [
      ['GET', '/v1/cases/{ref}', '/v1/cases/1'],
      ['GET', '/v1/cases', '/v1/cases'],
      ['GET', '/v1/cases/{ref}/tags', '/v1/cases/1/tags'],
      ['GET', '/v1/cases/{ref}/recipients', '/v1/cases/1/recipients'],
      ['GET', '/v1/messages/{message}/raw', `/v1/messages/${message}/raw`],
      ['GET', '/v1/inbound/{id}/raw', `/v1/inbound/${inbound}/raw`],
      ['PATCH', '/v1/cases/{ref}', '/v1/cases/1', { subject: 'Scanner' }],
      ['POST', '/v1/cases/{ref}/actions/case.tags', '/v1/cases/1/actions/case.tags', { add: ['vip'] }],
      ['POST', '/v1/cases/{ref}/notes', '/v1/cases/1/notes', { text: 'Заметка' }],
      [
        'POST',
        '/v1/cases',
        '/v1/cases',
        { mailbox: 'support', from: 'customer', requester: { address: 'dan@customer.test' }, subject: 'Hi', text: 'Hi' },
      ],
    ] as const) {
      const key = { headers: { 'idempotency-key': `k-${method}-${path}` }, ...(body && { body }) }
      await call(method, url, key)
      const { status, headers, body: said } = await call(method, url, key)
      expect([method, url, status < 300, said]).toEqual([method, url, true, said])
      const documented = Object.keys(operations.get(`${method} ${path}`)?.responses[status]?.headers ?? {})
      expect([method, url, documented.sort()]).toEqual([method, url, named.filter((name) => headers.has(name)).sort()])
    }
  } finally {
    await g.stop()
  }
})

describe.skipIf(chromiumPath === undefined)('the reference in Chromium (skipped where none is installed)', () => {
  test('on a phone it says how to sign in, in the language of the browser, and fits the screen once signed in', async () => {
    const g = await testGateway({ plugins: ['desk', 'threading', 'notify', 'webhooks'] })
    const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
    try {
      const url = `http://127.0.0.1:${g.gateway.http?.port ?? 0}/v1/reference`
      const phone = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
      const pictures = process.env.POSTERN_TEST_PICTURES
      for (const [locale, title] of [
        ['en-GB', 'Sign in to read this'],
        ['ru-RU', 'Войдите, чтобы прочитать это'],
      ] as const) {
        const page = await browser.newPage({ ...phone, locale })
        expect((await page.goto(url))?.status()).toBe(401)
        expect(await page.textContent('h1')).toBe(title)
        expect(await page.textContent('code')).toContain('postern token create')
        expect(await page.getAttribute('a', 'href')).toBe('?login=true')
        if (pictures) await page.screenshot({ path: `${pictures}/sign-in-${locale}.png` })
        await page.close()
      }
      const page = await browser.newPage({ ...phone, httpCredentials: { username: 'me', password: await tokenFor(g, { access: 'read' }) } })
      await page.goto(`${url}?login=true`)
      expect(await page.textContent('h1')).toBe('Postern API')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
      if (pictures) await page.screenshot({ path: `${pictures}/reference.png` })
    } finally {
      await browser.close()
      await g.stop()
    }
  })
})

test('a person without a token, or with a wrong one, reads how to sign in; the browser is asked for one where he says so', async () => {
  const g = await testGateway()
  try {
    const call = client(g, undefined)
    const person = (headers: Readonly<Record<string, string>> = {}) => ({
      headers: { accept: 'text/html,*/*;q=0.8', 'accept-language': 'de, ru;q=0.5', ...headers },
    })
    const first = await call('GET', '/v1/reference', person())
    expect(first).toMatchObject({ status: 401, body: expect.stringContaining('postern token create') })
    expect([first.headers.get('www-authenticate'), first.headers.get('content-language')]).toEqual(['Bearer realm="postern"', 'ru'])
    const asked = await call('GET', '/v1/reference?login=true', person())
    expect([asked.status, asked.headers.get('www-authenticate')?.slice(0, 6)]).toEqual([401, 'Basic '])
    const wrong = await call(
      'GET',
      '/v1/reference?login=true',
      person({ authorization: `Basic ${Buffer.from('me:no').toString('base64')}` }),
    )
    expect(wrong).toMatchObject({ status: 401, body: expect.stringContaining('Такого токена нет') })
    // Programs get what they always got.
    expect(await call('GET', '/v1/cases', person())).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  } finally {
    await g.stop()
  }
})
