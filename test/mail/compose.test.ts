// Composed mail is read back by an independent parser and compared with what went in.
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { sendable, wireAddress } from '../../core/mail/compose/address-header.ts'
import { automaticHeaders } from '../../core/mail/compose/automatic-headers.ts'
import { compose } from '../../core/mail/compose/compose.ts'
import type { OutgoingMail } from '../../core/mail/compose/compose.ts'
import { headerDate } from '../../core/mail/compose/header-date.ts'
import { readMail } from '../../core/mail/read.ts'
import { base, whole, wire } from './wire.ts'

test('a plain mail is read back as it was meant', async () => {
  const bytes = await wire({
    ...base,
    cc: [{ name: '', address: 'bob@client.example' }],
    replyTo: { name: '', address: 'support+x@romashka.example' },
    timezone: 'Europe/Moscow',
  })
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
      { filename: 'logo.png', contentType: 'image/png', contentId: 'logo@romashka', inline: true, source: whole('b0', png) },
      {
        filename: 'Договор № 5.pdf',
        contentType: 'application/pdf',
        source: [{ blob: 'b1', start: 8, end: 8 + encoded.length, from: 'base64', sizeBytes: file.length }],
      },
      { filename: 'empty.txt', contentType: 'text/plain; charset=koi8-r; x=y', source: [] },
    ],
  }
  const bytes = await wire(mail, { b0: png, b1: blob })
  const parsed = await simpleParser(bytes, { keepCidLinks: true })
  expect(String(parsed.html).trimEnd()).toBe(mail.html)
  expect(parsed.text?.trimEnd()).toBe('Здравствуйте!')
  expect(parsed.attachments.map((a) => [a.filename, a.contentType, a.cid, a.contentDisposition, a.related])).toEqual([
    ['logo.png', 'image/png', 'logo@romashka', 'inline', true],
    ['Договор № 5.pdf', 'application/pdf', undefined, 'attachment', undefined],
    ['empty.txt', 'text/plain', undefined, 'attachment', undefined],
  ])
  expect(parsed.attachments[0]?.content.equals(png)).toBe(true)
  expect(parsed.attachments[1]?.content.equals(file)).toBe(true)
  expect(compose(mail).segments.flatMap((s) => ('blob' in s ? [s.blob] : []))).toEqual(['b0', 'b1'])
  expect(JSON.stringify(compose(mail)).length).toBeLessThan(4000)
})

test('what would break the structure of a mail is flattened or refused', async () => {
  const bytes = await wire({
    ...base,
    subject: 'Hello\r\nBcc: evil@example.com\n\tX:\0y\u2028z',
    from: { name: 'A\r\nBcc: evil@example.com', address: 'a@b.example' },
    headers: [['X-Note', 'one\r\nBcc: evil@example.com']],
    attachments: [
      {
        filename: 'a"\r\nX-Evil: 1\r\n\r\n../b\u202efdp.exe',
        contentType: 'text/plain\r\nX-Evil: 1',
        contentId: 'x\r\ny',
        source: [],
      },
    ],
    references: ['<ok@x>', '<bad\r\nBcc: evil@example.com>', '<non-ascii-ё@x>', '<a b@x>', 'bare@x'],
    inReplyTo: '<parent@x>\r\n',
  })
  const parsed = await simpleParser(bytes)
  expect(parsed.subject).toBe('Hello Bcc: evil@example.com X: y z')
  expect(parsed.from?.value).toEqual([{ name: 'A Bcc: evil@example.com', address: 'a@b.example' }])
  expect(parsed.references).toEqual(['<ok@x>', '<bare@x>', '<parent@x>'])
  expect(parsed.inReplyTo).toBe('<parent@x>')
  expect(parsed.bcc).toBeUndefined()
  expect(parsed.headers.get('x-evil')).toBeUndefined()
  expect(parsed.attachments.map((a) => [a.filename, a.contentType, a.cid])).toEqual([
    ['a" X-Evil: 1 .._bfdp.exe', 'application/octet-stream', undefined],
  ])
  expect(bytes.toString()).not.toMatch(/^(bcc|x-evil):/im)

  for (const address of [
    'a@b.example\r\nRCPT TO:<c@d.example>',
    'a@b.example, c@d.example',
    '<a@b.example>',
    'a b@c.example',
    '',
    'a',
    'a@',
    '@b',
    'a@b@c.example',
  ]) {
    expect(() => compose({ ...base, to: [{ name: '', address }] })).toThrow(/address/)
  }
  for (const name of ['Bcc', 'bcc', 'Subject', 'Content-Type', 'Resent-Bcc', 'X-A\r\nBcc', 'X A', '', 'Ж', 'Return-Path']) {
    expect(() => compose({ ...base, headers: [[name, 'x']] })).toThrow(/header name/)
  }
  expect(() => compose({ ...base, messageId: '<a b@c>' })).toThrow(/Message-ID/)
  expect(() => compose({ ...base, dateMs: Number.NaN })).toThrow(RangeError)
  expect(() => compose({ ...base, timezone: 'Mars/Phobos' })).toThrow(RangeError)
})

test('a domain beyond ASCII leaves as punycode; a local part beyond ASCII says that it needs SMTPUTF8', async () => {
  const idn = { ...base, to: [{ name: '', address: 'info@Почта.рф' }] }
  expect(compose(idn).needsSmtpUtf8).toBe(false)
  expect((await wire(idn)).toString()).toContain('To: info@xn--80a1acny.xn--p1ai\r\n')
  const eai = { ...base, to: [{ name: 'Иван', address: 'иван@почта.рф' }] }
  expect(compose(eai).needsSmtpUtf8).toBe(true)
  expect((await wire(eai)).toString()).toContain('<иван@xn--80a1acny.xn--p1ai>\r\n')
  expect(wireAddress('x@１２７.０.０.１')).toBeNull()
  const people = ['a@b.example', 'a@почта.рф', '', 'a', 'a b@c.example', 'a@b..example'].map((address) => ({ name: '', address }))
  expect(sendable(people)).toEqual({ good: people.slice(0, 2), bad: people.slice(2) })
})

test('the references of a long thread are trimmed to its first and its last ids, under 4,096 octets', async () => {
  const references = Array.from({ length: 500 }, (_, i) => `<message-${i}.of.the.thread@client.example>`)
  const parsed = await simpleParser(await wire({ ...base, references, inReplyTo: '<message-499.of.the.thread@client.example>' }))
  const kept = parsed.references ?? []
  expect(kept[0]).toBe(references[0])
  expect(kept.slice(1)).toEqual(references.slice(500 - (kept.length - 1)))
  expect(kept.length).toBeGreaterThan(50)
  const header = /^References:.*\r\n(?:[ \t].*\r\n)*/m.exec((await wire({ ...base, references })).toString())?.[0] ?? ''
  expect(header.length).toBeLessThan(4096)
})

test('hidden recipients leave no trace, and a mail with only such names an empty group', async () => {
  expect((await wire({ ...base, to: [] })).toString()).toContain('To: undisclosed-recipients:;\r\n')
  expect((await wire({ ...base, to: [], cc: [{ name: '', address: 'a@b.example' }] })).toString()).not.toContain('undisclosed')
})

test('automatic mail says so, and says through whom it went', async () => {
  const parsed = await simpleParser(await wire({ ...base, headers: automaticHeaders('auto-replied', 'main') }))
  const header = (name: string): unknown => parsed.headers.get(name)
  expect([header('auto-submitted'), header('x-auto-response-suppress'), header('x-postern-loop'), header('precedence')]).toEqual([
    'auto-replied',
    'OOF, AutoReply',
    'main',
    undefined,
  ])
})

test('an attached mail goes as a file, since base64 is forbidden for message/rfc822', async () => {
  const raw = Buffer.from('Subject: hi\r\n\r\nhello\r\n')
  const mail: OutgoingMail = {
    ...base,
    attachments: [
      {
        filename: 'original',
        contentType: 'message/rfc822',
        source: [{ blob: 'raw', start: 0, end: raw.length, from: 'identity', sizeBytes: raw.length }],
      },
    ],
  }
  const bytes = await wire(mail, { raw })
  expect(bytes.toString()).toContain('Content-Type: application/octet-stream; name=original.eml\r\n')
  expect((await simpleParser(bytes)).attachments.map((a) => [a.filename, a.content.toString()])).toEqual([['original.eml', raw.toString()]])
})

test('bodies with odd lines arrive as they are', async () => {
  const text =
    [
      'From me',
      '.',
      '..',
      'trailing blank ',
      'tab\t',
      'x'.repeat(5000),
      `${'y'.repeat(74)}=ё`,
      `${'z'.repeat(75)}. `,
      'w'.repeat(76),
      'v'.repeat(77),
      '=_not a boundary',
      'ё'.repeat(400),
      '--',
      '-- ',
      '',
      'a=b',
      'control \u0007',
    ].join('\n') + '\n'
  const bytes = await wire({ ...base, text })
  expect((await simpleParser(bytes)).text).toBe(text)
  expect(bytes.toString()).not.toMatch(/^(From |\.)/m)
})

test('every attempt sends the same bytes, and other mail has other boundaries', async () => {
  const mail: OutgoingMail = { ...base, html: '<p>x</p>' }
  expect((await wire(mail)).equals(await wire(mail))).toBe(true)
  const marks = (bytes: Buffer): readonly string[] => [...bytes.toString().matchAll(/boundary="([^"]+)"/g)].map((m) => m[1] ?? '')
  const a = marks(await wire(mail))
  const b = marks(await wire({ ...mail, messageId: '<other@romashka.example>' }))
  expect(a.length).toBe(1)
  expect(a).not.toEqual(b)
})

test('the date is written in the given zone, across its changes', () => {
  const at = (iso: string, zone?: string): string => headerDate(Date.parse(iso), zone)
  expect(at('2026-09-21T09:00:00Z')).toBe('Mon, 21 Sep 2026 09:00:00 +0000')
  expect(at('2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('Sun, 25 Oct 2026 02:30:00 +0200')
  expect(at('2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('Sun, 25 Oct 2026 02:30:00 +0100')
  expect(at('2026-01-01T02:00:00Z', 'America/St_Johns')).toBe('Wed, 31 Dec 2025 22:30:00 -0330')
  expect(at('2026-01-01T02:00:00Z', 'Asia/Kathmandu')).toBe('Thu, 01 Jan 2026 07:45:00 +0545')
})

test('Postern reads what it wrote: people, thread, text, attachments as ranges, and that it was automatic', async () => {
  const file = Buffer.from('%PDF-1.7 ' + 'x'.repeat(3000))
  const mail: OutgoingMail = {
    ...base,
    to: [
      { name: 'Анна Ёлкина', address: 'anna@client.example' },
      { name: 'O\'Neil, Bob "B"', address: 'bob@client.example' },
    ],
    inReplyTo: '<q@client.example>',
    references: ['<root@client.example>'],
    html: '<p>Здравствуйте!</p>',
    headers: automaticHeaders('auto-replied', 'main'),
    attachments: [{ filename: 'Счёт за сентябрь.pdf', contentType: 'application/pdf', source: whole('pdf', file) }],
  }
  const bytes = await wire(mail, { pdf: file })
  const read = readMail(bytes)
  expect(read.from).toEqual(base.from)
  expect(read.to).toEqual(mail.to)
  expect([read.subject, read.messageId, read.dateMs]).toEqual(['Счёт', 'abc.def@romashka.example', base.dateMs])
  expect([read.inReplyTo, read.references]).toEqual([['q@client.example'], ['root@client.example', 'q@client.example']])
  expect(read.text.trimEnd()).toBe('Здравствуйте!')
  expect(read.html?.trimEnd()).toBe(mail.html)
  expect(read.kind).toBe('auto-reply')
  expect(read.attachments.map((a) => [a.filename, a.contentType, a.sizeBytes])).toEqual([
    ['Счёт за сентябрь.pdf', 'application/pdf', file.length],
  ])

  // Sent on by reference, the file is the same, and the range of the stored mail is all that is kept of it.
  const source = read.attachments.map(({ range, sizeBytes }) => ({
    blob: 'raw',
    start: range.start,
    end: range.end,
    from: range.encoding,
    sizeBytes,
  }))
  const onward = await wire({ ...base, attachments: [{ filename: 'f.pdf', contentType: 'application/pdf', source }] }, { raw: bytes })
  expect((await simpleParser(onward)).attachments[0]?.content.equals(file)).toBe(true)
})
