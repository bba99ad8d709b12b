// A token for the tests of the examples; people make theirs with `postern token create`.
import { newToken } from '../core/edge/http/access.ts'
import type { Gateway } from '../core/app/gateway.ts'
import { insertToken } from '../core/store/api-tokens.ts'

/** Stores a token without expiry and without bounds, and returns it as it stands behind `Bearer`. */
export async function exampleToken(gateway: Gateway, access: 'read' | 'act' | 'admin'): Promise<string> {
  const { token, id, hash } = newToken()
  await insertToken(gateway.database.write, {
    id,
    name: 'example',
    hash,
    access,
    mailboxes: null,
    agents: null,
    created_at: 0,
    expires_at: null,
    revoked_at: null,
    used_at: null,
  })
  return token
}
