// The list for the programs in front: an access map of Postfix, regular expressions for a multimap of rspamd, or JSON.
import { factsOf } from './entry.ts'
import type { SenderRow } from './tables.ts'

/** Formats that the list can be written in. */
export const formats = ['postfix', 'rspamd', 'json'] as const

/**
 * The lines of a format, for every mailbox (entries of one mailbox alone cannot be told apart in front; `mailbox`: those too). postfix: what
 * `check_sender_access` reads, allowed senders first come as DUNNO, since an address is looked up before its domain. rspamd: what is blocked, for
 * a multimap of type `from` with `regexp = true`; nothing that is let in can stand there.
 */
export function exported(
  rows: readonly SenderRow[],
  format: (typeof formats)[number],
  options: { readonly mailbox: string | undefined; readonly now: number },
): readonly string[] {
  const live = rows.filter((r) => (r.mailbox === '' || r.mailbox === options.mailbox) && (r.until === null || r.until > options.now))
  // Of one pattern the entry of the mailbox counts.
  const nearest = [...new Map([...live].sort((a, b) => a.mailbox.length - b.mailbox.length).map((r) => [r.pattern, r])).values()]
  if (format === 'json')
    return [
      JSON.stringify(
        nearest.map((r) => ({ ...factsOf(r), verdict: r.verdict, by: r.by, why: r.why })),
        null,
        2,
      ),
    ]
  if (format === 'postfix')
    return nearest.flatMap(({ pattern, verdict }) => {
      const answer = verdict === 'block' ? 'REJECT Mail from this sender is not accepted here' : 'DUNNO'
      return pattern.startsWith('@') ? [`${pattern.slice(1)}\t${answer}`, `.${pattern.slice(1)}\t${answer}`] : [`${pattern}\t${answer}`]
    })
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  return nearest
    .filter((r) => r.verdict === 'block')
    .map(({ pattern }) => (pattern.startsWith('@') ? `/[@.]${literal(pattern.slice(1))}$/i` : `/^${literal(pattern)}$/i`))
}
