// Signatures are templates: what is wrong with them is said of the file at its place, and what stands below an answer is kept beside its words.
import { expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'
import { linesFor } from './checking.ts'

const config = (mailbox: string, anna: string, plugins: string): string => `
mailboxes:
  support: { address: support@example.test, notify: [anna], signature: ${mailbox} }
agents:
  anna: { name: Anna, email: anna@agents.test, signature: ${anna} }
plugins: [${plugins}]
`
const files = { 'templates/below.yaml': 'text: Anna', 'templates/quiet.yaml': 'actions: [{ status: closed }]' }

test.each<[string, string, readonly string[]]>([
  ['sound', config('below', 'below', 'desk, threading, bounces, rules'), []],
  [
    'without such a template',
    config('bellow', 'ghost', 'desk, threading, bounces, rules'),
    ['postern.yaml:3:72: there is no template `bellow`, did you mean `below`?', 'postern.yaml:5:59: there is no template `ghost`'],
  ],
  ['without words', config('quiet', 'below', 'desk, threading, bounces, rules'), ['postern.yaml:3:72: the template `quiet` has no words']],
  [
    'without templates',
    config('below', 'below', 'desk, threading, bounces'),
    [
      'postern.yaml:3:72: a signature is a template, and templates need the plugin `rules`',
      'postern.yaml:5:59: a signature is a template, and templates need the plugin `rules`',
    ],
  ],
])('a signature %s', async (_, text, lines) => {
  expect((await linesFor({ ...files, 'postern.yaml': text })).filter((l) => !l.endsWith('(warning)'))).toEqual(lines)
})

test('it stands in the bytes that leave and beside the words, is filled in once, and can be looked at before', async () => {
  const template = `text: '{{ agent.name }}, {{ customer.name }} {{ case.subject }}'\nhtml: '<b onclick="x()">{{ agent.name }}</b>, {{ customer.name }}'`
  const g = await testGateway({
    files: { 'templates/below.yaml': template },
    config:
      'mailboxes: { support: { address: support@example.test, notify: [anna], signature: below } }\nagents: { anna: { name: Anna <Smith>, email: anna@agents.test } }\ngroups: {}',
    plugins: ['desk', 'threading', 'bounces', { rules: { receipts: [] } }],
  })
  try {
    await g.mail({ from: '"Carl <i>C</i>" <carl@customer.test>', to: 'support@example.test', subject: 'Lamp', text: 'Broken' })
    const preview = await g.act('template.render', '#1', { name: 'below' }, agent('anna'))
    expect(preview.data).toMatchObject({ text: 'Anna <Smith>, Carl <i>C</i> Lamp' })
    await g.act('reply.send', '#1', { text: 'Send it back' }, agent('anna'))
    await g.settle()
    const [mail] = await g.sentTo('carl@customer.test')
    expect(mail?.mail.text?.trim()).toBe('Send it back\n\n-- \nAnna <Smith>, Carl <i>C</i> Lamp')
    expect(mail?.mail.html).toContain('<b>Anna &lt;Smith&gt;</b>, Carl &lt;i&gt;C&lt;/i&gt;')
    expect(mail?.mail.html).not.toContain('onclick')
    await g.act('case.subject', '#1', { subject: 'Other' })
    const said = (await g.transact(async (tx) => tx.messages.list((await tx.cases.byRef('#1'))?.id ?? ''))).at(-1)
    expect(said).toMatchObject({ text: 'Send it back', signature: 'Anna <Smith>, Carl <i>C</i> Lamp' })
  } finally {
    await g.stop()
  }
})
