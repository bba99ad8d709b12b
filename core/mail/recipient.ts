// Which mailbox an envelope recipient belongs to: addresses, aliases and plus-addresses of all mailboxes in one map.
import { domainToASCII, domainToUnicode } from 'node:url'

export interface MailboxAddresses {
  readonly id: string
  /** Its address, its aliases and whatever else is its own (the instance's bounce address, say); each takes plus-addresses too. */
  readonly addresses: readonly string[]
}

export interface ResolvedRecipient {
  /** Mailbox id. */
  readonly mailbox: string
  /** The recipient in canonical form, tag included: lower case, domain as A-labels, quotes only where they are needed. */
  readonly rcpt: string
}

/** Immutable; a reload makes a new one. */
export interface MailboxTable {
  /** null: not one of ours (550 5.1.1). `postmaster` without a domain is known where a mailbox has a postmaster address (RFC 5321 §4.5.1). */
  resolve(rcpt: string): ResolvedRecipient | null
}

/** Where two mailboxes claim one address, the first has it: the config check refuses that earlier, with line and column. */
export function mailboxTable(mailboxes: readonly MailboxAddresses[]): MailboxTable {
  const owners = new Map<string, string>()
  for (const mailbox of mailboxes) {
    for (const address of mailbox.addresses) {
      const key = canonicalRecipient(address)
      if (key === null) continue
      if (!owners.has(key)) owners.set(key, mailbox.id)
      if (key.startsWith('postmaster@') && !owners.has('postmaster')) owners.set('postmaster', mailbox.id)
    }
  }
  return {
    resolve(rcpt) {
      const key = canonicalRecipient(rcpt)
      if (key === null) return null
      const at = key.lastIndexOf('@')
      const local = at < 0 ? key : key.slice(0, at)
      const domain = at < 0 ? '' : key.slice(at)
      // The longest match wins: a mailbox may itself have a plus in its address, as support+de@.
      for (let end = local.length; end > 0; end = local.lastIndexOf('+', end - 1)) {
        const mailbox = owners.get(local.slice(0, end) + domain)
        if (mailbox !== undefined) return { mailbox, rcpt: key }
      }
      return null
    },
  }
}

/** `"Support+X"@BÜRO.example` -> `support+x@xn--bro-hoa.example`; null where the domain cannot be one. A local part alone stays alone. */
export function canonicalRecipient(address: string): string | null {
  const at = address.lastIndexOf('@')
  const local = unquoted(at < 0 ? address : address.slice(0, at))
    .normalize('NFC')
    .toLowerCase()
  if (local === '') return null
  if (at < 0) return local
  const domain = canonicalDomain(address.slice(at + 1))
  return domain === null ? null : `${local}@${domain}`
}

/** `"a.b"` and `a.b` name one mailbox (RFC 5321 §4.1.2); quotes stay where the content needs them. */
function unquoted(local: string): string {
  if (!local.startsWith('"') || !local.endsWith('"') || local.length < 2) return local
  const content = local.slice(1, -1).replace(/\\(.)/g, '$1')
  return /^[^\s"(),:;<>@[\\\]]+$/.test(content) ? content : local
}

function canonicalDomain(domain: string): string | null {
  if (/^[a-zA-Z0-9._-]+$/.test(domain)) return domain.toLowerCase().replace(/\.$/, '')
  if (domain.startsWith('[')) return domain.toLowerCase()
  const ascii = domainToASCII(domain)
  // Other dots and letters that only look like these, or that nobody sees: not a way of writing that domain, but an imitation of it.
  return ascii === '' || domainToUnicode(ascii) !== domain.normalize('NFC').toLowerCase() ? null : ascii
}
