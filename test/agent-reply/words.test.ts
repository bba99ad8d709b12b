import { expect, test } from 'vitest'
import { contactsStart, onlyLine } from '../../plugins/agent-reply/reply-content.ts'
import { vocabulary } from './rig.ts'

const reader = { vocabulary, agentName: 'Анна Смирнова' }

const without = (text: string): string => {
  const lines = text.split('\n')
  return lines.slice(0, contactsStart(lines, 'Анна Смирнова')).join('\n')
}

test.each([
  ['Ответ\n\nС уважением,\nАнна Смирнова\nООО Ромашка\n+7 495 000-00-00', 'Ответ\n\nС уважением,\nАнна Смирнова'],
  ['Ответ\n\nАнна Смирнова\nanna@agents.test', 'Ответ\n\nАнна Смирнова'],
  ['Ответ\n\nАнна Смирнова', 'Ответ\n\nАнна Смирнова'],
  ['Ответ\n\nАнна Смирнова\nП.С. Звоните: +7 495 000-00-00', 'Ответ\n\nАнна Смирнова\nП.С. Звоните: +7 495 000-00-00'],
  ['Ответственная:\nАнна Смирнова\nСрок: пятница', 'Ответственная:\nАнна Смирнова\nСрок: пятница'],
  ['Пишите Анне Смирновой\nna@agents.test', 'Пишите Анне Смирновой\nna@agents.test'],
])('contact lines below the name at the end are no words: %#', (text, kept) => {
  expect(without(text)).toBe(kept)
})

test('the only line of a mail is found above a signature', () => {
  expect(onlyLine('\nsend\n\nAnna\n+1', reader)?.line).toBe('send')
  expect(onlyLine('send\n-- \nAnna', reader)?.line).toBe('send')
  expect(onlyLine('send\nme more', reader)).toBeNull()
  expect(onlyLine('', reader)).toBeNull()
})
