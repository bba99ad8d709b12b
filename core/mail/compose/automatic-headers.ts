// The headers that all our automatic mail carries, so that no robot answers it and no gateway loops with us (RFC 3834 §5).

/** The header by which a gateway knows mail that came out of itself (REL-14); its value is the instance name. */
export const loopHeader = 'X-Postern-Loop'

/**
 * Headers for mail that no person wrote: `auto-replied` answers a mail (receipts, error notices), `auto-generated` does not (notifications).
 * `Precedence` is left out on purpose: list servers and some help desks treat it as bulk mail.
 */
export function automaticHeaders(kind: 'auto-replied' | 'auto-generated', instance: string): readonly (readonly [string, string])[] {
  return [
    ['Auto-Submitted', kind],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
    [loopHeader, instance],
  ]
}
