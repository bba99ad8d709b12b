import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attachmentBytes } from '../../core/mail/content.ts'
import { LimitError } from '../../core/mail/limits.ts'
import { readHeaders, readMail } from '../../core/mail/read.ts'
import { mail, ordinary, parts } from './mails.ts'
import { runs } from '../support/runs.ts'

const names = (raw: Buffer): readonly string[] => readMail(raw).attachments.map((a) => a.filename)

describe('the header', () => {
  test('is read into facts', () => {
    const read = readMail(
      mail(
        [
          ...ordinary,
          'Reply-To: a@b.example',
          'In-Reply-To: <0@example.org>',
          'References: <x@y> <0@example.org>',
          'Return-Path: <ann@example.org>',
        ],
        'Hello',
      ),
    )
    expect(read).toMatchObject({
      from: { address: 'ann@example.org', name: 'Ann Lee' },
      fromCount: 1,
      subject: 'Order 17',
      messageId: '1@example.org',
      inReplyTo: ['0@example.org'],
      references: ['x@y', '0@example.org'],
      dateMs: Date.UTC(2026, 8, 21, 7),
      returnPath: 'ann@example.org',
      kind: 'normal',
      text: 'Hello',
      html: null,
      warnings: [],
      limits: [],
    })
  })
  test.each([
    ['LF', 'From: a@example.org\nSubject: x\n y\n\nbody'],
    ['CRLF', 'From: a@example.org\r\nSubject: x\r\n y\r\n\r\nbody'],
    ['bare CR', 'From: a@example.org\rSubject: x\r y\r\rbody'],
    ['mixed', 'From: a@example.org\r\nSubject: x\n y\n\r\nbody'],
    ['CR CR LF', 'From: a@example.org\r\r\nSubject: x\r\r\n y\r\r\n\r\r\nbody'],
    ['an mbox line before it', 'From a@example.org Mon Sep 21 10:00:00 2026\nFrom: a@example.org\nSubject: x\n y\n\nbody'],
    ['a byte order mark', '\ufeffFrom: a@example.org\nSubject: x\n y\n\nbody'],
    ['empty lines before it', '\n\nFrom: a@example.org\nSubject: x\n y\n\nbody'],
    ['a blank before the colon', 'From : a@example.org\nSubject : x y\n\nbody'],
  ])('survives %s', (_, raw) => {
    expect(readMail(Buffer.from(raw))).toMatchObject({ from: { address: 'a@example.org' }, subject: 'x y', text: 'body' })
  })
  test('a line that is no field does not end it when fields follow', () => {
    expect(readMail(Buffer.from('Subject: x\nrubbish here\nFrom: a@example.org\n\nbody'))).toMatchObject({
      subject: 'x',
      from: { address: 'a@example.org' },
      text: 'body',
    })
  })
  test('a missing empty line begins the body', () => {
    expect(readMail(Buffer.from('From: a@example.org\nSubject: x\nDear all,\nthis is it')).text).toBe('Dear all,\nthis is it')
  })
  test('several From fields are counted and flagged', () => {
    const read = readMail(mail([...ordinary, 'From: eve@evil.example'], 'x'))
    expect(read).toMatchObject({ from: { address: 'ann@example.org' }, fromCount: 2 })
    expect(read.warnings).toContain('from: 2 addresses')
  })
  test.each<[string, string[]]>([
    ['two addresses without a comma', ['From: ann@example.org eve@evil.example']],
    ['an address behind the brackets', ['From: Ann <ann@example.org> eve@evil.example']],
    ['two fields', ['From: ann@example.org', 'From: eve@evil.example']],
    ['two with a comma', ['From: ann@example.org, eve@evil.example']],
  ])('several senders are counted: %s', (_, from) => {
    const read = readMail(mail([...from, 'To: help@desk.example'], 'x'))
    expect(read.fromCount).toBe(2)
    expect(read.warnings).toContain('from: 2 addresses')
  })
  test('who cannot be written to is named', () => {
    const raw = mail(
      [
        'From: ann@example.org',
        'To: help@desk.example, ann lee@example.org, Bob',
        'Cc: c@example.org d@example.org, <e@>, undisclosed-recipients:;',
      ],
      'x',
    )
    const read = readMail(raw)
    expect(read.unreachable).toEqual(['Bob', '<e@>', 'd@example.org'].map((t) => t.replace('<e@>', 'e@')))
    expect(read.warnings).toEqual(read.unreachable.map((who) => `copy: cannot be written to (${who})`))
    expect(readMail(mail(['From: Ann <ann lee@example.org>', 'To: help@desk.example'], 'x')).warnings).toEqual([
      'from: cannot be written to (ann lee@example.org)',
    ])
    expect(readMail(mail(['From: Ann <ann@example\u3002org>', 'To: help@desk.example'], 'x')).warnings).toContain(
      'from: the domain looks like another (example\u3002org shows as example.org)',
    )
  })
  test('ids in encoded words are those ids', () => {
    const word = (text: string) =>
      `=?utf-8?q?${text.replace(/[^a-z0-9-]/g, (c) => `=${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`)}?=`
    expect(
      readMail(
        mail(
          [
            'From: ann@example.org',
            `Message-ID: ${word('<a-long-id')}\n ${word('-of-mine@example.org>')}`,
            `In-Reply-To: =?us-ascii?B?${Buffer.from('<7@desk.example>').toString('base64')}?=`,
            `References: ${word('<6@desk.example>')}\n ${word(' <7@desk.example>')}`,
          ],
          'x',
        ),
      ),
    ).toMatchObject({
      messageId: 'a-long-id-of-mine@example.org',
      inReplyTo: ['7@desk.example'],
      references: ['6@desk.example', '7@desk.example'],
    })
  })
  test('In-Reply-To without brackets is an id, unless it is somebody here', () => {
    const inReplyTo = (value: string) => readMail(mail([...ordinary, `In-Reply-To: ${value}`], 'x')).inReplyTo
    expect(inReplyTo('7@desk.example')).toEqual(['7@desk.example'])
    expect(inReplyTo(' 20260921.7@desk.example ')).toEqual(['20260921.7@desk.example'])
    expect(inReplyTo('help@desk.example')).toEqual([])
    expect(inReplyTo('7')).toEqual([])
  })
  test('In-Reply-To with prose gives its id only', () => {
    expect(readMail(mail([...ordinary, 'In-Reply-To: Your message of "Mon, 21 Sep" <7@example.org>'], 'x')).inReplyTo).toEqual([
      '7@example.org',
    ])
    expect(readMail(mail([...ordinary, 'In-Reply-To: your mail of Monday'], 'x')).inReplyTo).toEqual([])
    expect(
      readMail(mail([...ordinary, 'In-Reply-To: Message from Ann <ann@example.org> of Monday <7@example.org>'], 'x')).inReplyTo,
    ).toEqual(['7@example.org'])
    expect(
      readMail(mail([...ordinary, 'In-Reply-To: Message from Ann <ann@example.org>', 'References: <7@example.org>'], 'x')),
    ).toMatchObject({ inReplyTo: [], references: ['7@example.org'] })
    expect(readMail(mail([...ordinary, 'In-Reply-To: ann@example.org', 'References: ann@example.org'], 'x'))).toMatchObject({
      inReplyTo: [],
      references: [],
    })
  })
})

describe('the text', () => {
  test('plain and html of an alternative are one text in two forms', () => {
    const read = readMail(
      mail(
        [...ordinary, 'Content-Type: multipart/alternative; boundary=b'],
        parts('Content-Type: text/plain\n\nHello', 'Content-Type: text/html\n\n<p>Hello</p>'),
      ),
    )
    expect(read).toMatchObject({ text: 'Hello', html: '<p>Hello</p>', attachments: [] })
  })
  test('html alone gives text as well', () => {
    expect(readMail(mail([...ordinary, 'Content-Type: text/html; charset=utf-8'], '<p>Привет</p><p>Анна</p>')).text).toMatch(
      /^Привет\s+Анна$/,
    )
  })
  test('quoted-printable and base64 are taken off', () => {
    expect(
      readMail(
        mail(
          [...ordinary, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'],
          '=D0=9F=D1=80=D0=B8=\n=D0=B2=D0=B5=D1=82 =3D 100%=20',
        ),
      ).text,
    ).toBe('Привет = 100% ')
    expect(
      readMail(
        mail(
          [...ordinary, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: BASE64'],
          Buffer.from('Привет').toString('base64'),
        ),
      ).text,
    ).toBe('Привет')
    expect(readMail(mail([...ordinary, 'Content-Transfer-Encoding: base64'], 'This is no base64 at all, (really).')).text).toBe(
      'This is no base64 at all, (really).',
    )
  })
  test('soft-broken lines are joined, an answer below a soft-broken quote is not', () => {
    const flowed = [...ordinary, 'Content-Type: text/plain; format=flowed']
    expect(readMail(mail(flowed, '> Hi ', 'Hello ', 'there', '> a ', '> b', '>> c', '-- ', 'Ann')).text).toBe(
      '> Hi \nHello there\n> a b\n>> c\n-- \nAnn',
    )
    expect(
      readMail(mail([...ordinary, 'Content-Type: text/plain; format=flowed; delsp=yes'], 'long ', 'word', ' >not a quote', '')).text,
    ).toBe('longword\n>not a quote')
  })
  test('an enclosed mail is an attachment, and the text only where there is no other', () => {
    const enclosed = 'Content-Type: message/rfc822\n\nFrom: c@example.org\nSubject: inner\n\ninner text'
    const both = readMail(
      mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], parts('Content-Type: text/plain\n\nouter', enclosed)),
    )
    expect(both).toMatchObject({ text: 'outer', attachments: [{ contentType: 'message/rfc822' }] })
    const alone = readMail(mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], parts(enclosed)))
    expect(alone.text).toBe('inner text')
    expect(alone.warnings).toEqual(['the text is that of the enclosed mail "inner"'])
  })
  test('enriched text loses its commands', () => {
    expect(readMail(mail([...ordinary, 'Content-Type: text/enriched'], '<bold>Now</bold> is <<now>', '', 'then')).text).toBe(
      'Now is <now>\nthen',
    )
  })
})

describe('broken structure', () => {
  const multipart = (type: string): string[] => [...ordinary, `Content-Type: ${type}`]
  test.each([
    ['no closing boundary', multipart('multipart/mixed; boundary=b'), '--b\n\nHello\n--b\nContent-Type: image/png; name=a.png\n\nx'],
    ['no boundary parameter', multipart('multipart/mixed'), parts('\nHello', 'Content-Type: image/png; name=a.png\n\nx')],
    [
      'blanks behind the boundary',
      multipart('multipart/mixed; boundary="b"'),
      '--b  \n\nHello\n--b\t\nContent-Type: image/png; name=a.png\n\nx\n--b--',
    ],
    [
      'a child that never ends',
      multipart('multipart/mixed; boundary=b'),
      parts('Content-Type: multipart/alternative; boundary=c\n\n--c\n\nHello', 'Content-Type: image/png; name=a.png\n\nx'),
    ],
    ['no semicolon', multipart('multipart/mixed boundary=b'), parts('\nHello', 'Content-Type: image/png name=a.png\n\nx')],
    ['no empty line in a part', multipart('multipart/mixed; boundary=b'), '--b\n\nHello\n--b\nContent-Type: image/png; name=a.png\n--b--'],
  ])('%s', (_, headers, body) => {
    const read = readMail(mail(headers, body))
    expect([read.text.trim(), ...read.attachments.map((a) => a.filename)]).toEqual(['Hello', 'a.png'])
  })
  test('a multipart without any boundary line is text', () => {
    expect(readMail(mail(multipart('multipart/mixed; boundary=b'), 'just text')).text).toBe('just text')
  })
})

describe('attachments', () => {
  const file = (headers: string): Buffer =>
    mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], parts('\nHello', `${headers}\n\nx`))
  test.each([
    ['Content-Type: image/png; name="a b.png"', 'a b.png'],
    ['Content-Type: image/png\nContent-Disposition: attachment; filename==?utf-8?B?0YQucG5n?=', 'ф.png'],
    ['Content-Type: image/png\nContent-Disposition: attachment; filename="=?utf-8?Q?=D1=84?= =?utf-8?Q?.png?="', 'ф.png'],
    ["Content-Type: image/png\nContent-Disposition: attachment; filename*=utf-8''%D1%84.png", 'ф.png'],
    [
      "Content-Type: image/png\nContent-Disposition: attachment; filename*0*=utf-8'ru'%D1%84%D1; filename*1*=%84; filename*2=.png",
      'фф.png',
    ],
    ['Content-Type: image/png\nContent-Disposition: attachment; filename="C:\\Users\\ann\\a.png"', 'C:\\Users\\ann\\a.png'],
    ['Content-Type: image/png\nContent-Disposition: attachment; filename="say \\"hi\\".png"', 'say "hi".png'],
    ['Content-Type: image/png\nContent-Disposition: attachment; filename="gpj\u202e.exe"', 'gpj.exe'],
    ['Content-Type: application/ms-tnef', 'winmail.dat'],
    ['Content-Type: image/png', ''],
  ])('%s', (headers, filename) => {
    expect(names(file(headers))).toEqual([filename])
  })
  test('are found again in the raw mail by their ranges', () => {
    const content = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256))
    const raw = mail(
      [...ordinary, 'Content-Type: multipart/mixed; boundary=b'],
      parts(
        '\nHello',
        `Content-Type: a/b; name=one\nContent-Transfer-Encoding: base64\n\n${content.toString('base64').replace(/.{76}/g, '$&\n')}`,
        'Content-Type: a/b; name=two\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\n=20c',
        'Content-Type: a/b; name=three\n\nplain\nlines',
      ),
    )
    const read = readMail(raw)
    expect(read.attachments.map((a) => Buffer.from(attachmentBytes(raw, a.range)).toString('latin1'))).toEqual([
      content.toString('latin1'),
      'a=b c',
      'plain\r\nlines',
    ])
    expect(read.attachments.map((a) => a.sizeBytes)).toEqual([300, 5, 12])
  })
  test('an image that the html shows is inline, another is not', () => {
    const read = readMail(
      mail(
        [...ordinary, 'Content-Type: multipart/related; boundary=b'],
        parts(
          'Content-Type: text/html\n\n<img src="cid:One@x">',
          'Content-Type: image/png\nContent-ID: <one@x>\n\nx',
          'Content-Type: image/png\nContent-ID: <two@x>\n\nx',
        ),
      ),
    )
    expect(read.attachments.map((a) => [a.contentId, a.inline])).toEqual([
      ['one@x', true],
      ['two@x', false],
    ])
  })
  test('files in uuencode within the text come out of it', () => {
    const raw = mail(ordinary, 'Here:', 'begin 644 hi.txt', '+:&5L;&\\@=V]R;&0', '`', 'end', 'Bye')
    const read = readMail(raw)
    expect(read.text).toBe('Here:\nBye')
    expect(read.attachments).toMatchObject([{ filename: 'hi.txt', sizeBytes: 11 }])
    expect(read.attachments.map((a) => Buffer.from(attachmentBytes(raw, a.range)).toString())).toEqual(['hello world'])
    expect(readMail(mail(ordinary, 'begin 644 is how it starts', 'I said')).text).toContain('begin 644')
  })
  test('signed and encrypted parts are left whole and named', () => {
    const signed = readMail(
      mail(
        [...ordinary, 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b'],
        parts('\nHello', 'Content-Type: application/pgp-signature; name=signature.asc\n\nx'),
      ),
    )
    expect(signed).toMatchObject({ text: 'Hello', attachments: [{ filename: 'signature.asc' }], warnings: ['signed: PGP/MIME'] })
    const encrypted = readMail(
      mail(
        [...ordinary, 'Content-Type: multipart/encrypted; boundary=b'],
        parts('Content-Type: application/pgp-encrypted\n\nVersion: 1', 'Content-Type: application/octet-stream; name=encrypted.asc\n\nx'),
      ),
    )
    expect(encrypted).toMatchObject({ text: '', warnings: ['encrypted: PGP/MIME'] })
    expect(encrypted.attachments).toHaveLength(2)
    expect(
      readMail(
        mail(
          [
            ...ordinary,
            'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m',
            'Content-Transfer-Encoding: base64',
          ],
          'AAAA',
        ),
      ),
    ).toMatchObject({ attachments: [{ filename: 'smime.p7m' }], warnings: ['encrypted: S/MIME'] })
  })
})

describe('whatever comes', () => {
  const word = fc.constantFrom(
    '--b',
    '--b--',
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    'From: ',
    'Subject: ',
    'Content-Type: ',
    'multipart/mixed; boundary=b',
    'multipart/alternative; boundary="b',
    'message/rfc822',
    'message/delivery-status',
    'text/html',
    'text/plain; charset=',
    'utf-7',
    'gbk',
    'Content-Transfer-Encoding: ',
    'base64',
    'quoted-printable',
    '=?utf-8?b?',
    '?=',
    '<a@b.example>',
    '"',
    ';',
    'x',
    '\t',
    'Final-Recipient: rfc822;',
    'é',
    '\u0000',
    '<p>',
    'begin 644 a',
    'end',
    'MAILER-DAEMON@x.example',
  )
  test('reading answers with plain data', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 80 }), (words) => {
        const raw = Buffer.from(words.join(''), 'latin1')
        const read = readMail(raw)
        expect(structuredClone(read)).toEqual(read)
        for (const a of read.attachments) expect(attachmentBytes(raw, a.range).length).toBeLessThanOrEqual(raw.length)
        readHeaders(raw)
      }),
      { numRuns: runs(1500) },
    )
  })
  test('random bytes too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readMail(bytes)),
      { numRuns: runs(500) },
    )
  })
  test('too many parts are refused, and their header is still read', () => {
    const raw = mail([...ordinary, 'Content-Type: multipart/mixed; boundary=b'], '--b\n\n'.repeat(1200))
    expect(() => readMail(raw)).toThrow(LimitError)
    expect(readHeaders(raw)).toMatchObject({ from: { address: 'ann@example.org' }, subject: 'Order 17', messageId: '1@example.org' })
  })
})
