// The usual actions under names of their own: notes, plans, people, tags, assignment, split. Each is the action that commands and rules order.
import Type from 'typebox'
import { isRecord } from '../../../base/schema-walk.ts'
import { caseFor } from '../../../contract/access.ts'
import { peopleOf, tagsOf } from '../../../store/cases.ts'
import type { ApiRoute, WriteRoute } from '../route.ts'
import { caseAfter, onCase } from './actions.ts'
import { resultSchema } from './cases.ts'
import { etagOf, lockFor } from './scope.ts'
import { person } from './views.ts'

const address = Type.String({ minLength: 3, maxLength: 320 })
const list = (description: string) => Type.Optional(Type.Array(address, { maxItems: 100, description }))
const change = Type.Object({ add: list('Join'), remove: list('Leave'), set: list('The whole list from now on') })
const recipients = Type.Object({ requester: person, cc: Type.Array(person), bcc: Type.Array(person) })

/** Routes that order one action each; body and effect are those of the action. */
export const shorthandRoutes: readonly ApiRoute[] = [
  shorthand('POST', '/v1/cases/:ref/notes', 'Notes', 'note.add', 'Adds an internal note', 201),
  shorthand('PUT', '/v1/cases/:ref/assignment', 'Cases', 'case.assign', 'Makes an agent or a group responsible, or nobody'),
  {
    method: 'GET',
    url: '/v1/cases/:ref/tags',
    access: 'read',
    tag: 'Cases',
    summary: 'Lists the tags of a case',
    response: Type.Object({ tags: Type.Array(Type.String()) }),
    answerHeaders: ['etag'],
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      return { headers: { etag: etagOf(c.version) }, body: { tags: await tagsOf(call.db, c.id) } }
    },
  },
  shorthand('POST', '/v1/cases/:ref/tags', 'Cases', 'case.tags', 'Adds and removes tags'),
  {
    method: 'GET',
    url: '/v1/cases/:ref/recipients',
    access: 'read',
    tag: 'Recipients',
    summary: 'Lists who gets the answers of a case',
    response: recipients,
    answerHeaders: ['etag'],
    async read(call) {
      const c = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const everybody = await peopleOf(call.db, c.id)
      const of = (role: string) => everybody.filter((p) => p.role === role).map((p) => ({ address: p.address, name: p.name }))
      return {
        headers: { etag: etagOf(c.version) },
        body: { requester: { address: c.requester_address, name: c.requester_name }, cc: of('cc'), bcc: of('bcc') },
      }
    },
  },
  {
    method: 'PATCH',
    url: '/v1/cases/:ref/recipients',
    access: 'act',
    tag: 'Recipients',
    summary: 'Changes who gets copies of the answers',
    description: 'The actions case.cc and case.bcc.',
    body: Type.Object({ cc: Type.Optional(change), bcc: Type.Optional(change) }),
    versioned: true,
    response: resultSchema,
    async write(tx, call) {
      const { cc, bcc } = call.body as { readonly cc?: object; readonly bcc?: object } // checked against the schema above
      const c = await lockFor(tx, call, call.params.ref ?? '')
      if (bcc) await tx.act('case.bcc', c.id, bcc)
      return caseAfter(tx, call, c.id, await tx.act('case.cc', c.id, cc ?? {}))
    },
  },
  shorthand('POST', '/v1/cases/:ref/recipients/update', 'Recipients', 'recipients.update', 'Makes the people in copy those of a reply'),
  shorthand('POST', '/v1/cases/:ref/recipients/join', 'Recipients', 'recipients.join', 'Puts the writer of a reply in copy'),
  shorthand(
    'POST',
    '/v1/cases/:ref/recipients/undo',
    'Recipients',
    'recipients.undo',
    'Takes back what `update` or `join` did for a reply',
  ),
  shorthand('POST', '/v1/cases/:ref/split', 'Recipients', 'case.split', 'Makes a new case of a reply', 201),
  shorthand('POST', '/v1/cases/:ref/unsplit', 'Recipients', 'case.unsplit', 'Puts a reply back that was split off'),
  shorthand('POST', '/v1/cases/:ref/merge', 'Cases', 'case.merge', 'Merges the case into another one'),
  shorthand('POST', '/v1/cases/:ref/unmerge', 'Cases', 'case.unmerge', 'Takes a merge back'),
  shorthand('POST', '/v1/cases/:ref/links', 'Cases', 'case.link', 'Links the case to another one', 201),
  shorthand('DELETE', '/v1/cases/:ref/links/:other', 'Cases', 'case.unlink', 'Takes the link to another case out'),
  shorthand('POST', '/v1/cases/:ref/followers', 'Cases', 'case.follow', 'Lets agents follow the case'),
  shorthand('DELETE', '/v1/cases/:ref/followers/:who', 'Cases', 'case.unfollow', 'Lets an agent no longer follow the case'),
  shorthand('POST', '/v1/cases/:ref/mute', 'Cases', 'case.mute', 'Tells an agent nothing of the case for a time'),
  shorthand('POST', '/v1/cases/:ref/unmute', 'Cases', 'case.unmute', 'Tells an agent of the case again'),
  shorthand('POST', '/v1/cases/:ref/reopens', 'Plans', 'reopen.plan', 'Plans a reopen of the case', 201),
  shorthand('PATCH', '/v1/cases/:ref/reopens/:reopen', 'Plans', 'reopen.edit', 'Changes a planned reopen'),
  shorthand('DELETE', '/v1/cases/:ref/reopens/:reopen', 'Plans', 'reopen.cancel', 'Cancels a planned reopen'),
  shorthand('POST', '/v1/cases/:ref/deferred', 'Plans', 'reply.defer', 'Writes an answer that leaves later', 201),
  shorthand('PATCH', '/v1/cases/:ref/deferred/:message', 'Plans', 'deferred.edit', 'Changes a deferred message or its time'),
  shorthand('POST', '/v1/cases/:ref/deferred/:message/send', 'Plans', 'deferred.send', 'Sends a deferred message now'),
  shorthand('DELETE', '/v1/cases/:ref/deferred/:message', 'Plans', 'deferred.cancel', 'Takes a deferred message back before it leaves'),
]

/** A resource-like name for an action; what stands in the path behind the case is an argument too. */
function shorthand(method: WriteRoute['method'], url: string, tag: string, action: string, summary: string, status = 200): ApiRoute {
  return {
    ...{ method, url, tag, summary, status, action },
    access: 'act',
    description: `The action ${action}; its arguments are the body.`,
    body: Type.Object({}, { additionalProperties: true, description: 'The arguments of the action' }),
    versioned: true,
    response: resultSchema,
    async write(tx, call) {
      const { ref: _ref, ...named } = call.params
      const done = await onCase(tx, call, action, { ...(isRecord(call.body) ? call.body : {}), ...named })
      return { ...done, status }
    },
  }
}
