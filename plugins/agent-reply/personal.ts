// An agent's own address at a mailbox, signed with the gateway's keys: what he writes there from an address of his begins cases (SEC-1 a).
// Only its lookup key is stored, so that making a new one ends the old one at once. It is said to the agent alone, and no mail to customers
// names it; one that stands where customers can read it (To or Cc of his own mail) proves nothing any more and ends with that mail.
import { extractPlusToken, makeToken, newTokenRef, plusAddress, readToken, verifyToken } from '../../core/plugin.ts'
import type { AgentConfig, Arrival, Host, Tx } from '../../core/plugin.ts'
import { authenticate, tokenOf } from './authentication.ts'
import type { Cause } from './authentication.ts'
import type { Desk } from './desk.ts'
import { addressKey, dropAddressKey, holderOf, putAddressKey } from './store.ts'

/** Whom its signature names: an agent at one mailbox. */
const recipientOf = (agent: string, mailbox: string): string => `${agent}/${mailbox}`

/**
 * The address of an agent at a mailbox; `renew`: another one, the old one is good no more. null where the mailbox's own address leaves no
 * room for a token.
 */
export async function personalAddress(
  tx: Tx,
  host: Pick<Host<unknown>, 'tokens'>,
  agent: string,
  mailbox: { readonly id: string; readonly address: string },
  renew = false,
): Promise<string | null> {
  const ref = await addressKey(tx, agent, mailbox.id)
  const kept = ref === undefined || renew ? await putAddressKey(tx, { agent, mailbox: mailbox.id, ref: newTokenRef(), at: tx.now }) : ref
  const token = makeToken(host.tokens, { purpose: 'personal', ref: kept, recipient: recipientOf(agent, mailbox.id), expiresDay: null })
  return plusAddress(mailbox.address, token)
}

/** Whose a mail to a mailbox is. `check`: once its DKIM signature has been looked at. `wrong`: it came to a personal address and proves nothing. */
export type Proof =
  | { readonly kind: 'none' }
  | { readonly kind: 'agent'; readonly agent: AgentConfig; readonly check: boolean }
  | { readonly kind: 'wrong'; readonly cause: Cause | 'seen'; readonly agent: AgentConfig | null }

const none: Proof = { kind: 'none' }

/** Judges a mail that is no answer to a notification: From alone proves nothing. */
export async function proofOf(tx: Tx, { host }: Desk, arrival: Arrival): Promise<Proof> {
  const { mail, mailbox } = arrival
  if (arrival.degraded !== null || mail.kind !== 'normal' || mail.forward !== null || mail.reply.forwarded) return none
  const { authentication } = host.settings
  const token = tokenIn(arrival)
  const holder = token === null ? null : await provedHolder(tx, host, token, mailbox.id)
  const seen = token !== null && holder !== null && isSeen(arrival, token.text, host)
  if (seen) await dropAddressKey(tx, holder, mailbox.id)
  const sender = mail.from && mail.fromCount === 1 ? host.registry.agentByAddress(mail.from.address) : undefined
  // The trusted server's word is enough by itself.
  if (sender && typeof authentication === 'object') {
    const verdict = authenticate(mail, tokenOf(sender.id), mailbox.id, host.config, authentication)
    if (verdict.ok) return { kind: 'agent', agent: sender, check: false }
  }
  if (token === null) return none
  if (holder === null) return { kind: 'wrong', cause: 'forged', agent: null }
  const agent = host.config.agents.get(holder) ?? null
  if (seen) return { kind: 'wrong', cause: 'seen', agent }
  const verdict = authenticate(mail, tokenOf(holder), mailbox.id, host.config, authentication)
  return verdict.ok
    ? { kind: 'agent', agent: verdict.agent, check: authentication === 'verify' }
    : { kind: 'wrong', cause: verdict.cause, agent }
}

/** The agent whose address it is, where we signed it and it is still good. */
async function provedHolder(
  tx: Tx,
  { tokens }: Pick<Host<unknown>, 'tokens'>,
  token: { readonly text: string; readonly ref: string },
  mailbox: string,
): Promise<string | null> {
  const holder = await holderOf(tx, token.ref, mailbox)
  if (holder === undefined) return null
  return verifyToken(tokens, token.text, { recipient: recipientOf(holder, mailbox), nowMs: tx.now }) === 'ok' ? holder : null
}

/** The token of a personal address in the recipient of a mail. */
function tokenIn({ rcpt, mailbox }: Arrival): { readonly text: string; readonly ref: string } | null {
  const local = rcpt.slice(0, rcpt.lastIndexOf('@'))
  for (const a of [mailbox.address, ...mailbox.aliases]) {
    const text = extractPlusToken(local, a.slice(0, a.lastIndexOf('@')))
    const parts = text === null ? null : readToken(text)
    if (text !== null && parts?.purpose === 'personal') return { text, ref: parts.ref }
  }
  return null
}

/** Whether the address stands in To or Cc of a mail that went to people outside, too. */
function isSeen({ mail }: Arrival, token: string, { registry }: Pick<Host<unknown>, 'registry'>): boolean {
  const people = [...mail.to, ...mail.cc]
  const outside = people.some((p) => p.address !== '' && !registry.isOurs(p.address) && !registry.agentByAddress(p.address))
  return outside && people.some((p) => p.address.toLowerCase().includes(token))
}
