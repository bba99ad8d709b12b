// Filters of case lists that plugins bring, as people and programs write them: NAME=VALUE.
import type { Kysely } from 'kysely'
import { compileSchema } from '../base/schema.ts'
import type { FilterQuery, Viewer } from '../plugin.ts'
import type { Tables } from '../store/tables.ts'
import type { Registry } from './registry.ts'

/** The cases that the filter finds for who looks; or a sentence why it finds none. */
export function readFilter(registry: Pick<Registry, 'filters'>, db: Kysely<Tables>, text: string, viewer: Viewer): FilterQuery | string {
  const { filters } = registry
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const value = at < 0 ? '' : text.slice(at + 1)
  const filter = filters.get(name)
  if (!filter) return `there is no filter "${name.slice(0, 64)}"; ${filters.size > 0 ? `there are ${[...filters.keys()].join(', ')}` : 'no plugin brings one'}`
  const checked = compileSchema(filter.value).check(value)
  return checked.ok ? filter.where(db, value, viewer) : `filter ${name}: ${checked.issues.map((i) => i.message).join('; ')}`
}
