// Filters and orders of case lists, those of plugins among them, as people and programs write them: NAME=VALUE, NAME or -NAME.
import type { Kysely } from 'kysely'
import { PosternError } from '../base/errors.ts'
import { compileSchema } from '../base/schema.ts'
import { casePage, casePageBy } from '../store/case-page.ts'
import type { CaseOrder, CasePageFilter, Keyed, PageOf } from '../store/case-page.ts'
import type { Tables } from '../store/tables.ts'
import type { FilterQuery, Viewer } from '../contract/case-lists.ts'
import type { Registry } from './registry.ts'

/** The cases that the filter finds for who looks; or a sentence why it finds none. */
export async function readFilter(
  registry: Pick<Registry, 'filters'>,
  db: Kysely<Tables>,
  text: string,
  viewer: Viewer,
): Promise<FilterQuery | string> {
  const { filters } = registry
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  const value = at < 0 ? '' : text.slice(at + 1)
  const filter = filters.get(name)
  if (!filter)
    return `there is no filter "${name.slice(0, 64)}"; ${filters.size > 0 ? `there are ${[...filters.keys()].join(', ')}` : 'no plugin brings one'}`
  const checked = compileSchema(filter.value).check(value)
  return checked.ok ? filter.where(db, value, viewer) : `filter ${name}: ${checked.issues.map((i) => i.message).join('; ')}`
}

const columns: readonly string[] = ['updated_at', 'created_at', 'number'] satisfies readonly CaseOrder[]
/** Whether lists know this order (without a sign) by themselves, without asking plugins. */
export const isColumn = (name: string): name is CaseOrder => columns.includes(name)

/** A page of the cases that match, in the order that `sort` names; with - before it from the greatest down. Throws `invalid` for an order that nobody has. */
export async function casesInOrder(
  registry: Pick<Registry, 'sorts'>,
  db: Kysely<Tables>,
  filter: CasePageFilter,
  sort: string,
  page: Omit<PageOf, 'direction'>,
): Promise<readonly Keyed[]> {
  const name = sort.replace(/^-/, '')
  const of: PageOf = { ...page, direction: sort.startsWith('-') ? 'desc' : 'asc' }
  if (isColumn(name)) return casePage(db, filter, name, of)
  const plugin = registry.sorts.get(name)
  if (!plugin)
    throw new PosternError(
      'invalid',
      `sort: there is no "${name.slice(0, 64)}"; there are ${[...columns, ...registry.sorts.keys()].join(', ')}`,
    )
  return casePageBy(db, filter, plugin.keys(db), of)
}
