// A desk with agents for tests through the front door: a customer writes, an agent answers his notification by SMTP.
import { afterEach } from 'vitest'
import { databaseKinds, eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import type { SentMail, TestGateway, TestGatewayOptions, TestMail } from '../support/gateway.ts'

export const carl = {
  from: 'Carl Customer <carl@customer.test>',
  to: 'support@example.test',
  subject: 'Help',
  text: 'It is broken',
  messageId: '<one@customer.test>',
}

export const agents = {
  anna: 'Anna Smith <anna@agents.test>',
  boris: 'Борис Иванов <boris@agents.test>',
}

/** A gateway with case #1 of Carl, and the notifications of it. */
export async function desk(settings: Readonly<Record<string, unknown>> = {}, options: TestGatewayOptions = {}): Promise<TestGateway> {
  const g = await testGateway({ plugins: ['desk', 'threading', { 'agent-reply': settings }, 'notify'], ...options })
  await g.mail(carl)
  return g
}

/** The same tests with desks on SQLite and on PostgreSQL. */
export function eachDesk(define: (open: typeof desk) => void, kinds = databaseKinds): void {
  eachDatabase((kind) => define((settings, options) => desk(settings, { kind, ...options })), kinds)
}

/** As `eachDesk`, with desks that end with their test. */
export function eachEndingDesk(define: (open: typeof desk) => void, kinds = databaseKinds): void {
  const opened: TestGateway[] = []
  afterEach(async () => {
    for (const g of opened.splice(0)) await g.stop()
  })
  eachDesk(
    (open) =>
      define(async (settings, options) => {
        const g = await open(settings, options)
        opened.push(g)
        return g
      }),
    kinds,
  )
}

/** The last mail that an agent got. */
export async function lastTo(g: TestGateway, who: keyof typeof agents): Promise<SentMail> {
  const last = (await g.sentTo(`${who}@agents.test`)).at(-1)
  if (!last) throw new Error(`${who} got nothing`)
  return last
}

/** Where an answer to a mail goes. */
export function replyTo(mail: SentMail): string {
  return mail.mail.replyTo?.value[0]?.address ?? ''
}

/** The agent answers the last mail that he got (or `to`), quoting it as Gmail does; what was sent before is forgotten first. */
export async function answerAs(
  g: TestGateway,
  who: keyof typeof agents,
  text: string,
  more: Partial<TestMail> & { readonly answers?: SentMail } = {},
): Promise<void> {
  const { answers, ...rest } = more
  const notification = answers ?? (await lastTo(g, who))
  g.clear()
  await g.mail({
    from: agents[who],
    to: replyTo(notification),
    subject: `Re: ${notification.mail.subject ?? ''}`,
    inReplyTo: notification.mail.messageId ?? '',
    text: `${text}\n\nOn Mon, 21 Sep 2026 at 12:00, Example Support <${replyTo(notification)}> wrote:\n\n${quoted(notification)}`,
    ...rest,
  })
}

export function quoted(mail: SentMail): string {
  return (mail.mail.text ?? '')
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}
