// Where the signature of an agent begins below his commands, and what of a mail's end goes on.
import { expect, test } from 'vitest'
import { isSignature } from '../../plugins/agent-reply/signature.ts'
import { answer, vocabulary } from './rig.ts'

const reader = { vocabulary, agentName: 'Анна Смирнова' }

test.each([
  'Анна Смирнова',
  'С уважением,\nАнна',
  'С уважением, Анна Смирнова\nруководитель отдела продаж',
  'Best regards\nAnna Smirnova\n+7 495 000-00-00',
  '--\nАнна',
  '---\nАнна Смирнова\nООО «Ромашка»',
  '___\n+7 495 000-00-00',
  'Отправлено с iPhone',
  'Get Outlook for iOS<https://aka.ms/o0ukef>',
])('a signature: %j', (text) => {
  expect(isSignature(text.split('\n'), reader)).toBe(true)
})

test.each([
  'Анна Смирнова обещала ему перезвонить завтра до обеда.',
  'Анна Смирнова\nзвонила ему, он ждёт ответа до пятницы.',
  'С уважением отнёсся к просьбе',
  'Best regards from his boss too',
  '---\nпозвонить в пятницу',
  '---\nПозвонить',
  '______\nи ещё одно',
  'позвонить',
])('no signature: %j', (text) => {
  expect(isSignature(text.split('\n'), reader)).toBe(false)
})

test.each([
  ['@заметка раз\n---\nдва\n\nС уважением,\nАнна Смирнова', 'раз\n---\nдва', ['С уважением,', 'Анна Смирнова']],
  ['@note one\n\nАнна Смирнова called him about it twice.\n\nthree', 'one\n\nАнна Смирнова called him about it twice.\n\nthree', []],
  ['@заметка передать дело:\nАнна Смирнова', 'передать дело:\nАнна Смирнова', []],
  ['@note call him\n\nSent from my iPhone', 'call him', ['Sent from my iPhone']],
])('a note ends at a signature only, and what was taken off is known: %j', (text, value, signature) => {
  const read = answer(text)
  expect([read.commands.map((c) => c.value), read.signature]).toEqual([[value], signature])
})
