// Content in containers: invitations, winmail.dat, opaque S/MIME, AppleDouble, pieces of mails, files without names.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readInvitation } from '../../core/mail/containers/invitation.ts'
import { readCms } from '../../core/mail/containers/signed-data.ts'
import { readTnef } from '../../core/mail/containers/tnef.ts'
import { nameFor } from '../../core/mail/file-name.ts'
import { readMail } from '../../core/mail/read.ts'
import { mail, ordinary, parts } from './mails.ts'

const event = (method: string, ...lines: readonly string[]): string =>
  [
    'BEGIN:VCALENDAR',
    `METHOD:${method}`,
    'BEGIN:VTIMEZONE',
    'DTSTART:19700101T000000',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\n')
const fair = [
  'DTSTART;TZID=Europe/Berlin:20261201T100000',
  'DTEND;TZID=Europe/Berlin:20261201T113000',
  'SUMMARY:Stand at the fair\\, hall 3',
  'LOCATION:Room 5',
  'ORGANIZER;CN="Lee, Ann":mailto:ann@example.org',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Bob:mailto:bob@example.org',
  'ATTENDEE:mailto:help@desk.example',
  'BEGIN:VALARM',
  'DESCRIPTION:alarm',
  'END:VALARM',
  'DESCRIPTION:Please bring\\nthe pap',
  ' ers.',
]
const calendar = (method: string): string => `text/calendar; method=${method}; charset=utf-8`

describe('an invitation', () => {
  test('that is all of the mail is its text', () => {
    const read = readMail(mail([...ordinary, `Content-Type: ${calendar('REQUEST')}`], event('REQUEST', ...fair)))
    expect(read.text).toBe(
      'Stand at the fair, hall 3\n2026-12-01 10:00 – 11:30 (Europe/Berlin)\nRoom 5\nLee, Ann <ann@example.org> → Bob <bob@example.org>, help@desk.example\n\nPlease bring\nthe papers.',
    )
    expect(read).toMatchObject({ kind: 'normal', attachments: [{ shownName: 'text.ics' }] })
  })
  test('beside words is a file', () => {
    const read = readMail(
      mail(
        [...ordinary, 'Content-Type: multipart/alternative; boundary=b'],
        parts('\nCome to the fair', `Content-Type: ${calendar('REQUEST')}\n\n${event('REQUEST', ...fair)}`),
      ),
    )
    expect(read).toMatchObject({ text: 'Come to the fair', attachments: [{ contentType: 'text/calendar' }] })
  })
  test.each([
    ['a day', ['DTSTART;VALUE=DATE:20261201', 'SUMMARY:Day'], 'Day\n2026-12-01'],
    ['UTC', ['DTSTART:20261201T090000Z', 'SUMMARY:Call'], 'Call\n2026-12-01 09:00 (UTC)'],
    ['two days', ['DTSTART:20261201T090000', 'DTEND:20261202T100000'], '2026-12-01 09:00 – 2026-12-02 10:00'],
  ])('%s', (_, lines, text) => {
    expect(readInvitation(event('PUBLISH', ...lines)).text).toBe(text)
  })
  test('its answer is nobody’s words: it says who accepts, and is automatic', () => {
    for (const type of [calendar('REPLY'), 'text/calendar']) {
      const read = readMail(
        mail(
          ['From: Bob <bob@example.org>', 'Subject: Accepted: Fair', `Content-Type: ${type}`],
          event('REPLY', 'SUMMARY:Fair', 'ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@example.org'),
        ),
      )
      expect(read).toMatchObject({
        kind: 'auto-reply',
        evidence: ['calendar: METHOD:REPLY'],
        warnings: ['invitation: accepted (Bob <bob@example.org>)'],
      })
    }
    expect(readMail(mail([...ordinary, `Content-Type: ${calendar('REQUEST')}`], event('REQUEST', ...fair))).verdicts.autoReply).toBe(false)
  })
  test('a cancellation says so', () => {
    expect(readMail(mail([...ordinary, `Content-Type: ${calendar('CANCEL')}`], event('CANCEL', 'SUMMARY:Fair')))).toMatchObject({
      text: 'Fair',
      warnings: ['invitation: cancelled'],
    })
  })
})

/** One attribute of TNEF. */
function attribute(level: number, id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUInt8(level, 0)
  head.writeUInt32LE(id, 1)
  head.writeUInt32LE(value.length, 5)
  return Buffer.concat([head, value, Buffer.alloc(2)])
}
const u32 = (...n: readonly number[]): Buffer => Buffer.concat(n.map((v) => Buffer.from(new Uint32Array([v]).buffer)))
const padded = (b: Buffer): Buffer => Buffer.concat([b, Buffer.alloc((4 - (b.length % 4)) % 4)])
const text16 = (id: number, s: string): Buffer => {
  const value = Buffer.from(`${s}\0`, 'utf16le')
  return Buffer.concat([u32((id << 16) | 0x1f, 1, value.length), padded(value)])
}
const properties = (...list: readonly Buffer[]): Buffer => Buffer.concat([u32(list.length), ...list])
const named = Buffer.concat([u32(((0x8005 << 16) | 3) >>> 0), Buffer.alloc(16), u32(1, 6), padded(Buffer.from('x\0y\0z\0')), u32(7)])
const tnef = (...attributes: readonly Buffer[]): Buffer => Buffer.concat([u32(0x223e9f78), Buffer.alloc(2), ...attributes])
const file = Buffer.from('terms of the contract\n')
const winmail = (body: Buffer): Buffer =>
  tnef(
    attribute(1, 0x00069007, u32(1251, 0)),
    body,
    attribute(2, 0x00069002, Buffer.alloc(14)),
    attribute(2, 0x00018010, Buffer.from('CONTR~1.TXT\0')),
    attribute(2, 0x0006800f, file),
    attribute(2, 0x00069005, properties(named, text16(0x3707, 'Договор.txt'), text16(0x370e, 'text/plain'))),
  )

describe('winmail.dat', () => {
  const sent = (bytes: Buffer, ...words: readonly string[]): Buffer =>
    mail(
      [...ordinary, 'Content-Type: multipart/mixed; boundary=b'],
      parts(
        ...words.map((w) => `\n${w}`),
        `Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n${bytes.toString('base64').replace(/.{76}/g, '$&\n')}`,
      ),
    )
  test.each([
    ['the old body', attribute(1, 0x0002800c, Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0]))],
    ['a property', attribute(1, 0x00069003, properties(named, text16(0x1000, 'Привет')))],
  ])('gives its text and its files: %s', (_, body) => {
    const read = readMail(sent(winmail(body)))
    expect(read).toMatchObject({ text: 'Привет', warnings: [] })
    expect(read.attachments.map((a) => [a.filename, a.contentType, a.sizeBytes])).toEqual([
      ['winmail.dat', 'application/ms-tnef', expect.any(Number)],
      ['Договор.txt', 'text/plain', file.length],
    ])
    expect(read.attachments[1]?.content && Buffer.from(read.attachments[1].content)).toEqual(file)
  })
  test('does not displace the words of the mail', () => {
    expect(readMail(sent(winmail(attribute(1, 0x0002800c, Buffer.from('other\0'))), 'My words')).text).toBe('My words')
  })
  test('gives html', () => {
    const html = Buffer.from('<p>Dear all</p>')
    const body = attribute(1, 0x00069003, properties(Buffer.concat([u32((0x1013 << 16) | 0x102, 1, html.length), padded(html)])))
    expect(readMail(sent(winmail(body)))).toMatchObject({ html: '<p>Dear all</p>', text: 'Dear all' })
  })
  test('that is none stays closed, and is said to', () => {
    expect(readMail(sent(Buffer.from('no tnef'))).warnings).toEqual(['winmail.dat: sent by Outlook as TNEF, kept as it is'])
  })
  test('whatever it holds, it is read or left', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (noise, at) => {
        const bytes = winmail(attribute(1, 0x00069003, properties(named, text16(0x1000, 'x'))))
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length))
        readTnef(bytes)
        readTnef(tnef(Buffer.from(noise)))
      }),
      { numRuns: 500 },
    )
  })
})

/** DER. */
const der = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(content)
  const length = body.length < 128 ? [body.length] : [0x83, body.length >> 16, (body.length >> 8) & 255, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const ber = (tag: number, ...content: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from([tag, 0x80]), ...content, Buffer.alloc(2)])
const oid = (hex: string): Buffer => der(6, Buffer.from(hex, 'hex'))
const signed = (octets: Buffer, make: typeof der = der): Buffer =>
  make(
    0x30,
    oid('2a864886f70d010702'),
    make(0xa0, make(0x30, der(2, Buffer.from([1])), der(0x31), make(0x30, oid('2a864886f70d010701'), make(0xa0, octets)), der(0x31))),
  )
const entity = Buffer.from(
  'Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nInner words\r\n--i\r\nContent-Type: a/b; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nMTIzNDU=\r\n--i--\r\n',
)
const opaque = (cms: Buffer, type = 'application/pkcs7-mime; smime-type=signed-data; name=smime.p7m'): Buffer =>
  mail([...ordinary, `Content-Type: ${type}`, 'Content-Transfer-Encoding: base64'], cms.toString('base64').replace(/.{76}/g, '$&\n'))

describe('opaque S/MIME', () => {
  test.each([
    ['DER', signed(der(4, entity))],
    ['BER in pieces', signed(ber(0x24, der(4, entity.subarray(0, 50)), der(4, entity.subarray(50))), ber)],
    [
      'signed twice',
      signed(
        der(
          4,
          Buffer.concat([
            Buffer.from('Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
            Buffer.from(signed(der(4, entity)).toString('base64')),
          ]),
        ),
      ),
    ],
  ])('is read without checking the signature, and said so: %s', (_, cms) => {
    const read = readMail(opaque(cms))
    expect(read).toMatchObject({ text: 'Inner words', warnings: ['signed: S/MIME', 'unchecked: S/MIME'] })
    const inner = read.attachments.find((a) => a.filename === 'x.bin')
    expect(inner?.content && Buffer.from(inner.content).toString()).toBe('12345')
  })
  test('without a parameter that says what it is', () => {
    expect(readMail(opaque(signed(der(4, entity)), 'application/x-pkcs7-mime')).text).toBe('Inner words')
    expect(readMail(opaque(signed(der(4, entity)), 'application/octet-stream; name=smime.p7m')).text).toBe('Inner words')
  })
  test('that is encrypted stays closed', () => {
    expect(readMail(opaque(der(0x30, oid('2a864886f70d010703')), 'application/pkcs7-mime'))).toMatchObject({
      text: '',
      warnings: ['encrypted: S/MIME'],
    })
  })
  test('is what openssl writes', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cms-'))
    const at = (name: string): string => path.join(folder, name)
    try {
      writeFileSync(at('in'), entity)
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('key'), '-out', at('cert'), '-subj', '/CN=a', '-days', '1'],
        { stdio: 'ignore' },
      )
      for (const extra of [[], ['-stream']]) {
        execFileSync('openssl', [
          'cms',
          '-sign',
          '-nodetach',
          '-binary',
          '-in',
          at('in'),
          '-signer',
          at('cert'),
          '-inkey',
          at('key'),
          '-outform',
          'DER',
          '-out',
          at('out'),
          ...extra,
        ])
        const cms = readCms(readFileSync(at('out')))
        expect(cms.kind === 'signed' && Buffer.from(cms.content)).toEqual(entity)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  test('nested without end, and noise, cost no more than their size', () => {
    const start = performance.now()
    expect(readCms(Buffer.concat(Array.from({ length: 500_000 }, () => Buffer.from([0x30, 0x80])))).kind).toBe('other')
    readCms(signed(ber(0x24, Buffer.concat(Array.from({ length: 1_000_000 }, () => Buffer.from([4, 0])))), ber))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => void readCms(noise)),
      { numRuns: 500 },
    )
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('other containers and files', () => {
  const mixed = (...list: readonly string[]): ReturnType<typeof readMail> =>
    readMail(mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], parts(...list)))
  test('of an AppleDouble the file is attached, not the fork', () => {
    const double = (type: string): string =>
      `Content-Type: multipart/appledouble; boundary=a\n\n--a\nContent-Type: application/applefile; name=x\n\nfork\n--a\nContent-Type: ${type}; name=x\n\nfile\n--a--`
    for (const type of ['image/png', 'text/plain'])
      expect(mixed('\nHello', double(type))).toMatchObject({ text: 'Hello', attachments: [{ filename: 'x', contentType: type }] })
  })
  test('a piece of a mail says which', () => {
    expect(readMail(mail([...ordinary, 'Content-Type: message/partial; id=x@y; number=2; total=3'], 'rest of it')).warnings).toEqual([
      'partial: 2 of 3',
    ])
  })
  test.each([
    'Content-Type: text/plain; name=a.log\nContent-Disposition: inline; filename=a.log',
    'Content-Type: text/plain; name=a.log\nContent-Disposition: inline',
    'Content-Type: text/plain; name=a.log',
    'Content-Type: text/html; name=a.log\nContent-Disposition: attachment',
  ])('a text with a name behind words is a file: %s', (head) => {
    const read = mixed('\nMy words', `${head}\n\nOn Monday, root wrote:\n> reset`)
    expect([read.text, read.reply.text, ...read.attachments.map((a) => a.shownName)]).toEqual(['My words', 'My words', 'a.log'])
  })
  test('a text with a name is the body where there is no other', () => {
    expect(mixed('Content-Type: text/plain; name=body.txt\n\nMy words')).toMatchObject({ text: 'My words', attachments: [] })
    expect(mixed('\n  ', 'Content-Type: text/plain; name=body.txt\n\nMy words').text.trim()).toBe('My words')
  })
  test('a mail whose own text is blank has the text of the one enclosed', () => {
    expect(mixed('\n ', 'Content-Type: message/rfc822\n\nSubject: inner\n\ninner words').text.trim()).toBe('inner words')
  })
  test('files without a name get one', () => {
    const read = mixed(
      '\nx',
      'Content-Type: image/jpeg\nContent-Disposition: inline; filename="=?utf-8?b??="\n\nx',
      'Content-Type: message/rfc822\n\nSubject: Old/offer: 12\n\nx',
      'Content-Type: message/rfc822\n\nFrom: a@example.org\n\nx',
      'Content-Type: application/pdf\n\nx',
      'Content-Type: application/octet-stream\n\nx',
    )
    expect(read.attachments.map((a) => a.shownName)).toEqual(['image.jpg', 'Old offer 12.eml', 'message.eml', 'file.pdf', 'file.bin'])
    expect([nameFor('audio/mpeg'), nameFor('message/rfc822', ' \u202e ')]).toEqual(['audio.mp3', 'message.eml'])
  })
})
