// The one shape of lists: `data`, `next`, `next_url`, beside the key under which a list stood before there was one shape.
import Type from 'typebox'
import { isRecord } from '../../base/schema-walk.ts'

/** How a route lists: the key of its list in the answer, and the parameter that takes `next` (default: cursor). */
export interface ListOf {
  readonly key: string
  readonly cursor?: string
}

/** The answer with the list as `data` too. `asked`: path and query of the call. */
export function withData(body: unknown, { key, cursor = 'cursor' }: ListOf, asked: string): unknown {
  if (!isRecord(body) || !Array.isArray(body[key])) return body
  const next = typeof body.next === 'string' ? body.next : null
  return { ...body, data: body[key], next, next_url: next === null ? null : behind(asked, cursor, next) }
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
      ...properties,
      ...(key !== 'data' && { [key]: { ...list, deprecated: true, description: 'Until 2.0: the same as `data`' } }),
    },
    required: [...new Set([...required, 'data', 'next', 'next_url'])],
  }
}
