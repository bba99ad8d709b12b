// What can be done about a notice at this moment, in words, and how it is done.
import { createHash } from 'node:crypto'
import { PosternError, comparedText, languageOf } from '../../core/plugin.ts'
import type { ActionResult, Case, Locale, Notice, NoticeAction, RegistryView, Tx } from '../../core/plugin.ts'
import { say } from './messages.ts'

/** A button as a page shows it. */
export interface Button {
  readonly action: NoticeAction
  readonly label: string
  readonly effect: string
  /** Changes with everything that the page says of it: what is pressed must be what was read. */
  readonly seen: string
}

/** Buttons of an open notice; of an ended one, what may be taken back. */
export async function buttonsNow(tx: Tx, registry: RegistryView, c: Case, notice: Notice, locale: Locale): Promise<readonly Button[]> {
  const actions = notice.state === 'open' ? notice.actions : ((await registry.notices.get(notice.kind)?.after?.(tx, notice)) ?? [])
  const buttons: Button[] = []
  for (const action of actions) buttons.push(await buttonOf(tx, registry, c, notice, action, locale))
  return buttons
}

/** The button of one action, in words, as things stand now. `seen` changes when the notice or the effect does. */
export async function buttonOf(
  tx: Tx,
  registry: RegistryView,
  c: Case,
  notice: Notice,
  action: NoticeAction,
  locale: Locale,
): Promise<Button> {
  const label = labelOf(registry, notice.kind, action.name, locale)
  const own = await registry.notices.get(notice.kind)?.effect?.(tx, notice, action, locale)
  const effect = own ? own : say(locale, 'effect.other', { label, number: c.number })
  const seen = createHash('sha256')
    .update(JSON.stringify([notice.id, notice.state, notice.resolvedAt, action.name, effect]))
    .digest('base64url')
    .slice(0, 16)
  return { action, label, effect, seen }
}

/** The words on a button: those of the plugin that raised the notice, else a general one, else the action's name with blanks. */
export function labelOf(registry: RegistryView, kind: string, name: string, locale: Locale): string {
  const own = registry.notices.get(kind)?.label(name, locale)
  if (own) return own
  return name === 'dismiss' || name === 'undo' ? say(locale, `label.${name}`) : name.replaceAll('_', ' ')
}

/** The sentence of a notice, from the plugin that raised it, else a general one. */
function textOf(registry: RegistryView, notice: Notice, locale: Locale): string {
  return registry.notices.get(notice.kind)?.text(notice, locale) ?? say(locale, 'text.other')
}

/** The sentence, and the texts that are to be compared, each under its title. */
export function linesOf(registry: RegistryView, notice: Notice, locale: Locale): readonly string[] {
  const compared = registry.notices.get(notice.kind)?.compare?.(notice, locale) ?? []
  return [textOf(registry, notice, locale), ...compared.map((one) => comparedText([one]))]
}

/** Does it. An open notice ends with it, so that of two who press at once only one is first. Throws what the action refuses. */
export async function press(tx: Tx, registry: RegistryView, notice: Notice, action: NoticeAction): Promise<ActionResult> {
  if (notice.state === 'open' && !(await tx.notices.resolve(notice.id, { state: 'taken', action: action.name })))
    throw new PosternError('gone', say(languageOf(tx, await tx.cases.get(notice.caseId)), 'refused.ended'))
  const target = registry.action(action.action)
  return tx.act(action.action, target?.on === 'none' ? null : notice.caseId, action.args)
}
