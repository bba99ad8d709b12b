// One attempt: a fresh look at every address, one POST, no redirects, bounded in time and size. No proxy, whatever the environment says.
import { lookup } from 'node:dns/promises'
import type { Agent } from 'node:http'
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { Clock } from '../../core/plugin.ts'
import { describeError } from '../../core/plugin.ts'
import { addressProblem } from './addresses.ts'
import { targetOf } from './target.ts'
import type { Target, TargetRules } from './target.ts'

/** One request as it is sent; `body` is sent to the byte. */
export interface Attempt {
  readonly rules: TargetRules
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For all of it, ms. */
  readonly timeoutMs: number
}

/** What came of one attempt; `retryAfter` is the header as it was sent, `ms` the time that all of it took. */
export interface AttemptResult {
  /** null: no answer. */
  readonly status: number | null
  /** Why it failed, where it did not come to an answer. */
  readonly error: string | null
  /** The first characters of the answer. */
  readonly response: string
  readonly retryAfter: string | undefined
  readonly ms: number
}

/** How names become addresses and addresses become connections; tests put a resolver and a counter in between. */
export interface Network {
  resolve(host: string): Promise<readonly string[]>
  connect(options: { readonly host: string; readonly port: number }): Socket
}

const connectMs = 5000
const responseBytes = 64 * 1024
const shownCharacters = 500

/** getaddrinfo: it knows /etc/hosts. Questions for one name at a time are asked once, so that a slow name server takes one thread and not all four. */
const asked = new Map<string, Promise<readonly string[]>>()

/** The network of the machine: its own resolver (`/etc/hosts` too) and plain TCP connections. */
export const realNetwork: Network = {
  resolve(host) {
    const running =
      asked.get(host) ??
      lookup(host, { all: true, order: 'verbatim' })
        .then((all) => all.map((a) => a.address))
        .finally(() => asked.delete(host))
    asked.set(host, running)
    return running
  },
  connect: ({ host, port }) => connectTcp({ host, port }),
}

/** Sends webhooks; connections to healthy endpoints are kept open for the next. */
export class Sender {
  readonly #clock: Clock
  readonly #network: Network
  readonly #agents = new Map<string, Agent>()

  constructor(clock: Clock, network: Network = realNetwork) {
    this.#clock = clock
    this.#network = network
  }

  /** Never rejects: what goes wrong is a result. */
  async send(attempt: Attempt, signal?: AbortSignal): Promise<AttemptResult> {
    const start = this.#clock.monotonic()
    const failed = (error: string): AttemptResult => ({
      status: null,
      error,
      response: '',
      retryAfter: undefined,
      ms: Math.round(this.#clock.monotonic() - start),
    })
    const target = targetOf(attempt.rules)
    if ('problem' in target) return failed(target.problem)
    try {
      const result = await this.#post(target, attempt, signal).catch((error: unknown) => {
        // The receiver closed a kept connection just when it was used: that says nothing about him.
        if (error instanceof StaleConnection) return this.#post(target, attempt, signal)
        throw error
      })
      return { ...result, ms: Math.round(this.#clock.monotonic() - start) }
    } catch (error) {
      return failed(describeError(error))
    }
  }

  stop(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }

  #post(target: Target, attempt: Attempt, signal: AbortSignal | undefined): Promise<Omit<AttemptResult, 'ms'>> {
    return new Promise((resolve, reject) => {
      const body = Buffer.from(attempt.body, 'utf8')
      const request = protocol(target.tls).request({
        ...{
          host: target.host,
          port: target.port,
          path: target.path,
          method: 'POST',
          agent: this.#agent(target, attempt.rules.allowPrivate),
        },
        headers: {
          host: target.authority,
          'content-type': 'application/json',
          'content-length': body.length,
          'user-agent': 'Postern-Webhooks/1',
          ...attempt.headers,
        },
      })
      const give = (result: Omit<AttemptResult, 'ms'>): void => {
        timer.cancel()
        signal?.removeEventListener('abort', aborted)
        resolve(result)
      }
      let answer: { status: number; retryAfter: string | undefined; text: Buffer[]; bytes: number } | undefined
      const told = (): void => {
        if (answer)
          give({
            status: answer.status,
            error: null,
            response: Buffer.concat(answer.text).toString('utf8').slice(0, shownCharacters),
            retryAfter: answer.retryAfter,
          })
      }
      const broken = (error: Error): void => {
        request.destroy()
        // The status stands; nobody needs the rest of what the receiver says.
        if (answer) return told()
        timer.cancel()
        signal?.removeEventListener('abort', aborted)
        reject(request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? new StaleConnection() : error) // an error of the socket
      }
      const timer = this.#clock.setTimer(attempt.timeoutMs, () => broken(new Error(`no answer within ${attempt.timeoutMs} ms`)))
      const aborted = (): void => broken(new Error('broken off: the gateway is stopping'))
      signal?.addEventListener('abort', aborted, { once: true })
      request.once('error', broken)
      request.once('response', (response) => {
        const got = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text: [] as Buffer[], bytes: 0 }
        answer = got
        response.on('data', (chunk: Buffer) => {
          if (got.bytes < shownCharacters * 4) got.text.push(chunk.subarray(0, shownCharacters * 4 - got.bytes))
          got.bytes += chunk.length
          if (got.bytes > responseBytes) broken(new Error('the answer is too long'))
        })
        response.once('end', told)
        response.once('error', broken)
        response.once('close', told)
      })
      request.end(body)
    })
  }

  /** Connections are reused for one place and one rule only; each was checked when it was made. */
  #agent(target: Target, allowPrivate: boolean): Agent {
    const key = `${target.tls} ${target.host} ${target.port} ${allowPrivate}`
    const known = this.#agents.get(key)
    if (known) return known
    const options = { keepAlive: true, maxFreeSockets: 5, timeout: 20_000 }
    const agent = new (protocol(target.tls).Agent)(options)
    agent.createConnection = (_options, done) => {
      this.#open(target, allowPrivate).then(
        (socket) => done?.(null, socket),
        // Node's own signature has no way to say that there is no stream beside an error.
        (error: unknown) => (done as ((error: unknown) => void) | undefined)?.(error),
      )
      return undefined
    }
    this.#agents.set(key, agent)
    return agent
  }

  /** Resolves the name, refuses if any of its addresses is out of bounds, and connects to one of exactly those addresses. */
  #open(target: Target, allowPrivate: boolean): Promise<Socket> {
    return new Promise((resolve, reject) => {
      let socket: Socket | undefined
      let over = false
      const fail = (error: Error): void => {
        over = true
        timer.cancel()
        socket?.destroy()
        reject(error)
      }
      const timer = this.#clock.setTimer(connectMs, () => fail(new Error(`no connection within ${connectMs} ms`)))
      const run = async (): Promise<void> => {
        const addresses = isIP(target.host) ? [target.host] : await this.#network.resolve(target.host)
        if (over) return
        for (const address of addresses) {
          const problem = addressProblem(address, allowPrivate)
          if (problem !== null) throw new Error(`${target.host} is not allowed: ${problem}`)
        }
        const tcp = await this.#first(
          addresses,
          target.port,
          (candidate) => (socket = candidate),
          () => over,
        )
        if (over) return void tcp.destroy()
        const peer = tcp.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '')
        if (peer !== undefined && addressProblem(peer, allowPrivate) !== null)
          throw new Error(`${target.host} is not allowed: the connection leads to ${peer}`)
        if (target.tls) {
          const secure = process.getBuiltinModule('node:tls').connect({
            socket: tcp,
            host: target.host,
            ...(isIP(target.host) === 0 && { servername: target.host.replace(/\.$/, '') }),
            ALPNProtocols: ['http/1.1'],
          })
          socket = secure
          secure.on('error', ignored)
          await opened(secure, 'secureConnect')
        }
        timer.cancel()
        if (!over && socket) resolve(socket)
      }
      run().catch((error: unknown) => fail(error instanceof Error ? error : new Error(String(error))))
    })
  }

  async #first(addresses: readonly string[], port: number, hold: (socket: Socket) => void, over: () => boolean): Promise<Socket> {
    let problem: unknown = new Error('the name has no address')
    for (const host of addresses.slice(0, 4)) {
      if (over()) break
      const socket = this.#network.connect({ host, port })
      socket.on('error', ignored)
      hold(socket)
      try {
        await opened(socket, 'connect')
        return socket
      } catch (error) {
        problem = error
      }
    }
    throw problem
  }
}

/** Loaded by the first call and not by every command; an import would bring Node's own fetch along, which nobody uses: 15 ms at each start. */
function protocol(tls: boolean) {
  return process.getBuiltinModule(tls ? 'node:https' : 'node:http')
}

class StaleConnection extends Error {}

/** Whoever waits for a socket hears of its end otherwise; an error that comes when nobody waits must not end the process. */
function ignored(): void {}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.removeListener('error', reject)
      socket.removeListener('close', closed)
      resolve()
    })
    const closed = (): void => reject(new Error('the connection was closed'))
    socket.once('error', reject)
    socket.once('close', closed)
  })
}
