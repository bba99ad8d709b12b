// Delivery reports and complaints: tied to the very message they speak of; never a case, never an answer, never a reopening.
import Type from 'typebox'
import { canonicalRecipient, definePlugin, duration, event, isForAgents, readOwnMessageId } from '../../core/plugin.ts'
import type { Arrival, Host, Intake, Route, ThreadKeyRow, Tx } from '../../core/plugin.ts'

const config = Type.Object({
  suppress_for: duration({ default: '60d', description: 'An address that does not exist gets no automatic mail for this long.' }),
})

const recipient = Type.Object({
  address: Type.String({ description: 'Whom we wrote to' }),
  final: Type.Union([Type.String({ description: 'Where an alias or a forward of theirs led, if that is what failed' }), Type.Null()]),
  status: Type.String(),
  action: Type.String(),
  permanent: Type.Boolean(),
})
const bounced = Type.Object({
  message: Type.Union([
    Type.String({ description: 'The message that did not arrive; null where it was a notification to an agent' }),
    Type.Null(),
  ]),
  outbox: Type.Union([Type.String(), Type.Null()]),
  permanent: Type.Boolean(),
  recipients: Type.Array(recipient),
})

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    readonly 'message.bounced': BounceData
    readonly 'message.complaint': { readonly message: string | null; readonly outbox: string | null }
  }
}

interface BounceData {
  readonly message: string | null
  readonly outbox: string | null
  readonly permanent: boolean
  readonly recipients: readonly Reported[]
}

interface Reported {
  readonly address: string
  readonly final: string | null
  readonly status: string
  readonly action: string
  readonly permanent: boolean
}

interface Settings {
  readonly suppress_for: number
}

export default definePlugin({
  name: 'bounces',
  description: 'Ties bounces and complaints to the message they speak of.',
  config,
  events: {
    'message.bounced': event('A delivery report came for a mail of ours.', bounced, {
      message: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e',
      outbox: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1f',
      permanent: true,
      recipients: [{ address: 'gone@customer.example', final: null, status: '5.1.1', action: 'failed', permanent: true }],
    }),
    'message.complaint': event(
      'A recipient called a mail of ours spam (RFC 5965).',
      Type.Object({ message: Type.Union([Type.String(), Type.Null()]), outbox: Type.Union([Type.String(), Type.Null()]) }),
      {
        message: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e',
        outbox: null,
      },
    ),
  },
  counters: {
    postern_reports_total: {
      help: 'Bounces and complaints that came back, and whether they speak of a mail that we know',
      labels: { kind: ['bounce', 'report'], tied: ['true', 'false'] },
    },
  },
  setup: (host) => ({
    async intake(tx, arrival, route): Promise<Intake> {
      const { kind } = arrival.mail
      if (kind !== 'bounce' && kind !== 'report') return { verdict: 'pass' }
      const key = await sourceOf(tx, arrival, route, host)
      host.count('postern_reports_total', { kind, tied: String(key !== null) })
      if (!key) return { verdict: 'taken', outcome: `${kind}: of no mail that we know` }
      if (kind === 'report') await complaint(tx, arrival, key, host)
      else await bounce(tx, arrival, key, host)
      return { verdict: 'taken', outcome: kind, caseId: key.case_id, ...(key.message_id !== null && { messageId: key.message_id }) }
    },
  }),
})

/** The key of the mail that is spoken of. Only what we signed counts: anybody can write a bounce. */
async function sourceOf(tx: Tx, arrival: Arrival, route: Route, host: Host<Settings>): Promise<ThreadKeyRow | null> {
  if (route.token?.purpose === 'bounce' && route.token.verdict === 'ok' && route.key) return route.key
  const { mail } = arrival
  const ids = [mail.bounce?.original?.messageId, ...mail.inReplyTo, ...mail.references].flatMap((id) => (id ? [id] : []))
  const refs = ids.flatMap((id) => readOwnMessageId(host.tokens, id) ?? [])
  return (await tx.threads.find('own', refs))[0] ?? null
}

async function bounce(tx: Tx, arrival: Arrival, key: ThreadKeyRow, host: Host<Settings>): Promise<void> {
  const report = arrival.mail.bounce
  const wrote = await writtenTo(tx, key)
  const recipients = (report?.recipients ?? []).map((r) => reported(r, wrote))
  const permanent = report?.permanent ?? false
  for (const r of recipients) {
    // Only of those whom this very mail went to: a report can name anybody.
    if (r.permanent && r.action !== 'delayed' && wrote.some((a) => same(a, r.address)))
      await tx.outbox.suppress(r.address, `bounced: ${r.status}`, tx.now + host.settings.suppress_for)
  }
  const forAgent = key.purpose === 'agent' || (await isNotification(tx, key))
  const message = forAgent || key.message_id === null ? undefined : await tx.messages.get(key.message_id)
  const c = await tx.cases.lockCurrent(key.case_id)
  if (message) {
    const earlier = Array.isArray(message.data.bounces) ? message.data.bounces : []
    await tx.messages.update(message.id, {
      data: { ...message.data, bounces: [...earlier, { at: tx.now, inbound: arrival.inboundId, permanent, recipients }] },
    })
  }
  await tx.emit('message.bounced', key.case_id, { message: message?.id ?? null, outbox: key.outbox_id, permanent, recipients })
  // A notification that bounces tells nobody by mail: that would be a mail loop.
  if (!message) {
    host.log.warn({ case: c.id, number: c.number, recipients: recipients.map((r) => r.address) }, 'a notification to an agent bounced')
    return
  }
  const failed = recipients.filter((r) => r.action !== 'delivered' && r.action !== 'relayed' && r.action !== 'expanded')
  if (recipients.length > 0 && failed.length === 0) return
  await tx.notices.raise({
    caseId: key.case_id,
    messageId: message.id,
    kind: failed.some((r) => r.action === 'delayed') && !permanent ? 'delivery_delayed' : 'delivery_failed',
    data: {
      outbox: key.outbox_id,
      address: failed.map((r) => r.address).join(', '),
      reply: failed.map((r) => r.status).join(', '),
      message: message.id,
    },
  })
}

/** Whom the mail went to that is spoken of; empty where that is no longer kept. */
async function writtenTo(tx: Tx, key: ThreadKeyRow): Promise<readonly string[]> {
  const kept = key.outbox_id === null ? [] : await tx.outbox.recipientsOf(key.outbox_id)
  return kept.length > 0 ? kept : key.recipient?.includes('@') ? [key.recipient] : []
}

/** What we know comes before what the report says: one of those we wrote to, or the only one; what failed instead is then where he forwards. */
function reported({ address, final, status, action, permanent }: Reported, wrote: readonly string[]): Reported {
  const named = [address, final ?? ''].filter((a) => a !== '')
  const [only] = wrote
  const ours = wrote.find((a) => named.some((n) => same(a, n))) ?? (wrote.length === 1 ? only : undefined)
  const failed = final ?? address
  return ours === undefined
    ? { address, final, status, action, permanent }
    : { address: ours, final: failed === '' || same(failed, ours) ? null : failed, status, action, permanent }
}

const same = (a: string, b: string): boolean => (canonicalRecipient(a) ?? a) === (canonicalRecipient(b) ?? b)

/** The outbox row of the key carried a notification, or is gone: the message it names is not what did not arrive. */
async function isNotification(tx: Tx, key: ThreadKeyRow): Promise<boolean> {
  if (key.outbox_id === null) return false
  const kind = await tx.outbox.kindOf(key.outbox_id)
  return kind === undefined || isForAgents(kind)
}

async function complaint(tx: Tx, arrival: Arrival, key: ThreadKeyRow, host: Host<Settings>): Promise<void> {
  const c = await tx.cases.lockCurrent(key.case_id)
  // A read receipt is a report as well, and nobody complains in it.
  const isComplaint = arrival.mail.headers.some((h) => h.name === 'content-type' && /feedback-report/i.test(h.value))
  if (!isComplaint) return
  // Who complains is hidden in most complaints; of several readers none is accused whom the complaint does not name.
  const wrote = await writtenTo(tx, key)
  const accused = wrote.length === 1 ? wrote : wrote.filter((a) => arrival.mail.text.toLowerCase().includes(a.toLowerCase()))
  for (const address of accused) await tx.outbox.suppress(address, 'complaint', tx.now + host.settings.suppress_for)
  await tx.emit('message.complaint', c.id, { message: key.message_id, outbox: key.outbox_id })
}
