// Sends what is due: a queue for each endpoint, so that a slow one holds up nobody else.
//
// One round is one transaction: it writes down what has ended since the last one and claims what fills the free places. An endpoint
// that fails is tried one delivery at a time, so that many failing receivers cannot take all places from the healthy ones.
import { PollLoop, describeError, systemOrigin } from '../../core/plugin.ts'
import type { PluginWorker, WorkerContext } from '../../core/plugin.ts'
import { Sender } from './attempt.ts'
import type { Network } from './attempt.ts'
import { keysAt, readEndpoints, rulesOf } from './endpoints.ts'
import type { Endpoint, WebhookHost } from './endpoints.ts'
import { anyLost, claim, giveBackLost, isDue, settle } from './queue-store.ts'
import type { Ended } from './queue-store.ts'
import { filledHeaders } from './own-headers.ts'
import { typeOfBody } from './payload.ts'
import { signedHeaders } from './signature.ts'
import type { DeliveryRow } from './tables.ts'

const pollMs = 1000
/** After a stop, what is being sent has so long to end. */
const drainMs = 5000

/** An endpoint with settings. */
type Live = Endpoint & { readonly settings: NonNullable<Endpoint['settings']> }

/**
 * Sends deliveries until it is stopped. `stop` lets running attempts end, breaks off those that take too long, and does no harm when
 * called twice.
 */
export class DeliveryWorker implements PluginWorker {
  readonly #host: WebhookHost
  readonly #context: WorkerContext
  readonly #sender: Sender
  readonly #running = new Map<string, number>()
  readonly #work = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #ended: Ended[] = []
  #alone: boolean
  readonly #rounds: PollLoop
  #stopped: Promise<void> | undefined

  constructor(host: WebhookHost, context: WorkerContext, network?: Network) {
    this.#host = host
    this.#context = context
    this.#alone = context.alone
    this.#sender = new Sender(context.clock, network)
    this.#rounds = new PollLoop({ clock: context.clock, look: () => this.#go(), pause: () => pollMs })
    this.wake()
  }

  wake(): void {
    this.#rounds.ask()
  }

  async idle(): Promise<void> {
    for (;;) {
      await this.#rounds.looking
      if (this.#work.size > 0) await Promise.race(this.#work)
      else if (!this.#rounds.looking) {
        this.wake()
        await this.#rounds.looking
        if (this.#work.size === 0 && this.#ended.length === 0 && !this.#rounds.asked) return
      }
    }
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end())
  }

  async #end(): Promise<void> {
    await this.#rounds.stop()
    const late = this.#context.clock.setTimer(drainMs, () => this.#abort.abort())
    await Promise.allSettled(this.#work)
    late.cancel()
    this.#sender.stop()
    // Where this fails, the leases run out and the receivers get the last ones again under the same id.
    await this.#write([]).catch((error: unknown) =>
      this.#host.log.warn({ error: describeError(error) }, 'the end of the last deliveries could not be written down'),
    )
  }

  async #go(): Promise<boolean> {
    try {
      const wanted = await this.#wanted()
      if (this.#ended.length > 0 || wanted.length > 0 || this.#alone)
        for (const { endpoint, delivery } of await this.#write(wanted)) this.#begin(endpoint, delivery)
      return true
    } catch (error) {
      this.#host.count('postern_webhook_round_errors_total')
      this.#host.log.error({ error: describeError(error) }, 'webhooks cannot be read or written, trying again')
      // Not at once: what woke us is still true.
      return false
    }
  }

  /** Endpoints with something to send and a free place. */
  async #wanted(): Promise<readonly Live[]> {
    const now = this.#context.clock.now()
    const out: Live[] = []
    for (const known of (await readEndpoints(this.#host, this.#host.read)).values()) {
      if (known.state !== 'active' || !known.settings) continue
      const endpoint = { ...known, settings: known.settings }
      const lost = await anyLost(this.#host.read, endpoint.name, now)
      if (
        lost ||
        (this.#free(endpoint, 0) > 0 &&
          (await isDue(this.#host.read, {
            endpoint: endpoint.name,
            ordered: endpoint.settings.ordered,
            timeout: endpoint.settings.timeout,
            now,
          })))
      )
        out.push(endpoint)
    }
    return out
  }

  /** Places that this endpoint may still take. */
  #free({ name, settings, failingSince }: Live, ending: number): number {
    const total = [...this.#running.values()].reduce((a, b) => a + b, 0)
    const own = failingSince === null ? settings.concurrency : 1
    return Math.min(own - (this.#running.get(name) ?? 0), this.#host.settings.concurrency - total - ending)
  }

  async #write(wanted: readonly Live[]): Promise<readonly { readonly endpoint: Live; readonly delivery: DeliveryRow }[]> {
    const ended = this.#ended
    this.#ended = []
    try {
      const claimed = await this.#host.transact({ ...systemOrigin, id: 'webhooks', via: 'job' }, async (tx) => {
        const now = this.#context.clock.now()
        for (const one of ended) await settle(this.#host, tx, one, Math.random())
        if (this.#alone || wanted.length > 0) await giveBackLost(tx, this.#alone ? Number.MAX_SAFE_INTEGER : now)
        const out: { endpoint: Live; delivery: DeliveryRow }[] = []
        for (const endpoint of wanted) {
          const { ordered, timeout } = endpoint.settings
          const rows = await claim(tx, { endpoint: endpoint.name, ordered, timeout, now }, this.#free(endpoint, out.length))
          for (const one of rows.map((delivery) => ({ endpoint, delivery }))) out.push(one)
        }
        return out
      })
      this.#alone = false
      return claimed
    } catch (error) {
      this.#ended = [...ended, ...this.#ended]
      throw error
    }
  }

  #begin(endpoint: Live, delivery: DeliveryRow): void {
    const { name } = endpoint
    this.#running.set(name, (this.#running.get(name) ?? 0) + 1)
    const work: Promise<void> = this.#send(endpoint, delivery).finally(() => {
      this.#work.delete(work)
      this.#running.set(name, (this.#running.get(name) ?? 1) - 1)
      this.wake()
    })
    this.#work.add(work)
  }

  async #send(endpoint: Live, delivery: DeliveryRow): Promise<void> {
    const { settings } = endpoint
    const at = this.#context.clock.now()
    const attempt = {
      rules: rulesOf(settings),
      headers: {
        ...filledHeaders(settings.headers, this.#host.settings.header_secrets),
        'content-type': typeOfBody(delivery.body),
        ...signedHeaders(delivery.id, at, delivery.body, keysAt(endpoint, at)),
      },
      body: delivery.body,
      timeoutMs: settings.timeout,
    }
    const result = await this.#sender.send(attempt, this.#abort.signal)
    this.#ended.push({ delivery, result: this.#abort.signal.aborted && result.status === null ? null : result, at })
  }
}
