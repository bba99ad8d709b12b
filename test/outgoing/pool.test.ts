// Connections that are kept, replaced, encrypted and logged in.
import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { nextHopFrom } from '../../core/edge/outgoing/from-config.ts'
import type { Moment } from '../support/smtp-sink.ts'
import { testCertificate } from '../support/test-certificate.ts'
import { afterwards, mailTo, never, rig, said, short } from './rig.ts'

describe('kept connections', () => {
  test('one connection carries mail after mail, with RSET between them', async () => {
    const { sink, pool } = await rig()
    for (let i = 0; i < 10; i++) expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.sessions).toHaveLength(1)
    expect(sink.sessions[0]?.commands.filter((c) => c === 'RSET')).toHaveLength(9)
  })

  test('a connection is replaced after its share of mails', async () => {
    const { sink, pool } = await rig({}, {}, { mailsPerConnection: 4 })
    for (let i = 0; i < 10; i++) await pool.send(mailTo(['a@x.test']), never)
    expect(sink.sessions).toHaveLength(3)
  })

  test('an unused connection is closed with QUIT when its time is over', async () => {
    const clock = new TestClock()
    const { sink, pool } = await rig({}, {}, { idle: 30_000 }, clock)
    await pool.send(mailTo(['a@x.test']), never)
    clock.advance(30_000)
    await sink.until(() => sink.sessions[0]?.closed ?? false)
    expect(sink.sessions[0]?.commands.at(-1)).toBe('QUIT')
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.sessions).toHaveLength(2)
  })

  test('a connection that the peer closed meanwhile costs no attempt', async () => {
    const { sink, pool } = await rig()
    await pool.send(mailTo(['a@x.test']), never)
    sink.cut()
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.messages).toHaveLength(2)
  })

  test.each(['drop', '421 4.4.2 idle for too long'])('nor does one that turns out to be dead at RSET (%s)', async (wish) => {
    const { sink, pool } = await rig({ script: (m) => (m.at === 'rset' ? wish : undefined) })
    await pool.send(mailTo(['a@x.test']), never)
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.sessions).toHaveLength(2)
    expect(sink.messages).toHaveLength(2)
  })

  test('stopping lets the mail under way finish, says QUIT and takes no more', async () => {
    let answer = (): void => undefined
    const asked = new Promise<void>((resolve) => (answer = resolve))
    const { sink, pool } = await rig({ script: (m) => (m.at === 'dot' ? (answer(), undefined) : undefined) })
    const sending = pool.send(mailTo(['a@x.test']), never)
    await asked
    const stopped = pool.stop()
    expect(short(await sending)).toBe('sent')
    await stopped
    await pool.stop()
    await sink.until(() => sink.sessions[0]?.closed ?? false)
    expect(sink.sessions[0]?.commands.at(-1)).toBe('QUIT')
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('retry')
  })

  test('stopping does not wait for ever for a peer that hangs at the dot', async () => {
    const clock = new TestClock()
    const { sink, pool } = await rig({ script: (m) => (m.at === 'dot' ? 'hang' : undefined) }, {}, {}, clock)
    const sending = pool.send(mailTo(['a@x.test']), never)
    await sink.until(() => sink.texts.length === 1)
    const stopped = pool.stop()
    clock.advance(5000)
    expect(short(await sending)).toBe('unknown')
    await stopped
  })
})

describe('TLS', () => {
  test('required and not offered: nothing of the mail is sent', async () => {
    const { sink, pool } = await rig({}, { tls: 'required', verify: true })
    const outcomes = await pool.send(mailTo(['a@x.test']), never)
    expect(outcomes[0]).toMatchObject({ outcome: 'retry', status: '4.7.5' })
    expect(said(outcomes[0])).toContain('STARTTLS was answered with 502')
    expect(sink.sessions[0]?.commands).toEqual(['EHLO us.test', 'STARTTLS'])
  })

  test.each(['required', 'implicit'] as const)('%s with the right authority goes through, encrypted', async (tls) => {
    const { sink, pool } = await rig({ tls: tls === 'implicit' ? 'implicit' : 'starttls' }, { tls, verify: true, ca: testCertificate })
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(short(await pool.send(mailTo(['b@x.test']), never))).toBe('sent')
    expect(sink.sessions).toHaveLength(1)
    expect(sink.sessions[0]?.secure).toBe(true)
  })

  test.each(['required', 'implicit'] as const)('%s with an unknown authority is refused', async (tls) => {
    const { sink, pool } = await rig({ tls: tls === 'implicit' ? 'implicit' : 'starttls' }, { tls, verify: true })
    const outcomes = await pool.send(mailTo(['a@x.test']), never)
    expect(outcomes[0]).toMatchObject({ outcome: 'retry', status: '4.7.5' })
    expect(sink.texts).toHaveLength(0)
  })

  test.each(['required', 'implicit'] as const)('a refusal that comes encrypted is no fault of TLS (%s)', async (tls) => {
    const [at, sinkTls] = tls === 'implicit' ? (['connect', 'implicit'] as const) : (['ehlo', 'starttls'] as const)
    const script = (m: Moment) => (m.at === at && m.session.secure ? '554 5.3.2 no mail today' : undefined)
    const { pool } = await rig({ tls: sinkTls, script }, { tls, verify: true, ca: testCertificate })
    const outcomes = await pool.send(mailTo(['a@x.test']), never)
    expect(outcomes[0]).toMatchObject({ outcome: 'retry', status: '4.3.0' })
    expect(said(outcomes[0])).toContain('554 5.3.2 no mail today')
  })

  test('opportunistic encrypts with any certificate, and goes in clear where STARTTLS is missing, broken or refused', async () => {
    const hop = { tls: 'opportunistic' as const, verify: false }
    const offered = await rig({ tls: 'starttls' }, hop)
    expect(short(await offered.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(offered.sink.sessions[0]?.secure).toBe(true)
    const missing = await rig({}, hop)
    expect(short(await missing.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    const broken = await rig({ tls: 'starttls', script: (m) => (m.at === 'starttls' ? 'no-tls' : undefined) }, hop)
    expect(short(await broken.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(broken.sink.sessions.map((s) => s.secure)).toEqual([false, false])
    const refused = await rig({ tls: 'starttls', script: (m) => (m.at === 'starttls' ? '454 4.7.0 not now' : undefined) }, hop)
    expect(short(await refused.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
  })

  test('words sent in clear behind the answer to STARTTLS count for nothing', async () => {
    const { sink, pool } = await rig(
      { tls: 'starttls', script: (m) => (m.at === 'starttls' ? '220 go\r\n250-evil.test\r\n250 SIZE 1' : undefined) },
      { tls: 'required', verify: true, ca: testCertificate },
    )
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.messages[0]?.fromParameters).toContain('ENVID=')
    expect(sink.sessions[0]?.secure).toBe(true)
  })
})

describe('AUTH', () => {
  const auth = { user: 'us', pass: 'pä55 word' }

  test.each(['PLAIN LOGIN', 'LOGIN', 'CRAM-MD5'])('logs in with %s', async (mechanisms) => {
    const { sink, pool } = await rig(
      { tls: 'starttls', auth: { ...auth, mechanisms } },
      { tls: 'required', verify: true, ca: testCertificate, auth },
    )
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.sessions[0]?.authenticated).toBe('us')
  })

  test('a wrong password is tried again later and never shown', async () => {
    const { pool } = await rig({ auth }, { auth: { user: 'us', pass: 'wrong-secret' } })
    const outcomes = await pool.send(mailTo(['a@x.test']), never)
    expect(outcomes[0]).toMatchObject({ outcome: 'retry', status: '4.3.0' })
    expect(said(outcomes[0])).toContain('535 5.7.8')
    expect(JSON.stringify(outcomes)).not.toContain('wrong-secret')
  })

  test('the password stays here where encryption was wanted and is not offered', async () => {
    const { sink, pool } = await rig({ auth }, { tls: 'opportunistic', auth })
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('retry')
    expect(sink.sessions[0]?.commands.some((c) => c.startsWith('AUTH'))).toBe(false)
  })

  test('no common mechanism says so', async () => {
    const { pool } = await rig({ auth: { ...auth, mechanisms: 'XOAUTH2' } }, { auth })
    expect(said((await pool.send(mailTo(['a@x.test']), never))[0])).toContain('XOAUTH2')
  })

  describe('by OAuth', () => {
    /** A server that gives out tokens, and what it was asked. */
    const tokens = async (...replies: object[]) => {
      const asked: string[] = []
      const server = createServer((request, response) => {
        request.setEncoding('utf8').on('data', (body: string) => asked.push(body))
        request.on('end', () => response.end(JSON.stringify(replies.length > 1 ? replies.shift() : replies[0])))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      afterwards(() => new Promise((resolve) => server.close(resolve)))
      const where = server.address()
      if (typeof where !== 'object' || !where) throw new Error('no port')
      const token_url = `http://127.0.0.1:${where.port}/token`
      const { auth: ready } = nextHopFrom('us.test', {
        transport: 'smtp',
        server: { kind: 'tcp', host: '127.0.0.1', port: 1 },
        tls: 'off',
        auth: { user: 'us', oauth: { token_url, client_id: 'c', client_secret: 'very-secret', refresh_token: 'refresh' } },
        connections: 1,
        connect_timeout: 1,
        reply_timeout: 1,
      })
      if (!ready) throw new Error('no auth')
      return { asked, auth: ready }
    }
    const sinkAuth = { user: 'us', pass: 'token-1', mechanisms: 'PLAIN XOAUTH2' }

    test('a token is fetched by the refresh token and serves all connections as long as it is good', async () => {
      const { asked, auth } = await tokens({ access_token: 'token-1', expires_in: 3600 })
      const { sink, pool } = await rig({ auth: sinkAuth }, { auth }, { mailsPerConnection: 1 })
      for (let i = 0; i < 3; i++) expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
      expect(sink.sessions.map((s) => s.authenticated)).toEqual(['us', 'us', 'us'])
      expect(asked).toEqual(['client_id=c&client_secret=very-secret&refresh_token=refresh&grant_type=refresh_token'])
    })

    test.each([
      [{ error: 'invalid_grant', error_description: 'expired\r\nForged: line' }, 'invalid_grant: expired Forged: line'],
      [{ access_token: 'another' }, '535 5.7.8 wrong'],
    ])('what fails is told without secrets, and tried again later (%j)', async (reply, words) => {
      const { auth } = await tokens(reply)
      const { pool } = await rig({ auth: sinkAuth }, { auth })
      const outcomes = await pool.send(mailTo(['a@x.test']), never)
      expect(outcomes[0]).toMatchObject({ outcome: 'retry', status: '4.3.0' })
      expect(said(outcomes[0])).toContain(words)
      expect(JSON.stringify(outcomes)).not.toMatch(/very-secret|refresh|another/)
    })

    test('no token is sent to a server that does not offer XOAUTH2', async () => {
      const { asked, auth } = await tokens({ access_token: 'token-1' })
      const { sink, pool } = await rig({ auth: { ...sinkAuth, mechanisms: 'PLAIN' } }, { auth })
      expect(said((await pool.send(mailTo(['a@x.test']), never))[0])).toContain('offers none of AUTH XOAUTH2, but PLAIN')
      expect([asked, sink.sessions[0]?.commands]).toEqual([[], ['EHLO us.test']])
    })
  })
})
