// The SMTP dialogue over a real socket.
import { afterEach, expect, test } from 'vitest'
import { startRig } from './rig.ts'
import type { Rig, RigOptions } from './rig.ts'

let rig: Rig | undefined
afterEach(() => rig?.stop())
const start = async (options: RigOptions = {}): Promise<Rig> => (rig = await startRig(options))

const mail = 'From: c@customer.example\r\nSubject: Hi\r\n\r\nHello'

test('a mail is stored as it came and answered with its id', async () => {
  const { client, store } = await start()
  const c = await client()
  const [reply] = await c.deliver('c@customer.example', ['support@example.org'], mail)
  expect(store.rows).toHaveLength(1)
  expect(reply).toBe(`250 2.0.0 accepted as ${store.rows[0]?.id}`)
  expect(store.rows[0]).toMatchObject({
    mailFrom: 'c@customer.example',
    rcpt: 'support@example.org',
    mailbox: 'support',
    peer: '127.0.0.1',
    helo: 'peer.example',
    protocol: 'smtp',
    smtputf8: false,
  })
  expect(Buffer.from(store.rows[0]?.raw ?? []).toString()).toBe(`${mail}\r\n`)
  expect(await c.ask('QUIT')).toMatch(/^221 2\.0\.0/)
  expect(await c.reply()).toBe('')
})

test('EHLO names the extensions and never AUTH', async () => {
  const { client } = await start()
  const hello = await (await client()).ask('EHLO peer.example')
  const [name, ...offers] = hello.split('\n').map((line) => line.slice(4))
  expect(name).toBe('gate.example.org')
  expect(offers.sort()).toEqual(['8BITMIME', 'ENHANCEDSTATUSCODES', 'PIPELINING', 'SIZE 1000000', 'SMTPUTF8'])
})

test('what is not offered is refused', async () => {
  const c = await (await start()).client()
  for (const command of ['AUTH PLAIN AGEAYg==', 'STARTTLS', 'XCLIENT ADDR=192.0.2.1', 'XFORWARD ADDR=192.0.2.1', 'WIZ x'])
    expect(await c.ask(command)).toMatch(/^500 5\.5\./)
})

test('commands out of order are answered 503 and do no harm', async () => {
  const c = await (await start()).client()
  expect(await c.ask('MAIL FROM:<a@b.example>')).toMatch(/^503 5\.5\.1/)
  await c.ask('EHLO x')
  expect(await c.ask('RCPT TO:<support@example.org>')).toMatch(/^503 5\.5\.1/)
  expect(await c.ask('DATA')).toMatch(/^503 5\.5\.1/)
  expect(await c.ask('MAIL FROM:<a@b.example>')).toMatch(/^250 2\.1\.0/)
  expect(await c.ask('MAIL FROM:<a@b.example>')).toMatch(/^503 5\.5\.1/)
  expect(await c.ask('DATA')).toMatch(/^503 5\.5\.1/)
  expect(await c.ask('RSET')).toMatch(/^250 2\.0\.0/)
  expect(await c.ask('MAIL FROM:<a@b.example>')).toMatch(/^250 2\.1\.0/)
})

test('an unknown mailbox is refused for good, and the others of the same mail are served', async () => {
  const { client, store } = await start()
  const c = await client()
  const replies = await c.envelope('', ['nobody@example.org', 'support@example.org', 'support@elsewhere.example'])
  expect(replies.slice(2)).toEqual([
    '550 5.1.1 No such mailbox here',
    expect.stringMatching(/^250 2\.1\.5/),
    '550 5.1.1 No such mailbox here',
    expect.stringMatching(/^354 /),
  ])
  c.send(`${mail}\r\n.\r\n`)
  expect(await c.reply()).toMatch(/^250/)
  expect(store.rows.map((r) => [r.mailFrom, r.rcpt])).toEqual([['', 'support@example.org']])
})

test('one mail to two mailboxes is two rows over one blob', async () => {
  const { client, store } = await start()
  await (await client()).deliver('a@b.example', ['support@example.org', 'sales@example.org', 'SUPPORT@example.org'], mail)
  expect(store.rows.map((r) => r.rcpt)).toEqual(['support@example.org', 'sales@example.org'])
  expect(new Set(store.rows.map((r) => r.rawId)).size).toBe(1)
})

test('SIZE is judged at MAIL, and again while the mail comes in', async () => {
  const { client, store, counters } = await start({ server: { maxSizeBytes: 20_000 } })
  const c = await client()
  await c.ask('EHLO x')
  expect(await c.ask('MAIL FROM:<a@b.example> SIZE=20001')).toMatch(/^552 5\.3\.4/)
  expect(await c.ask('MAIL FROM:<a@b.example> SIZE=20000')).toMatch(/^250/)
  await c.ask('RSET')
  expect(await c.deliver('a@b.example', ['support@example.org'], 'x'.repeat(2_000_000))).toEqual([
    '552 5.3.4 Message exceeds the size limit',
  ])
  expect(await c.deliver('a@b.example', ['support@example.org'], 'x'.repeat(19_999))).toEqual(['552 5.3.4 Message exceeds the size limit'])
  expect((await c.deliver('a@b.example', ['support@example.org'], 'x'.repeat(19_998)))[0]).toMatch(/^250/)
  // Stuffed dots do not count: 6,666 lines of one dot are 19,998 octets.
  expect((await c.deliver('a@b.example', ['support@example.org'], Array(6666).fill('..').join('\r\n')))[0]).toMatch(/^250/)
  expect(store.rows.map((r) => r.raw.byteLength)).toEqual([20_000, 19_998])
  expect(counters.counts.get('postern_smtp_refused_total message_too_big')).toBe(3)
})

test('parameters: BODY, SMTPUTF8 and those of DSN are taken, others are refused', async () => {
  const c = await (await start()).client()
  await c.ask('EHLO x')
  expect(await c.ask('MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=10 SMTPUTF8 RET=HDRS ENVID=abc')).toMatch(/^250/)
  expect(await c.ask('RCPT TO:<support@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@b.example')).toMatch(/^250/)
  expect(await c.ask('RCPT TO:<support@example.org> FOO=1')).toMatch(/^555 5\.5\.4/)
  await c.ask('RSET')
  expect(await c.ask('MAIL FROM:<a@b.example> BODY=BINARYMIME')).toMatch(/^501 5\.5\.4/)
  expect(await c.ask('MAIL FROM:<a@b.example> SIZE=-1')).toMatch(/^501 5\.5\.4/)
  for (const unknown of ['FOO', 'REQUIRETLS=1', 'BY=120;R', 'HOLDFOR=600'])
    expect(await c.ask(`MAIL FROM:<a@b.example> ${unknown}`)).toMatch(/^5(01|30|55) 5\./)
})

test('UTF-8 in addresses and bodies arrives octet by octet', async () => {
  const { client, store } = await start()
  const c = await client()
  const body = 'Subject: Привет\r\n\r\nЗдравствуйте, 你好'
  expect(await c.deliver('клиент@пример.рф', ['büro+тег@bücher.example'], body)).toHaveLength(1)
  expect(store.rows[0]).toMatchObject({
    mailFrom: 'клиент@пример.рф',
    rcpt: 'büro+тег@xn--bcher-kva.example',
    mailbox: 'büro',
    smtputf8: true,
  })
  expect(Buffer.from(store.rows[0]?.raw ?? []).toString()).toBe(`${body}\r\n`)
})

test('mails pipelined in one write are answered in order', async () => {
  const { client, store } = await start()
  const c = await client()
  const one = (n: number): string => `MAIL FROM:<a${n}@b.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n${mail} ${n}\r\n.\r\n`
  c.send(`EHLO x\r\n${one(1)}${one(2)}${one(3)}NOOP\r\nQUIT\r\n`)
  const replies = await c.replies(15)
  expect(replies.map((r) => r.slice(0, 3))).toEqual(['250', ...Array(3).fill(['250', '250', '354', '250']).flat(), '250', '221'])
  expect(store.rows.map((r) => r.mailFrom)).toEqual(['a1@b.example', 'a2@b.example', 'a3@b.example'])
})

test('stuffed dots are taken off once', async () => {
  const { client, store } = await start()
  await (await client()).deliver('', ['support@example.org'], '..\r\n...\r\n..a\r\na.b\r\n..')
  expect(Buffer.from(store.rows[0]?.raw ?? []).toString()).toBe('.\r\n..\r\n.a\r\na.b\r\n.\r\n')
})

test('an empty body is a mail too', async () => {
  const { client, store } = await start()
  const c = await client()
  await c.envelope('', ['support@example.org'])
  c.send('.\r\n')
  expect(await c.reply()).toMatch(/^250/)
  expect(store.rows[0]?.raw.byteLength).toBe(0)
})

test('more than fifty hops are a loop, fifty are not', async () => {
  const { client } = await start()
  const c = await client()
  const hops = (n: number): string => `${'Received: from a by b; now\r\n'.repeat(n)}Subject: x\r\n\r\nReceived: not a header`
  expect((await c.deliver('', ['support@example.org'], hops(50)))[0]).toMatch(/^250/)
  expect(await c.deliver('', ['support@example.org'], hops(51))).toEqual(['554 5.4.6 Too many hops, this looks like a mail loop'])
})

test('a peer that is not on the list is turned away', async () => {
  const { server, counters } = await start({ server: { allowed: () => false } })
  const { Client } = await import('./rig.ts')
  const c = await Client.connect({ host: '127.0.0.1', port: server.port ?? 0 })
  expect(await c.reply()).toBe('554 5.7.1 This peer may not relay mail here')
  expect(await c.reply()).toBe('')
  expect(counters.counts.get('postern_smtp_connections_total peer_refused')).toBe(1)
})

test('a line without end, and commands that nobody knows, end that session alone, and temporarily', async () => {
  const { client } = await start()
  const [long, odd, other] = [await client(), await client(), await client()]
  long.send(`NOOP ${'x'.repeat(100_000)}\r\n`)
  expect(await long.reply()).toMatch(/^421 4/)
  expect(await long.reply()).toBe('')
  odd.send(Buffer.from([0x4e, 0xff, 0x0d, 0x0a]))
  expect(await odd.reply()).toMatch(/^500 5/)
  let reply = ''
  for (let i = 0; i < 30 && !reply.startsWith('421'); i++) reply = await odd.ask('FOO')
  expect(reply).toMatch(/^421 4/)
  expect(await odd.reply()).toBe('')
  expect(await other.ask('NOOP')).toMatch(/^250/)
})

test.each([
  ['<MAILER-DAEMON>', 'MAILER-DAEMON'],
  ['<"john doe"@b.example>', '"john doe"@b.example'],
  ['<"a@b"@c.example>', '"a@b"@c.example'],
  ['<"a\\"b>c"@d.example>', '"a\\"b>c"@d.example'],
  ['<user.@docomo.example>', 'user.@docomo.example'],
  ['<a..b@c.example>', 'a..b@c.example'],
  ['<@x.example,@y.example:a@b.example>', 'a@b.example'],
  ['<a@[192.0.2.1]>', 'a@[192.0.2.1]'],
  ["<o'brien+x=y{z}@b.example>", "o'brien+x=y{z}@b.example"],
  ['<a@xn--bcher-kva.example>', 'a@xn--bcher-kva.example'],
  ['<a@B\u00fccher.example> SMTPUTF8', 'a@xn--bcher-kva.example'],
  [' <a@b.example> BODY=7BIT', 'a@b.example'],
  [`<${'a'.repeat(400)}@b.example>`, `${'a'.repeat(400)}@b.example`],
])('no mail is lost for the sender %s', async (path, sender) => {
  const { client, store } = await start()
  const c = await client()
  c.send(`EHLO x\r\nMAIL FROM:${path}\r\nRCPT TO:<support@example.org>\r\nDATA\r\n`)
  expect((await c.replies(4)).at(-1)).toMatch(/^354/)
  c.send(`${mail}\r\n.\r\n`)
  expect(await c.reply()).toMatch(/^250/)
  expect(store.rows[0]?.mailFrom).toBe(sender)
})

test.each([
  '',
  '<a@b',
  '<a b@c.example>',
  '<a@b@c.example>',
  '<<a@b.example>>',
  '<@>',
  '<a@>',
  '<"a\u0001b"@c.example>',
  `<${'a'.repeat(2000)}@b.example>`,
])('%s is no sender', async (path) => {
  const c = await (await start()).client()
  await c.ask('EHLO x')
  expect(await c.ask(`MAIL FROM:${path}`)).toMatch(/^5\d\d 5\./)
  expect(await c.ask('RCPT TO:<support@example.org>')).toMatch(/^503/)
})

test('a session that goes on without a mail is ended after more commands than any mail needs', async () => {
  const c = await (await start({ server: { maxRecipients: 10 } })).client()
  let answered = 0
  for (; answered < 1000; answered++) if ((await c.ask(['NOOP', 'RSET', 'HELO x'][answered % 3] ?? '')).startsWith('421 4.7.0')) break
  expect(answered).toBeGreaterThanOrEqual(100)
  expect(answered).toBeLessThan(200)
})

test('a peer that closes its side behind the dot still gets its reply', async () => {
  const { client, store } = await start()
  const c = await client()
  await c.envelope('', ['support@example.org'])
  c.socket.end(`${mail}\r\n.\r\n`)
  expect(await c.reply()).toMatch(/^250/)
  expect(store.rows).toHaveLength(1)
})
