import { loadConfigWithPlugins } from '../../core/app/load-plugins.ts'
import { openDatabase } from '../../core/app/open-store.ts'

export interface Ledger {
  readonly config: string
  readonly acknowledged: ReadonlySet<string>
  readonly tried: ReadonlySet<string>
  /** Message-IDs as the smarthost stored them, with the ms at which they were seen. */
  readonly arrivals: readonly { readonly at: number; readonly id: string }[]
  readonly kills: readonly number[]
}

export interface Findings {
  /** Acknowledged and not in the database, or without an effect that it must have. */
  readonly lost: number
  /** In the database more than once, or with an effect more than once. */
  readonly duplicated: number
  /** Twice at the smarthost without a kill that explains it. */
  readonly unexplained: number
  readonly details: readonly string[]
}

/** A process killed this soon after a mail left may not have written that it did. */
const killWindowMs = 3000

export async function audit(ledger: Ledger): Promise<Findings> {
  const loaded = await loadConfigWithPlugins(ledger.config)
  if (!loaded.ok) throw new Error('the config is wrong')
  const database = await openDatabase(loaded.config, false)
  const details: string[] = []
  const find = (what: string, ids: readonly string[]): number => {
    if (ids.length > 0) details.push(`${what}: ${ids.slice(0, 10).join(' ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`)
    return ids.length
  }
  try {
    const db = database.read
    const messages = await db.selectFrom('messages').select(['id', 'header_id', 'case_id']).where('author', '=', 'customer').execute()
    const stored = countBy(messages.map((m) => m.header_id ?? ''))
    const inbound = await db.selectFrom('inbound').select(['id', 'hash', 'raw_id', 'state']).execute()
    const blobs = new Set((await db.selectFrom('blobs').select('id').execute()).map((b) => b.id))
    const outbox = await db
      .selectFrom('outbox')
      .innerJoin('outbox_recipients as r', 'r.outbox_id', 'outbox.id')
      .select(['outbox.id', 'outbox.kind', 'outbox.message_id', 'outbox.header_id', 'r.state'])
      .execute()
    const notified = countBy(outbox.filter((o) => o.kind === 'notification').map((o) => o.message_id ?? ''))
    const copied = countBy(outbox.filter((o) => o.kind === 'copy').map((o) => o.header_id))

    let lost = find(
      'acknowledged and not stored',
      [...ledger.acknowledged].filter((id) => !stored.has(id)),
    )
    lost += find(
      'raw bytes missing',
      inbound.filter((i) => i.raw_id === null || !blobs.has(i.raw_id)).map((i) => i.id),
    )
    lost += find(
      'not taken in',
      inbound.filter((i) => i.state !== 'done').map((i) => `${i.id}(${i.state})`),
    )
    lost += find(
      'no notification',
      messages.filter((m) => !notified.has(m.id)).map((m) => m.header_id ?? ''),
    )
    lost += find(
      'no mailbox copy',
      inbound.filter((i) => !copied.has(i.id)).map((i) => i.id),
    )
    lost += find(
      'failed to leave',
      outbox.filter((o) => o.state !== 'sent' && o.state !== 'unknown').map((o) => `${o.id}(${o.state})`),
    )

    const at = new Map<string, number[]>()
    for (const { id, at: when } of ledger.arrivals) at.set(id, [...(at.get(id) ?? []), when])
    const left = new Set(outbox.filter((o) => o.state === 'sent' && o.kind !== 'copy').map((o) => o.header_id))
    lost += find(
      'sent and not at the smarthost',
      [...left].filter((id) => !at.has(id)),
    )

    let duplicated = find(
      'stored twice',
      [...stored].filter(([id, n]) => id !== '' && n > 1).map(([id]) => id),
    )
    duplicated += find(
      'accepted twice',
      [...countBy(inbound.map((i) => i.hash))].filter(([, n]) => n > 1).map(([h]) => h),
    )
    duplicated += find(
      'notified twice',
      [...notified].filter(([, n]) => n > 1).map(([id]) => id),
    )
    duplicated += find(
      'copied twice',
      [...copied].filter(([, n]) => n > 1).map(([id]) => id),
    )
    duplicated += find(
      'in a case with another',
      [...countBy(messages.map((m) => m.case_id))].filter(([, n]) => n > 1).map(([id]) => id),
    )

    const explained = (times: readonly number[]): boolean =>
      times
        .slice(0, -1)
        .every((t, i) => ledger.kills.some((k) => k >= t - 100 && k <= Math.min(t + killWindowMs, times[i + 1] ?? Infinity)))
    const twice = [...at].filter(([, times]) => times.length > 1)
    const unexplained = find(
      'twice at the smarthost without a reason',
      twice.filter(([, times]) => !explained(times)).map(([id]) => id),
    )
    const unknown = outbox.filter((o) => o.state === 'unknown').length
    details.push(
      `stored ${messages.length}, at the smarthost ${ledger.arrivals.length} (twice because of a kill: ${twice.length - unexplained}), outcome unknown: ${unknown}`,
    )
    return { lost, duplicated, unexplained, details }
  } finally {
    await database.stop()
  }
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const out = new Map<string, number>()
  for (const key of keys) out.set(key, (out.get(key) ?? 0) + 1)
  return out
}
