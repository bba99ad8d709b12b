// Composed mail is read back by an independent parser and compared with what went in.
import { createHash } from 'node:crypto'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { automaticHeaders } from '../../core/mail/compose/automatic-headers.ts'
import { compose } from '../../core/mail/compose/compose.ts'
import type { OutgoingMail } from '../../core/mail/compose/compose.ts'
import { assemble, assembleStream, blobsOf } from '../../core/mail/compose/segments.ts'

const base: OutgoingMail = {
  from: { name: 'Поддержка «Ромашка»', address: 'support@romashka.example' },
  to: [{ name: 'Anna, the "boss"', address: 'anna@client.example' }],
  subject: 'Счёт',
  messageId: '<abc.def@romashka.example>',
  dateMs: Date.parse('2026-09-21T09:00:00Z'),
  text: 'Здравствуйте!\n',
}

const noBlobs = (): Promise<Uint8Array> => Promise.reject(new Error('no blobs here'))

async function wire(mail: OutgoingMail, blobs: Readonly<Record<string, Uint8Array>> = {}): Promise<Buffer> {
  const composed = compose(mail)
  const stored: typeof composed = JSON.parse(JSON.stringify(composed)) // what a row of the outbox gives back
  const bytes = await assemble(stored.segments, (id) => {
    const blob = blobs[id]
    return blob ? Promise.resolve(blob) : noBlobs()
  })
  expect(bytes.length).toBe(composed.sizeBytes)
  expectCleanLines(bytes)
  return bytes
}

function expectCleanLines(bytes: Buffer): void {
  const text = bytes.toString('latin1')
  expect(text.endsWith('\r\n')).toBe(true)
  const lines = text.split('\r\n')
  for (const line of lines) {
    expect(line).not.toMatch(/[\r\n\0]/)
    expect(line.length).toBeLessThanOrEqual(998)
  }
}

test('a plain mail is read back as it was meant', async () => {
  const bytes = await wire({ ...base, cc: [{ name: '', address: 'bob@client.example' }], replyTo: { name: '', address: 'support+x@romashka.example' }, timezone: 'Europe/Moscow' })
  const parsed = await simpleParser(bytes)
  expect(parsed.from?.value).toEqual([{ ...base.from }])
  expect(parsed.to).toMatchObject({ value: base.to })
  expect(parsed.cc).toMatchObject({ value: [{ name: '', address: 'bob@client.example' }] })
  expect(parsed.replyTo?.value).toEqual([{ name: '', address: 'support+x@romashka.example' }])
  expect(parsed.subject).toBe('Счёт')
  expect(parsed.messageId).toBe(base.messageId)
  expect(parsed.date?.getTime()).toBe(base.dateMs)
  expect(bytes.toString()).toContain('Date: Mon, 21 Sep 2026 12:00:00 +0300\r\n')
  expect(parsed.text).toBe(base.text)
  expect(parsed.attachments).toEqual([])
})

test('text, HTML, inline image and attachments find their places', async () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3])
  const file = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256))
  const encoded = Buffer.from(file.toString('base64').replace(/.{76}/g, '$&\r\n'))
  const blob = Buffer.concat([Buffer.from('head\r\n\r\n'), encoded, Buffer.from('\r\n--x--\r\n')])
  const mail: OutgoingMail = {
    ...base,
    html: '<p>Привет <img src="cid:logo@romashka"></p>',
    attachments: [
      { filename: 'logo.png', contentType: 'image/png', contentId: 'logo@romashka', inline: true, content: png },
      { filename: 'Договор № 5.pdf', contentType: 'application/pdf', source: [{ blob: 'b1', start: 8, end: 8 + encoded.length, from: 'base64', sizeBytes: file.length }] },
      { filename: 'empty.txt', contentType: 'text/plain; charset=koi8-r; x=y', source: [] },
    ],
  }
  const bytes = await wire(mail, { b1: blob })
  const parsed = await simpleParser(bytes, { keepCidLinks: true })
  expect(String(parsed.html).trimEnd()).toBe(mail.html)
  expect(parsed.text?.trimEnd()).toBe('Здравствуйте!')
  expect(parsed.attachments.map((a) => [a.filename, a.contentType, a.cid, a.contentDisposition, a.related])).toEqual([
    ['logo.png', 'image/png', 'logo@romashka', 'inline', true],
    ['Договор № 5.pdf', 'application/pdf', undefined, 'attachment', false],
    ['empty.txt', 'text/plain', undefined, 'attachment', false],
  ])
  expect(parsed.attachments[0]?.content.equals(png)).toBe(true)
  expect(parsed.attachments[1]?.content.equals(file)).toBe(true)
  expect(blobsOf(compose(mail).segments)).toEqual(['b1'])
  expect(JSON.stringify(compose(mail)).length).toBeLessThan(4000)
})
