// What the config says: who I am, agents, groups, mailboxes; and the catalogue of events.
import Type from 'typebox'
import { agentsOf, mayAct } from '../../../contract/access.ts'
import type { ApiRoute } from '../route.ts'

const text = Type.String()

/** Routes that say what the config in force holds; its secrets are not in them. */
export const directoryRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/me',
    access: 'read',
    tag: 'Directory',
    summary: 'Says what this token may do',
    response: Type.Object({
      token: text,
      access: text,
      mailboxes: Type.Array(text),
      agent: Type.Union([text, Type.Null()], { description: 'On-Behalf-Of' }),
      instance: text,
    }),
    read: ({ principal, services }) =>
      Promise.resolve({
        body: {
          token: principal.name,
          access: principal.access,
          mailboxes: principal.mailboxes ?? [...services.config.mailboxes.keys()],
          agent: principal.agent,
          instance: services.config.name,
        },
      }),
  },
  {
    method: 'GET',
    url: '/v1/mailboxes',
    list: { key: 'mailboxes' },
    access: 'read',
    tag: 'Directory',
    summary: 'Lists the mailboxes',
    response: Type.Object({
      mailboxes: Type.Array(Type.Object({ id: text, address: text, aliases: Type.Array(text), name: text, locale: text, timezone: text })),
    }),
    read: ({ principal, services }) =>
      Promise.resolve({
        body: {
          mailboxes: [...services.config.mailboxes.values()]
            .filter((m) => principal.sees(m.id))
            .map(({ id, address, aliases, name, locale, timezone }) => ({ id, address, aliases, name, locale, timezone })),
        },
      }),
  },
  {
    method: 'GET',
    url: '/v1/agents',
    list: { key: 'agents' },
    access: 'read',
    tag: 'Directory',
    summary: 'Lists the agents',
    response: Type.Object({
      agents: Type.Array(
        Type.Object({
          id: text,
          name: text,
          email: text,
          locale: text,
          timezone: text,
          active: Type.Boolean(),
          mailboxes: Type.Array(text, { description: 'In which he may act' }),
        }),
      ),
    }),
    read({ principal, services: { config } }) {
      const of = (id: string) => [...config.mailboxes.keys()].filter((m) => principal.sees(m) && mayAct(config, id, m))
      const agents = [...config.agents.values()].map(({ id, name, email, locale, timezone, active }) => ({
        id,
        name,
        email,
        locale,
        timezone,
        active,
        mailboxes: of(id),
      }))
      // Who has nothing to do with the mailboxes of a scope is not shown in it.
      return Promise.resolve({ body: { agents: agents.filter((a) => principal.mailboxes === null || a.mailboxes.length > 0) } })
    },
  },
  {
    method: 'GET',
    url: '/v1/groups',
    list: { key: 'groups' },
    access: 'read',
    tag: 'Directory',
    summary: 'Lists the groups',
    response: Type.Object({
      groups: Type.Array(Type.Object({ id: text, name: text, members: Type.Array(text), mailboxes: Type.Array(text) })),
    }),
    read({ principal, services: { config } }) {
      const groups = [...config.groups.values()].map((g) => ({
        id: g.id,
        name: g.name,
        members: agentsOf(config, g.members).map((a) => a.id),
        mailboxes: g.mailboxes.filter((m) => principal.sees(m)),
      }))
      return Promise.resolve({ body: { groups: groups.filter((g) => principal.mailboxes === null || g.mailboxes.length > 0) } })
    },
  },
  {
    method: 'GET',
    url: '/v1/event-types',
    list: { key: 'types' },
    access: 'read',
    tag: 'Events',
    summary: 'Lists the types of events with their schemas and an example each',
    response: Type.Object({
      types: Type.Array(
        Type.Object({ type: text, description: text, version: Type.Integer(), data: Type.Unknown(), example: Type.Unknown() }),
      ),
    }),
    read: ({ services }) =>
      Promise.resolve({
        body: {
          types: [...services.engine.registry.events].map(([type, e]) => ({
            type,
            description: e.description,
            version: e.version,
            data: e.data,
            example: e.example,
          })),
        },
      }),
  },
]
