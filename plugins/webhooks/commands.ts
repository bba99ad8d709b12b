// `postern webhook`, `postern deliveries`, `postern events`.
import { PosternError, plainLine, systemClock } from '../../core/plugin.ts'
import type { CommandDefinition } from '../../core/plugin.ts'
import { cataloguePage, catalogueJson } from './catalogue.ts'
import { addEndpoint, endpointNamed, removeEndpoint, rotate } from './endpoints.ts'
import { handedOver } from './signature.ts'
import type { Handed, WebhookHost } from './endpoints.ts'
import { ping, sample } from './ping.ts'
import { retry } from './queue-store.ts'
import { replay, timeOf } from './replay.ts'
import { disable, enable } from './state.ts'
import { deliveryDetail, endpointViews, listDeliveries } from './view.ts'

type Call = Parameters<CommandDefinition['run']>[0]

const origin = { kind: 'system', id: null, via: 'cli' } as const

/**
 * The commands by name. They throw `invalid` for wrong usage, and `not_found` for an endpoint, a delivery or an event type that does not
 * exist.
 */
export function commands(host: WebhookHost): Readonly<Record<string, CommandDefinition>> {
  return {
    webhook: {
      description:
        'Lists webhook endpoints, makes and removes them, enables, disables, rotates or shows a secret, sends a probe or a sample.',
      usage: '<list|add|remove|enable|disable|rotate|secret|ping|sample> [name]',
      options: [
        ['--type <type>', 'for sample: of the event (postern events lists them)'],
        ['--url <url>', 'for add: where it is sent'],
        ['--events <types>', 'for add: event types with commas between, * for any letters (default: all)'],
        ['--mailboxes <ids>', 'for add: only these mailboxes'],
        ['--tags <tags>', 'for add: only cases with one of these tags'],
        ['--thin', 'for add: ids alone'],
        ['--signature <scheme>', 'for add: v1 (a shared secret, default) or v1a (Ed25519, the receiver has the public key)'],
        ['--ordered', 'for add: the events of one case one after the other'],
        ['--allow-http', 'for add: plain http as well (a lab)'],
        ['--allow-private', 'for add: loopback and private networks as well (a receiver in your own network)'],
        ['--ports <numbers>', 'for add: ports that the URL may name (default: 80,443,8443)'],
      ],
      run: (call) => webhook(host, call),
    },
    deliveries: {
      description: 'Lists and shows deliveries of webhooks, sends one again (retry), or all of a span of time (replay).',
      usage: '<list|show|retry|replay> [id-or-endpoint]',
      options: [
        ['--state <state>', 'for list: queued, sending, delivered or failed'],
        ['--endpoint <name>', 'for list: of this endpoint'],
        ['--limit <n>', 'for list: how many (default 50)'],
        ['--since <time>', 'for list and replay: a time (2026-09-21T09:00Z) or how long ago (2d)'],
        ['--until <time>', 'for replay: default now'],
        ['--all', 'for replay: what was delivered as well'],
      ],
      run: (call) => deliveries(host, call),
    },
    events: {
      description: 'Prints the catalogue of events: a page in Markdown, with --json their JSON Schemas.',
      usage: '[type]',
      run({ args: [type], print, json }) {
        const { events } = host.registry
        const one = type === undefined ? events : new Map([...events].filter(([t]) => t === type))
        if (one.size === 0) throw new PosternError('not_found', `there is no event "${type}"`)
        if (json) print(JSON.stringify(catalogueJson(one), null, 2))
        else for (const line of cataloguePage(one)) print(line)
        return Promise.resolve(0)
      },
    },
  }
}

async function webhook(host: WebhookHost, { args: [what = '', name], options, print, json }: Call): Promise<number> {
  const say = (value: unknown, line: string): number => (print(json ? JSON.stringify(value, null, 2) : plainLine(line)), 0)
  if (what === 'list') {
    const all = await endpointViews(host, host.read)
    if (json) return say(all, '')
    for (const e of all)
      print(
        plainLine(`${e.name}  ${e.state}  ${e.url ?? '-'}  waiting ${e.waiting}, failed ${e.failed}${e.reason ? `  (${e.reason})` : ''}`),
      )
    return 0
  }
  if (name === undefined) throw new PosternError('invalid', `postern webhook ${what} NAME`)
  switch (what) {
    case 'add': {
      const text = (key: string): string | undefined => (typeof options[key] === 'string' ? options[key] : undefined)
      const list = (key: string): readonly string[] =>
        (text(key) ?? '')
          .split(',')
          .map((s) => s.trim())
          .filter(Boolean)
      const url = text('url')
      if (url === undefined) throw new PosternError('invalid', 'postern webhook add NAME --url URL')
      const ports = list('ports').map(Number)
      const signature = (['v1', 'v1a'] as const).find((s) => s === (text('signature') ?? 'v1'))
      if (!signature) throw new PosternError('invalid', '--signature: v1 or v1a')
      const handed = await host.transact(origin, (tx) =>
        addEndpoint(host, tx, name, {
          url,
          events: text('events') === undefined ? ['*'] : [...list('events')],
          mailboxes: [...list('mailboxes')],
          tags: [...list('tags')],
          payload: options.thin ? 'thin' : 'full',
          signature,
          ordered: options.ordered === true,
          ...(options.allowHttp && { allow_http: true }),
          ...(options.allowPrivate && { allow_private: true }),
          ...(ports.length > 0 && { ports }),
        }),
      )
      return say({ name, ...handed }, `${name} is there; ${worded(handed)}`)
    }
    case 'remove':
      await host.transact(origin, (tx) => removeEndpoint(host, tx, name))
      return say({ name }, `${name} is gone`)
    case 'enable':
    case 'disable': {
      const changed = await host.transact(origin, (tx) =>
        what === 'enable' ? enable(host, tx, name) : disable(host, tx, name, 'somebody asked for it', tx.now),
      )
      return say({ name, changed }, changed ? `${name} was ${what}d` : `${name} was ${what}d already`)
    }
    case 'rotate': {
      const handed = await host.transact(origin, (tx) => rotate(host, tx, name))
      return say({ name, ...handed }, `${name}: ${worded(handed)} (the old one stays good for a day)`)
    }
    case 'secret': {
      const handed = handedOver((await host.transact(origin, (tx) => endpointNamed(host, tx, name))).secrets[0]?.secret ?? '')
      return say({ name, ...handed }, 'secret' in handed ? handed.secret : handed.public_key)
    }
    case 'sample':
    case 'ping': {
      const result =
        what === 'ping'
          ? await ping(host, systemClock, name)
          : await sample(host, systemClock, name, String(options.type ?? 'case.created'))
      const good = result.status !== null && result.status >= 200 && result.status < 300
      say(
        result,
        good ? `${name} answered ${result.status} after ${result.ms} ms` : `${name}: ${result.error ?? `answered ${result.status}`}`,
      )
      return good ? 0 : 1
    }
    default:
      throw new PosternError('invalid', `"${what}" is nothing that postern webhook can do`)
  }
}

const worded = (handed: Handed): string => ('secret' in handed ? `its secret: ${handed.secret}` : `its public key: ${handed.public_key}`)

async function deliveries(host: WebhookHost, { args: [what = '', id], options, print, json }: Call): Promise<number> {
  const time = (key: string): number | undefined => (typeof options[key] === 'string' ? timeOf(options[key], host.now()) : undefined)
  const since = time('since')
  if (what === 'list') {
    const state = (['queued', 'sending', 'delivered', 'failed'] as const).find((s) => s === options.state)
    if (options.state !== undefined && !state) throw new PosternError('invalid', `"${String(options.state)}" is no state of a delivery`)
    const all = await listDeliveries(host.read, {
      limit: Math.min(Math.max(Number(options.limit ?? 50) || 50, 1), 10_000),
      ...(state && { state }),
      ...(since !== undefined && { since }),
      ...(typeof options.endpoint === 'string' && { endpoint: options.endpoint }),
    })
    if (json) print(JSON.stringify(all, null, 2))
    else
      for (const d of all)
        print(
          plainLine(
            `${d.id}  ${d.created_at}  ${d.endpoint}  ${d.type}  ${d.state}  attempts ${d.attempts}${d.error ? `  (${d.error})` : ''}`,
          ),
        )
    return 0
  }
  if (id === undefined) throw new PosternError('invalid', `postern deliveries ${what} ${what === 'replay' ? 'ENDPOINT' : 'ID'}`)
  if (what === 'show') {
    print(JSON.stringify(await deliveryDetail(host.read, id), null, 2))
    return 0
  }
  if (what === 'retry') {
    await host.transact(origin, (tx) => retry(tx, id))
    print(json ? JSON.stringify({ id, state: 'queued' }) : `${id} is sent again`)
    return 0
  }
  if (what !== 'replay') throw new PosternError('invalid', `"${what}" is nothing that postern deliveries can do`)
  if (since === undefined) throw new PosternError('invalid', 'postern deliveries replay ENDPOINT --since TIME')
  const queued = await replay(host, { endpoint: id, since, until: time('until') ?? host.now(), all: options.all === true })
  print(json ? JSON.stringify({ endpoint: id, queued }) : `${queued} deliveries are sent to ${id}`)
  return 0
}
