// A next hop for tests: an SMTP or LMTP server on a free port of 127.0.0.1 that writes down everything and misbehaves as told.
//
//   const sink = await smtpSink({ protocol: 'lmtp' })
//   sink.script((m) => (m.at === 'rcpt' && m.rcpt === 'b@x.test' ? '451 4.2.0 later' : undefined))
//   ... point the transport to sink.port ...
//   await sink.until(() => sink.messages.length === 1)
//   await sink.close()
//
// Every moment of the dialogue is shown to the script first; what it gives back happens instead of the good answer:
//   '550 5.1.1 no'     that reply (a greeting or reply of 421 closes behind it)
//   'drop'             the connection is cut, nothing is stored          at 'dot': the mail is lost
//   'store-and-drop'   (at 'dot' only) the mail is stored, then the connection is cut before the reply
//   'hang'             silence for the rest of the session
//   'no-tls'           (at 'starttls' only) 220, and then no handshake but clear text
//   '220 go\r\n250 x'  (at 'starttls' only) what stands behind the 220 is said in clear, then the handshake
//   undefined          all is well
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { TLSSocket, createSecureContext } from 'node:tls'
import { testCertificate, testKey } from './test-certificate.ts'

export interface SinkOptions {
  readonly protocol?: 'smtp' | 'lmtp'
  /** A unix socket instead of a port. */
  readonly path?: string
  /** EHLO lines; default: everything a modern MTA has, without STARTTLS and AUTH, which come from `tls` and `auth`. */
  readonly extensions?: readonly string[]
  readonly tls?: 'starttls' | 'implicit'
  /** Offers AUTH PLAIN LOGIN (or what `mechanisms` says) and accepts only this user; with XOAUTH2 `pass` is the token. */
  readonly auth?: { readonly user: string; readonly pass: string; readonly mechanisms?: string }
  readonly script?: SinkScript
}

export type SinkScript = (moment: Moment) => string | undefined

export interface Moment {
  /** text: the first bytes behind 354. dot: the final dot was read; in LMTP once for each accepted recipient. */
  readonly at: 'connect' | 'ehlo' | 'starttls' | 'auth' | 'rset' | 'mail' | 'rcpt' | 'data' | 'text' | 'dot' | 'quit'
  /** The command as it came; '' for connect, text and dot. */
  readonly line: string
  /** The recipient, at rcpt and (LMTP) dot. */
  readonly rcpt?: string
  readonly session: SinkSession
}

export interface SinkSession {
  /** 1, 2, 3 ... */
  readonly number: number
  readonly commands: readonly string[]
  readonly secure: boolean
  readonly authenticated: string | undefined
  /** Mails for which the final dot was read. */
  readonly dots: number
  /** The script cut this session at or behind a final dot. */
  readonly brokenAfterDot: boolean
  readonly closed: boolean
}

export interface SinkMessage {
  readonly session: number
  readonly from: string
  /** Behind MAIL FROM:<...>, e.g. `SIZE=12 ENVID=x`. */
  readonly fromParameters: string
  readonly rcpts: readonly string[]
  readonly rcptParameters: readonly string[]
  /** Dots unstuffed, without the final dot. */
  readonly raw: Buffer
  readonly sha256: string
  /** A CR without LF or an LF without CR was in it. */
  readonly bareLineEnds: boolean
}

export interface SmtpSink {
  /** 0 on a unix socket. */
  readonly port: number
  readonly sessions: readonly SinkSession[]
  /** Stored mail: LMTP stores a mail per recipient that said yes. */
  readonly messages: readonly SinkMessage[]
  /** Every mail whose final dot was read, whatever the answer was. */
  readonly texts: readonly SinkMessage[]
  /** Replaces the script for everything that comes. */
  script(script: SinkScript): void
  /** Resolves as soon as `is` holds; looked at after everything that happens. The test's own time limit ends a wait in vain. */
  until(is: () => boolean): Promise<void>
  /** Cuts all connections, keeps listening. */
  cut(): void
  /** Stops listening and cuts all connections; harmless twice. */
  close(): Promise<void>
}

/** Of CRAM-MD5 (RFC 2195). */
const challenge = '<1896.697170952@sink.test>'

const usual = ['PIPELINING', 'SIZE 50000000', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES']

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly string[] ? string[] : T[K] }

export async function smtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  let script = options.script
  const sessions: Writable<SinkSession>[] = []
  const messages: SinkMessage[] = []
  const texts: SinkMessage[] = []
  const sockets = new Set<Socket>()
  let waiting: { readonly is: () => boolean; readonly resolve: () => void }[] = []
  const look = (): void => {
    const [ready, rest] = [waiting.filter((w) => w.is()), waiting.filter((w) => !w.is())]
    waiting = rest
    for (const w of ready) w.resolve()
  }
  const context = createSecureContext({ cert: testCertificate, key: testKey })
  const server = createServer((plain) => {
    sockets.add(plain)
    plain.on('close', () => sockets.delete(plain))
    plain.on('error', () => undefined)
    plain.setNoDelay(true)
    const session: Writable<SinkSession> = {
      number: sessions.length + 1,
      commands: [],
      secure: false,
      authenticated: undefined,
      dots: 0,
      brokenAfterDot: false,
      closed: false,
    }
    sessions.push(session)
    plain.on('close', () => {
      session.closed = true
      look()
    })
    const decide = (moment: Omit<Moment, 'session'>): string | undefined => script?.({ ...moment, session })
    const encrypt = (): TLSSocket => {
      const secure = new TLSSocket(plain, { isServer: true, secureContext: context })
      secure.on('error', () => plain.destroy())
      session.secure = true
      return secure
    }
    dialogue({
      options,
      session,
      plain,
      socket: options.tls === 'implicit' ? encrypt() : plain,
      encrypt,
      decide,
      look,
      read: (mail) => texts.push(mail),
      store: (mail) => messages.push(mail),
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (options.path === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(options.path, resolve)
  })
  const at = server.address()
  return {
    port: typeof at === 'object' && at ? at.port : 0,
    sessions,
    messages,
    texts,
    script: (next) => void (script = next),
    until: (is) => (is() ? Promise.resolve() : new Promise((resolve) => void waiting.push({ is, resolve }))),
    cut: () => sockets.forEach((s) => s.destroy()),
    async close() {
      for (const s of sockets) s.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Dialogue {
  readonly options: SinkOptions
  readonly session: Writable<SinkSession>
  readonly plain: Socket
  readonly socket: Socket
  readonly encrypt: () => TLSSocket
  readonly decide: (moment: Omit<Moment, 'session'>) => string | undefined
  readonly look: () => void
  readonly read: (mail: SinkMessage) => void
  readonly store: (mail: SinkMessage) => void
}

interface Transaction {
  from: string
  fromParameters: string
  rcpts: string[]
  rcptParameters: string[]
}

function dialogue(d: Dialogue): void {
  const { options, session } = d
  const lmtp = options.protocol === 'lmtp'
  let socket = d.socket
  let rest: Buffer = Buffer.alloc(0)
  let mode: 'command' | 'text' | 'user' | 'pass' | 'cram' | 'silent' = 'command'
  let user = ''
  let mail: Transaction | undefined
  /** Nothing of the text has been seen yet. */
  let fresh = true

  const say = (reply: string): void => {
    if (!socket.destroyed) socket.write(`${reply}\r\n`)
    if (reply.startsWith('421')) {
      mode = 'silent'
      socket.end()
    }
  }
  /** Does what the script wants; true where the good answer is due. */
  const wellAt = (at: Moment['at'], line: string, rcpt?: string): boolean => {
    const wish = d.decide({ at, line, ...(rcpt === undefined ? {} : { rcpt }) })
    if (wish === undefined) return true
    if (wish === 'hang') mode = 'silent'
    else if (wish === 'no-tls') {
      mode = 'silent'
      socket.once('data', () => socket.end('500 5.5.2 what?\r\n'))
      say('220 2.0.0 go')
    } else if (at === 'starttls' && wish.startsWith('220')) {
      startTls(wish)
    } else if (wish === 'drop' || wish === 'store-and-drop') {
      mode = 'silent'
      if (at === 'dot') session.brokenAfterDot = true
      d.plain.destroy()
    } else say(wish)
    return false
  }
  const startTls = (reply: string): void => {
    say(reply)
    socket.removeListener('data', take)
    socket = d.encrypt()
    socket.on('data', take)
  }
  const login = (name: string, proof: string, expected = options.auth?.pass): void => {
    if (name !== options.auth?.user || proof !== expected) return say('535 5.7.8 wrong')
    session.authenticated = name
    say('235 2.7.0 welcome')
  }
  const plainText = (base64: string): string => Buffer.from(base64, 'base64').toString()

  const command = (line: string): void => {
    session.commands.push(line)
    const word = (line.split(/[ :]/, 1)[0] ?? '').toUpperCase()
    if (mode === 'user') {
      user = plainText(line)
      mode = 'pass'
      say('334 UGFzc3dvcmQ6')
    } else if (mode === 'pass') {
      mode = 'command'
      login(user, plainText(line))
    } else if (mode === 'cram') {
      mode = 'command'
      const [name = '', digest = ''] = plainText(line).split(' ')
      const hmac = createHmac('md5', options.auth?.pass ?? '')
      login(name, digest, hmac.update(challenge).digest('hex'))
    } else if (word === 'EHLO' || word === 'LHLO' || word === 'HELO') {
      if (!wellAt('ehlo', line)) return
      if ((word === 'LHLO') !== lmtp) return say('500 5.5.1 wrong protocol')
      const starttls = options.tls === 'starttls' && !session.secure ? ['STARTTLS'] : []
      const auth = options.auth ? [`AUTH ${options.auth.mechanisms ?? 'PLAIN LOGIN'}`] : []
      const lines = word === 'HELO' ? ['sink.test'] : ['sink.test', ...(options.extensions ?? usual), ...starttls, ...auth]
      say(lines.map((l, i) => `250${i === lines.length - 1 ? ' ' : '-'}${l}`).join('\r\n'))
    } else if (word === 'STARTTLS') {
      if (!wellAt('starttls', line)) return
      if (options.tls !== 'starttls') return say('502 5.5.1 not here')
      say('220 2.0.0 go')
      socket.removeListener('data', take)
      socket = d.encrypt()
      socket.on('data', take)
    } else if (word === 'AUTH') {
      if (!wellAt('auth', line)) return
      const [, mechanism = '', initial = ''] = line.split(' ')
      if (mechanism.toUpperCase() === 'LOGIN') {
        mode = 'user'
        return say('334 VXNlcm5hbWU6')
      }
      if (mechanism.toUpperCase() === 'CRAM-MD5') {
        mode = 'cram'
        return say(`334 ${Buffer.from(challenge).toString('base64')}`)
      }
      if (mechanism.toUpperCase() === 'XOAUTH2') {
        const [, bearer = '', token = ''] = /^user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01$/.exec(plainText(initial)) ?? []
        return login(bearer, token)
      }
      const [, name = '', pass = ''] = plainText(initial).split('\0')
      login(name, pass)
    } else if (word === 'RSET') {
      if (!wellAt('rset', line)) return
      mail = undefined
      say('250 2.0.0 reset')
    } else if (word === 'MAIL') {
      if (!wellAt('mail', line)) return
      if (mail) return say('503 5.5.1 nested MAIL')
      const { path, parameters } = pathOf(line)
      mail = { from: path, fromParameters: parameters, rcpts: [], rcptParameters: [] }
      say('250 2.1.0 ok')
    } else if (word === 'RCPT') {
      const { path, parameters } = pathOf(line)
      if (!wellAt('rcpt', line, path)) return
      if (!mail) return say('503 5.5.1 no MAIL')
      mail.rcpts.push(path)
      mail.rcptParameters.push(parameters)
      say('250 2.1.5 ok')
    } else if (word === 'DATA') {
      if (!wellAt('data', line)) return
      if (!mail || mail.rcpts.length === 0) return say('503 5.5.1 no recipients')
      mode = 'text'
      say('354 go on')
    } else if (word === 'QUIT') {
      if (!wellAt('quit', line)) return
      say('221 2.0.0 bye')
      socket.end()
    } else say('500 5.5.2 what?')
  }

  const dot = (stuffed: Buffer): void => {
    mode = 'command'
    session.dots++
    const done = mail
    mail = undefined
    if (!done) return
    const text = stuffed.toString('latin1')
    const raw = Buffer.from(text.replace(/^\.\./, '.').replaceAll('\r\n..', '\r\n.'), 'latin1')
    const message = {
      ...done,
      session: session.number,
      raw,
      sha256: createHash('sha256').update(raw).digest('hex'),
      bareLineEnds: /\r(?!\n)|(?<!\r)\n/.test(text),
    }
    d.read(message)
    for (const [i, rcpt] of lmtp ? done.rcpts.entries() : [[0, undefined] as const]) {
      const wish = d.decide({ at: 'dot', line: '', ...(rcpt === undefined ? {} : { rcpt }) })
      if (wish === undefined || wish === 'store-and-drop' || wish.startsWith('2')) {
        d.store(rcpt === undefined ? message : { ...message, rcpts: [rcpt], rcptParameters: [done.rcptParameters[i] ?? ''] })
      }
      if (wish === 'hang' || wish === 'drop' || wish === 'store-and-drop') {
        mode = 'silent'
        if (wish === 'hang') return
        session.brokenAfterDot = true
        // Replies already given have to get out first.
        return d.plain.destroySoon()
      }
      say(wish ?? '250 2.0.0 stored')
    }
  }

  const take = (bytes: Buffer): void => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    while (mode !== 'silent') {
      if (mode === 'text') {
        if (fresh && rest.length > 0) {
          fresh = false
          if (!wellAt('text', '')) continue
        }
        const end = rest.subarray(0, 3).toString('latin1') === '.\r\n' ? 0 : rest.indexOf('\r\n.\r\n') + 2
        if (end === 1) return d.look()
        const text = rest.subarray(0, end)
        rest = rest.subarray(end + 3)
        dot(text)
      } else {
        const end = rest.indexOf('\r\n')
        if (end < 0) return d.look()
        const line = rest.subarray(0, end).toString('utf8')
        rest = rest.subarray(end + 2)
        command(line)
        fresh = true
      }
    }
    d.look()
  }
  socket.on('data', take)
  socket.on('error', () => d.plain.destroy())
  if (wellAt('connect', '')) say('220 sink.test ready')
  d.look()
}

/** `MAIL FROM:<path> parameters`, read by rules of its own, so that a mistake of the client cannot hide in a shared one. */
function pathOf(line: string): { readonly path: string; readonly parameters: string } {
  const start = line.indexOf('<') + 1
  let quoted = false
  for (let i = start; i < line.length; i++) {
    if (quoted && line[i] === '\\') i++
    else if (line[i] === '"') quoted = !quoted
    else if (line[i] === '>' && !quoted) return { path: line.slice(start, i), parameters: line.slice(i + 1).trim() }
  }
  return { path: `unreadable: ${line}`, parameters: '' }
}
