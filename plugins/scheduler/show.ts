// What `postern reopens show` and `postern deferred show` tell of one planned thing.
import { unsentAnswer } from '../../core/plugin.ts'
import { timeFor } from './person.ts'
import type { SchedulerHost } from './person.ts'
import { deferredWithFiles, reopenWithMentions } from './lists-store.ts'

/** Names with what they say, in order; for people as lines, for programs as an object. */
export type Details = Readonly<Record<string, string | readonly string[] | null>>

/** What is shown of the planned reopen of this id; rejects where there is none. */
export async function reopenDetails({ read, config }: SchedulerHost, id: string): Promise<Details> {
  const { row: r, mentions } = await reopenWithMentions(read, id)
  return {
    when: timeFor({ zone: r.zone, locale: config.locale }, r.due_at),
    zone: r.zone,
    owner: r.owner ?? r.owner_kind,
    planner: r.planner === r.owner ? null : r.planner,
    condition: r.any_assignee === 1 ? null : `only if ${r.assignee ?? 'nobody'} is responsible then`,
    mentions: mentions.map((who) => who.slice(who.indexOf(':') + 1)),
    planned: iso(r.created_at),
    changed: iso(r.updated_at),
    postponable: r.offered === 1 ? 'yes' : null,
  }
}

/** What is shown of the deferred message of this id; rejects where there is none. */
export async function deferredDetails({ read, config }: SchedulerHost, id: string): Promise<Details> {
  const { row: d, files } = await deferredWithFiles(read, id)
  // Written by this plugin and by the action that prepared the answer.
  const data = JSON.parse(d.data) as { readonly deferred?: { readonly cc?: Readonly<Record<string, readonly string[] | undefined>> } }
  const { order } = unsentAnswer({ data: { ...data } })
  const copies = Object.entries(data.deferred?.cc ?? {}).map(([how, list]) => `${how} ${(list ?? []).join(', ')}`)
  return {
    when: timeFor({ zone: d.zone, locale: config.locale }, d.due_at),
    zone: d.zone,
    kind: d.kind,
    agent: d.agent,
    subject: d.subject,
    to: order.to ?? null,
    cc: copies,
    status: order.status ?? null,
    files,
    planned: iso(d.planned_at),
    changed: iso(d.updated_at),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
