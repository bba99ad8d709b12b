// Charsets and encodings that lie, headers with lines that are no fields, NUL bytes.
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { attachmentBytes } from '../../core/mail/content.ts'
import { decodeText } from '../../core/mail/charset.ts'
import { readMail } from '../../core/mail/read.ts'
import { mail, ordinary, parts } from './mails.ts'

const russian = 'Здравствуйте! Когда придёт мой заказ?'
const japanese = '返品について教えてください。'

describe('a charset that cannot be true is not believed', () => {
  test.each([
    ['shift_jis', 'iso-2022-jp', japanese],
    ['shift_jis', 'iso-2022-jp', 'テスト'],
    ['euc-jp', 'iso-2022-jp', japanese],
    ['euc-jp', 'iso-2022-jp', 'テスト'],
    ['euc-jp', 'shift_jis', japanese],
    ['shift_jis', 'euc-jp', japanese],
    ['euc-kr', 'iso-2022-kr', '환불은 언제 되나요?'],
    ['gbk', 'hz-gb-2312', '您好，发票的问题'],
    ['utf-8', 'iso-2022-jp', japanese],
    ['utf-8', 'utf-7', 'Grüße aus Köln'],
    ['windows-1251', 'utf-7', russian],
    ['windows-1252', 'utf-7', 'Größe und Länge prüfen'],
    ['ascii', 'utf-16', 'Where is my order 17?'],
    ['ascii', 'utf-16be', 'Where is my order 17?'],
    ['ascii', 'utf-32', 'Where is my order 17?'],
    ['utf-8', 'utf-16', russian],
    ['koi8-r', 'windows-1251', russian],
    ['koi8-r', 'windows-1251', 'Привет!'],
    ['windows-1251', 'koi8-r', russian],
    ['windows-1251', 'koi8-r', 'Оплата'],
    ['windows-1251', 'iso-8859-5', russian],
    ['iso-8859-5', 'windows-1251', russian],
    ['cp866', 'koi8-r', russian],
  ])('%s under %s: %s', (real, declared, text) => {
    expect(decodeText(iconv.encode(text, real), declared).text).toBe(text)
  })
  test('switches of ISO-2022-JP under iso-8859-1 and shift_jis', () => {
    for (const label of ['iso-8859-1', 'windows-1252', 'shift_jis', 'utf-8'])
      expect(decodeText(Buffer.from('\x1b$B$*Ld$$9g$o$;\x1b(B', 'latin1'), label).text).toBe('お問い合わせ')
  })
  test('UTF-16 with its mark under utf-8', () => {
    expect(
      decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), iconv.encode('Grüße', 'utf-16le')]), 'utf-8').text.replace('\ufeff', ''),
    ).toBe('Grüße')
  })
  test.each([
    ['windows-1251', 'СРОЧНО! ГДЕ ЗАКАЗ?'],
    ['koi8-r', 'СРОЧНО! ГДЕ ЗАКАЗ?'],
    ['koi8-r', 'МВД РФ'],
    ['windows-1251', 'Молимо пошаљите рачун'],
    ['koi8-u', 'Їжак і ґанок'],
    ['iso-8859-5', 'Добавете ме към списъка'],
    ['windows-1251', 'кВт·ч, «АБВ»'],
    ['shift_jis', 'ﾃｽﾄ ｱｲｳ'],
    ['utf-16le', 'Grüße 発票'],
    ['utf-16be', '返品'],
    ['utf-7', 'Grüße'],
  ])('a true one is: %s, %s', (charset, text) => {
    expect(decodeText(iconv.encode(text, charset), charset).text).toBe(text)
  })
  test('in a name too', () => {
    const name = iconv.encode('山田', 'shift_jis').toString('base64')
    expect(readMail(mail([`From: =?ISO-2022-JP?B?${name}?= <a@example.org>`], 'x')).from).toEqual({
      address: 'a@example.org',
      name: '山田',
    })
  })
})

describe('clear text behind a base64 body', () => {
  const encoded = (text: string): string => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n')
  const long = `Guten Tag,\n\n${'die Rechnung ist noch offen. '.repeat(12)}\nGrüße\nAnn`
  const head = (type: string): string[] => [...ordinary, `Content-Type: ${type}; charset=utf-8`, 'Content-Transfer-Encoding: base64']
  test.each([
    ['padded', `${long}!!`, '\n_______\nlist mailing list\nlist@lists.example'],
    ['padded, no line between', `${long}!!`, '-- \nYou get this as a member of the list.'],
    ['not padded', `${long}!`, '\n_______\nlist mailing list'],
    ['not padded, words of the alphabet', `${long}!`, '\nUnsubscribe\n\nhttps://lists.example/x?y'],
    ['short', 'Grüße', '\n--\nScanned by filter 7.'],
  ])('%s', (_, text, footer) => {
    let body = text
    while ((Buffer.byteLength(body) % 3 !== 0) !== _.startsWith('padded')) body += '.'
    const read = readMail(mail(head('text/plain'), encoded(body), footer))
    expect(read.text.startsWith(`${body}\n`)).toBe(true)
    expect(read.text).not.toContain('\ufffd')
    expect(read.text).toContain(footer.trim().split('\n').at(-1))
  })
  test('in html', () => {
    const read = readMail(mail(head('text/html'), encoded('<p>Grüße</p>'), '', '___', 'footer <of> a list'))
    expect(read.html).toBe('<p>Grüße</p>\n<pre>\n___\nfooter &#60;of&#62; a list</pre>')
    expect(read.text).toContain('footer <of> a list')
  })
  test('is no part of a file', () => {
    const raw = mail(
      [...ordinary, 'Content-Type: multipart/mixed; boundary=b'],
      parts(
        '\nHello',
        `Content-Type: a/b; name=x.bin\nContent-Transfer-Encoding: base64\n\n${encoded('12345')}\n\nNo virus found in this message.`,
      ),
    )
    const [file] = readMail(raw).attachments
    expect(file && Buffer.from(attachmentBytes(raw, file.range)).toString()).toBe('12345')
    expect(file?.sizeBytes).toBe(5)
  })
  test('several encoded pieces, and a damaged line, are no footer', () => {
    expect(readMail(mail(head('text/plain'), encoded('one '), encoded('two'))).text).toBe('one two')
    const lines = encoded(long).split('\n')
    const damaged = readMail(mail(head('text/plain'), ...lines.slice(0, 2), '*** ***', ...lines.slice(2))).text
    expect(damaged).toBe(long)
  })
})

describe('a line that is no field does not end the header while fields follow', () => {
  const rest = ['From: Ann <ann@example.org>', 'To: help@desk.example', 'Subject: Order 17', 'Date: Mon, 21 Sep 2026 10:00:00 +0300']
  const blob = Array.from({ length: 8 }, (_, i) => `${'q2W'.repeat(20)}${i}`)
  test.each([
    ['a banner before it', ['##### as received #####', 'Received: from a by b', ...rest]],
    ['two lines of banner', ['archive of the desk', '-------', ...rest]],
    ['a long field broken without folding', ['Return-Path: <ann@example.org>', `X-Track: ${blob[0]}`, ...blob, ...rest]],
    ['rubbish in the middle', [...rest.slice(0, 1), 'no field', 'nor this', ...rest.slice(1)]],
    ['rubbish and a trace field', [...rest.slice(0, 1), ...blob, 'X-Spam: no', 'more rubbish', ...rest.slice(1)]],
  ])('%s', (_, header) => {
    expect(readMail(mail(header, 'The blue one.'))).toMatchObject({
      from: { address: 'ann@example.org' },
      subject: 'Order 17',
      text: 'The blue one.',
    })
  })
  test.each([
    ['a quoted header', ['Hello,', 'this is what I got:', 'From: bob@example.org', 'Subject: other', 'bye']],
    ['a quoted header at once', ['Hello,', 'From: bob@example.org', 'Subject: other', 'bye']],
    ['words with a colon', ['Hello,', 'Note: it is blue', 'Question: when?']],
  ])('a body without an empty line before it stays the body: %s', (_, body) => {
    const read = readMail(Buffer.from([...rest, ...body].join('\r\n')))
    expect(read).toMatchObject({ subject: 'Order 17', text: body.join('\n') })
  })
  test('costs no more than its size', () => {
    const start = performance.now()
    readMail(Buffer.from(`Subject: x\n${'rubbish\nX-A: b\n'.repeat(6000)}From: a@example.org\n\nx`))
    readMail(Buffer.from(`${'rubbish\n'.repeat(12_000)}From: a@example.org\n\nx`))
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('NUL', () => {
  test('is left out of text, names and types', () => {
    const raw = Buffer.from(
      'From: A\0nn <ann@example.org>\r\nSub\0ject: Order\0 17\r\nContent-Type: text/ht\0ml; charset=utf-8\r\n\r\n<p>The \0blue one.</p>\0',
    )
    const read = readMail(raw)
    expect(read).toMatchObject({ from: { name: 'Ann' }, subject: 'Order 17', html: '<p>The blue one.</p>' })
    expect(JSON.stringify(read)).not.toContain('\\u0000')
  })
  test('in encoded words and encoded bodies too', () => {
    const read = readMail(
      mail(
        ['From: =?utf-8?Q?A=00nn?= <ann@example.org>', 'Subject: =?utf-8?B?QQBC?=', 'Content-Transfer-Encoding: base64'],
        Buffer.from('a\0b').toString('base64'),
      ),
    )
    expect(read.text).toBe('ab')
    expect(JSON.stringify(read)).not.toContain('\\u0000')
  })
})
