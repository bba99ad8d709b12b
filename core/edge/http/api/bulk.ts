// POST /v1/bulk: one action to many cases, each in a transaction of its own, or tried and taken back.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError, asPosternError } from '../../../base/errors.ts'
import type { Tx } from '../../../contract/tx.ts'
import { inDryRun } from '../../../engine/transaction/transaction.ts'
import { casePage } from '../../../store/case-page.ts'
import { limited, requireOrder } from '../order-limits.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { onCase } from './actions.ts'
import { filterOf, selection } from './case-list.ts'

const mostCases = 500

const body = Type.Object({
  cases: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: mostCases, description: 'Numbers or ids' }),
  ),
  filter: Type.Optional(
    Type.Object(selection, {
      minProperties: 1,
      description: `Instead: what selects cases in GET /v1/cases; more than ${mostCases} are refused`,
    }),
  ),
  action: Type.String({ minLength: 1, maxLength: 100, description: 'An action that acts on a case (GET /v1/actions)' }),
  args: Type.Object({}, { additionalProperties: true, default: {}, description: 'Its arguments, the same for each' }),
  dry_run: Type.Boolean({ default: false, description: 'Everything is tried, and taken back' }),
})

const result = Type.Object({
  case: Type.String({ description: 'As it was named; of a filter its id' }),
  ok: Type.Boolean(),
  said: Type.Optional(Type.String()),
  data: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String(), temporary: Type.Boolean() })),
})

type Result = Static<typeof result>

/** The route of bulk changes. */
export const bulkRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    url: '/v1/bulk',
    access: 'act',
    tag: 'Actions',
    summary: 'Does one action to many cases',
    description:
      'Each case has a transaction of its own and a result of its own: what fails for one is done for the others. With `dry_run` the results are those that would be, and nothing is kept.',
    body,
    response: Type.Object({
      dry_run: Type.Boolean(),
      done: Type.Integer({ description: 'How many it was done to, or would be' }),
      failed: Type.Integer(),
      results: Type.Array(result),
    }),
    async ask(call) {
      const a = call.body as Static<typeof body> // checked against it
      requireOrder(call.principal, a.action)
      if ((a.cases === undefined) === (a.filter === undefined)) throw new PosternError('invalid', 'give either `cases` or `filter`')
      const refs = a.cases ?? (await selected(call, a.filter ?? {}))
      const results: Result[] = []
      for (const ref of new Set(refs)) results.push(await one(call, ref, a))
      const done = results.filter((r) => r.ok).length
      return { body: { dry_run: a.dry_run, done, failed: results.length - done, results } }
    },
  },
]

async function selected(call: ApiCall, filter: object): Promise<readonly string[]> {
  const which = await filterOf({ ...call, query: { ...filter } })
  const found = which === null ? [] : await casePage(call.db, which, 'number', { direction: 'asc', limit: mostCases + 1 })
  if (found.length > mostCases) throw new PosternError('invalid', `filter: it selects more than ${mostCases} cases`)
  return found.map(({ row }) => row.id)
}

async function one(call: ApiCall, ref: string, { action, args, dry_run: dry }: Static<typeof body>): Promise<Result> {
  const { engine, clock } = call.services
  const { origin } = call.principal
  // If-Match speaks of one case.
  const { 'if-match': _version, ...headers } = call.headers
  const work = async (tx: Tx): Promise<Result> => {
    const { body: answer } = await onCase(limited(call.principal, tx), { ...call, headers, params: { ref } }, action, args)
    const { said, data } = answer as { readonly said?: string; readonly data?: unknown } // as `caseAfter` answers
    return { case: ref, ok: true, ...(said !== undefined && { said }), ...(data !== undefined && { data }) }
  }
  try {
    return dry
      ? await inDryRun(engine.parts, clock, origin, work, (_tx, value) => Promise.resolve(value))
      : await engine.transact(origin, work)
  } catch (error) {
    const { code, detail, kind } = asPosternError(error)
    return { case: ref, ok: false, error: { code, detail: kind.http < 500 ? detail : '', temporary: kind.temporary } }
  }
}
