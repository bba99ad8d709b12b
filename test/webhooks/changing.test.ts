// Endpoints that are read and changed over the API: nothing that waits is lost, secrets are named and never shown, and a sample can be asked for.
import { expect, test } from 'vitest'
import { databaseKinds, eachDatabase } from '../support/databases.ts'
import { ok, status } from './receiver.ts'
import { rig } from './rig.ts'

eachDatabase((kind) => {
  test('an endpoint is read, changed in part, and sends its own headers and envelope', async () => {
    const r = await rig(
      kind,
      {},
      {
        webhooks: { header_secrets: { crm: 's3cret-token' } },
        gateway: { config: 'http: { host: 127.0.0.1, port: 0, public_url: "https://desk.example.test" }' },
      },
    )
    try {
      const options = { url: r.to.url, events: 'message.*', allowHttp: true, allowPrivate: true, ports: String(r.to.port) }
      const { out } = await r.command('webhook', ['add', 'crm'], options)
      expect(out).toContain('its secret: whsec_')
      // It is away; what happens meanwhile waits.
      await r.command('webhook', ['disable', 'desk'])
      r.to.behave(status(500))
      await r.g.mail({
        from: 'carl@customer.test',
        to: 'support@example.test',
        raw: 'From: carl@customer.test\nTo: support@example.test\nReply-To: sales@customer.test\nSubject: Hi\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHelp\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n--b--\n',
      })
      const refused = [
        [{ url: 'http://127.0.0.1:9/' }, 'https'],
        [{ events: ['no.such'] }, 'there is no event "no.such"'],
        [{ mailboxes: ['nowhere'] }, 'mailbox'],
        [{ headers: { Authorization: 'Bearer plain' } }, 'write the secret into header_secrets'],
        [{ headers: { Authorization: 'Bearer {{ secret.other }}' } }, 'there is no secret "other"'],
        [{ headers: { 'Webhook-Id': 'x' } }, 'is set by Postern'],
        [{ headers: { 'X-A': 'a\r\nX-B: b' } }, 'on one line'],
        [{ secret: 'x' }, 'secret'],
      ] as const
      for (const [body, says] of refused) {
        const answer = await r.call('PATCH', '/v1/webhooks/crm', { body })
        expect([body, answer.status, String(answer.body.detail)]).toEqual([body, 422, expect.stringContaining(says)])
      }
      const changed = await r.call('PATCH', '/v1/webhooks/crm', {
        body: { headers: { Authorization: 'Bearer {{ secret.crm }}', 'X-Team': 'support' }, format: 'cloudevents' },
      })
      expect(changed).toMatchObject({ status: 200, body: { name: 'crm', events: ['message.*'], format: 'cloudevents', waiting: 1 } })
      const read = await r.call('GET', '/v1/webhooks/crm')
      expect(read.body.headers).toEqual({ Authorization: 'Bearer {{ secret.crm }}', 'X-Team': 'support' })
      expect(JSON.stringify([read.body, (await r.call('GET', '/v1/webhooks')).body])).not.toMatch(/s3cret|whsec_/)
      expect((await r.call('GET', '/v1/webhooks/nobody')).status).toBe(404)
      expect((await r.call('PATCH', '/v1/webhooks/desk', { body: { tags: [] } })).status).toBe(409)
      r.to.behave(ok)
      r.to.received.length = 0
      await r.g.advance('10m')
      const [late] = r.to.received
      // What had been written before keeps its envelope; its URLs lead back here.
      expect(late?.headers).toMatchObject({ authorization: 'Bearer s3cret-token', 'x-team': 'support', 'content-type': 'application/json' })
      const { data } = JSON.parse(late?.body ?? '{}')
      expect(data.case.url).toBe(`https://desk.example.test/v1/cases/${data.case.id}`)
      const [file] = data.message.attachments
      expect(file.url).toBe(`https://desk.example.test/v1/attachments/${file.id}`)
      expect(data.message.recipients.reply_to).toEqual([{ address: 'sales@customer.test', name: '' }])
      r.to.received.length = 0
      await r.g.act('reply.send', '#1', { text: 'Hello' }, { kind: 'agent', id: 'anna', via: 'api' })
      const event = r.to.received[0]
      expect(event?.headers['content-type']).toBe('application/cloudevents+json')
      expect(JSON.parse(event?.body ?? '{}')).toMatchObject({
        ...{ specversion: '1.0', type: 'message.sent', source: 'https://desk.example.test', datacontenttype: 'application/json' },
        ...{ subject: data.case.id, data: { case: { id: data.case.id } } },
      })
      r.to.received.length = 0
      const sampled = await r.call('POST', '/v1/webhooks/crm/sample', { body: { type: 'message.failed' } })
      expect(sampled).toMatchObject({ status: 200, body: { status: 204 } })
      expect(JSON.parse(r.to.received[0]?.body ?? '{}')).toMatchObject({
        type: 'message.failed',
        data: { sample: true, facts: { address: 'customer@example.com' } },
      })
      expect((await r.call('POST', '/v1/webhooks/crm/sample', { body: { type: 'no.such' } })).status).toBe(404)
      // Another URL does not inherit what the command line allowed the first one.
      expect((await r.call('PATCH', '/v1/webhooks/crm', { body: { url: `${r.to.url}/other` } })).status).toBe(422)
      const other = await r.call('PATCH', '/v1/webhooks/crm', { body: { signature: 'v1a' } })
      expect(other.body.public_key).toMatch(/^whpk_/)
    } finally {
      await r.stop()
    }
  })
}, databaseKinds)
