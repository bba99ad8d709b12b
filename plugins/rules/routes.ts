// The rules and templates in force, for programs to read; they are written in the files of the configuration.
import Type from 'typebox'
import { PosternError, parseDuration } from '../../core/plugin.ts'
import type { Host, RouteDefinition } from '../../core/plugin.ts'
import type { Loaded } from './files/load.ts'
import { byText, modeOf, saidOf } from './watch/modes.ts'
import { watchedSchema, watchedView } from './watch/views.ts'
import { saidModes, watchedSince } from './watch/watch-store.ts'
import type { SaidMode } from './watch/watch-store.ts'

const text = Type.String()
const list = Type.Array(text)
const rule = Type.Object({
  name: text,
  events: Type.Array(text, { description: 'That it hears; empty for one on a schedule' }),
  schedule: Type.Union([Type.Object({ pattern: text, timezone: text }), Type.Null()]),
  mailboxes: Type.Union([list, Type.Null()], { description: 'null: all' }),
  priority: Type.Number(),
  mode: Type.Union([Type.Literal('live'), Type.Literal('watch')], { description: 'watch: nothing is done, see /v1/rules/{name}/watched' }),
  live_since: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'Since when somebody has let it act as it is written now',
  }),
  stop: Type.Boolean({ description: 'Rules behind it are not asked once it has fired' }),
  actions: Type.Array(text, { description: 'Names of its actions, in order' }),
  place: Type.String({ description: 'Line and column in its file' }),
})
const template = Type.Object({ name: text, description: text, attachments: list, place: text })

const liveSince = (said: SaidMode | undefined): string | null => (said?.mode === 'live' ? new Date(said.at).toISOString() : null)

/** A file's name without the folders of this machine. */
const shown = (place: string): string => place.replace(/^.*[/\\]/, '')

/** The GET routes of rules and templates. A caller sees no rule all of whose mailboxes are hidden from him. */
export function rulesRoutes(
  { rules, templates }: Pick<Loaded, 'rules' | 'templates'>,
  host: Pick<Host<unknown>, 'read' | 'now'>,
): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      url: '/v1/rules',
      list: { key: 'rules' },
      access: 'read',
      summary: 'Lists the rules in the order in which they run',
      schema: { response: Type.Object({ rules: Type.Array(rule) }) },
      handle: async (request) => {
        const said = byText(await saidModes(host.read))
        return {
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
                mode: modeOf(r, said),
                live_since: liveSince(saidOf(r, said)),
                stop: r.stop,
                actions: r.actions.map((a) => a.action),
                place: shown(r.place),
              })),
          },
        }
      },
    },
    {
      method: 'GET',
      url: '/v1/rules/:name/watched',
      access: 'read',
      summary: 'Lists what a rule on watch would have done, the newest first',
      schema: {
        params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }),
        query: Type.Object({
          since: Type.Optional(Type.String({ maxLength: 40, description: 'How long back, such as 24h (default) or 7d' })),
          limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: 'At most so many; default 100' })),
        }),
        response: Type.Object({ watched: Type.Array(watchedSchema) }),
      },
      async handle(request) {
        const name = request.params.name ?? ''
        const rule = rules.find((r) => r.name === name)
        if (!rule || (rule.mailboxes !== null && ![...rule.mailboxes].some((m) => request.sees(m))))
          throw new PosternError('not_found', `rule ${name}`)
        const back = parseDuration(request.query.since ?? '24h')
        if (back === undefined) throw new PosternError('invalid', 'since: expected a span such as 24h or 7d')
        const rows = await watchedSince(host.read, name, host.now() - back, Number(request.query.limit ?? 100))
        return { body: { watched: rows.filter((r) => request.sees(r.mailbox)).map(watchedView) } }
      },
    },
    {
      method: 'GET',
      url: '/v1/templates',
      list: { key: 'templates' },
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
