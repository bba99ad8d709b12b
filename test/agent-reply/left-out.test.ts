// What of an agent's mail did not reach the customer is told to him, unless it is a quote of ours or a signature of his.
import { afterEach, expect, test } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { answerAs, desk, lastTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const told = async (gateway: TestGateway, who: string): Promise<string> =>
  (await gateway.sentTo(`${who}@agents.test`)).map((m) => m.mail.text ?? '').join('\n')

test('words below the line of a phone are told, since they were not sent', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Turn it off.\n\nSent from my iPhone\n\nAnd unplug the red cable for ten minutes.')
  expect((await g.sentTo('carl@customer.test'))[0]?.mail.text?.trim()).toBe('Turn it off.')
  expect(await told(g, 'anna')).toContain(
    'This part of your mail was left out; if it was meant for the customer, please send it again:\nAnd unplug the red cable',
  )
})

test('words below the quoted notification are told in the language of the agent', async () => {
  g = await desk()
  const notification = await lastTo(g, 'boris')
  const old = (notification.mail.text ?? '').replace(/^/gm, '> ')
  await answerAs(g, 'boris', '', {
    answers: notification,
    text: `Выключите.\n\n21.09.2026 12:00, Example Support пишет:\n${old}\n\nИ проверьте красный кабель сегодня же.`,
  })
  expect((await g.sentTo('carl@customer.test'))[0]?.mail.text?.trim()).toBe('Выключите.')
  expect(await told(g, 'boris')).toContain(
    'Эта часть вашего письма не отправлена; если она для клиента, отправьте её, пожалуйста, ещё раз:\nИ проверьте',
  )
})

test('a signature with a sentence in it is told once, then it is known', async () => {
  g = await desk()
  const text = 'Turn it off.\n\n-- \nAnna\nWe are the best team that you could ever ask for help.'
  await answerAs(g, 'anna', text)
  expect(await told(g, 'anna')).toContain('This was taken for your signature and left out.')
  await g.mail({ from: 'Dora <dora@customer.test>', to: 'support@example.test', subject: 'Other', text: 'Broken too' })
  await answerAs(g, 'anna', text, { answers: await lastTo(g, 'anna') })
  expect(await told(g, 'anna')).toBe('')
})

test('names, titles and numbers below the delimiter need no word', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Turn it off.\n\n-- \nAnna Smith\nHead of Support, Example Ltd.\n+1 555 0100\nhttps://example.test')
  expect(await told(g, 'anna')).toBe('')
})
