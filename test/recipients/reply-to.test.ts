// Whose Reply-To makes the requester where our server vouches for senders, and what it does not make of him.
import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'

const config = `
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [anna], reply_to: { from: [web@forms.test, "*@ФОРМЫ.рф"], own: true, no_reply: false } }
  sales: { address: sales@example.test, aliases: [shop@example.test], name: Example Sales, notify: [boris], reply_to: { own: false } }
`
const files = {
  'templates/got.yaml': `text: 'We have got it, {{ customer.name | default: "friend" }}: {{ message.text | default: "your mail" }}'\n`,
}
const plugins = [
  'desk',
  'threading',
  { recipients: { authserv_id: 'mx.example.test' } },
  { rules: { authserv_id: 'mx.example.test', receipts: [{ template: 'got' }] } },
  'notify',
]
const verdict = (from: string, dmarc: string) => `mx.example.test; dmarc=${dmarc} header.from=${from.slice(from.indexOf('@') + 1)}`

eachGateway((open) => {
  test('only a sender whose domain our server has seen to be his own is believed', async () => {
    const g = await open({ config, files, plugins })
    const rows: readonly (readonly [from: string, to: string, dmarc: string | null, requester: string])[] = [
      ['web@forms.test', 'support@example.test', 'pass', 'carl@customer.test'],
      ['WEB@Forms.Test', 'support@example.test', 'pass', 'carl@customer.test'],
      ['web@forms.test', 'support@example.test', 'fail', 'web@forms.test'],
      ['web@forms.test', 'support@example.test', null, 'web@forms.test'],
      ['else@forms.test', 'support@example.test', 'pass', 'else@forms.test'],
      ['any@xn--l1adgo2b.xn--p1ai', 'support@example.test', 'pass', 'carl@customer.test'],
      // What is ours by whatever name, as the mailbox says.
      ['shop+form@example.test', 'support@example.test', 'pass', 'carl@customer.test'],
      ['shop@example.test', 'sales@example.test', 'pass', 'shop@example.test'],
      // Each mailbox for itself.
      ['noreply@store.test', 'support@example.test', 'pass', 'noreply@store.test'],
      ['noreply@store.test', 'sales@example.test', 'pass', 'carl@customer.test'],
    ]
    for (const [n, [from, to, dmarc, requester]] of rows.entries()) {
      const headers = { ...(dmarc && { 'Authentication-Results': verdict(from, dmarc) }), 'Reply-To': 'Carl Customer <carl@customer.test>' }
      await g.mail({ from, to, subject: `Form ${n}`, headers })
      const subject = `Form ${n}`
      const c = await g.transact((tx) => tx.db.selectFrom('cases').select('requester_address').where('subject', '=', subject).execute())
      expect([from, to, dmarc, c[0]?.requester_address]).toEqual([from, to, dmarc, requester])
    }
  })

  test('whom a form names is not vouched for: he gets a receipt, and nothing of what the form says', async () => {
    const g = await open({ config, files, plugins })
    const headers = { 'Authentication-Results': verdict('web@forms.test', 'pass'), 'Reply-To': 'Buy pills <victim@customer.test>' }
    await g.mail({ from: 'web@forms.test', to: 'support@example.test', text: 'Buy my pills', headers })
    expect((await g.sentTo('victim@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['We have got it, friend: your mail'])
    expect((await g.sentTo('anna@agents.test'))[0]?.mail.text).toContain(
      'Sent by web@forms.test, Reply-To: Buy pills <victim@customer.test>',
    )
    expect((await g.look('#1')).messages[0]).toMatchObject({
      from: { address: 'victim@customer.test' },
      recipients: { from: [{ address: 'web@forms.test' }] },
      evidence: expect.arrayContaining(['counts as written by victim@customer.test, sent by web@forms.test']) as unknown,
    })
  })

  test('the same mail by another way is known again', async () => {
    const g = await open({ config, files, plugins })
    const headers = { 'Authentication-Results': verdict('web@forms.test', 'pass'), 'Reply-To': 'carl@customer.test' }
    const mail = { from: 'web@forms.test', to: 'support@example.test', text: 'Broken', messageId: '<form-1@forms.test>' }
    await g.mail({ ...mail, headers })
    await g.mail({ ...mail, headers: { ...headers, 'X-Way': 'another' } })
    expect((await g.look('#1')).messageCount).toBe(2)
  })
})
