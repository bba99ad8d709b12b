import { expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { notifyMessages } from '../../plugins/notify/texts.ts'
import { warningTexts } from '../../plugins/notify/warnings.ts'

test('notifications say everything in both languages', () => {
  expect(localeProblems(notifyMessages)).toEqual([])
})

test('what a mail holds is said in both languages', () => {
  const warnings = [
    'encrypted: PGP/MIME',
    'unchecked: S/MIME',
    'partial: 2 of 3',
    'winmail.dat: sent by Outlook as TNEF, kept as it is',
    'invitation: cancelled',
    'invitation: accepted (Bob <bob@example.org>)',
    'invitation: needs-action (Bob)',
  ]
  expect(warningTexts(warnings, 'en')).toEqual([
    'The mail is encrypted.',
    'The mail is signed with S/MIME; the signature was not checked.',
    'This is only a piece of a mail that was sent in several (2/3); the rest comes in mails of their own.',
    'The mail holds a winmail.dat of Outlook that could not be opened.',
    'The meeting is cancelled.',
    'Accepts the invitation: Bob <bob@example.org>',
    'Answers the invitation: Bob',
  ])
  for (const sentence of warningTexts(warnings, 'ru')) expect(sentence).toMatch(/[а-я]{3}/)
})
