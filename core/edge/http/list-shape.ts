// The one shape of lists: `data`, `next`, `next_url`, `total` where it is known, beside the key under which a list stood before there was one shape.
import Type from 'typebox'
import { isRecord } from '../../base/schema-walk.ts'

/** How a route lists: the key of its list in the answer, and the parameter that takes `next` (default: cursor). */
export interface ListOf {
  readonly key: string
  readonly cursor?: string
}

/** The answer with the list as `data` too. `asked`: path and query of the call. `query`: schema of its parameters, by which a list is known that has no pages. */
export function withData(body: unknown, { key, cursor = 'cursor' }: ListOf, asked: string, query: unknown): unknown {
  if (!isRecord(body)) return body
  const data: unknown = body[key]
  if (!Array.isArray(data)) return body
  const next = typeof body.next === 'string' ? body.next : null
  const whole = !hasPages(query) && { total: data.length }
  return { ...whole, ...body, data, next, next_url: next === null ? null : behind(asked, cursor, next) }
}

function hasPages(query: unknown): boolean {
  const known = isRecord(query) && isRecord(query.properties) ? Object.keys(query.properties) : []
  return known.some((name) => ['limit', 'cursor', 'after', 'before'].includes(name))
}

/** The same call for what stands behind. */
function behind(asked: string, parameter: string, value: string): string {
  const [path = '', query = ''] = asked.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set(parameter, value)
  return `${path}?${parameters.toString()}`
}

/** The schema of such an answer: what it was, with the list under its own key deprecated, and the parts of the one shape. */
export function listSchema(schema: unknown, { key }: ListOf): unknown {
  const known = isRecord(schema) ? schema : {}
  const properties = isRecord(known.properties) ? known.properties : {}
  const list = isRecord(properties[key]) ? properties[key] : Type.Array(Type.Object({}, { additionalProperties: true }))
  const next = isRecord(properties.next) ? properties.next : Type.Union([Type.String(), Type.Null()], { description: 'null: this is all' })
  const required = Array.isArray(known.required) ? known.required.map(String) : Object.keys(properties)
  return {
    ...known,
    type: 'object',
    properties: {
      data: list,
      next,
      next_url: Type.Union([Type.String(), Type.Null()], { description: 'Path and query of the page behind this one; null on the last' }),
      total: Type.Integer({ description: 'How many there are in all pages, where it is known or was asked for (`total=true`)' }),
      ...properties,
      ...(key !== 'data' && { [key]: { ...list, deprecated: true, description: 'Until 2.0: the same as `data`' } }),
    },
    required: [...new Set([...required, 'data', 'next', 'next_url'])],
  }
}
