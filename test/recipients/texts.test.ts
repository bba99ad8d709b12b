import { expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { deskMessages } from '../../plugins/desk/notices.ts'
import { linkMessages } from '../../plugins/links/messages.ts'
import { recipientMessages } from '../../plugins/recipients/messages.ts'

test('notices, buttons and pages say everything in both languages', () => {
  for (const messages of [deskMessages, linkMessages, recipientMessages]) expect(localeProblems(messages)).toEqual([])
})
