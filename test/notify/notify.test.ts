import { afterEach, expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'

let g: TestGateway | undefined

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  g = await testGateway(options)
  return g
}

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const carl = { from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', subject: 'Help', text: 'It is broken' }

test('everybody on the mailbox list hears of a new case in his own language', async () => {
  const g = await start()
  await g.mail({ ...carl, cc: 'boss@customer.test' })
  const sent = await g.sent()
  expect(sent.map((m) => m.rcpts)).toEqual([['anna@agents.test'], ['boris@agents.test']])
  const [anna, boris] = sent
  expect(anna?.mail.subject).toBe('[#1] Help')
  expect(anna?.mail.from?.value[0]).toEqual({ address: 'support@example.test', name: 'Carl Customer via Example Support' })
  expect(boris?.mail.from?.value[0]?.name).toBe('Carl Customer через Example Support')
  expect(anna?.mail.text).toContain('New case from Carl Customer\n\nIt is broken')
  expect(boris?.mail.text).toContain('Новое обращение от Carl Customer\n\nIt is broken')
  for (const fact of [
    'Case: #1',
    'Mailbox: Example Support',
    'Customer: Carl Customer <carl@customer.test>',
    'Subject: Help',
    'Status: open',
    'Assignee: nobody',
    'Copy: boss@customer.test',
  ])
    expect(anna?.mail.text).toContain(fact)
  expect(boris?.mail.text).toContain('Ответственный: нет')
})

test('the marker is the first thing in text and HTML, and the words come before the facts', async () => {
  const g = await start()
  await g.mail(carl)
  const [mail] = await g.sent()
  expect(mail?.mail.text?.startsWith('##~ Write your answer above this line ~##')).toBe(true)
  const html = String(mail?.mail.html)
  expect(
    html
      .replace(/<head>.*?<\/head>/s, '')
      .replace(/<[^>]*>/g, '')
      .trim()
      .startsWith('##~ Write your answer'),
  ).toBe(true)
  expect(html.indexOf('It is broken')).toBeLessThan(html.indexOf('Example Support'))
})

test('each agent gets a signed address of his own to answer to', async () => {
  const g = await start()
  await g.mail(carl)
  const addresses = (await g.sent()).map((m) => m.mail.replyTo?.value[0]?.address ?? '')
  expect(new Set(addresses).size).toBe(2)
  for (const a of addresses) expect(a).toMatch(/^support\+a[a-z2-7]{42}@example\.test$/)
})

test('all notifications of a case name one root, answer one another and keep one subject', async () => {
  const g = await start()
  await g.mail({ ...carl, messageId: '<one@customer.test>' })
  await g.mail({ ...carl, subject: 'Re: Help', inReplyTo: '<one@customer.test>', text: 'Still' })
  const [first, second] = await g.sentTo('anna@agents.test')
  const root = [first?.mail.references].flat()[0]
  expect(root).toMatch(/^<case\..*@gw\.example\.test>$/)
  expect(first?.mail.inReplyTo).toBe(root)
  expect([second?.mail.references].flat()[0]).toBe(root)
  expect(second?.mail.inReplyTo).toBe(first?.mail.messageId)
  expect(second?.mail.subject).toBe(first?.mail.subject)
  expect(second?.mail.text).toContain('Carl Customer writes\n\nStill')
  expect(second?.mail.text).toContain('- - - Earlier - - -')
  expect(second?.mail.text).toContain('It is broken')
})

test('notifications carry the headers that keep robots quiet, and robots’ addresses cannot loop', async () => {
  const g = await start()
  await g.mail(carl)
  const [mail] = await g.sent()
  expect(mail?.mail.headers.get('auto-submitted')).toBe('auto-generated')
  expect(mail?.mail.headers.get('x-auto-response-suppress')).toBe('OOF, AutoReply')
  expect(mail?.mail.headers.get('x-postern-loop')).toBe('test')
})

test('only the assignee hears of a message in his case', async () => {
  const g = await start()
  await g.mail({ ...carl, messageId: '<one@customer.test>' })
  await g.act('case.assign', '#1', { assignee: 'boris' }, agent('boris'))
  g.clear()
  await g.mail({ ...carl, inReplyTo: '<one@customer.test>', text: 'Still' })
  expect((await g.sent()).map((m) => m.rcpts[0])).toEqual(['boris@agents.test'])
})

test('an agent who was made responsible by somebody else is told, the one who did it is not', async () => {
  const g = await start()
  await g.mail(carl)
  g.clear()
  await g.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
  const sent = await g.sent()
  expect(sent.map((m) => m.rcpts[0])).toEqual(['anna@agents.test'])
  expect(sent[0]?.mail.text).toContain('Борис Иванов made you responsible for this case.')
  expect(sent[0]?.mail.text).toContain('Last message, from Carl Customer\n\nIt is broken')
  g.clear()
  await g.act('case.assign', '#1', { assignee: 'boris' }, agent('boris'))
  expect(await g.sent()).toEqual([])
})

test('a note reaches those whom it mentions, groups expanded, without its author', async () => {
  const g = await start()
  await g.mail(carl)
  g.clear()
  await g.act('note.add', '#1', { text: 'look at this' }, agent('anna'))
  expect(await g.sent()).toEqual([])
  await g.act('note.add', '#1', { text: 'look at that', mentions: [{ kind: 'group', id: 'team' }] }, agent('anna'))
  const sent = await g.sent()
  expect(sent.map((m) => m.rcpts[0])).toEqual(['boris@agents.test'])
  expect(sent[0]?.mail.text).toContain('Anna Smith упомянул(а) вас в заметке:\nlook at that')
  expect(sent[0]?.mail.text).toContain('Ваш ответ станет внутренней заметкой')
})

test('one transaction is one mail', async () => {
  const g = await start()
  await g.mail(carl)
  g.clear()
  const c = await g.look('#1')
  await g.transact(async (tx) => {
    await tx.act('case.assign', c.id, { assignee: 'anna' })
    await tx.act('note.add', c.id, { text: 'call him', mentions: [{ kind: 'agent', id: 'anna' }] })
    await tx.notices.raise({ caseId: c.id, kind: 'odd_thing' })
  })
  await g.settle()
  const sent = await g.sent()
  expect(sent.map((m) => m.rcpts[0])).toEqual(['anna@agents.test'])
  for (const part of [
    'You are responsible for this case now.',
    'You were mentioned in an internal note:\ncall him',
    'Open question: odd thing',
  ])
    expect(sent[0]?.mail.text).toContain(part)
})

test('inactive agents and agents without the mailbox hear nothing', async () => {
  const g = await start({
    config: `
agents:
  anna: { name: Anna Smith, email: anna@agents.test, active: false }
  boris: { name: Boris, email: boris@agents.test }
  cleo: { name: Cleo, email: cleo@agents.test }
groups:
  team: { name: Team, members: [anna, boris] }
  other: { name: Other, members: [cleo], mailboxes: [sales] }
`,
  })
  await g.mail(carl)
  expect((await g.sent()).map((m) => m.rcpts[0])).toEqual(['boris@agents.test'])
  g.clear()
  // Nobody can give her the case, and if she has it from a time when she could, she hears nothing of it.
  await expect(g.act('case.assign', '#1', { assignee: 'cleo' }, agent('boris'))).rejects.toThrow('Cleo may not act in this mailbox')
  await g.transact(async (tx) => void (await tx.cases.set((await tx.cases.byRef('#1'))?.id ?? '', { assignee: 'cleo' })))
  await g.mail({ ...carl, text: 'And another thing', inReplyTo: '<one@customer.test>' })
  expect((await g.look('#1')).assignee).toBe('cleo')
  expect(await g.sentTo('cleo@agents.test')).toEqual([])
})

test('a bounce notifies nobody, an automatic reply is marked, both by setting', async () => {
  const g = await start()
  await g.mail({ ...carl, messageId: '<one@customer.test>' })
  g.clear()
  await g.mail({
    ...carl,
    inReplyTo: '<one@customer.test>',
    subject: 'Automatic reply: Help',
    text: 'I am away',
    headers: { 'Auto-Submitted': 'auto-replied' },
  })
  expect((await g.sentTo('anna@agents.test'))[0]?.mail.text).toContain('Automatic reply: nobody wrote this himself.')
  await g.stop()
  const quiet = await start({ plugins: ['desk', 'threading', { notify: { auto_replies: false, bulk: false } }] })
  await quiet.mail({ ...carl, subject: 'Automatic reply: Help', headers: { 'Auto-Submitted': 'auto-replied' } })
  await quiet.mail({ ...carl, subject: 'News', headers: { 'List-Id': '<news.test>' } })
  expect(await quiet.sent()).toEqual([])
})

test('tricks in names are shown, not only stored', async () => {
  const g = await start()
  await g.mail({ ...carl, from: '"Anna Smith" <carl@customer.test>' })
  await g.mail({ ...carl, from: '"ceo@bank.test" <carl@customer.test>', subject: 'Two' })
  const sent = await g.sentTo('anna@agents.test')
  expect(sent[0]?.mail.text).toContain('⚠ The name is that of an agent, the address is not.')
  expect(sent[1]?.mail.text).toContain('⚠ The name shows another address than the one it comes from: ceo@bank.test')
})

test('HTML of a customer is shown without scripts and remote images', async () => {
  const g = await start()
  await g.mail({
    ...carl,
    html: '<p>It is <b>broken</b><script>alert(1)</script><img src="https://track.test/x.gif"><a href="javascript:x()">y</a></p>',
  })
  const html = String((await g.sent())[0]?.mail.html)
  expect(html).toContain('<b>broken</b>')
  expect(html).not.toMatch(/script|track\.test|javascript/)
})

function withFiles(sizes: readonly number[]): string {
  const files = sizes.map(
    (n, i) =>
      `--b\r\nContent-Type: application/pdf; name="f${i}.pdf"\r\nContent-Disposition: attachment; filename="f${i}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.alloc(
        n,
        i + 1,
      )
        .toString('base64')
        .replace(/.{76}/g, '$&\r\n')}\r\n`,
  )
  return `From: carl@customer.test\r\nTo: support@example.test\r\nSubject: Files\r\nMessage-ID: <files@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee files\r\n${files.join('')}--b--\r\n`
}

test('attachments are sent along up to the limit, the rest is listed', async () => {
  const g = await start({ plugins: ['desk', 'threading', { notify: { attachments: '20kB' } }] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', raw: withFiles([10_000, 15_000, 5000]) })
  const [mail] = await g.sent()
  expect(mail?.mail.attachments.map((a) => [a.filename, a.size])).toEqual([
    ['f0.pdf', 10_000],
    ['f2.pdf', 5000],
  ])
  expect(mail?.mail.text).toContain('Attached: f0.pdf (10 kB), f2.pdf (5 kB)')
  expect(mail?.mail.text).toContain('Not sent along: f1.pdf (15 kB)')
})

test('an answer that cannot be delivered is told to its author', async () => {
  const g = await start()
  await g.mail(carl)
  await g.act('case.assign', '#1', { assignee: 'boris' }, agent('boris'))
  g.sink.script((m) => (m.at === 'rcpt' && m.rcpt === 'carl@customer.test' ? '550 5.1.1 no such user' : undefined))
  g.clear()
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  await g.settle()
  const told = await g.sent()
  expect(told.map((m) => m.rcpts[0])).toEqual(['anna@agents.test'])
  expect(told[0]?.mail.text).toContain('The mail to carl@customer.test could not be delivered: 550 5.1.1 no such user')
})

test('a notification that cannot be delivered is no news', async () => {
  const g = await start()
  g.sink.script((m) => (m.at === 'rcpt' && m.rcpt === 'boris@agents.test' ? '550 5.1.1 no such user' : undefined))
  await g.mail(carl)
  await g.advance('10m')
  expect((await g.sent()).map((m) => m.rcpts[0])).toEqual(['anna@agents.test'])
})

test('nothing of a case in spam is told; a customer who writes brings his case out of the trash', async () => {
  const g = await start()
  await g.mail({ ...carl, messageId: '<one@customer.test>' })
  await g.act('case.status', '#1', { status: 'spam' }, agent('anna'))
  g.clear()
  await g.mail({ ...carl, inReplyTo: '<one@customer.test>', text: 'Still' })
  expect(await g.sent()).toEqual([])
  await g.act('case.status', '#1', { status: 'trash' }, agent('anna'))
  await g.mail({ ...carl, inReplyTo: '<one@customer.test>', text: 'Still there' })
  expect((await g.look('#1')).status).toBe('open')
  expect((await g.sent()).map((m) => m.rcpts[0]).sort()).toEqual(['anna@agents.test', 'boris@agents.test'])
})

const head = 'From: carl@customer.test\nTo: support@example.test\nSubject: Files\nMIME-Version: 1.0\n'

test('a file out of a container, and one without a name, reach the agent', async () => {
  const g = await start()
  const text = Buffer.from('terms')
  const attribute = (level: number, id: number, value: Buffer): Buffer => {
    const front = Buffer.alloc(9)
    front.writeUInt8(level, 0)
    front.writeUInt32LE(id, 1)
    front.writeUInt32LE(value.length, 5)
    return Buffer.concat([front, value, Buffer.alloc(2)])
  }
  const tnef = Buffer.concat([
    Buffer.from('789f3e220000', 'hex'),
    attribute(1, 0x0002800c, Buffer.from('Please sign\0')),
    attribute(2, 0x00069002, Buffer.alloc(14)),
    attribute(2, 0x00018010, Buffer.from('terms.txt\0')),
    attribute(2, 0x0006800f, text),
  ])
  await g.mail({
    ...carl,
    raw: `${head}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n${tnef.toString('base64')}\n--b\nContent-Type: image/jpeg\n\nx\n--b--\n`,
  })
  const [mail] = await g.sent()
  expect(mail?.mail.text).toContain('Please sign')
  expect(mail?.mail.attachments.map((a) => [a.filename, a.filename === 'terms.txt' ? a.content.toString() : ''])).toEqual([
    ['winmail.dat', ''],
    ['terms.txt', 'terms'],
    ['image.jpg', ''],
  ])
})

test('no mail with content is shown as one without text', async () => {
  const g = await start()
  await g.mail({ ...carl, raw: `${head}Content-Type: image/png; name=a.png\n\nx` })
  await g.mail({
    ...carl,
    raw: `${head}Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\nx\n--b--\n`,
  })
  const texts = (await g.sent()).map((m) => m.mail.text ?? '')
  expect(texts.some((t) => t.includes('(no text, only files)'))).toBe(true)
  expect(texts.some((t) => t.includes('(encrypted; whoever has the key can open the files)') && t.includes('The mail is encrypted.'))).toBe(
    true,
  )
  expect(texts.filter((t) => t.includes('(no text)'))).toEqual([])
})

test.each<readonly [string | undefined, string | RegExp, string | RegExp]>([
  [undefined, '(4 lines of quoted text hidden)', '(скрыты 4 строки цитаты)'],
  [
    'https://desk.example',
    /\(4 lines of quoted text hidden: https:\/\/desk\.example\/v1\/messages\/\S+\)/,
    /\(скрыты 4 строки цитаты: https:/,
  ],
])('more than the known quote is cut off, and that is said (public_url: %s)', async (url, english, russian) => {
  const g = await start(url === undefined ? {} : { config: `http: { port: 0, public_url: "${url}" }` })
  const old = 'One line of a mail that nobody has seen\nanother of its lines\na third line of it\nand its last line'
  await g.mail({
    ...carl,
    messageId: '<q1@customer.test>',
    inReplyTo: '<x@elsewhere.test>',
    text: `It is broken\n\nOn Mon, 21 Sep 2026 at 12:00, Bob <bob@x.test> wrote:\n${old.replace(/^/gm, '> ')}`,
  })
  const texts = (await g.sent()).map((m) => m.mail.text ?? '')
  if (typeof english === 'string') expect(texts[0]).toContain(english)
  else expect(texts[0]).toMatch(english)
  if (typeof russian === 'string') expect(texts[1]).toContain(russian)
  else expect(texts[1]).toMatch(russian)
})

test('of a quote of the case itself nothing is said', async () => {
  const g = await start()
  await g.mail({
    ...carl,
    messageId: '<q1@customer.test>',
    text: 'One line here\nanother of its lines\na third line of it\nand its last line',
  })
  g.clear()
  await g.mail({
    ...carl,
    subject: 'Re: Help',
    inReplyTo: '<q1@customer.test>',
    text: 'Still\n\nOn Mon, 21 Sep 2026 at 12:00, Carl <carl@customer.test> wrote:\n> One line here another\n> of its lines\n> a third line of it\n> and its last line',
  })
  expect((await g.sent())[0]?.mail.text).not.toContain('hidden')
})
