import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { formatProblem } from '../../core/base/config/problems.ts'
import { ConfigSchema } from '../../core/base/config/schema.ts'
import { isRecord } from '../../core/base/schema-walk.ts'
import { loadConfigWithPlugins } from '../../core/app/load-plugins.ts'
import { broken } from './broken.ts'
import { valid } from './loading.ts'
import { schemaFile, schemaText } from './write-schema.ts'

const shippedFile = fileURLToPath(new URL('../../config/postern.yaml', import.meta.url))
const text = readFileSync(shippedFile, 'utf8')

test('the shipped config is valid without a warning, and says what the defaults are', async () => {
  const loaded = await loadConfigWithPlugins(shippedFile, {})
  expect(loaded.ok ? loaded.warnings.map(formatProblem) : loaded.problems.map(formatProblem)).toEqual([])
  if (!loaded.ok) return
  const defaults = valid('')
  const { name, locale, timezone, log, listeners, http, limits, intake, budget, retention } = loaded.config
  const { outgoing } = loaded.config
  expect({ name, locale, timezone, log, listeners, http, limits, intake, budget, retention }).toEqual({
    name: defaults.name,
    locale: defaults.locale,
    timezone: defaults.timezone,
    log: defaults.log,
    listeners: defaults.listeners,
    http: defaults.http,
    limits: defaults.limits,
    intake: defaults.intake,
    budget: defaults.budget,
    retention: defaults.retention,
  })
  expect({ ...outgoing, transport: outgoing.transport.transport }).toEqual({ ...defaults.outgoing, transport: 'directory' })
})

test('the shipped config speaks of every key that there is', () => {
  const keys = new Set<string>()
  const collect = (schema: unknown): void => {
    if (Array.isArray(schema)) return schema.forEach(collect)
    if (!isRecord(schema)) return
    if (isRecord(schema.properties)) for (const key of Object.keys(schema.properties)) keys.add(key)
    Object.values(schema).forEach(collect)
  }
  collect(ConfigSchema)
  expect([...keys].filter((key) => !new RegExp(`^[ #-]*${key}:`, 'm').test(text))).toEqual([])
})

test('every key has a description, and every optional one a default in it or beside it', () => {
  const lacking: string[] = []
  const visit = (schema: unknown, path: string): void => {
    if (!isRecord(schema)) return
    for (const [key, child] of Object.entries(isRecord(schema.properties) ? schema.properties : {})) {
      if (!isRecord(child) || typeof child.description !== 'string') lacking.push(`${path}.${key}`)
      visit(child, `${path}.${key}`)
    }
    visit(schema.items, `${path}[]`)
    for (const child of Object.values(isRecord(schema.patternProperties) ? schema.patternProperties : {})) visit(child, `${path}.*`)
  }
  visit(ConfigSchema, '')
  expect(lacking).toEqual([])
})

test('the schema for editors is up to date (if not: node test/config/write-schema.ts)', async () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(await schemaText())
})

test('the schema for editors accepts the shipped config and variables, and refuses what it can see', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')))
  const accepts = (yaml: string): boolean => validate(parse(yaml))
  validate(parse(text))
  expect(validate.errors ?? []).toEqual([])
  expect(accepts('http: { port: "${PORT}" }\nname: ${NAME:-x}\nlimits:\nplugins:\n  - desk:\n  - ./mine.ts: { any: thing }')).toBe(true)
  expect(
    ['mailboxs: {}', 'http: { port: x }', 'outgoing: { give_up: 5 days }', 'locale: de', 'mailboxes: { a: {} }'].filter(accepts),
  ).toEqual([])
  expect(broken.length).toBeGreaterThanOrEqual(40)
})
