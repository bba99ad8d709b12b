// The words of the weekly report.
import { formatDuration } from '../../core/plugin.ts'
import type { Config, Locale } from '../../core/plugin.ts'
import type { Report } from './report.ts'
import type { Span } from './span.ts'
import { texts } from './texts.ts'

/** Reopened cases that are named. */
const mostNamed = 30

/** The text of the mail, in one language. */
export function weeklyText(locale: Locale, config: Pick<Config, 'mailboxes'>, span: Span, now: Report, before: Report): string {
  const { firstDay: from, lastDay: to } = span
  const { total } = now
  const both = (what: 'new' | 'answered' | 'reopened') => ({ now: total[what], before: before.total[what] })
  const { p50, p90 } = total.first_answer
  const reopened = total.cases.reopened
  return [
    texts(locale, 'mail.title', { from, to }),
    [
      texts(locale, 'mail.new', both('new')),
      texts(locale, 'mail.answered', both('answered')),
      p50 === null || p90 === null
        ? texts(locale, 'mail.first.none')
        : texts(locale, 'mail.first', { p50: formatDuration(p50 * 1000, locale), p90: formatDuration(p90 * 1000, locale) }),
      texts(locale, 'mail.reopened', both('reopened')),
    ].join('\n'),
    now.rows
      .map((r) => {
        const name = config.mailboxes.get(r.key ?? '')?.name ?? r.key ?? ''
        return texts(locale, 'mail.mailbox', { name, created: r.new, answered: r.answered, reopened: r.reopened })
      })
      .join('\n'),
    reopened.length === 0 ? '' : texts(locale, 'mail.cases', { list: namesOf(reopened) }),
    texts(locale, 'mail.more', { from, to }),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const namesOf = (numbers: readonly number[]): string =>
  `${numbers
    .slice(0, mostNamed)
    .map((n) => `#${n}`)
    .join(', ')}${numbers.length > mostNamed ? ' …' : ''}`
