import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { apiRoutes } from '../../core/edge/http/api/routes.ts'
import { documentFile, documentText, registryOfShipped } from './write-openapi.ts'
import { openapiOf } from '../../core/edge/http/openapi.ts'
import { referencePage } from '../../core/edge/http/reference.ts'
import { isRecord } from '../../core/base/schema-walk.ts'

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
    if (typeof value.$ref === 'string') expect(schemas[value.$ref.replace('#/components/schemas/', '')]).toBeDefined()
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
