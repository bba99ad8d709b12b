// The bytes of mails that people in a scenario write: new ones, answers to what was sent, delivery reports.
import { checkedAddress, parseAddressList } from '../mail/address.ts'
import type { Address } from '../mail/address.ts'
import { quote } from './clients.ts'
import type { MailSpec, ReplySpec } from './format.ts'
import type { MemoryGateway, Sent } from './gateway-in-memory.ts'

/** A mail as it would come by SMTP: bytes with CRLF and its envelope. */
export interface Posted {
  readonly raw: Buffer
  readonly mailFrom: string
  readonly rcpts: readonly string[]
}

/** What writing a mail depends on: the instant (ms UTC), serial numbers, and whose addresses are whose. */
export interface Post {
  readonly now: number
  /** Makes Message-IDs that no two mails share. */
  readonly serial: () => number
  /** Address of a mailbox by its id; other texts come back as they are. */
  readonly address: (idOrAddress: string) => string
  readonly isOurs: (address: string) => boolean
}

/** A value that may be one text with commas or a list of texts, as a list. */
export const asList = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined
    ? []
    : typeof value === 'string'
      ? value
          .split(',')
          .map((s) => s.trim())
          .filter(Boolean)
      : value

/** `support+anna`: the personal address of that agent at that mailbox, as the last mail to him named it; undefined where the text is none. Throws where no mail did. */
export function personalAddress(text: string, { config, sent }: Pick<MemoryGateway, 'config' | 'sent'>): string | undefined {
  const [, box, who] = /^([a-z][\w-]*)\+([a-z][\w-]*)$/.exec(text) ?? []
  const mailbox = config.mailboxes.get(box ?? '')?.address
  const agent = config.agents.get(who ?? '')
  if (mailbox === undefined || !agent) return undefined
  const at = mailbox.lastIndexOf('@')
  const named = sent
    .filter((s) => s.rcpts.includes(agent.email))
    .flatMap((s) => s.mail.text.match(/[^\s<>:]+\+p[a-z2-7]{42}@[^\s<>]+/g) ?? [])
    .findLast((a) => a.startsWith(`${mailbox.slice(0, at)}+`) && a.endsWith(mailbox.slice(at)))
  if (named === undefined) throw new Error(`no mail to ${agent.email} has named a personal address at ${mailbox}`)
  return named
}

/** A mail as its writer gave it. */
export function newMail(spec: MailSpec, post: Post): Posted {
  const from = spec.from ?? 'customer@customer.test'
  const to = asList(spec.to).map(post.address)
  const cc = asList(spec.cc).map(post.address)
  const rcpts = spec.rcpt === undefined ? ours([...to, ...cc], post) : asList(spec.rcpt).map(post.address)
  const raw = compose(
    {
      ...spec,
      from,
      to,
      cc,
      subject: spec.subject ?? 'Hello',
      text: spec.text ?? '',
      html: spec.html ?? null,
      files: spec.files ?? [],
      headers: spec.headers ?? {},
    },
    post,
  )
  return { raw, mailFrom: spec.mail_from ?? addressOf(from), rcpts }
}

/** An answer to a mail that was sent, quoted as the mail program does it. */
export function answerTo(sent: Sent, spec: ReplySpec, post: Post): Posted {
  const { mail } = sent
  const me = addressOf(spec.as)
  const from = spec.from ?? spec.as
  const back = mail.replyTo.length > 0 ? mail.replyTo : mail.from ? [mail.from] : []
  const dropped = new Set(asList(spec.drop).map((a) => post.address(a).toLowerCase()))
  const keep = (p: Address): boolean => p.address.toLowerCase() !== me.toLowerCase() && !dropped.has(p.address.toLowerCase())
  const to = back.filter((p) => !dropped.has(p.address.toLowerCase()))
  const others = spec.all ? [...mail.to, ...mail.cc].filter(keep) : []
  const cc = [...others.map(show), ...asList(spec.add).map(post.address)]
  const { text, html } = quote(spec.client ?? 'gmail', spec.text.replace(/\n$/, ''), mail, post.now)
  const subject = spec.subject ?? (/^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`)
  const references = [...mail.references, ...(mail.messageId ? [mail.messageId] : [])].map((id) => `<${id}>`).join(' ')
  const headers = { ...(mail.messageId && { 'In-Reply-To': `<${mail.messageId}>`, References: references }), ...spec.headers }
  const raw = compose({ from, to: to.map(show), cc, subject, text, html, files: spec.files ?? [], headers }, post)
  return { raw, mailFrom: addressOf(from), rcpts: ours([...to.map((p) => p.address), ...cc], post) }
}

/** A delivery report (RFC 3464) to the return path of a mail. */
export function bounceOf(sent: Sent, address: string, status: string, post: Post): Posted {
  if (sent.returnPath === '') throw new Error('that mail has no return path: nobody is told that it did not arrive')
  const head = sent.raw.subarray(0, Math.max(0, sent.raw.indexOf('\r\n\r\n'))).toString('latin1')
  const part = (type: string, body: string): string => `--r-1\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`
  const raw = [
    `From: Mail Delivery System <mailer-daemon@${address.split('@').at(-1) ?? 'mx.test'}>`,
    `To: ${sent.returnPath}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${dateOf(post.now)}`,
    `Message-ID: <b${post.serial()}.${post.now}@mx.test>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="r-1"',
    '',
    `${part('text/plain; charset=us-ascii', `The mail to ${address} could not be delivered.`)}${part('message/delivery-status', `Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; ${address}\r\nAction: ${status.startsWith('4') ? 'delayed' : 'failed'}\r\nStatus: ${status}\r\n`)}${part('text/rfc822-headers', head)}--r-1--\r\n`,
  ].join('\r\n')
  return { raw: Buffer.from(raw, 'latin1'), mailFrom: '', rcpts: [sent.returnPath] }
}

interface Composing {
  readonly from: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly files: readonly { readonly name: string; readonly type?: string; readonly text?: string }[]
  readonly headers: Readonly<Record<string, string>>
}

function compose(m: Composing, post: Post): Buffer {
  const given = new Set(Object.keys(m.headers).map((h) => h.toLowerCase()))
  const head = (
    [
      ['From', encode(m.from)],
      ['To', m.to.map(encode).join(', ') || 'undisclosed-recipients:;'],
      ...(m.cc.length > 0 ? [['Cc', m.cc.map(encode).join(', ')] as const] : []),
      ['Subject', encode(m.subject)],
      ['Date', dateOf(post.now)],
      ['Message-ID', `<m${post.serial()}.${post.now}@client.test>`],
      ['MIME-Version', '1.0'],
    ] as const
  ).filter(([name]) => !given.has(name.toLowerCase()))
  const lines = [...head, ...Object.entries(m.headers).map(([name, value]) => [name, encode(value)] as const)].map(
    ([name, value]) => `${name}: ${value}`,
  )
  const base64 = (bytes: string): string => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
  const part = (type: string, body: string, more = ''): string =>
    `Content-Type: ${type}\r\n${more}Content-Transfer-Encoding: base64\r\n\r\n${base64(body)}\r\n`
  const words =
    m.html === null
      ? part('text/plain; charset=utf-8', m.text)
      : `Content-Type: multipart/alternative; boundary="a-1"\r\n\r\n--a-1\r\n${part('text/plain; charset=utf-8', m.text)}--a-1\r\n${part('text/html; charset=utf-8', m.html)}--a-1--\r\n`
  const files = m.files.map(
    (f) =>
      `--m-1\r\n${part(f.type ?? 'application/octet-stream', f.text ?? f.name, `Content-Disposition: attachment; filename="${f.name.replace(/["\\\r\n]/g, '')}"\r\n`)}`,
  )
  const body =
    files.length === 0 ? words : `Content-Type: multipart/mixed; boundary="m-1"\r\n\r\n--m-1\r\n${words}${files.join('')}--m-1--\r\n`
  return Buffer.from(`${lines.join('\r\n')}\r\n${body}`)
}

/** Everything that is not plain ASCII as an encoded word (RFC 2047). */
const encode = (value: string): string =>
  value.replace(/[\r\n]+/g, ' ').replace(/[^\x20-\x7e]+(?:\s+[^\x20-\x7e]+)*/g, (s) => `=?utf-8?B?${Buffer.from(s).toString('base64')}?=`)
const dateOf = (now: number): string => new Date(now).toUTCString().replace('GMT', '+0000')
const show = (p: Address): string => (p.name ? `"${p.name.replace(/["\\]/g, '')}" <${p.address}>` : p.address)

/** The address in `Name <address>`; a text without one comes back trimmed. */
export const addressOf = (text: string): string => parseAddressList(text, 1)[0]?.address ?? text.trim()
const ours = (all: readonly string[], post: Post): readonly string[] => [
  ...new Set(all.map(addressOf).filter((a) => checkedAddress(a) !== null && post.isOurs(a))),
]
