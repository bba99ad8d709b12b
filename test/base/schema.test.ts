import Type from 'typebox'
import { expect, test } from 'vitest'
import { compileSchema } from '../../core/base/schema.ts'
import { duration } from '../../core/base/formats.ts'

test('schemas that say the same are made ready once, however often a plugin makes them anew', () => {
  const made = () => Type.Object({ name: Type.String({ minLength: 2 }), tags: Type.Array(Type.String(), { default: [] }) })
  const first = compileSchema(made())
  expect(compileSchema(made())).toBe(first)
  const other = compileSchema(Type.Object({ name: Type.String({ minLength: 3 }), tags: Type.Array(Type.String(), { default: [] }) }))
  expect(other).not.toBe(first)
  expect([first.check({ name: 'ab' }).ok, other.check({ name: 'ab' }).ok]).toEqual([true, false])
})

test.each<[string, unknown, RegExp]>([
  ['a type that there is not', { type: 'strin' }, /schema is invalid/],
  [
    'a keyword that there is not, far inside',
    { type: 'object', properties: { a: { type: 'array', items: { typ: 'string' } } } },
    /unknown keyword: "typ"/,
  ],
  ['a pattern that is none', { type: 'object', properties: { name: { type: 'string', pattern: '(' } } }, /Invalid regular expression/],
  ['no branch at all', { anyOf: [] }, /schema is invalid/],
])('a schema with %s is refused before any value is checked', (_, broken, message) => {
  expect(() => compileSchema(Type.Unsafe(broken as object))).toThrow(message)
})

test('what a property is called, and what a default or a constant holds, is no keyword', () => {
  const schema = compileSchema(
    Type.Unsafe({ type: 'object', properties: { typ: { enum: [{ colour: 1 }], default: { colour: 1 } }, pattern: { const: '(' } } }),
  )
  expect(schema.check({ pattern: '(' })).toEqual({ ok: true, value: { typ: { colour: 1 }, pattern: '(' } })
})

test('a default that is filled in belongs to whom it was filled in for', () => {
  const schema = compileSchema(Type.Object({ tags: Type.Array(Type.String(), { default: [] }) }))
  const [one, two] = [schema.check({}), schema.check({})]
  if (!one.ok || !two.ok) throw new Error('not valid')
  one.value.tags.push('mine')
  expect(two.value.tags).toEqual([])
})

test('within a union of unions a value finds the branch that it is meant for', () => {
  const schema = compileSchema(
    Type.Object({
      every: Type.Union([
        Type.Union([Type.Literal('once'), Type.Boolean()]),
        Type.Union([duration({ description: 'How long' }), Type.Object({ sender: duration({ description: 'How long' }) })]),
      ]),
    }),
  )
  expect(['once', true, '7d', { sender: '1h' }].map((every) => schema.check({ every }))).toEqual(
    ['once', true, 604_800_000, { sender: 3_600_000 }].map((every) => ({ ok: true, value: { every } })),
  )
})
