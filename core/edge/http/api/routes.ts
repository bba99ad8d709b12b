// All resources of the API, in the order of the reference.
import Type from 'typebox'
import { requireUnbound } from '../access.ts'
import type { ApiRoute } from '../route.ts'
import { openapiOf } from '../openapi.ts'
import { llmsText } from '../llms.ts'
import { pagePolicy, referencePage } from '../reference.ts'
import { actionRoutes } from './actions.ts'
import { bulkRoutes } from './bulk.ts'
import { caseListRoutes } from './case-list.ts'
import { caseRoutes } from './cases.ts'
import { directoryRoutes } from './directory.ts'
import { eventRoutes } from './events.ts'
import { mailRoutes } from './mail.ts'
import { messageRoutes } from './messages.ts'
import { noticeRoutes } from './notices.ts'
import { rulesRoutes } from './rules.ts'
import { shorthandRoutes } from './shorthands.ts'
import { suppressionRoutes } from './suppressions.ts'
import { tokenRoutes } from './tokens.ts'
import { uploadRoutes } from './uploads.ts'

const resources: readonly ApiRoute[] = [
  ...caseListRoutes,
  ...caseRoutes,
  ...messageRoutes,
  ...noticeRoutes,
  ...actionRoutes,
  ...bulkRoutes,
  ...shorthandRoutes,
  ...uploadRoutes,
  ...eventRoutes,
  ...directoryRoutes,
  ...mailRoutes,
  ...suppressionRoutes,
  ...rulesRoutes,
  ...tokenRoutes,
]

/** What the button of the sign-in page sends along. */
const login = Type.Object({ login: Type.Optional(Type.Boolean({ description: 'A browser asks for the token' })) })

const about: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/openapi.json',
    access: 'read',
    tag: 'About',
    summary: 'This API as an OpenAPI 3.1 document',
    response: Type.Object({}, { additionalProperties: true }),
    browser: true,
    query: login,
    read: async ({ services }) => ({ body: await openapiOf(services.engine.registry, apiRoutes) }),
  },
  {
    method: 'GET',
    url: '/v1/reference',
    access: 'read',
    tag: 'About',
    summary: 'This API as a page to read',
    description: 'A browser asks for a password: the token.',
    response: Type.String(),
    responseType: 'text/html; charset=utf-8',
    browser: true,
    query: login,
    async read({ services }) {
      const page = referencePage(await openapiOf(services.engine.registry, apiRoutes))
      return {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': pagePolicy,
        },
        body: page,
      }
    },
  },
  {
    method: 'GET',
    url: '/v1/llms.txt',
    access: 'read',
    tag: 'About',
    summary: 'This API in few words, for programs that read text',
    response: Type.String(),
    responseType: 'text/plain',
    browser: true,
    query: login,
    read: async ({ services }) => ({
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: llmsText(await openapiOf(services.engine.registry, apiRoutes)),
    }),
  },
  {
    method: 'GET',
    url: '/metrics',
    access: 'read',
    tag: 'About',
    summary: "Counters in Prometheus' text format",
    description: 'For tokens that are bound to no mailbox.',
    response: Type.String(),
    responseType: 'text/plain',
    async read({ services, principal }) {
      requireUnbound(principal)
      const { type, body } = await services.metrics.text()
      return { headers: { 'content-type': type }, body }
    },
  },
]

/** Every route of the core's API below `/v1`; those of plugins are not in it. */
export const apiRoutes: readonly ApiRoute[] = [...resources, ...about]
