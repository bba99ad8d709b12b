// What the gateway would do with a mail, and why: route, intake, record and every rule, in a transaction that is rolled back.
import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { readHeaders } from '../../mail/read.ts'
import { rewindAutomatic } from '../../store/automatic.ts'
import { forgetHash } from '../../store/messages.ts'
import { outboxOrderedAt, recipientsOfOutbox } from '../../store/outbox.ts'
import { readArrival } from './arrival.ts'
import type { Given } from './arrival.ts'
import type { Engine } from '../engine.ts'
import type { PosternEvent } from '../../contract/events.ts'
import { decide } from './decide.ts'
import type { ParsePool } from './parse-pool.ts'
import { inDryRun } from '../transaction/transaction.ts'
import type { ExplainEntry, Tx } from '../../contract/tx.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import type { TakenIn } from './record.ts'

/** A mail that would leave. */
export interface WouldSend {
  readonly kind: string
  readonly to: readonly string[]
  readonly subject: string
}

/** What would become of a mail by the config in force. */
export interface Explanation {
  readonly taken: TakenIn
  /** Number of the case; a new one has the number that it would get. */
  readonly caseNumber: number | null
  readonly newCase: boolean
  /** Decisions of plugins and rules, in order. */
  readonly decisions: readonly ExplainEntry[]
  readonly events: readonly { readonly type: string; readonly data: unknown; readonly origin: unknown }[]
  readonly sends: readonly WouldSend[]
}

/** Decides on one mail and keeps nothing. `at`: the instant for which it is decided; `stored`: it was taken in before, so that what it left counts as not there. */
export async function explain(
  engine: Engine,
  pool: ParsePool,
  clock: Clock,
  mail: Given,
  raw: Uint8Array,
  at: number,
  stored: boolean,
): Promise<Explanation> {
  const mailbox = engine.registry.config.mailboxes.get(mail.mailbox)
  if (!mailbox) throw new Error(`the mailbox "${mail.mailbox}" is not in the config`)
  const { arrival, safe } = await readArrival(pool, mail, raw, mailbox, null)
  const decisions: ExplainEntry[] = []
  const parts: EngineServices = { ...engine.parts, safe, explain: (entry) => void decisions.push(entry) }
  const then: Clock = { now: () => at, monotonic: () => clock.monotonic(), setTimer: (ms, fn, options) => clock.setTimer(ms, fn, options) }
  let before: ReadonlySet<string> = new Set()
  return inDryRun(
    parts,
    then,
    { kind: 'customer', id: arrival.mail.from?.address ?? arrival.mailFrom, via: 'mail' },
    async (tx) => {
      if (stored) await rewind(parts, tx, mail, at)
      before = new Set((await outboxOrderedAt(tx.db, at)).map((r) => r.id))
      return decide(parts, tx, arrival)
    },
    async (tx, taken, events) => {
      const c = taken.caseId === null ? undefined : await tx.cases.get(taken.caseId)
      const rows = (await outboxOrderedAt(tx.db, at)).filter((r) => !before.has(r.id))
      const sends: WouldSend[] = []
      for (const row of rows) {
        const to = await recipientsOfOutbox(tx.db, row.id)
        sends.push({ kind: row.kind, to: to.map((r) => r.address), subject: row.subject })
      }
      return {
        taken,
        caseNumber: c?.number ?? null,
        newCase: c?.createdAt === at && events.some((e) => e.type === 'case.created' || e.type === 'message.blocked'),
        decisions,
        events: events.map(plainEvent),
        sends,
      }
    },
  )
}

const plainEvent = (e: PosternEvent): Explanation['events'][number] => ({ type: e.type, data: e.data, origin: e.origin })

/** Its own message counts as not recorded, and what was counted since as not counted. */
async function rewind(parts: EngineServices, tx: Tx, mail: Given, at: number): Promise<void> {
  await forgetHash(tx.db, mail.id)
  await rewindAutomatic(tx.db, at)
  for (const { hooks } of parts.registry().plugins) await hooks.rewind?.(tx, at)
}

/** A mail that nobody has taken in: the envelope as it is named, or as the header says; or a sentence why it is none of ours. */
export function strayMail(
  engine: Engine,
  raw: Uint8Array,
  envelope: { readonly to?: string; readonly from?: string },
  at: number,
): Given | string {
  const header = readHeaders(raw)
  const asked =
    envelope.to === undefined
      ? [
          ...header.headers.filter((h) => h.name === 'delivered-to' || h.name === 'x-original-to').map((h) => h.value.trim()),
          ...header.to.map((p) => p.address),
          ...header.cc.map((p) => p.address),
        ]
      : [envelope.to]
  const resolved = asked.map((a) => engine.registry.mailboxes.resolve(a)).find((r) => r !== null)
  if (!resolved) return `none of ${asked.slice(0, 5).join(', ') || 'its recipients'} is an address of ours`
  return {
    id: '',
    raw_id: '',
    hash: createHash('sha256').update(raw).digest('hex'),
    mail_from: envelope.from ?? header.returnPath ?? header.from?.address ?? '',
    rcpt: resolved.rcpt,
    mailbox: resolved.mailbox,
    peer: '',
    received_at: at,
    size: raw.byteLength,
  }
}
