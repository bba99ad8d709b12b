// `npm run demo`: a gateway on free ports with a throw-away database and a tiny smarthost; a customer and an agent talk through it over real sockets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import type { ParsedMail } from 'mailparser'
import { formatProblem } from '../../core/base/config/problems.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { systemOrigin } from '../../core/contract/origin.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { loadConfigWithPlugins } from '../../core/app/load-plugins.ts'
import { submit } from '../../test/e2e/submit.ts'
import { smtpSink } from '../../test/support/smtp-sink.ts'

const color = process.stdout.isTTY
const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const step = (text: string): void => say(`\n${paint(1, text)}`)
const block = (text: string, code: number): void =>
  say(
    text
      .trim()
      .split('\n')
      .map((line) => `  ${paint(code, '│')} ${line}`)
      .join('\n'),
  )

const folder = mkdtempSync(path.join(tmpdir(), 'postern-demo-'))
const world = await smtpSink()
writeFileSync(
  path.join(folder, 'postern.yaml'),
  `name: demo
hostname: gateway.example.com
data: ./data
database: { sqlite: demo.db }
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
outgoing: { transport: smtp, host: 127.0.0.1, port: ${world.port}, tls: "off" }
mailboxes:
  support: { address: support@example.com, name: Example Support, notify: [anna] }
agents:
  anna: { name: Anna Smith, email: anna@example.org }
  boris: { name: Boris Brown, email: boris@example.org }
`,
)
const loaded = await loadConfigWithPlugins(path.join(folder, 'postern.yaml'), {})
if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
const gateway = await startGateway({ config: loaded.config, plugins: loaded.plugins, log: silentLog })
const smtpPort = gateway.ports[0] ?? 0
try {
  say(`Postern listens on port ${smtpPort}; the smarthost behind it on port ${world.port}. Every mail below goes over a socket.`)

  step('1. Carl, a customer, writes to support@example.com')
  const question = 'Hello,\n\nmy invoice 17 shows the wrong address. Can you correct it?\n\nCarl'
  block(question, 33)
  await submit(smtpPort, { from: 'Carl Customer <carl@example.net>', to: 'support@example.com', subject: 'Invoice 17', text: question })
  const notification = await next('anna@example.org')

  step('2. Anna, an agent, gets a notification in her ordinary mailbox')
  say(
    `  From: ${notification.from?.text}\n  Reply-To: ${notification.replyTo?.value[0]?.address}   (signed, hers alone)\n  Subject: ${notification.subject}`,
  )
  block((notification.text ?? '').slice(0, 900), 36)

  step('3. She answers from her mail client, with commands below her words')
  const words =
    'Dear Carl,\n\nthe corrected invoice is attached to your account.\n\n@note The old address came from the import\n@tags invoice, import\n@assignee Boris Brown\n\n-- \nAnna Smith\nDirect line 555-0199'
  block(words, 36)
  await submit(smtpPort, {
    from: 'Anna Smith <anna@example.org>',
    to: notification.replyTo?.value[0]?.address ?? '',
    subject: `Re: ${notification.subject}`,
    inReplyTo: notification.messageId ?? '',
    text: `${words}\n\nOn Monday, Example Support wrote:\n${quoted(notification)}`,
  })

  step('4. Carl gets her words, from support@example.com: no commands, no signature of hers, no quote')
  const answer = await next('carl@example.net')
  say(`  From: ${answer.from?.text}\n  Subject: ${answer.subject}`)
  block(answer.text ?? '', 33)

  step('5. Carl thanks; Boris, who is responsible now, is told and closes the case by mail')
  await submit(smtpPort, {
    from: 'Carl Customer <carl@example.net>',
    to: answer.replyTo?.value[0]?.address ?? 'support@example.com',
    subject: `Re: ${answer.subject}`,
    inReplyTo: answer.messageId ?? '',
    text: `Perfect, thank you!\n\nOn Monday, Example Support wrote:\n${quoted(answer)}`,
  })
  const forBoris = await next('boris@example.org', (mail) => (mail.text ?? '').includes('Perfect'))
  await submit(smtpPort, {
    from: 'Boris Brown <boris@example.org>',
    to: forBoris.replyTo?.value[0]?.address ?? '',
    subject: `Re: ${forBoris.subject}`,
    inReplyTo: forBoris.messageId ?? '',
    text: '@closed',
  })
  await until(async () => (await caseOne()).status === 'closed')

  step('6. Carl writes once more, without answering anything: a second case. Anna merges it into the first and answers, in one mail')
  await submit(smtpPort, {
    from: 'Carl Customer <carl@example.net>',
    to: 'support@example.com',
    subject: 'My invoice',
    text: 'By the way, does the corrected invoice have a new number?\n\nCarl',
  })
  const second = await next('anna@example.org', (mail) => (mail.text ?? '').includes('By the way'))
  const merging = 'No, it is still number 17.\n\n@merge #1'
  block(merging, 36)
  await submit(smtpPort, {
    from: 'Anna Smith <anna@example.org>',
    to: second.replyTo?.value[0]?.address ?? '',
    subject: `Re: ${second.subject}`,
    inReplyTo: second.messageId ?? '',
    text: merging,
  })
  const merged = await next('carl@example.net', (mail) => (mail.text ?? '').includes('still number 17'))
  say(`  Carl gets: ${merged.subject}`)

  step('7. What the case remembers')
  const c = await caseOne()
  say(`  #${c.number} "${c.subject}"   status ${c.status}   responsible ${c.assignee}   tags ${c.tags.join(', ')}`)
  for (const entry of c.timeline) say(`  ${paint(2, entry.who.padEnd(18))} ${entry.text}`)
  say('\nThat was the demo; nothing of it is kept. `npm start` runs Postern on config/postern.yaml.')
} finally {
  await gateway.stop()
  await world.close()
  rmSync(folder, { recursive: true, force: true })
}

/** The next mail to somebody that has not been shown yet. */
async function next(address: string, fits: (mail: ParsedMail) => boolean = () => true): Promise<ParsedMail> {
  let found: ParsedMail | undefined
  await until(async () => {
    for (const message of world.messages.filter((m) => m.rcpts.includes(address))) {
      const mail = await simpleParser(message.raw)
      if (fits(mail)) found = mail
    }
    return found !== undefined
  })
  if (!found) throw new Error(`no mail for ${address}`)
  return found
}

/** As mail programs quote. */
function quoted(mail: ParsedMail): string {
  return (mail.text ?? '')
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
}

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    if (await is()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the demo waited 30 s for something that did not happen')
}

async function caseOne() {
  return gateway.engine.transact(systemOrigin, async (tx) => {
    const c = await tx.cases.byRef('#1')
    if (!c) throw new Error('there is no case')
    const messages = (await tx.messages.list(c.id)).map((m) => ({ seq: m.seq, who: m.agent ?? m.from.name, text: oneLine(m.text) }))
    const notes = (await tx.notes.list(c.id)).map((n) => ({ seq: n.seq, who: `${n.agent ?? 'Postern'} (note)`, text: oneLine(n.text) }))
    return { ...c, tags: await tx.cases.tags(c.id), timeline: [...messages, ...notes].sort((a, b) => a.seq - b.seq) }
  })
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 100)
}
