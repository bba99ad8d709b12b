// Notices in words, and what is pressed on them.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { nextSchema } from '../../../base/page.ts'
import { caseFor } from '../../../contract/access.ts'
import type { Tx } from '../../../contract/tx.ts'
import type { NoticeRow } from '../../../store/tables.ts'
import { noticePage } from '../../../store/timeline.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { cut, cutBehind, placeAsked, placePaging } from './paging.ts'
import { etagOf, lockFor, noticeFor, requireArgsInScope } from './scope.ts'
import { noticeView, ref } from './views.ts'
import type { Notice, NoticeAction } from '../../../contract/model.ts'
import { noticeById, openNotices } from '../../../store/notes.ts'

const states = Type.Union([
  Type.Literal('open'),
  Type.Literal('taken'),
  Type.Literal('dismissed'),
  Type.Literal('overtaken'),
  Type.Literal('expired'),
])
const done = Type.Object({ notice: ref('Notice'), said: Type.Optional(Type.String()), data: Type.Optional(Type.Unknown()) })

/** Routes that list notices, order what they offer, and dismiss them. */
export const noticeRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/cases/:ref/notices',
    list: { key: 'notices' },
    access: 'read',
    tag: 'Notices',
    summary: 'Lists the notices of a case',
    query: Type.Object({ state: Type.Optional(states), ...placePaging }),
    response: Type.Object({ notices: Type.Array(ref('Notice')), next: nextSchema }),
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const state = call.query.state as Static<typeof states> | undefined // checked against it
      const { rows, next } = cut(call, await noticePage(call.db, c.id, placeAsked(call), state))
      return { body: { notices: rows.map((r) => viewOfNotice(call, r)), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/notices',
    list: { key: 'notices', cursor: 'after' },
    access: 'read',
    tag: 'Notices',
    summary: 'Lists the open notices of all cases, oldest first',
    query: Type.Object({
      limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
      after: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the last notice of the page before' })),
    }),
    response: Type.Object({ notices: Type.Array(ref('Notice')), next: nextSchema }),
    async read(call) {
      const { after, limit } = call.query
      const found = await openNotices(call.db, {
        mailboxes: call.principal.mailboxes,
        ...(typeof after === 'string' && { after }),
        limit: Number(limit) + 1,
      })
      const { rows, next } = cutBehind(found, Number(limit), (r) => r.id)
      return { body: { notices: rows.map((r) => viewOfNotice(call, r)), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/notices/:notice',
    access: 'read',
    tag: 'Notices',
    summary: 'Reads a notice',
    response: ref('Notice'),
    async read(call) {
      return { body: viewOfNotice(call, await noticeFor(call.db, call.principal, call.params.notice ?? '')) }
    },
  },
  {
    method: 'POST',
    url: '/v1/cases/:ref/notices/:notice/actions/:button',
    access: 'act',
    tag: 'Notices',
    summary: 'Does what a button of a notice stands for',
    description:
      'The notice ends with it, once: whoever is second gets 410. Of a notice that has ended, what may be taken back (`undo`) can be pressed as well.',
    versioned: true,
    gone: true,
    response: done,
    async write(tx, call) {
      const { notice, version } = await lockedNotice(tx, call)
      const button = await buttonOf(tx, call, notice)
      const target = call.services.engine.registry.action(button.action)
      if (target) await requireArgsInScope(tx.db, call.principal, target, button.args)
      if (notice.state === 'open' && !(await tx.notices.resolve(notice.id, { state: 'taken', action: button.name })))
        throw new PosternError('gone', 'the notice has ended')
      const result = await tx.act(button.action, target?.on === 'none' ? null : notice.caseId, button.args)
      return { headers: { etag: etagOf(version) }, body: { notice: await viewAfter(tx, call, notice.id), ...result } }
    },
  },
  {
    method: 'POST',
    url: '/v1/cases/:ref/notices/:notice/dismiss',
    access: 'act',
    tag: 'Notices',
    summary: 'Ends a notice without doing any of what it offers',
    versioned: true,
    gone: true,
    response: done,
    async write(tx, call) {
      const { notice, version } = await lockedNotice(tx, call)
      if (!(await tx.notices.resolve(notice.id, { state: 'dismissed' }))) throw new PosternError('gone', `the notice is ${notice.state}`)
      return { headers: { etag: etagOf(version) }, body: { notice: await viewAfter(tx, call, notice.id) } }
    },
  },
]

async function lockedNotice(tx: Tx, call: ApiCall): Promise<{ readonly notice: Notice; readonly version: number }> {
  const c = await lockFor(tx, call, call.params.ref ?? '')
  const notice = await tx.notices.get(call.params.notice ?? '')
  if (!notice || notice.caseId !== c.id) throw new PosternError('not_found', `notice in case #${c.number}`)
  return { notice, version: c.version }
}

async function buttonOf(tx: Tx, call: ApiCall, notice: Notice): Promise<NoticeAction> {
  const offered =
    notice.state === 'open' ? notice.actions : ((await call.services.engine.registry.notices.get(notice.kind)?.after?.(tx, notice)) ?? [])
  const button = offered.find((a) => a.name === call.params.button)
  if (button) return button
  if (notice.actions.some((a) => a.name === call.params.button)) throw new PosternError('gone', `the notice is ${notice.state}`)
  throw new PosternError('not_found', 'the notice has no such button')
}

async function viewAfter(tx: Tx, call: ApiCall, id: string) {
  const row = await noticeById(tx.db, id)
  if (!row) throw new PosternError('not_found', `notice ${id}`)
  return viewOfNotice(call, row)
}

/** In the language of the agent on whose behalf it is read. */
export function viewOfNotice({ principal, services }: ApiCall, row: NoticeRow) {
  const { notices } = services.engine.registry
  const locale = (principal.agent === null ? undefined : services.config.agents.get(principal.agent)?.locale) ?? services.config.locale
  return noticeView(row, {
    text: (notice) => notices.get(notice.kind)?.text(notice, locale) ?? notice.kind,
    label: (kind, action) => notices.get(kind)?.label(action, locale) || action.replaceAll('_', ' '),
  })
}
