import { afterAll, beforeAll, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'

let g: TestGateway
let call: Client
let url: string
const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))

beforeAll(async () => {
  g = await testGateway({ plugins: ['desk', 'threading'] })
  const part = `--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`
  await g.mail({
    from: 'carl@customer.test',
    to: 'support@example.test',
    raw: `From: carl@customer.test\r\nTo: support@example.test\r\nSubject: File\r\nMessage-ID: <f@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere\r\n${part}`,
  })
  call = client(g, await tokenFor(g, { access: 'read' }))
  const [message] = (await call('GET', '/v1/cases/1/messages')).body.messages
  url = `/v1/attachments/${message.attachments[0].id}`
})
afterAll(() => g.stop())

test('a file is read whole or in part', async () => {
  const whole = await call('GET', url)
  expect([
    whole.status,
    whole.bytes.equals(bytes),
    whole.headers.get('accept-ranges'),
    whole.headers.get('content-length'),
    whole.headers.get('content-type'),
  ]).toEqual([200, true, 'bytes', '1000', 'application/pdf'])
  const cases: readonly [string, number, string | null, Buffer][] = [
    ['bytes=0-0', 206, 'bytes 0-0/1000', bytes.subarray(0, 1)],
    ['bytes=10-19', 206, 'bytes 10-19/1000', bytes.subarray(10, 20)],
    ['bytes=990-', 206, 'bytes 990-999/1000', bytes.subarray(990)],
    ['bytes=-5', 206, 'bytes 995-999/1000', bytes.subarray(995)],
    ['bytes=-5000', 206, 'bytes 0-999/1000', bytes],
    ['bytes=900-99999', 206, 'bytes 900-999/1000', bytes.subarray(900)],
    // Not understood, or several: all of it.
    ['bytes=5-2', 200, null, bytes],
    ['bytes=0-1,5-6', 200, null, bytes],
    ['lines=0-1', 200, null, bytes],
    ['bytes=-', 200, null, bytes],
    ['bytes=0x1-2', 200, null, bytes],
  ]
  for (const [range, status, header, expected] of cases) {
    const answer = await call('GET', url, { headers: { range } })
    expect([
      range,
      answer.status,
      answer.headers.get('content-range'),
      answer.bytes.equals(expected),
      answer.headers.get('content-length'),
    ]).toEqual([range, status, header, true, String(expected.length)])
  }
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    const answer = await call('GET', url, { headers: { range } })
    expect([range, answer.status, answer.headers.get('content-range'), answer.body.code]).toEqual([
      range,
      416,
      'bytes */1000',
      'no_such_range',
    ])
  }
})

test('who has the file already is told so, and who has a part of another gets all of it', async () => {
  const etag = (await call('GET', url)).headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f-]{36}"$/)
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const answer = await call('GET', url, { headers: { 'if-none-match': known } })
    expect([known, answer.status, answer.bytes.length, answer.headers.get('etag')]).toEqual([known, 304, 0, etag])
  }
  expect((await call('GET', url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  expect((await call('GET', url, { headers: { range: 'bytes=0-9', 'if-range': etag } })).status).toBe(206)
  expect((await call('GET', url, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } })).status).toBe(200)
  const head = await call('HEAD', url)
  expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '1000', 0])
})

test('whoever may not see the case learns nothing of the file', async () => {
  const other = client(g, await tokenFor(g, { access: 'read', mailboxes: ['sales'] }))
  for (const headers of [{}, { range: 'bytes=0-0' }, { 'if-none-match': '*' }, { range: 'bytes=9999-' }])
    expect((await other('GET', url, { headers })).status).toBe(404)
})

test('hostile HTML is made safe beside the event loop: others are answered meanwhile', async () => {
  // Made for the sanitiser: 4.6 MB of small tags cost it seconds.
  const html = '<a href="https://x.test/?a=b&c">x</a><i style="color:red;width:1px">y</i>'.repeat(62_000)
  await g.mail({ from: 'eve@customer.test', to: 'support@example.test', subject: 'Long', text: 'The words', html })
  const [message] = (await call('GET', '/v1/cases/2/messages')).body.messages
  let longest = 0
  let over = false
  const reading = call('GET', `/v1/messages/${message.id}/html`).finally(() => (over = true))
  let answered = 0
  for (let last = performance.now(); !over; answered++) {
    await new Promise((resolve) => setImmediate(resolve))
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const answer = await reading
  expect(answer.status).toBe(200)
  expect(answer.body).toMatch(/The words|https:\/\/x\.test/)
  process.stdout.write(`longest turn of the event loop beside the sanitiser: ${longest.toFixed(0)} ms in ${answered} turns\n`)
  expect(answered).toBeGreaterThan(3)
}, 60_000)

test('an empty file, one in quoted-printable and one in several encoded pieces are read whole and in part', async () => {
  const two = `${Buffer.from('first ').toString('base64')}\r\n${Buffer.from('second!').toString('base64')}\r\n${Buffer.from('third').toString('base64')}`
  const files: readonly (readonly [string, string, string, string])[] = [
    ['empty.bin', 'base64', '', ''],
    ['q.txt', 'quoted-printable', 'caf=C3=A9 =\r\nau lait', 'café au lait'],
    ['pieces.bin', 'base64', two, 'first second!third'],
    ['plain.bin', '7bit', 'as it is', 'as it is'],
  ]
  const parts = files
    .map(
      ([name, encoding, body]) =>
        `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`,
    )
    .join('')
  await g.mail({
    from: 'dora@customer.test',
    to: 'support@example.test',
    raw: `From: dora@customer.test\r\nTo: support@example.test\r\nSubject: Files\r\nMessage-ID: <g@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere\r\n${parts}--b--\r\n`,
  })
  const [found] = (await call('GET', '/v1/cases?sort=-number&limit=1')).body.cases
  const [message] = (await call('GET', `/v1/cases/${found.number}/messages`)).body.messages
  for (const [i, [name, , , content]] of files.entries()) {
    const path = `/v1/attachments/${message.attachments[i].id}`
    const whole = await call('GET', path)
    expect([name, whole.status, whole.bytes.toString(), whole.headers.get('content-length')]).toEqual([
      name,
      200,
      content,
      String(Buffer.byteLength(content)),
    ])
    const part = await call('GET', path, { headers: { range: 'bytes=2-4' } })
    expect([name, part.status, part.status === 206 ? part.bytes.toString('latin1') : '']).toEqual(
      content === '' ? [name, 416, ''] : [name, 206, Buffer.from(content).subarray(2, 5).toString('latin1')],
    )
    const head = await call('HEAD', path)
    expect([name, head.status, head.headers.get('content-length')]).toEqual([name, 200, String(Buffer.byteLength(content))])
  }
})

test('of a file whose bytes have been removed it is said that they are gone, before the answer begins', async () => {
  const [found] = (await call('GET', '/v1/cases?sort=-number&limit=1')).body.cases
  const [message] = (await call('GET', `/v1/cases/${found.number}/messages`)).body.messages
  const { write } = g.gateway.database
  const { raw_id } = await write.selectFrom('messages').select('raw_id').where('id', '=', message.id).executeTakeFirstOrThrow()
  await write
    .deleteFrom('blobs')
    .where('id', '=', raw_id ?? '')
    .execute()
  expect(await call('GET', `/v1/attachments/${message.attachments[1].id}`)).toMatchObject({ status: 410, body: { code: 'gone' } })
  expect(await call('GET', `/v1/messages/${message.id}/raw`)).toMatchObject({ status: 410, body: { code: 'gone' } })
})
