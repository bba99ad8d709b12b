// What of reading mail is ours and not the libraries': each test shows what the library does with it, and fails when a new version does it right.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { finished } from 'node:stream/promises'
import { Splitter } from '@zone-eu/mailsplit'
import type { SplitterChunk } from '@zone-eu/mailsplit'
import libmime from 'libmime'
import libqp from 'libqp'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { parseMailDate } from '../../core/mail/date.ts'
import { LimitError } from '../../core/mail/limits.ts'
import { readMail } from '../../core/mail/read.ts'
import { createSplitter } from '../../core/mail/splitter.ts'
import { fromQuotedPrintable } from '../../core/mail/transfer.ts'
import { decodeWords } from '../../core/mail/words.ts'
import { mail, ordinary, parts } from './mails.ts'

const require = createRequire(import.meta.url)
/** When this fails, look whether what is ours beside this library still must be, and then put the new version here. */
const version = (name: string): unknown => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version

async function split(raw: Buffer): Promise<readonly string[]> {
  const splitter = new Splitter({ defaultInlineEmbedded: true })
  const seen: string[] = []
  splitter.on('data', (chunk: SplitterChunk) => {
    if (chunk.type === 'node') seen.push(`node ${String(chunk.contentType)}`)
    else seen.push(`${chunk.type} ${chunk.value.toString().trim()}`)
  })
  splitter.end(raw)
  await finished(splitter)
  return seen
}

test('these are the versions that the tests below speak of', () => {
  expect(['@zone-eu/mailsplit', 'libmime', 'libqp'].map(version)).toEqual(['5.4.30', '5.6.4', '3.0.1'])
})

test('mailsplit answers each line within the call, and refuses one part too many', () => {
  const splitter = createSplitter()
  const root = splitter.header({ kind: 'multipart', boundary: 'a "b" \\c' })
  expect(splitter.line(Buffer.from('--a "b" \\c\r\n'))).toEqual({ container: root, opens: true })
  const inner = splitter.header({ kind: 'multipart', boundary: 'i' })
  expect(splitter.line(Buffer.from('--other\n'))).toBeUndefined()
  expect(splitter.line(Buffer.from('--i\r'))).toEqual({ container: inner, opens: true })
  splitter.header({ kind: 'message' })
  splitter.header({ kind: 'leaf' })
  expect(splitter.line(Buffer.from('--a "b" \\c--'))).toEqual({ container: root, opens: false })
  expect(splitter.line(Buffer.from('--i\n'))).toBeUndefined()
  const many = createSplitter()
  many.header({ kind: 'multipart', boundary: 'b' })
  expect(() => {
    for (let i = 0; i < 1001; i++) {
      many.line(Buffer.from('--b\n'))
      many.header({ kind: 'leaf' })
    }
  }).toThrow(LimitError)
})

test('mailsplit takes a body without an empty line before it for a header, and its words are lost', async () => {
  const raw = Buffer.from('Subject: x\nDear all,\nthis is it\n')
  expect((await split(raw)).join()).not.toContain('body')
  expect(readMail(raw).text.trim()).toBe('Dear all,\nthis is it')
})

test('mailsplit finds no parts where the boundary is not named', async () => {
  const raw = mail([...ordinary, 'Content-Type: multipart/mixed'], parts('\nHello', 'Content-Type: image/png; name=a.png\n\nx'))
  expect((await split(raw)).filter((s) => s.startsWith('node'))).toEqual(['node multipart/mixed'])
  expect(readMail(raw)).toMatchObject({ text: 'Hello', attachments: [{ filename: 'a.png' }] })
})

test('mailsplit reads no header whose lines end in a bare CR', async () => {
  const raw = Buffer.from('Subject: x\rContent-Type: multipart/mixed; boundary=b\r\r--b\r\rHello\r--b--\r')
  expect((await split(raw)).filter((s) => s.startsWith('node'))).toHaveLength(1)
  expect(readMail(raw)).toMatchObject({ subject: 'x', text: 'Hello' })
})

test('mailparser leaves files in uuencode in the text', async () => {
  const raw = mail(ordinary, 'Here:', 'begin 644 hi.txt', '+:&5L;&\\@=V]R;&0', '`', 'end', 'Bye')
  expect((await simpleParser(raw)).attachments).toEqual([])
  expect(readMail(raw).attachments).toMatchObject([{ filename: 'hi.txt' }])
})

test('mailparser takes the present time for a date that it cannot read', async () => {
  const date = 'Mon, 21 Sep 2026 10:00:00 MSK'
  const read = await simpleParser(mail([...ordinary.slice(0, 4), `Date: ${date}`], 'x'))
  expect(read.date?.getTime()).not.toBe(Date.UTC(2026, 8, 21, 7))
  expect(parseMailDate(date)).toBe(Date.UTC(2026, 8, 21, 7))
})

test('libmime believes the charset of an encoded word, and decodes none with a question mark in it', () => {
  expect(libmime.decodeWords('=?iso-8859-1?B?0J/RgNC40LLQtdGC?=')).not.toBe('Привет')
  expect(decodeWords('=?iso-8859-1?B?0J/RgNC40LLQtdGC?=')).toBe('Привет')
  expect(libmime.decodeWords('=?utf-8?Q?Where_is_it??=')).not.toBe('Where is it?')
  expect(decodeWords('=?utf-8?Q?Where_is_it??= =?utf-8?Q?_Or_=3F?=')).toBe('Where is it? Or ?')
  expect(decodeWords('=?utf-8?Q?a?b?c?=')).toBe('a?b?c')
})

test('libqp knows no soft line break at a bare CR', () => {
  const encoded = Buffer.from('one=\rtwo\rthree')
  expect(libqp.decode(encoded).toString()).not.toBe('onetwo\rthree')
  expect(Buffer.from(fromQuotedPrintable(encoded)).toString()).toBe('onetwo\rthree')
})
