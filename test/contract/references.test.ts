// What arguments refer to stands in their schemas: nothing is guessed from their names.
import Type from 'typebox'
import { expect, test } from 'vitest'
import { refersTo, referencesIn } from '../../core/contract/references.ts'
import { isRecord } from '../../core/base/schema-walk.ts'
import type { JsonSchema } from '../../core/base/schema-walk.ts'
import { registryOfShipped } from '../api/write-openapi.ts'

test('marks are found in lists, records, unions and what is nested', () => {
  const schema = Type.Object({
    into: Type.Union([Type.Integer({ ...refersTo('case') }), Type.String({ ...refersTo('case') })]),
    parts: Type.Optional(Type.Array(Type.Object({ number: Type.String(refersTo('case')), note: Type.String() }))),
    box: Type.Optional(Type.Record(Type.String(), Type.String(refersTo('mailbox')))),
    by: Type.Optional(Type.Union([Type.String(refersTo('writer')), Type.Null()])),
    text: Type.Optional(Type.String()),
  }) as unknown as JsonSchema // a schema is plain data
  const found = (args: unknown): readonly unknown[] => [...new Set(referencesIn(schema, args).map((r) => `${r.to} ${r.value}`))]
  expect(found({ into: 12, text: '#13' })).toEqual(['case 12'])
  expect(found({ into: '#12', parts: [{ number: '#14', note: '#15' }, { number: '16' }] })).toEqual(['case #12', 'case #14', 'case 16'])
  expect(found({ box: { a: 'sales' }, by: null })).toEqual(['mailbox sales'])
  expect(found({ by: 'anna' })).toEqual(['writer anna'])
  expect(found('#12')).toEqual([])
})

test('every argument of a shipped action that names a case, a mailbox or a writer is marked', async () => {
  const named: Readonly<Record<string, string>> = { agent: 'writer', mailbox: 'mailbox' }
  for (const name of ['case', 'case_id', 'ref', 'into', 'other', 'parent', 'source', 'target', 'with', 'seen_in'])
    Object.assign(named, { [name]: 'case' })
  const missing: string[] = []
  const walk = (action: string, schema: unknown, key: string): void => {
    if (Array.isArray(schema)) return schema.forEach((s) => walk(action, s, key))
    if (!isRecord(schema)) return
    const wanted = named[key]
    if (wanted !== undefined && (schema.type === 'string' || schema.type === 'integer') && schema['x-refers-to'] !== wanted)
      missing.push(`${action}: ${key} is not marked as ${wanted}`)
    for (const branch of [schema.anyOf, schema.oneOf, schema.items]) walk(action, branch, key)
    if (isRecord(schema.properties)) for (const [k, sub] of Object.entries(schema.properties)) walk(action, sub, k)
  }
  for (const action of (await registryOfShipped()).actions.values()) walk(action.name, action.args, '')
  expect(missing).toEqual([])
})
