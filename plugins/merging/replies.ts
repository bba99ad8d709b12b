// Which messages that came after a merge belong to the case that was merged: by what led them there, which is kept with each.
import { extractPlusToken, readOwnMessageId, readToken } from '../../core/plugin.ts'
import type { Case, Host, Message, Tx } from '../../core/plugin.ts'
import { recipientOf } from './store.ts'
import type { Merge } from './tables.ts'

/** Ids of those messages, in order: led by a key of the source or by its number, or an answer to one that goes back itself. */
export async function repliesSince(tx: Tx, host: Host<unknown>, merge: Merge, target: Case): Promise<readonly string[]> {
  const messages = await tx.messages.list(target.id)
  const later = messages.filter((m) => m.seq > merge.part.last && m.author === 'customer')
  const back = new Set(messages.filter((m) => m.seq > merge.part.offset && m.seq <= merge.part.last).map((m) => m.id))
  const keys = new Set(merge.part.keys.map((k) => `${k.kind}:${k.key}`))
  const numbers = new Set<number>()
  for (const id of [merge.row.source_id, ...merge.part.pointers]) numbers.add((await tx.cases.get(id))?.number ?? 0)
  const found: string[] = []
  for (const m of [...later].sort((a, b) => a.seq - b.seq)) {
    const led = await ledBy(tx, host, target, m)
    const known = 'number' in led ? [] : await tx.threads.find(led.kind, [led.key])
    const goes =
      'number' in led
        ? numbers.has(led.number)
        : keys.has(`${led.kind}:${led.key}`) || known.some((k) => k.message_id !== null && back.has(k.message_id))
    if (!goes) continue
    back.add(m.id)
    found.push(m.id)
  }
  return found
}

type Led = { readonly number: number } | { readonly kind: 'token' | 'own' | 'foreign'; readonly key: string }

/** What decided where it belongs, as it was written with the message when it came. */
async function ledBy(tx: Tx, host: Host<unknown>, target: Case, m: Message): Promise<Led> {
  const { by, evidence } = (m.data.route ?? {}) as { readonly by?: string; readonly evidence?: string } // written where mails are recorded
  const id = /<([^<>]{1,998})>/.exec(evidence ?? '')?.[1] ?? ''
  if (by === 'subject') return { number: Number(/\[#(\d{1,12})\]/.exec(evidence ?? '')?.[1] ?? 0) }
  if (by === 'foreign-id') return { kind: 'foreign', key: id }
  if (by === 'own-id' || by === 'marker') return { kind: 'own', key: readOwnMessageId(host.tokens, id) ?? '' }
  return { kind: 'token', key: by === 'token' ? await tokenOf(tx, target, m) : '' }
}

/** The reference of the token in the address to which it came; '' for none. */
async function tokenOf(tx: Tx, target: Case, m: Message): Promise<string> {
  const rcpt = m.inboundId === null ? undefined : await recipientOf(tx, m.inboundId)
  if (rcpt === undefined) return ''
  const box = tx.config.mailboxes.get(typeof m.data.mailbox === 'string' ? m.data.mailbox : target.mailbox)
  const local = rcpt.slice(0, rcpt.lastIndexOf('@'))
  const token = [box?.address ?? '', ...(box?.aliases ?? [])]
    .map((a) => extractPlusToken(local, a.slice(0, a.lastIndexOf('@'))))
    .find((t) => t !== null)
  return (token && readToken(token)?.ref) ?? ''
}
