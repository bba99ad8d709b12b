// Connections that are kept, replaced, encrypted and logged in.
import { describe, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { testCertificate } from '../support/test-certificate.ts'
import { mailTo, never, rig, said, short } from './rig.ts'

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

  test('opportunistic encrypts with any certificate, and goes in clear where STARTTLS is missing or broken', async () => {
    const hop = { tls: 'opportunistic' as const, verify: false }
    const offered = await rig({ tls: 'starttls' }, hop)
    expect(short(await offered.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(offered.sink.sessions[0]?.secure).toBe(true)
    const missing = await rig({}, hop)
    expect(short(await missing.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    const broken = await rig({ tls: 'starttls', script: (m) => (m.at === 'starttls' ? 'no-tls' : undefined) }, hop)
    expect(short(await broken.pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(broken.sink.sessions.map((s) => s.secure)).toEqual([false, false])
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
})
