import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { charsetName, decodeText } from '../../core/mail/charset.ts'
import { decodeWords } from '../../core/mail/words.ts'
import { readMail } from '../../core/mail/read.ts'

const russian = 'Здравствуйте! Когда придёт мой заказ? Деньги списали ещё в понедельник.'

describe('text that says nothing of its charset', () => {
  test.each([
    ['windows-1251', 'Вопрос по оплате'],
    ['windows-1251', russian],
    ['koi8-r', 'Вопрос по оплате'],
    ['koi8-r', 'Жалоба: не работает вход'],
    ['cp866', russian],
    ['utf-8', 'Überweisung für Köln'],
    ['windows-1252', 'Überweisung für Köln'],
    ['windows-1250', 'Zażółć gęślą jaźń'],
    ['gbk', '您好，我想问一下发票的问题'],
    ['shift_jis', '返品について教えてください'],
    ['euc-jp', '返品について教えてください'],
    ['euc-kr', '환불은 언제 되나요?'],
    ['big5', '您好，我想問一下發票的問題'],
  ])('is told to be %s: %s', (charset, text) => {
    expect(decodeText(iconv.encode(text, charset)).text).toBe(text)
  })

  test('is read with the charset that the mail declares for its text', () => {
    const raw = Buffer.concat([
      Buffer.from('Subject: '),
      iconv.encode('Ёж', 'koi8-r'),
      Buffer.from('\r\nFrom: a@example.org\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n'),
      iconv.encode(russian, 'koi8-r'),
    ])
    expect(readMail(raw)).toMatchObject({ subject: 'Ёж', text: russian })
  })
})

describe('a wrong declaration', () => {
  test('UTF-8 under a single-byte label is UTF-8', () => {
    expect(decodeText(Buffer.from(russian), 'iso-8859-1').text).toBe(russian)
  })
  test('windows-1251 under iso-8859-1 is found out where there is enough of it', () => {
    expect(decodeText(iconv.encode(russian, 'windows-1251'), 'iso-8859-1').text).toBe(russian)
  })
  test('real iso-8859-1 is believed', () => {
    for (const text of ['Ça va très bien, merci à vous', 'Größe und Länge prüfen', 'Señor, ¿qué tal?', 'Håkan Åström på väg'])
      expect(decodeText(iconv.encode(text, 'iso-8859-1'), 'iso-8859-1').text).toBe(text)
  })
  test('8-bit text under us-ascii or an unknown label is guessed', () => {
    expect(decodeText(iconv.encode(russian, 'koi8-r'), 'us-ascii').text).toBe(russian)
    expect(decodeText(iconv.encode(russian, 'windows-1251'), 'unknown-8bit').text).toBe(russian)
  })
  test('one damaged letter does not make UTF-8 something else', () => {
    const bytes = Buffer.from(russian)
    bytes[20] = 0xff
    expect(decodeText(bytes, 'utf-8').text.startsWith('Здравству')).toBe(true)
  })
})

describe('a declared charset', () => {
  test.each([
    ['iso-2022-jp', 'お問い合わせ'],
    ['utf-7', 'Grüße'],
    ['utf-16', 'Grüße'],
    ['ks_c_5601-1987', '환불'],
    ['gb2312', '发票'],
    ['cp850', 'Grüße'],
    ['koi8-u', 'Їжак'],
    ['macintosh', 'Grüße'],
  ])('%s', (charset, text) => {
    const bytes =
      charset === 'iso-2022-jp'
        ? Buffer.from('\x1b$B$*Ld$$9g$o$;\x1b(B', 'latin1')
        : iconv.encode(text, charset === 'ks_c_5601-1987' ? 'euc-kr' : charset)
    expect(decodeText(bytes, charset).text).toBe(text)
  })
  test('HZ and ISO-2022-KR, which no decoder here knows, are read too', () => {
    expect(decodeText(Buffer.from('a ~{<:Ky2;S{~} b~~'), 'hz-gb-2312').text).toBe('a 己所不欲 b~')
    expect(decodeText(Buffer.from('\x1b$)C\x0e>H3g\x0f!'), 'iso-2022-kr').text).toBe('안녕!')
  })
  test('labels are forgiven their spelling', () => {
    expect([
      charsetName('"UTF8"'),
      charsetName('cp1251'),
      charsetName('x-sjis'),
      charsetName('KOI8R'),
      charsetName('nonsense'),
      charsetName(''),
    ]).toEqual(['utf-8', 'windows-1251', 'shift_jis', 'koi8-r', undefined, undefined])
  })
})

describe('encoded words', () => {
  test.each([
    ['=?utf-8?Q?a_b?=', 'a b'],
    ['=?UTF-8?B?0J/RgNC4?= =?UTF-8?B?0LLQtdGC?=', 'Привет'],
    ['=?utf-8?B?0J/RgNC40LI=?=\r\n =?utf-8?B?0LXRgg==?=', 'Привет'],
    ['=?utf-8?B?0J/RgNC40LLQ?= =?utf-8?B?tdGC?=', 'Привет'],
    ['x =?utf-8?q?y?= z', 'x y z'],
    ['=?utf-8*en?q?y?=', 'y'],
    ['=?utf-8?q?two words?=', 'two words'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=', '日本語'],
    ['=?utf-8?q?never ends', '=?utf-8?q?never ends'],
    ['=?nonsense?q?M=E4dchen?=', 'Mädchen'],
    ['=? ?= =?=?=', '=? ?= =?=?='],
    ['a=?utf-8?q?b?=c', 'abc'],
  ])('%s', (value, text) => {
    expect(decodeWords(value)).toBe(text)
  })
})

test('html that names its charset in a meta element only is read with it', () => {
  const html = iconv.encode(
    `<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head><body>${russian}</body></html>`,
    'windows-1251',
  )
  const mail = readMail(Buffer.concat([Buffer.from('From: a@example.org\r\nContent-Type: text/html\r\n\r\n'), html]))
  expect(mail.text).toContain(russian)
})
