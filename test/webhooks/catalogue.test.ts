import { expect, test } from 'vitest'
import { compileSchema } from '../../core/base/schema.ts'
import { payloadSchema } from '../../plugins/webhooks/payload.ts'
import { agent } from '../support/gateway.ts'
import { carl, rig } from './rig.ts'

const everything = [{ chat: {} }, 'bounces', 'recipients', 'agent-reply', { scheduler: { downtime: '3650d' } }, 'rules', 'notify']

test('every example fits its schema, and `postern events` shows every event with it', async () => {
  const r = await rig('sqlite', {}, { plugins: everything })
  try {
    const { events } = r.g.gateway.engine.registry
    const page = (await r.command('events', [])).out
    for (const [type, definition] of events) {
      expect(compileSchema(definition.data).check(definition.example), type).toMatchObject({ ok: true })
      expect(definition.version).toBeGreaterThanOrEqual(1)
      expect(definition.description).toMatch(/\S\.$/)
      expect(page).toContain(`## ${type}\n`)
    }
    expect((await r.command('events', ['case.created'])).out).not.toContain('## message.sent')
    await expect(r.command('events', ['case.nope'])).rejects.toThrow('there is no event "case.nope"')
  } finally {
    await r.stop()
  }
})

test('what is sent fits the schema of its event type, for every type that happens here', async () => {
  const r = await rig('sqlite', {}, { plugins: everything })
  const { g, to } = r
  try {
    await g.mail({ ...carl, cc: 'boss@customer.test' })
    const [notification] = await g.sentTo('anna@agents.test')
    await g.mail({ from: 'anna@agents.test', to: notification?.mail.replyTo?.value[0]?.address ?? '', subject: 'Re: Help', text: 'On it\n\n@assign boris\n@tags +vip\n@subject Broken thing\n' })
    await g.act('case.cc', '#1', { add: ['other@customer.test'] }, agent('anna'))
    await g.act('case.bcc', '#1', { add: ['hidden@customer.test'] }, agent('anna'))
    await g.act('case.custom', '#1', { set: { order: 17 } }, agent('anna'))
    await g.act('note.add', '#1', { text: 'Ask @boris', mentions: [{ kind: 'agent', id: 'boris' }] }, agent('anna'))
    await g.act('reply.send', '#1', { text: 'Held', hold: 'test' }, agent('anna'))
    await g.act('reply.defer', '#1', { text: 'Later', in: '1h' }, agent('anna'))
    await g.act('reopen.plan', '#1', { in: '3h', note: 'Look' }, agent('anna'))
    await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
    await g.advance('4h')
    const [answer] = await g.sentTo('carl@customer.test')
    await g.mail({ from: 'carl@customer.test', to: answer?.mail.replyTo?.value[0]?.address ?? 'support@example.test', subject: 'Re: Help', text: 'Thanks' })
    await g.mail({ ...carl, subject: 'Other', headers: { 'Auto-Submitted': 'auto-replied' } })
    await r.route('POST', '/v1/chats/:id/messages', { params: { id: 'a' }, body: { text: 'Hi' } })
    await g.act('reply.send', '#3', { text: 'Hello' }, agent('anna'))
    await g.act('case.status', '#3', { status: 'closed' }, agent('anna'))
    await r.route('POST', '/v1/chats/:id/messages', { params: { id: 'a' }, body: { text: 'Again' } })
    await g.settle()
    const { events } = g.gateway.engine.registry
    const seen = new Set<string>()
    for (const hook of to.hooks()) {
      const definition = events.get(hook.type)
      if (!definition) throw new Error(`no schema for ${hook.type}`)
      expect(compileSchema(payloadSchema(hook.type, definition)).check(hook), hook.type).toMatchObject({ ok: true })
      seen.add(hook.type)
    }
    for (const type of ['case.created', 'case.status_changed', 'case.assigned', 'case.subject_changed', 'case.tags_changed', 'case.people_changed', 'case.custom_changed', 'message.received', 'message.sent', 'message.held', 'note.added', 'notice.raised', 'deferred.planned', 'reopen.planned', 'chat.started', 'chat.message.outbound', 'chat.finished', 'chat.resumed']) expect(seen).toContain(type)
    process.stdout.write(`${seen.size} of ${events.size} event types were sent and fit\n`)
  } finally {
    await r.stop()
  }
}, 60_000)
