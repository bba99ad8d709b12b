import { expect, test } from 'vitest'
import { createParsePool } from '../../core/engine/intake/parse-pool.ts'
import { readMail } from '../../core/mail/read.ts'
import { mail, ordinary, parts } from './mails.ts'

test('our own marker cuts the reply when the reader is told of it', async () => {
  const raw = mail(ordinary, 'New words', '', '== answer above ==', 'old words')
  const options = { markers: ['== answer above =='] }
  expect(readMail(raw, options).reply.text).toBe('New words')
  const pool = createParsePool({ workers: 1 })
  expect(await pool.read(raw, options)).toMatchObject({ ok: true, mail: { reply: { text: 'New words' } } })
  await pool.stop()
})

test('the envelope tells a bounce where the header does not', () => {
  const raw = mail(
    ['From: noreply@far.example', 'To: help@desk.example', 'Subject: Mail'],
    'Your mail could not be delivered to: <bob@far.example>',
    'As the mailbox is full.',
    '',
    '550 5.2.2 full for <bob@far.example>',
  )
  expect(readMail(raw).verdicts.bounce).toBe(false)
  expect(readMail(raw, { envelopeFrom: '' })).toMatchObject({
    kind: 'bounce',
    bounce: { recipients: [{ address: 'bob@far.example', status: '5.2.2' }] },
  })
})

test('a forward is read as one', () => {
  const read = readMail(
    mail(
      [...ordinary.slice(0, 2), 'Subject: Fwd: Invoice', 'Content-Type: text/plain; charset=utf-8'],
      'FYI',
      '',
      '---------- Forwarded message ---------',
      'From: Bob <bob@far.example>',
      'Date: Mon, 21 Sep 2026 at 09:00',
      'Subject: Invoice',
      'To: <ann@example.org>',
      '',
      'Please pay.',
    ),
  )
  expect(read.reply).toMatchObject({ text: 'FYI', forwarded: true })
  expect(read.reply.quoted).toContain('Please pay.')
})

test('an html mail in koi8-r with a quoted answer gives the new words in both forms', () => {
  const html = '<div>Спасибо!</div><blockquote type="cite">старое</blockquote>'
  const read = readMail(
    mail(
      [...ordinary, 'In-Reply-To: <old@desk.example>', 'Content-Type: multipart/alternative; boundary=b'],
      parts('Content-Type: text/plain; charset=utf-8\n\nСпасибо!\n\n> старое', `Content-Type: text/html; charset=utf-8\n\n${html}`),
    ),
  )
  expect(read.reply.text).toBe('Спасибо!')
  expect(read.reply.html).toContain('Спасибо!')
  expect(read.html).toBe(html)
})
