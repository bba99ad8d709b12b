// The SMTP and LMTP client against a next hop that misbehaves at every step: which outcome each recipient gets.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { RecipientOutcome } from '../../core/engine/outbox/transport.ts'
import type { Moment } from '../support/smtp-sink.ts'
import { address, afterwards, mailTo, never, poolTo, rig, said, short, statusOf, text } from './rig.ts'

describe('a mail that goes well', () => {
  test.each([{ protocol: 'smtp' as const }, { protocol: 'lmtp' as const }, { extensions: [] }])(
    'arrives with its bytes and envelope over %o',
    async (options) => {
      const { sink, pool } = await rig(options)
      expect(short(await pool.send(mailTo(['a@x.test', '"b@b"@x.test']), never))).toBe('sent sent')
      expect(sink.texts[0]?.raw.toString()).toBe(text)
      expect(sink.texts[0]?.bareLineEnds).toBe(false)
      expect(sink.messages.flatMap((m) => m.rcpts)).toEqual(['a@x.test', '"b@b"@x.test'])
      expect(sink.messages[0]?.from).toBe('bounce+1@us.test')
    },
  )

  test('arrives over a unix socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'postern-'))
    afterwards(() => rm(directory, { recursive: true }))
    const options = { protocol: 'lmtp' as const, path: join(directory, 's') }
    const { sink, pool } = await rig(options)
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.messages).toHaveLength(1)
  })

  test('carries SIZE, 8BITMIME, SMTPUTF8, ENVID and NOTIFY where they are offered', async () => {
    const { sink, pool } = await rig()
    const raw = Buffer.from('Subject: ä\r\n\r\nx\r\n')
    await pool.send(mailTo(['ä@x.test'], { raw, smtputf8: true }), never)
    const parameters = ['BODY=8BITMIME', 'ENVID=e+3D1', 'RET=HDRS', `SIZE=${raw.length}`, 'SMTPUTF8']
    expect(sink.messages[0]?.fromParameters.split(' ').sort()).toEqual(parameters)
    expect(sink.messages[0]?.rcptParameters).toEqual(['NOTIFY=FAILURE,DELAY'])
    expect(sink.messages[0]?.rcpts).toEqual(['ä@x.test'])
    await pool.send(mailTo(['a@x.test'], { envelopeFrom: '' }), never)
    expect(sink.messages[1]?.from).toBe('')
    expect(sink.messages[1]?.rcptParameters).toEqual(['NOTIFY=NEVER'])
  })

  test.each(['a@x.test', 'ä@x.test', 'a@пример.test'])('asks for SMTPUTF8 once where the header needs it, to %s', async (rcpt) => {
    const { sink, pool } = await rig()
    await pool.send(mailTo([rcpt], { raw: Buffer.from('Cc: ö@x.test\r\n\r\nx\r\n'), smtputf8: true }), never)
    await pool.send(mailTo(['b@x.test']), never)
    const asked = sink.messages.map((m) => m.fromParameters.split(' ').filter((p) => p === 'SMTPUTF8').length)
    expect(asked).toEqual([1, 0])
  })

  test('leaves all of that out where nothing is offered, with the domain in A-labels', async () => {
    const { sink, pool } = await rig({ extensions: [] })
    await pool.send(mailTo(['a@пример.test']), never)
    expect(sink.messages[0]).toMatchObject({ fromParameters: '', rcptParameters: [''], rcpts: ['a@xn--e1afmkfd.test'] })
  })

  test('never holds a bare CR or LF, whatever it was made of', async () => {
    const { sink, pool } = await rig()
    await pool.send(mailTo(['a@x.test'], { raw: Buffer.from('A: b\r\n\r\none\n.\ntwo\r.\rthree\r\r\n.\r\nend') }), never)
    expect(sink.texts[0]?.bareLineEnds).toBe(false)
    expect(sink.texts[0]?.raw.toString()).toBe('A: b\r\n\r\none\r\n.\r\ntwo\r\n.\r\nthree\r\n\r\n.\r\nend\r\n')
    expect(sink.texts).toHaveLength(1)
  })

  test('of 5 MB arrives whole', async () => {
    const { sink, pool } = await rig()
    const raw = Buffer.from(`A: b\r\n\r\n${'.line of text\r\n'.repeat(380_000)}`)
    expect(short(await pool.send(mailTo(['a@x.test'], { raw }), never))).toBe('sent')
    expect(sink.texts[0]?.raw.equals(raw)).toBe(true)
  })
})

describe('what a peer cannot take', () => {
  test('a local part beyond ASCII without SMTPUTF8 fails for good, and says why', async () => {
    const { sink, pool } = await rig({ extensions: ['PIPELINING'] })
    const outcomes = await pool.send(mailTo(['ä@x.test']), never)
    expect(outcomes[0]).toMatchObject({ outcome: 'failed', status: '5.6.7' })
    expect(said(outcomes[0])).toContain('SMTPUTF8')
    expect(sink.sessions[0]?.commands.some((c) => c.startsWith('MAIL'))).toBe(false)
  })

  test('a mail over the announced SIZE fails for good before it is sent', async () => {
    const { sink, pool } = await rig({ extensions: ['SIZE 20'] })
    expect((await pool.send(mailTo(['a@x.test']), never))[0]).toMatchObject({ outcome: 'failed', status: '5.3.4' })
    expect(sink.texts).toHaveLength(0)
  })
})

const at = (moment: Moment['at'], wish: string) => (m: Moment) => (m.at === moment ? wish : undefined)

describe.each(['PIPELINING', '8BITMIME'])('a reply at each command (%s)', (extension) => {
  // moment, reply, outcome, status
  const table: readonly (readonly [Moment['at'], string, string, string])[] = [
    ['connect', '554 5.3.2 no mail today', 'retry', '4.3.0'],
    ['connect', '421 4.3.2 busy', 'retry', '4.3.0'],
    ['ehlo', '450 4.0.0 later', 'retry', '4.3.0'],
    ['mail', '450 4.1.8 later', 'retry', '4.1.8'],
    ['mail', '550 5.1.8 no', 'failed', '5.1.8'],
    ['mail', '550 no enhanced code', 'failed', '5.0.0'],
    ['mail', '530 5.7.0 Authentication required', 'retry', '4.0.0'],
    ['mail', '421 4.3.2 going', 'retry', '4.3.2'],
    ['rcpt', '450 4.2.1 greylisted', 'retry', '4.2.1'],
    ['rcpt', '550 5.1.1 no such user', 'failed', '5.1.1'],
    ['rcpt', '552 5.3.0 too many recipients', 'retry', '4.5.3'],
    ['data', '451 4.3.0 later', 'retry', '4.3.0'],
    ['data', '554 5.5.1 no', 'failed', '5.5.1'],
    ['data', '250 nonsense', 'retry', '4.5.0'],
    ['dot', '451 4.3.0 later', 'retry', '4.3.0'],
    ['dot', '554 5.7.1 spam', 'failed', '5.7.1'],
    ['dot', '421 4.3.2 going', 'retry', '4.3.2'],
    ['dot', '354 nonsense', 'unknown', ''],
    ['data', 'drop', 'retry', '4.4.2'],
    ['mail', 'drop', 'retry', '4.4.2'],
    ['rcpt', 'drop', 'retry', '4.4.2'],
    ['connect', 'drop', 'retry', '4.4.2'],
    ['dot', 'drop', 'unknown', ''],
    ['dot', 'store-and-drop', 'unknown', ''],
    ['dot', 'not SMTP at all', 'unknown', ''],
    ['mail', 'not SMTP at all', 'retry', '4.5.0'],
  ]
  test.each(table)('%s: %s -> %s %s', async (moment, wish, outcome, status) => {
    const { pool, sink } = await rig({ extensions: [extension], script: at(moment, wish) })
    const outcomes = await pool.send(mailTo(['a@x.test', 'b@x.test']), never)
    expect(short(outcomes)).toBe(`${outcome} ${outcome}`)
    expect(outcomes.map(statusOf)).toEqual([status, status])
    if (/^[45]/.test(wish)) expect(said(outcomes[0])).toContain(wish)
    expect(sink.messages).toHaveLength(wish === 'store-and-drop' ? 1 : 0)
  })
})

test.each(['off', 'opportunistic'] as const)(
  'a break in the middle of the text is no reason to wait: the peer cannot have the mail (TLS %s)',
  async (tls) => {
    const { sink, pool } = await rig({ tls: 'starttls', script: at('text', 'drop') }, { tls })
    const raw = Buffer.from(`A: b\r\n\r\n${'line of text\r\n'.repeat(1_000_000)}`)
    expect((await pool.send(mailTo(['a@x.test'], { raw }), never))[0]).toMatchObject({ outcome: 'retry', status: '4.4.2' })
    expect(sink.sessions[0]?.secure).toBe(tls !== 'off')
    expect(sink.texts).toHaveLength(0)
  },
)

test('behind a refusal in the middle of the text nothing more of it is sent, and the next mail takes another connection', async () => {
  const { sink, pool } = await rig({ script: (m) => (m.at === 'text' && m.session.number === 1 ? '552 5.3.4 too big for me' : undefined) })
  const raw = Buffer.from(`A: b\r\n\r\n${'line of text\r\n'.repeat(1_000_000)}`)
  expect((await pool.send(mailTo(['a@x.test'], { raw }), never))[0]).toMatchObject({ outcome: 'failed', status: '5.3.4' })
  expect(short(await pool.send(mailTo(['b@x.test']), never))).toBe('sent')
  expect(sink.texts.map((t) => t.rcpts)).toEqual([['b@x.test']])
})

test('a 250 in the middle of the text is no success', async () => {
  const { sink, pool } = await rig({ script: at('text', '250 2.0.0 thank you') })
  const raw = Buffer.from(`A: b\r\n\r\n${'line of text\r\n'.repeat(1_000_000)}`)
  expect((await pool.send(mailTo(['a@x.test'], { raw }), never))[0]).toMatchObject({ outcome: 'retry', status: '4.5.0' })
  expect(sink.texts).toHaveLength(0)
})

test('a reply that the end of the connection cut off is none', async () => {
  const answers: Record<string, string> = { EHLO: '250 x.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n', DATA: '354 go on\r\n' }
  const server = createServer((socket) => {
    socket.write('220 x.test\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const line = bytes.toString()
      if (line.endsWith('\r\n.\r\n')) socket.end('250 2.0.0 sto')
      else socket.write(answers[line.slice(0, 4)] ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => new Promise((resolve) => server.close(resolve)))
  const where = server.address()
  if (typeof where !== 'object' || !where) throw new Error('no port')
  const outcomes = await poolTo({ port: where.port }).send(mailTo(['a@x.test']), never)
  expect(short(outcomes)).toBe('unknown')
})

test('a refusal in the middle of the text is the verdict, though the peer hangs up with it', async () => {
  const { pool } = await rig({ script: at('text', '552 5.3.4 too big for me\r\n421 4.3.2 bye') })
  const raw = Buffer.from(`A: b\r\n\r\n${'line of text\r\n'.repeat(1_000_000)}`)
  const [outcome] = await pool.send(mailTo(['a@x.test'], { raw }), never)
  expect(outcome?.outcome).toBe('failed')
})

describe('per recipient', () => {
  test('those refused at RCPT get their own outcome and the others get the mail', async () => {
    const replies: Record<string, string> = { 'b@x.test': '450 4.2.1 later', 'c@x.test': '550 5.1.1 no' }
    const { sink, pool } = await rig({ script: (m) => (m.at === 'rcpt' ? replies[m.rcpt ?? ''] : undefined) })
    expect(short(await pool.send(mailTo(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test']), never))).toBe('sent retry failed sent')
    expect(sink.messages[0]?.rcpts).toEqual(['a@x.test', 'd@x.test'])
    // The connection is in step afterwards.
    expect(short(await pool.send(mailTo(['a@x.test']), never))).toBe('sent')
    expect(sink.sessions).toHaveLength(1)
  })

  test('LMTP gives each its own answer at the dot, and a break leaves unknown only those not answered', async () => {
    const replies: Record<string, string> = { 'b@x.test': '452 4.2.2 over quota', 'c@x.test': '550 5.2.1 disabled', 'd@x.test': 'hang' }
    const { sink, pool } = await rig({ protocol: 'lmtp', script: (m) => (m.at === 'dot' ? replies[m.rcpt ?? ''] : undefined) })
    const outcomes = pool.send(mailTo(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test', 'e@x.test']), never)
    await sink.until(() => sink.messages.length === 1)
    await settled()
    sink.cut()
    expect((await outcomes).map(brief)).toEqual(['sent', '452 4.2.2', '550 5.2.1', 'unknown', 'unknown'])
  })

  test('LMTP answers that come together with the end of the connection are never taken for more than they say', async () => {
    const replies: Record<string, string> = { 'b@x.test': '550 5.2.1 disabled', 'd@x.test': 'store-and-drop' }
    const { pool } = await rig({ protocol: 'lmtp', script: (m) => (m.at === 'dot' ? replies[m.rcpt ?? ''] : undefined) })
    const outcomes = await pool.send(mailTo(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test']), never)
    const said = ['sent', '550 5.2.1', 'sent', 'unknown']
    outcomes.map(brief).forEach((outcome, i) => expect([said[i], 'unknown']).toContain(outcome))
  })

  test('LMTP tells each recipient what the peer said about it', async () => {
    const script = (m: Moment): string | undefined =>
      m.at === 'dot' ? (m.rcpt === 'a@x.test' ? '250 2.0.0 <a> stored' : '452 4.2.2 full') : undefined
    const { pool } = await rig({ protocol: 'lmtp', script })
    const outcomes = await pool.send(mailTo(['a@x.test', 'b@x.test']), never)
    expect(outcomes.map(said)).toEqual(['250 2.0.0 <a> stored', '452 4.2.2 full'])
  })

  test('what is refused at RCPT keeps its verdict when DATA is refused too', async () => {
    const script = (m: Moment): string | undefined =>
      m.at === 'data' ? '451 4.3.0 later' : m.rcpt === 'a@x.test' ? '550 5.1.1 no such user' : undefined
    for (const extensions of [['PIPELINING'], []]) {
      const { pool } = await rig({ extensions, script })
      const outcomes = await pool.send(mailTo(['a@x.test', 'b@x.test']), never)
      expect(outcomes.map(brief)).toEqual(['550 5.1.1', '451 4.3.0'])
    }
  })

  test('more recipients than a transaction takes are sent in several', async () => {
    const { sink, pool } = await rig({}, {}, { rcptsPerMail: 2 })
    expect(short(await pool.send(mailTo(['a@x.test', 'b@x.test', 'c@x.test']), never))).toBe('sent sent sent')
    expect(sink.messages.map((m) => m.rcpts.length)).toEqual([2, 1])
  })
})

describe('time', () => {
  test.each(['connect', 'ehlo', 'mail', 'data', 'text', 'dot'] as const)(
    'a peer that hangs at %s is given up after its time',
    async (moment) => {
      const clock = new TestClock()
      let hung = false
      const script = (m: Moment): string | undefined => {
        if (m.at !== moment) return undefined
        hung = true
        return 'hang'
      }
      const { sink, pool } = await rig({ script }, {}, {}, clock)
      const outcomes = pool.send(mailTo(['a@x.test']), never)
      await sink.until(() => hung)
      // The sink sits still and the client waits for the same socket: moving the clock in steps ends whichever wait it is in.
      const steps = { connect: 30_000, ehlo: 60_000, mail: 60_000, data: 60_000, text: 300_000, dot: 300_000 }
      await settled()
      clock.advance(steps[moment] - 1)
      await settled()
      expect(sink.sessions[0]?.closed).toBe(false)
      clock.advance(1)
      const [outcome] = await outcomes
      expect(outcome?.outcome).toBe(moment === 'dot' || moment === 'text' ? 'unknown' : 'retry')
      expect(said(outcome)).toContain('did not answer within')
    },
  )

  test('calling off ends an attempt before the dot, and is ignored behind it', async () => {
    for (const moment of ['mail', 'data', 'dot'] as const) {
      let go = (): void => undefined
      const reached = new Promise<void>((resolve) => (go = resolve))
      const { sink, pool } = await rig({ script: (m) => (m.at === moment ? (go(), 'hang') : undefined) })
      const abort = new AbortController()
      const outcomes = pool.send(mailTo(['a@x.test']), abort.signal)
      await reached
      abort.abort()
      if (moment === 'dot') {
        await settled()
        expect(sink.sessions[0]?.closed).toBe(false)
        sink.cut()
        expect(short(await outcomes)).toBe('unknown')
      } else {
        const [outcome] = await outcomes
        expect(outcome).toMatchObject({ outcome: 'retry', status: '4.3.2' })
      }
    }
  })

  test('an attempt that may not commit ends before the dot', async () => {
    const { sink, pool } = await rig()
    expect(short(await pool.send(mailTo(['a@x.test']), never, () => false))).toBe('retry')
    await sink.until(() => sink.sessions[0]?.closed ?? false)
    expect(sink.texts).toHaveLength(0)
  })
})

test('nobody listening is a reason to try again', async () => {
  const sink = await smtpSink()
  await sink.close()
  const outcomes = await poolTo(sink).send(mailTo(['a@x.test']), never)
  expect(short(outcomes)).toBe('retry')
  expect(said(outcomes[0])).toContain('ECONNREFUSED')
})

test('a reply cannot bring control characters or endless text along', async () => {
  const { pool } = await rig({ script: at('mail', `550-5.1.1 one\r\n550 \u001b[31mred ${'x'.repeat(2000)}`) })
  const reply = said((await pool.send(mailTo(['a@x.test']), never))[0])
  expect(reply).toMatch(/^550 5\.1\.1 one {1,2}\[31mred x+$/)
  expect(reply.length).toBe(500)
})

test('an endless greeting is cut off', async () => {
  const { pool } = await rig({ script: at('connect', `220 ${'x'.repeat(100_000)}`) })
  expect((await pool.send(mailTo(['a@x.test']), never))[0]).toMatchObject({ outcome: 'retry', status: '4.5.0' })
})

test('the envelope sender of the mail is the only one', () => {
  expect(() => address('a@x.test>\r\nRCPT TO:<evil@x.test')).toThrow()
})

/** The outcome, of a refusal its codes. */
const brief = (o: RecipientOutcome): string => (o.outcome === 'failed' || o.outcome === 'retry' ? o.reply.slice(0, 9) : o.outcome)

/** Lets what is already on its way through the loopback arrive: rounds of the event loop, not time. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
}
