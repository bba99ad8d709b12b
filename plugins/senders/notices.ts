// The notices of this plugin in words.
import type { Locale, Notice, NoticeTexts } from '../../core/plugin.ts'
import { say } from './texts.ts'

const said = (notice: Notice, key: string): string => (typeof notice.data[key] === 'string' ? notice.data[key] : '')

/** By kind. */
export const senderNotices: Readonly<Record<string, NoticeTexts>> = {
  sender_blocked: {
    text: (notice, locale) => say(locale, 'notice.blocked', { who: said(notice, 'who') }),
    label: (_action, locale) => say(locale, 'label.unblock'),
    effect: (_tx, _notice, _action, locale) => Promise.resolve(say(locale, 'effect.unblock')),
  },
  sender_learn: {
    text: (notice, locale) => say(locale, 'notice.learn', { who: said(notice, 'who') }),
    label: (action, locale) => labelOf(action, locale),
    effect: (_tx, _notice, _action, locale) => Promise.resolve(say(locale, 'effect.block')),
  },
}

function labelOf(action: string, locale: Locale): string {
  return say(locale, action === 'block_domain' ? 'label.block_domain' : 'label.block')
}
