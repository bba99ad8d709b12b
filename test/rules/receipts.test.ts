import { describe, expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { databaseKinds } from '../support/databases.ts'
import { vouched, withRules } from './rig.ts'

const receipts = { receipts: [{ template: 'receipt' }] }

describe.each(databaseKinds)('%s', (kind) => {
  test('the requester of a new case gets one receipt, with a null return path and the marks of automatic mail', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      await g.mail({
        from: 'Carl Customer <carl@customer.test>',
        to: 'support@example.test',
        cc: 'boss@customer.test',
        subject: 'Help',
        text: 'It is broken',
        headers: vouched('customer.test'),
      })
      const sent = await g.sent()
      expect(sent.map((m) => [m.from, m.rcpts, m.mail.subject])).toEqual([
        ['', ['carl@customer.test'], 'We have received your message [#1]'],
      ])
      expect(sent[0]?.mail.text).toContain('Hello Carl,\nyour request is number 1.')
      expect(sent[0]?.mail.headers.get('auto-submitted')).toBe('auto-replied')
      await g.mail({ from: 'carl@customer.test', to: sent[0]?.mail.replyTo?.value[0]?.address ?? '', subject: 'Re: Help', text: 'More' })
      expect(await g.sent()).toHaveLength(1)
      expect((await g.look('#1')).messages).toHaveLength(3)
    }))

  test('one receipt goes out, whichever of three rules and the standard one would send it', () =>
    withRules(
      {
        kind,
        settings: receipts,
        rules: `
rules:
  - { name: first, on: incoming, do: [{ receipt: receipt }] }
  - { name: second, on: incoming, do: [{ receipt: { template: receipt, to: everybody } }] }
  - { name: third, on: reply, do: [{ receipt: receipt }] }
`,
      },
      async (g) => {
        await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
        expect(await g.sent()).toHaveLength(1)
      },
    ))

  test('nobody else gets a receipt: robots, lists, spam, failed senders, no return address, ourselves, cases that agents begin', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      const mail = { from: 'x@robot.test', to: 'support@example.test', subject: 'Help', text: 'Words' }
      await g.mail({ ...mail, headers: { 'Auto-Submitted': 'auto-replied' } })
      await g.mail({ ...mail, headers: { Precedence: 'bulk' } })
      await g.mail({ ...mail, headers: { 'List-Id': '<news.robot.test>' } })
      await g.mail({ ...mail, headers: { 'X-Spam-Flag': 'YES' } })
      await g.mail({ ...mail, headers: { 'Authentication-Results': 'mx.example.test; dmarc=fail header.from=robot.test' } })
      await g.mail({ ...mail, mailFrom: '' })
      await g.mail({ ...mail, from: 'sales@example.test' })
      await g.mail({ ...mail, from: 'no-reply@robot.test' })
      await g.mail({ ...mail, subject: 'Вне офиса' })
      expect(await g.sent()).toEqual([])
      await g.transact(async (tx) => {
        const c = await tx.cases.create({
          mailbox: 'support',
          subject: 'Call',
          requester: { address: 'new@customer.test', name: '' },
          status: 'waiting',
        })
        await tx.cases.created(c.id)
      }, agent('anna'))
      expect(await g.sent()).toEqual([])
    }))

  test('a receipt repeats nothing of what the sender wrote unless our own server vouches for him', () =>
    withRules(
      {
        kind,
        settings: receipts,
        templates: { 'receipt.yaml': 'text: "Hello {{ customer.name | default: \'customer\' }}: {{ case.subject }} / {{ message.text }}"' },
      },
      async (g) => {
        const mail = { from: 'Canary Name <a@forged.test>', to: 'support@example.test', subject: 'Canary subject', text: 'Canary text' }
        await g.mail(mail)
        await g.mail({
          ...mail,
          from: 'Canary Name <b@forged.test>',
          headers: { 'Authentication-Results': 'mx.other.test; dmarc=pass header.from=forged.test' },
        })
        for (const { raw, mail: read } of await g.sent()) {
          expect(raw.toString()).not.toMatch(/canary/i)
          expect(read.subject).toMatch(/^We have received your message \[#[12]\]$/)
        }
        expect(await g.sent()).toHaveLength(2)
        g.clear()
        await g.mail({ ...mail, from: 'Canary Name <c@customer.test>', headers: vouched('customer.test') })
        expect((await g.sent())[0]?.mail.text).toContain('Hello Canary Name: Canary subject / Canary text')
        expect((await g.sent())[0]?.mail.subject).toBe('Re: Canary subject [#3]')
      },
    ))

  test('mailboxes have receipts of their own, in their language, with files and images inside', () =>
    withRules(
      {
        kind,
        config: `
mailboxes:
  support: { address: support@example.test, name: Support, notify: [anna] }
  sales: { address: sales@example.test, name: Продажи, locale: ru, notify: [anna] }
agents: { anna: { name: Anna Smith, email: anna@agents.test } }
groups: {}
`,
        settings: { receipts: [{ mailboxes: ['support'], template: 'receipt' }, { template: 'rich' }] },
        templates: {
          'rich.yaml':
            'subject: x\ntext: y\nlanguages: { ru: { subject: Принято, text: "Номер {{ case.number }}", html: "<p>Номер <b>{{ case.number }}</b> <img src=\\"cid:logo\\"></p>" } }\nattachments: [terms.txt, { file: logo.png, cid: logo }]',
          'terms.txt': 'Terms',
          'logo.png': 'PNG',
        },
      },
      async (g) => {
        await g.mail({ from: 'a@customer.test', to: 'sales@example.test', subject: 'Привет', text: 'Сколько стоит?' })
        const [sent] = await g.sent()
        expect(sent?.mail.subject).toBe('Принято [#1]')
        expect(sent?.mail.text).toContain('Номер 1')
        expect(sent?.mail.html).toContain('<b>1</b>')
        expect(sent?.mail.attachments.map((a) => [a.filename, a.contentType, a.related ?? false])).toEqual(
          expect.arrayContaining([
            ['terms.txt', 'text/plain', false],
            ['logo.png', 'image/png', true],
          ]),
        )
        await g.mail({ from: 'b@customer.test', to: 'sales@example.test', subject: 'Ещё', text: 'Другой вопрос' })
        await g.mail({ from: 'a@customer.test', to: 'support@example.test', subject: 'Hi', text: 'Question' })
        expect((await g.sent()).map((m) => m.mail.subject)).toEqual(['Принято [#1]', 'Принято [#2]', 'We have received your message [#3]'])
      },
    ))

  test('one sender gets three receipts in ten minutes and ten a day', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      const words = [
        'one',
        'two',
        'three',
        'four',
        'five',
        'six',
        'seven',
        'eight',
        'nine',
        'ten',
        'eleven',
        'twelve',
        'thirteen',
        'fourteen',
        'fifteen',
        'sixteen',
      ]
      const write = (i: number): Promise<string> =>
        g.mail({ from: 'eager@customer.test', to: 'support@example.test', subject: `New ${words[i]}`, text: `Question ${words[i]}` })
      for (let i = 0; i < 4; i++) await write(i)
      expect(await g.sent()).toHaveLength(3)
      for (let i = 4; i < 16; i++) {
        await g.advance('11m', 660_000)
        await write(i)
      }
      expect(await g.sent()).toHaveLength(10)
      await g.advance('1d', 3_600_000)
      await write(0)
      expect(await g.sent()).toHaveLength(11)
    }))

  test('people whom our own server vouches for are not held up by caps that are there for forgers', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      // Eight customers of one company with the same words in a minute.
      for (const name of ['anna', 'bert', 'carl', 'dora', 'emil', 'frida', 'gert', 'hans'])
        await g.mail({
          from: `${name}@customer.test`,
          to: 'support@example.test',
          subject: 'Принтер не печатает',
          text: 'Помогите',
          headers: vouched('customer.test'),
        })
      expect(await g.sent()).toHaveLength(8)
    }))

  test('what nobody vouches for still counts, and uses up nothing of who is vouched for', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      const mail = { to: 'support@example.test', subject: 'Same', text: 'The same words' }
      for (let i = 0; i < 9; i++) await g.mail({ ...mail, from: `forged${i}@customer.test` })
      expect(await g.sent()).toHaveLength(3)
      for (let i = 0; i < 9; i++) await g.mail({ ...mail, from: 'carl@customer.test', subject: `Other ${'x'.repeat(i)}` })
      g.clear()
      await g.mail({ ...mail, from: 'carl@customer.test', headers: vouched('customer.test') })
      expect((await g.sent()).map((m) => m.rcpts)).toEqual([['carl@customer.test']])
    }))

  test('over a cap, the receipt of who is vouched for is put off, and sent once unless it says nothing any more', () =>
    withRules({ kind, settings: receipts }, async (g) => {
      const write = (subject: string): Promise<string> =>
        g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject, text: subject, headers: vouched('customer.test') })
      for (const subject of ['one', 'two', 'three', 'four', 'five', 'six']) await write(subject)
      expect(await g.sent()).toHaveLength(3)
      expect((await g.look('#4')).messages).toHaveLength(1)
      // Answered meanwhile; spam meanwhile.
      await g.act('reply.send', '#5', { text: 'We are on it' }, agent('anna'))
      await g.act('case.status', '#6', { status: 'spam' }, agent('anna'))
      g.clear()
      await g.advance('11m')
      expect((await g.sent()).map((m) => m.mail.subject)).toEqual(['We have received your message [#4]'])
      await g.advance('1d', 3_600_000)
      expect(await g.sent()).toHaveLength(1)
    }))

  test('a budget that is spent puts it off as well, and leaves no trace in the case', () =>
    withRules(
      {
        kind,
        settings: { ...receipts, receipt_caps: { per_sender: ['9/10m'] } },
        config: 'budget: { per_recipient: [1/1h], per_domain: [0/1m] }',
      },
      async (g) => {
        const mail = { from: 'carl@customer.test', to: 'support@example.test', headers: vouched('customer.test') }
        await g.mail({ ...mail, subject: 'one', text: 'one' })
        await g.mail({ ...mail, subject: 'two', text: 'two' })
        expect(await g.sent()).toHaveLength(1)
        expect((await g.look('#2')).messages).toHaveLength(1)
        await g.advance('61m')
        expect((await g.sent()).map((m) => m.mail.subject)).toEqual([
          'We have received your message [#1]',
          'We have received your message [#2]',
        ])
      },
    ))

  test('who would have to wait longer than a day gets none', () =>
    withRules({ kind, settings: { ...receipts, receipt_caps: { per_sender: ['1/3d'] } } }, async (g) => {
      const mail = { from: 'carl@customer.test', to: 'support@example.test', headers: vouched('customer.test') }
      await g.mail({ ...mail, subject: 'one', text: 'one' })
      await g.mail({ ...mail, subject: 'two', text: 'two' })
      await g.advance('4d', 21_600_000)
      expect(await g.sent()).toHaveLength(1)
    }))

  test('a plus in the address makes no other person, neither for the caps nor for `once_per: sender`', () =>
    withRules(
      {
        kind,
        settings: receipts,
        rules: `
rules:
  - { name: thank, on: incoming, once_per: sender, do: [{ tag: first }] }
`,
      },
      async (g) => {
        const words = ['one', 'two', 'three', 'four']
        for (const word of words)
          await g.mail({ from: `carl+${word}@customer.test`, to: 'support@example.test', subject: word, text: word })
        await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'five', text: 'five' })
        expect(await g.sent()).toHaveLength(3)
        const tags = []
        for (const n of [1, 2, 3, 4, 5]) tags.push((await g.look(`#${n}`)).tags)
        expect(tags).toEqual([['first'], [], [], [], []])
      },
    ))

  test('nor for the budget of the house, whatever its caps are and however it is written', () =>
    withRules(
      {
        kind,
        settings: { ...receipts, receipt_caps: { per_sender: ['9/10m'] } },
        config: 'budget: { per_recipient: [2/1h], per_domain: [20/1m] }',
      },
      async (g) => {
        for (const from of ['carl+one@customer.test', 'Carl+Two@Customer.test', 'carl@customer.test', 'carl+one+more@customer.test'])
          await g.mail({ from, to: 'support@example.test', subject: from, text: from })
        expect((await g.sent()).map((m) => m.rcpts)).toEqual([['carl+one@customer.test'], ['carl+two@customer.test']])
        await g.mail({ from: 'carla+one@customer.test', to: 'support@example.test', subject: 'other', text: 'other' })
        await g.mail({ from: '+one@customer.test', to: 'support@example.test', subject: 'odd', text: 'odd' })
        expect(await g.sent()).toHaveLength(4)
        await g.advance('61m')
        await g.mail({ from: 'carl+five@customer.test', to: 'support@example.test', subject: 'later', text: 'later' })
        expect(await g.sent()).toHaveLength(5)
      },
    ))

  test.each([
    'notifications-noreply@shop.test',
    'no-reply@shop.test',
    'shop.no_reply2@shop.test',
    'donotreply@shop.test',
    'orders+do-not-reply@shop.test',
    'noreply-orders@shop.test',
    'ne-otvechat@shop.test',
    'не-отвечать@почта.test',
  ])('%s reads no receipt', (from) =>
    withRules({ kind, settings: receipts }, async (g) => {
      await g.mail({
        from,
        mailFrom: 'x@shop.test',
        to: 'support@example.test',
        raw: `From: ${from}\nTo: support@example.test\nSubject: Order\n\nSent`,
      })
      expect(await g.sent()).toEqual([])
      expect((await g.look('#1')).status).toBe('open')
    }),
  )

  test.each(['norepley@shop.test', 'nora.reply@shop.test', 'casino.reply@shop.test', 'replyno@shop.test', 'bouncer@shop.test'])(
    '%s reads one',
    (from) =>
      withRules({ kind, settings: receipts }, async (g) => {
        await g.mail({ from, to: 'support@example.test', subject: 'Order', text: 'Where is it?' })
        expect(await g.sent()).toHaveLength(1)
      }),
  )
})
