// The feed of events (GET /v1/events), read while others write.
import type { Client } from './client.ts'

/** An event as the feed shows it; what tests look at. */
export interface FedEvent {
  readonly position: number
  readonly id: string
  readonly type: string
  readonly case: string
  readonly case_seq: number
}

/** Follows the feed behind `after`, page by page, until nobody is writing any more and its end is reached. */
export async function follow(call: Client, limit: number, writing: () => boolean, after = '0'): Promise<readonly FedEvent[]> {
  const seen: FedEvent[] = []
  for (let next = after; ;) {
    const done = !writing()
    const page = (await call('GET', `/v1/events?after=${next}&limit=${limit}`)).body
    seen.push(...page.events)
    next = page.next
    if (done && !page.more) return seen
  }
}
