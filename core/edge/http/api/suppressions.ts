// Addresses that get no automatic mail, because a mail of ours to them came back or was called spam: seen, and let go again.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { listSuppressions, removeSuppression } from '../../../store/automatic.ts'
import { nextSchema } from '../../../base/page.ts'
import { cutBehind } from './paging.ts'
import type { SuppressionRow } from '../../../store/tables.ts'
import { requireUnbound } from '../access.ts'
import type { ApiRoute } from '../route.ts'
import { iso, ref, time } from './views.ts'

/** Schema of a suppressed address. */
export const suppressionSchema = Type.Object(
  {
    address: Type.String({ description: 'In lower case' }),
    reason: Type.String({ description: '`bounced: 5.1.1`, `complaint` ...' }),
    since: time(),
    until: time(),
  },
  { $id: 'Suppression', description: 'An address that gets no automatic mail for a while. Answers of people go to it all the same.' },
)

const view = (r: SuppressionRow) => ({ address: r.address, reason: r.reason, since: iso(r.created_at), until: iso(r.until) })

/** They hold for all mailboxes, so a token that is bound to some sees none of them. */
export const suppressionRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/suppressions',
    list: { key: 'suppressions', cursor: 'before' },
    access: 'read',
    tag: 'Mail',
    summary: 'Lists addresses that get no automatic mail, newest first',
    query: Type.Object({
      limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
      before: Type.Optional(Type.String({ maxLength: 320, description: 'Address of the last one of the page before' })),
    }),
    response: Type.Object({ suppressions: Type.Array(ref('Suppression')), next: nextSchema }),
    async read({ db, principal, query, services }) {
      requireUnbound(principal)
      const { before, limit } = query
      const found = await listSuppressions(db, {
        now: services.clock.now(),
        limit: Number(limit) + 1,
        ...(typeof before === 'string' && { before }),
      })
      const { rows, next } = cutBehind(found, Number(limit), (r) => r.address)
      return { body: { suppressions: rows.map(view), next } }
    },
  },
  {
    method: 'DELETE',
    url: '/v1/suppressions/:address',
    access: 'admin',
    tag: 'Mail',
    summary: 'Lets automatic mail go to an address again',
    response: ref('Suppression'),
    async write(tx, { params, principal }) {
      requireUnbound(principal)
      const row = await removeSuppression(tx.db, params.address ?? '')
      if (!row) throw new PosternError('not_found', 'suppressed address')
      return { body: view(row) }
    },
  },
]
