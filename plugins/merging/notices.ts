// Notices about merges in words: what happened or may be, what each button does as things stand, and what can be taken back.
import type { Host, Locale, Notice, NoticeAction, NoticeTexts, Tx } from '../../core/plugin.ts'
import { PosternError } from '../../core/plugin.ts'
import { namedCase, planOf } from './plan.ts'
import { planLines } from './preview.ts'
import { mergeOf } from './store.ts'
import { say } from './texts.ts'
import { standsFast } from './unmerge.ts'

/** The texts of these notices, by kind. */
export function mergingNotices(host: Host<unknown>): Readonly<Record<string, NoticeTexts>> {
  const shared: Pick<NoticeTexts, 'label' | 'effect' | 'after'> = {
    label,
    effect: (tx, notice, action, locale) => effect(tx, host, notice, action, locale),
    after: (tx, notice) => after(tx, notice),
  }
  return {
    merged_people: { ...shared, text: (n, locale) => say(locale, 'people.text', { number: numberOf(n), people: listOf(n, 'people') }) },
    merge_choice: { ...shared, text: (n, locale) => say(locale, 'choose.text', { number: numberOf(n) }) },
    duplicate: {
      ...shared,
      text: (n, locale) => say(locale, 'duplicate.text', { number: numberOf(n), subject: said(n, 'subject'), who: said(n, 'requester') }),
    },
  }
}

function label(action: string, locale: Locale): string {
  const number = /^merge_(\d{1,15})$/.exec(action)?.[1]
  if (number !== undefined) return say(locale, 'label.merge', { number })
  const known = (['add', 'unmerge', 'link'] as const).find((b) => b === action)
  return known ? say(locale, `label.${known}`) : ''
}

async function effect(tx: Tx, host: Host<unknown>, notice: Notice, action: NoticeAction, locale: Locale): Promise<string> {
  const c = await tx.cases.get(notice.caseId)
  if (!c) return ''
  try {
    if (action.action === 'case.merge') {
      const target = await namedCase(tx, c, String(action.args.into))
      return (await planLines(tx, await planOf(tx, host.registry, c, target, {}), locale)).join(' ')
    }
    if (action.action === 'case.link')
      return say(locale, 'effect.link', { source: c.number, target: (await namedCase(tx, c, String(action.args.other))).number })
  } catch (error) {
    if (error instanceof PosternError) return error.detail || error.message
    throw error
  }
  if (action.action === 'case.unmerge') return say(locale, 'effect.unmerge', { source: numberOf(notice) })
  if (action.action !== 'case.cc') return ''
  const people = [c.requester, ...(await tx.cases.cc(c.id))].map((p) => p.address)
  return say(locale, 'effect.add', { number: c.number, people: [...new Set([...people, ...strings(notice.data.people)])].join(', ') })
}

/** A merge that a button ordered can be taken back where it stands. */
async function after(tx: Tx, notice: Notice): Promise<readonly NoticeAction[]> {
  if (notice.state !== 'taken' || notice.takenAction === null || !/^merge_/.test(notice.takenAction)) return []
  const source = [...(await tx.cases.merged(notice.caseId))].find((c) => c.id === notice.data.case)
  const merge = source && (await mergeOf(tx, source.id))
  const target = merge && (await tx.cases.get(merge.row.target_id))
  if (!source || !merge || !target || (await standsFast(tx, merge, source, target))) return []
  return [{ name: 'unmerge', action: 'case.unmerge', args: { case: source.id } }]
}

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
const listOf = (notice: Notice, key: string): string => strings(notice.data[key]).join(', ')
const said = (notice: Notice, key: string): string => (typeof notice.data[key] === 'string' ? notice.data[key] : '')
const numberOf = (notice: Notice): number => Number(notice.data.number ?? 0)
