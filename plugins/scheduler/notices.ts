// How the questions about reopens read in a mail to an agent.
import { formatDateTime } from '../../core/plugin.ts'
import type { Locale, Notice, NoticeTexts } from '../../core/plugin.ts'
import { say } from './texts.ts'

/** The texts of both kinds of notice, by kind. */
export const schedulerNotices = {
  reopen_planned: { text: (notice, locale) => sentence(notice, locale, 'notice.planned'), label },
  deferred_planned: { text: (notice, locale) => sentence(notice, locale, 'notice.deferred'), label },
  reopen_fired: { text: (notice, locale) => sentence(notice, locale, 'notice.fired'), label },
} as const satisfies Readonly<Record<string, NoticeTexts>>

function sentence({ data }: Notice, locale: Locale, key: 'notice.planned' | 'notice.deferred' | 'notice.fired'): string {
  const zone = typeof data.zone === 'string' ? data.zone : 'UTC'
  const time = typeof data.due === 'number' ? formatDateTime(data.due, zone, locale, { zoneName: true }) : ''
  const who = typeof data.who === 'string' ? data.who : say(locale, 'postern')
  const note = typeof data.note === 'string' ? data.note : ''
  if (key === 'notice.deferred') return say(locale, key, { who, time })
  if (key === 'notice.planned')
    return note === '' ? say(locale, key, { who, time }) : say(locale, 'notice.plannedNote', { who, time, note })
  return note === '' ? say(locale, key, { who }) : say(locale, 'notice.firedNote', { who, note })
}

function label(action: string, locale: Locale): string {
  switch (action) {
    case 'keep':
    case 'cancel':
    case 'postpone':
    case 'postpone_hour':
    case 'postpone_week':
    case 'send_now':
    case 'cancel_message':
      return say(locale, `label.${action}`)
    default:
      return action
  }
}
