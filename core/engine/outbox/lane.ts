// Mails on their way to one next hop: what is claimed, what waits for its turn, and how many are being sent.
import type { Segment } from '../../mail/compose/segments.ts'
import type { Lease } from './lease.ts'
import type { SendHistory } from './retry-schedule.ts'
import type { Transport } from './transport.ts'

/** Transports by the name that outbox rows carry. */
export type Transports = ReadonlyMap<string, { readonly transport: Transport; readonly concurrency: number }>

/** One recipient of a claimed mail; `token` is the fencing token that this claim gave it. */
export interface ClaimedRecipient extends Omit<SendHistory, 'createdAt'> {
  /** Of the recipient's row. */
  readonly id: string
  readonly token: number
  readonly address: string
}

/** An outbox row with those of its recipients that were claimed together. */
export interface ClaimedSend {
  readonly id: string
  readonly transport: string
  /** '' is the null reverse-path. */
  readonly envelopeFrom: string
  readonly envid: string
  readonly segments: readonly Segment[]
  readonly smtputf8: boolean
  /** ms UTC. */
  readonly createdAt: number
  readonly recipients: readonly ClaimedRecipient[]
}

/** Mails at a time for one transport, so that one next hop that hangs does not hold up another. */
export interface Lane {
  readonly name: string
  readonly from: { readonly only: string } | { readonly except: readonly string[] }
  readonly transport: Transport | undefined
  readonly concurrency: number
  readonly queued: Held[]
  active: number
  /** The last claim gave all it was asked for: there may be more. */
  more: boolean
  /** Called when its last mail has been attempted. */
  emptied?: () => void
}

/** A mail that was claimed and waits for its turn, or is on its way. */
export interface Held {
  readonly send: ClaimedSend
  readonly lease: Lease
}

/** A lane for each transport, and one for mail whose transport the configuration no longer has: tried on schedule, so that it is seen and fails in the end. */
export function lanesOf(transports: Transports): readonly Lane[] {
  const lane = { active: 0, more: false }
  const named = [...transports].map(([name, t]): Lane => ({
    ...lane,
    name,
    from: { only: name },
    transport: t.transport,
    concurrency: t.concurrency,
    queued: [],
  }))
  const except = named.map((l) => l.name)
  return [...named, { ...lane, name: '', from: { except }, transport: undefined, concurrency: 1, queued: [] }]
}

/** Whether both stand for the same transport, connections and all. */
export const sameLane = (a: Lane, b: Lane): boolean => a.name === b.name && a.transport !== undefined && a.transport === b.transport
