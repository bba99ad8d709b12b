// Warnings about a mail in the reader's language; the parser's own words are English codes.
import type { Locale } from '../../core/plugin.ts'
import { texts } from './texts.ts'

/** Sentences for people, each once. */
export function warningTexts(warnings: readonly string[], locale: Locale): readonly string[] {
  return [...new Set(warnings.map((w) => sentence(w.slice(0, 500), locale)))].slice(0, 8)
}

function sentence(warning: string, locale: Locale): string {
  const what = /\(([^()]{1,300})\)$/.exec(warning)?.[1] ?? ''
  if (warning.includes('the name shows another address')) return texts(locale, 'warn.shows', { what })
  if (warning.includes('turns the reading direction')) return texts(locale, 'warn.direction')
  if (warning.includes('invisible characters')) return texts(locale, 'warn.invisible')
  if (warning.includes('the name mixes scripts')) return texts(locale, 'warn.mixes')
  if (warning.includes('the domain mixes scripts')) return texts(locale, 'warn.domainMixes', { what })
  if (warning.includes('the domain looks like another')) return texts(locale, 'warn.domainLooks', { what })
  if (warning.includes('the name is that of an agent')) return texts(locale, 'warn.agent')
  if (warning.includes('cannot be written to'))
    return texts(locale, warning.startsWith('from:') ? 'warn.unreachableSender' : 'warn.unreachable', { what })
  if (/^from: \d+ addresses$/.test(warning)) return texts(locale, 'warn.many')
  if (warning === 'from: missing') return texts(locale, 'warn.missing')
  if (warning.startsWith('encrypted')) return texts(locale, 'warn.encrypted')
  if (warning.startsWith('unchecked:')) return texts(locale, 'warn.unchecked')
  if (warning.startsWith('partial: '))
    return texts(locale, 'warn.partial', { what: warning.slice('partial: '.length).replace(' of ', '/') })
  if (warning.startsWith('winmail.dat:')) return texts(locale, 'warn.tnef')
  if (warning === 'invitation: cancelled') return texts(locale, 'warn.cancelled')
  const answer = /^invitation: ([a-z-]+) \((.*)\)$/.exec(warning)
  if (answer) return texts(locale, answerKey(answer[1] ?? ''), { what: answer[2] ?? '' })
  if (warning.startsWith('limit:')) return texts(locale, 'warn.limit')
  return texts(locale, 'warn.other', { what: warning })
}

function answerKey(answer: string): 'warn.accepted' | 'warn.declined' | 'warn.tentative' | 'warn.answered' {
  return answer === 'accepted' || answer === 'declined' || answer === 'tentative' ? `warn.${answer}` : 'warn.answered'
}
