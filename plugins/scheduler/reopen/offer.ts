// Links in mails to agents that plan a reopen: a notice with one button for each time that is set, beside every new message of the customer.
import { formatDuration } from '../../../core/plugin.ts'
import type { Locale, Notice, NoticeAction, NoticeTexts, Tx } from '../../../core/plugin.ts'
import { contextOf } from '../person.ts'
import type { SchedulerHost } from '../person.ts'
import { say } from '../texts.ts'
import { parseWhen } from '../when/when.ts'

const kind = 'reopen_offer'
/** What a button is called before the time that it stands for. */
const prefix = 'plan '

/** Asks anew with each message; the question of the message before is over. */
export async function raiseOffer(tx: Tx, { settings }: SchedulerHost, caseId: string, message: string): Promise<void> {
  await endOffer(tx, caseId, 'overtaken')
  const c = await tx.cases.get(caseId)
  if (settings.offer.length === 0 || c?.status === 'spam' || c?.status === 'trash') return
  const actions = settings.offer.map((value): NoticeAction => ({ name: `${prefix}${value}`, action: 'reopen.plan', args: { at: value } }))
  await tx.notices.raise({ caseId, kind, messageId: message, actions })
}

/** Resolves the open offers of a case (by its id), which takes their links out of use. */
export async function endOffer(tx: Tx, caseId: string, state: 'dismissed' | 'overtaken'): Promise<void> {
  for (const notice of await tx.notices.open(caseId, kind)) await tx.notices.resolve(notice.id, { state })
}

/** The texts of an offer; each button names its time as the settings write it. */
export function offerTexts(host: SchedulerHost): NoticeTexts {
  const when = (name: string, locale: Locale): string => readable(host, name.slice(prefix.length), locale)
  return {
    text: (_notice, locale) => say(locale, 'notice.offer'),
    label: (name, locale) => (name.startsWith(prefix) ? say(locale, 'label.plan', { when: when(name, locale) }) : ''),
    // The same words whenever it is asked: a time by the clock would be another one when the button is pressed.
    effect: (_tx, _notice, action, locale) =>
      Promise.resolve(action.name.startsWith(prefix) ? say(locale, 'effect.plan', { when: when(action.name, locale) }) : ''),
    // Each agent has a reopen of his own: what one has planned takes nothing from the others.
    after: (_tx, notice: Notice) => Promise.resolve(notice.actions),
  }
}

/** A length in the language of who reads it; anything else as it was set. */
function readable({ settings, now }: SchedulerHost, value: string, locale: Locale): string {
  const read = parseWhen(value, contextOf(settings, now(), 'UTC'))
  if (!read.ok || !read.span || read.span.months !== 0) return value
  return formatDuration(read.span.days * 86_400_000 + read.span.ms, locale)
}
