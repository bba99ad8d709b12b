// The rules and templates in force, for programs to read; they are written in the files of the configuration.
import Type from 'typebox'
import type { RouteDefinition } from '../../core/plugin.ts'
import type { Loaded } from './files/load.ts'

const text = Type.String()
const list = Type.Array(text)
const rule = Type.Object({
  name: text,
  events: Type.Array(text, { description: 'That it hears; empty for one on a schedule' }),
  schedule: Type.Union([Type.Object({ pattern: text, timezone: text }), Type.Null()]),
  mailboxes: Type.Union([list, Type.Null()], { description: 'null: all' }),
  priority: Type.Number(),
  stop: Type.Boolean({ description: 'Rules behind it are not asked once it has fired' }),
  actions: Type.Array(text, { description: 'Names of its actions, in order' }),
  place: Type.String({ description: 'Line and column in its file' }),
})
const template = Type.Object({ name: text, description: text, attachments: list, place: text })

/** A file's name without the folders of this machine. */
const shown = (place: string): string => place.replace(/^.*[/\\]/, '')

/** The GET routes of rules and templates. A caller sees no rule all of whose mailboxes are hidden from him. */
export function rulesRoutes({ rules, templates }: Pick<Loaded, 'rules' | 'templates'>): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      url: '/v1/rules',
      access: 'read',
      summary: 'Lists the rules in the order in which they run',
      schema: { response: Type.Object({ rules: Type.Array(rule) }) },
      handle: (request) =>
        Promise.resolve({
          body: {
            rules: rules
              .map((r) => ({ rule: r, mailboxes: r.mailboxes === null ? null : [...r.mailboxes].filter((m) => request.sees(m)) }))
              .filter((r) => r.mailboxes === null || r.mailboxes.length > 0)
              .map(({ rule: r, mailboxes }) => ({
                name: r.name,
                events: r.events,
                schedule: r.schedule,
                mailboxes,
                priority: r.priority,
                stop: r.stop,
                actions: r.actions.map((a) => a.action),
                place: shown(r.place),
              })),
          },
        }),
    },
    {
      method: 'GET',
      url: '/v1/templates',
      access: 'read',
      summary: 'Lists the templates',
      schema: { response: Type.Object({ templates: Type.Array(template) }) },
      handle: () =>
        Promise.resolve({
          body: {
            templates: [...templates.byName.values()].map((t) => ({
              name: t.name,
              description: t.description,
              attachments: t.attachments.map((a) => a.filename),
              place: shown(t.place),
            })),
          },
        }),
    },
  ]
}
