// A whole gateway on either database, and what people do with it: customers and agents write mails, agents follow links.
import { databaseKinds } from '../support/databases.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { eachGateway as eachTestGateway } from '../support/each-gateway.ts'
import type { SentMail, TestGateway, TestGatewayOptions, TestMail } from '../support/gateway.ts'

export const plugins = ['desk', 'threading', 'agent-reply', 'recipients', 'links', 'notify'] as const

/** Declares tests for both databases; every gateway that they start ends with its test. */
export function eachGateway(
  define: (start: (options?: TestGatewayOptions) => Promise<Desk>, kind: DatabaseKind) => void,
  kinds = databaseKinds,
): void {
  eachTestGateway((open, kind) => define(async (options) => new Desk(await open({ plugins, ...options })), kind), kinds)
}

export const client = 'Carl Customer <carl@customer.test>'
export const manager = 'Mona Manager <mona@company.test>'
const support = 'support@example.test'

/** What people do, in the words of the stories. */
export class Desk {
  readonly g: TestGateway
  constructor(g: TestGateway) {
    this.g = g
  }

  /** A new mail to support. */
  async writes(from: string, mail: Partial<TestMail> = {}): Promise<void> {
    await this.g.mail({ from, to: support, subject: 'Help', text: 'It is broken', ...mail })
  }

  /** Answers a mail that support sent, in its thread; by default to support alone. */
  async replies(from: string, to: SentMail, mail: Partial<TestMail> & { readonly all?: boolean } = {}): Promise<void> {
    const token = addressOf(to)
    const others = [...listOf(to.mail.to), ...listOf(to.mail.cc)].filter((a) => !from.includes(a) && !a.endsWith('@example.test'))
    await this.g.mail({
      from,
      to: token,
      ...(mail.all && others.length > 0 && { cc: others.join(', ') }),
      subject: `Re: ${to.mail.subject ?? ''}`,
      inReplyTo: to.mail.messageId ?? '',
      text: 'An answer',
      ...mail,
    })
  }

  /** An agent answers the newest notification that he got. */
  async answers(agent: 'anna' | 'boris', text: string, notification?: SentMail): Promise<void> {
    const last = notification ?? (await this.told(agent))
    await this.g.mail({
      from: `${agent}@agents.test`,
      to: addressOf(last),
      subject: `Re: ${last.mail.subject ?? ''}`,
      inReplyTo: last.mail.messageId ?? '',
      text,
    })
  }

  /** The newest mail to an agent. */
  async told(agent: 'anna' | 'boris'): Promise<SentMail> {
    return found((await this.g.sentTo(`${agent}@agents.test`)).at(-1), `a mail to ${agent}`)
  }

  /** The newest mail that left for somebody outside. */
  async sent(to = 'carl@customer.test'): Promise<SentMail> {
    return found((await this.g.sentTo(to)).at(-1), `a mail to ${to}`)
  }

  /** How many mails somebody has got so far. */
  async count(to: string): Promise<number> {
    return (await this.g.sentTo(to)).length
  }

  /** Links of a mail by their labels, at the port where this gateway listens. */
  links(mail: SentMail): ReadonlyMap<string, string> {
    const port = this.g.gateway.http?.port ?? 0
    return new Map(
      [...(mail.mail.text ?? '').matchAll(/^\s*(\S[^\n]*?): (http:\/\/\S+\/a\/\S+)$/gm)].map((m) => [
        m[1] ?? '',
        (m[2] ?? '').replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${port}`),
      ]),
    )
  }

  link(mail: SentMail, label: string): string {
    return found(this.links(mail).get(label), `a link "${label}" among ${[...this.links(mail).keys()].join(', ')}`)
  }

  /** Opens the page and presses its button, or the one with this label. */
  async press(url: string, label?: string): Promise<Shown> {
    const shown = await page(url)
    const form = found(
      label === undefined ? shown.forms[0] : shown.forms.find((f) => f.label === label),
      `a button ${label ?? ''} on "${shown.title}"`,
    )
    const after = await page(url, form.fields)
    await this.g.settle()
    return after
  }

  look(ref: string): ReturnType<TestGateway['look']> {
    return this.g.look(ref)
  }
}

export interface Shown {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly headers: Headers
  readonly forms: readonly { readonly label: string; readonly fields: Readonly<Record<string, string>> }[]
  readonly html: string
}

/** What a browser without scripts sees at an address; with `fields`, after sending them. */
export async function page(url: string, fields?: Readonly<Record<string, string>>, method = fields ? 'POST' : 'GET'): Promise<Shown> {
  const response = await fetch(url, { method, ...(fields && { body: new URLSearchParams(fields) }) })
  const html = await response.text()
  const text = (s: string): string =>
    s
      .replace(/<style>.*?<\/style>/s, '')
      .replace(/<[^>]*>/g, '\n')
      .replace(/&#(\d+);/g, (_, n: string) => String.fromCharCode(Number(n)))
      .replace(/\n{2,}/g, '\n')
      .trim()
  return {
    status: response.status,
    headers: response.headers,
    html,
    title: text(/<h1>(.*?)<\/h1>/s.exec(html)?.[1] ?? ''),
    text: text(html),
    forms: [...html.matchAll(/<form.*?<\/form>/gs)].map(([form]) => ({
      label: text(/<button[^>]*>(.*?)<\/button>/s.exec(form)?.[1] ?? ''),
      fields: Object.fromEntries([...form.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map((m) => [m[1] ?? '', m[2] ?? ''])),
    })),
  }
}

export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`)
  return value
}

export const addressOf = (mail: SentMail): string => found(mail.mail.replyTo?.value[0]?.address, 'Reply-To')
const listOf = (field: SentMail['mail']['to']): readonly string[] =>
  [field ?? []].flat().flatMap((f) => f.value.flatMap((v) => v.address ?? []))
