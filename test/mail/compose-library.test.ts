// What nodemailer does not do for us, so that this much of composing stays ours. Each test says what the bare library writes and what we write; when it
// fails on the first, the library has learned it (or has lost it), and the piece of core/mail/compose that it names is to be looked at again.
import { readFileSync } from 'node:fs'
import { simpleParser } from 'mailparser'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer'
import MimeNode from 'nodemailer/lib/mime-node'
import { describe, expect, test } from 'vitest'
import type { OutgoingMail } from '../../core/mail/compose/compose.ts'
import { base, wire } from './wire.ts'

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../node_modules/nodemailer/package.json', import.meta.url), 'utf8'),
)

const bare = async (mail: MailComposerOptions): Promise<string> =>
  (
    await new MailComposer({ from: 'a@b.example', date: new Date(base.dateMs), messageId: '<x@b.example>', ...mail }).compile().build()
  ).toString()
const ours = async (mail: Partial<OutgoingMail>): Promise<string> => (await wire({ ...base, ...mail })).toString()

describe(`beside nodemailer ${version}`, () => {
  test.each(['=?utf-8?Q?Bank?=', '=?utf-8?B?0JHQsNC90Lo=?='])(
    'the display name %s stays the text that it is (header-text.ts)',
    async (name) => {
      const to = [{ name, address: 'a@b.example' }]
      const read = async (mail: string): Promise<unknown> => {
        const { to: list } = await simpleParser(mail)
        return list && !Array.isArray(list) ? list.value[0]?.name : undefined
      }
      expect(await read(await bare({ to }))).not.toBe(name)
      expect(await read(await ours({ to }))).toBe(name)
    },
  )

  test.each(['=?utf-8?Q?Paid?=', 'Re: =?utf-8?B?UGFpZA==?= now'])(
    'the subject %s stays the text that it is (header-text.ts)',
    async (subject) => {
      expect((await simpleParser(await bare({ subject }))).subject).not.toBe(subject)
      expect((await simpleParser(await ours({ subject }))).subject).toBe(subject)
    },
  )

  test('a word that no line can hold is encoded, not sent in a line over 998 octets (header-text.ts)', async () => {
    const subject = `see https://a.example/${'x'.repeat(970)}`
    const longest = (mail: string): number => Math.max(...mail.split('\r\n').map((l) => l.length))
    expect(longest(await bare({ subject }))).toBeGreaterThan(998 - 20)
    expect(longest(await ours({ subject }))).toBeLessThanOrEqual(76)
  })

  test.each(['иван@почта.рф', 'ünal@xn--80a1acny.xn--p1ai'])(
    'the domain of %s has in the header the one form that the envelope has (compose.ts, Message)',
    async (address) => {
      const to = [{ name: '', address }]
      expect(await bare({ to })).toContain('@почта.рф')
      expect(await ours({ to })).toContain('@xn--80a1acny.xn--p1ai\r\n')
    },
  )

  test('what is no address is refused, not quoted into one (address-header.ts)', async () => {
    for (const address of ['a b@c.example', 'a@b@c.example', 'a@b.example\r\nBcc: c@d.example']) {
      expect(await bare({ to: [{ name: '', address }] })).toContain('To: ')
      await expect(ours({ to: [{ name: '', address }] })).rejects.toThrow(/address/)
    }
  })

  test('lines that relays change are not sent as 7bit or at the start of a quoted-printable line (body-text.ts)', async () => {
    for (const text of ['From me\n', 'x\n.\ny\n', '.\nё and many words of Latin letters\n', 'blank \nat the end\n']) {
      expect(await bare({ text })).toMatch(/^(?:From |\.)|[ \t]$/m)
      expect((await ours({ text })).split('\r\n\r\n')[1]).not.toMatch(/^(?:From |\.)|[ \t]$/m)
    }
  })

  test('the Date is in the zone of the mailbox (header-date.ts)', async () => {
    expect(await bare({})).toContain('Date: Mon, 21 Sep 2026 09:00:00 +0000')
    expect(await ours({ timezone: 'Asia/Kathmandu' })).toContain('Date: Mon, 21 Sep 2026 14:45:00 +0545')
  })

  test('references of strangers are checked, once each, and trimmed (thread-headers.ts)', async () => {
    const references = ['<a@x>', '<a@x>', '<ё@x>', ...Array.from({ length: 500 }, (_, i) => `<message-${i}.of.the.thread@client.example>`)]
    const header = (mail: string): string => /^References:.*\r\n(?:[ \t].*\r\n)*/m.exec(mail)?.[0] ?? ''
    expect(header(await bare({ references }))).toContain('ё')
    expect(header(await bare({ references })).length).toBeGreaterThan(4096)
    expect(header(await ours({ references }))).not.toContain('ё')
    expect(header(await ours({ references })).length).toBeLessThan(4096)
  })

  test('no fold stands right behind the name of a header (compose.ts, written)', async () => {
    const address = `support+${'x'.repeat(50)}@${'y'.repeat(50)}.example`
    expect(await bare({ to: [{ name: '', address }] })).toContain('To:\r\n ')
    expect(await ours({ to: [{ name: '', address }] })).toContain(`To: ${address}\r\n`)
  })

  test('a mail without a subject has the header, which spam filters look for (compose.ts)', async () => {
    expect(await bare({ subject: '' })).not.toContain('Subject:')
    expect(await ours({ subject: '' })).toMatch(/^Subject:\r\n/m)
  })

  test('the root asks its own encodeHeaderValue for every value, and a node tells its boundary once its headers are built', () => {
    const asked: string[] = []
    class Listening extends MimeNode {
      override encodeHeaderValue(key: string): string {
        asked.push(key)
        return 'x'
      }
    }
    const node = new Listening('multipart/mixed', { boundaryPrefix: '=_', baseBoundary: 'base' })
    node.addHeader([
      { key: 'From', value: 'a@b.example' },
      { key: 'X-Any', value: 'y' },
      { key: 'Message-ID', value: '<a@b>' },
      { key: 'Date', value: 'now' },
    ])
    node.buildHeaders()
    expect(asked).toEqual(['From', 'X-Any', 'Message-ID', 'Date', 'MIME-Version', 'Content-Type'])
    expect(node.boundary).toBe('=_-base-Part_1')
  })
})
