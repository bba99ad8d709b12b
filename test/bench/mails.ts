// Mails as customers write them, of a given size, each one different by a number that is patched into the same bytes.

export type MailKind = 'plain-4k' | 'html-20k'

/** The wire form of one mail (dots stuffed, with the ending dot), and where its number stands in it. */
export interface Template {
  readonly wire: Buffer
  readonly numbers: readonly number[]
  /** The same for the mail it answers. */
  readonly parents: readonly number[]
}

/** Writes the number of the mail, and of the one it answers, into `copy`, whose octets began as those of `template`. */
export function number(copy: Buffer, template: Template, n: number, parent: number): void {
  const digits = String(n).padStart(hole.length, '0')
  for (const at of template.numbers) copy.write(digits, at, 'latin1')
  if (template.parents.length === 0) return
  const other = String(parent).padStart(hole.length, '0')
  for (const at of template.parents) copy.write(other, at, 'latin1')
}

/** Stands for the number of a mail; as long as `digits`. */
const hole = 'NNNNNNNNNN'
const parentHole = 'PPPPPPPPPP'

const words =
  'hello we ordered three of your lamps last week and one came with a broken switch so the light stays on all night could you send us a new one or tell us how to mend it the number of the order is on the label thank you very much for your help best wishes from the whole house'.split(
    ' ',
  )

/** Text of about `size` octets in lines of at most 76, from a fixed pseudo-random walk. */
function prose(size: number, seed: number): string {
  let state = seed
  let line = ''
  let out = ''
  while (out.length + line.length < size) {
    state = (state * 1103515245 + 12345) % 2147483648
    const word = words[state % words.length] ?? 'lamp'
    if (line.length + word.length > 74) {
      out += `${line}\r\n`
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return `${out}${line}\r\n`
}

/** 4 kB: one text part. 20 kB: text and HTML, as webmail writes it. With `reply`, the mail answers another number's mail. */
export function template(kind: MailKind, reply: boolean): Template {
  const head = [
    `Received: from mx.customers.test (mx.customers.test [192.0.2.7]) by mta.example.com (Postfix) with ESMTPS id ${hole} for <support@example.com>; Mon, 21 Sep 2026 09:00:00 +0000 (UTC)`,
    `From: "Customer ${reply ? parentHole : hole}" <customer.${reply ? parentHole : hole}@customers.test>`,
    'To: Example Support <support@example.com>',
    `Subject: ${reply ? 'Re: ' : ''}Order ${reply ? parentHole : hole}: a lamp is broken`,
    'Date: Mon, 21 Sep 2026 09:00:00 +0000',
    `Message-ID: <mail.${hole}@customers.test>`,
    ...(reply ? [`In-Reply-To: <mail.${parentHole}@customers.test>`, `References: <mail.${parentHole}@customers.test>`] : []),
    'MIME-Version: 1.0',
  ].join('\r\n')
  const text = kind === 'plain-4k' ? prose(3300, 7) : prose(6000, 11)
  const body =
    kind === 'plain-4k'
      ? `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}`
      : `Content-Type: multipart/alternative; boundary="b1-lamp"\r\n\r\n--b1-lamp\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--b1-lamp\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html(text)}\r\n--b1-lamp--\r\n`
  const wire = Buffer.from(`${head}\r\n${body}`.replaceAll('\r\n.', '\r\n..') + '.\r\n')
  return { wire, numbers: places(wire, hole), parents: places(wire, parentHole) }
}

function html(text: string): string {
  const paragraphs = text
    .split('\r\n')
    .map(
      (line, i) =>
        `<p style="margin:0 0 8px;font-family:Arial,sans-serif;font-size:14px">${line}${i % 7 === 3 ? ' <a href="https://shop.customers.test/lamp">lamp</a>' : ''}</p>`,
    )
  return `<html><head><style>p{color:#222}</style></head><body><div dir="ltr">\r\n${paragraphs.join('\r\n')}\r\n</div></body></html>\r\n`
}

function places(wire: Buffer, what: string): readonly number[] {
  const found: number[] = []
  for (let at = wire.indexOf(what); at >= 0; at = wire.indexOf(what, at + 1)) found.push(at)
  return found
}
