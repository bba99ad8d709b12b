// A session that cannot go on: of what kind, and the reason in words.
import { printable } from './reply.ts'

/** The connection is of no more use. Its cause says nothing about the mail, so the mail is tried again. */
export class SessionFault extends Error {
  readonly kind: FaultKind
  constructor(kind: FaultKind, message: string) {
    super(printable(message))
    this.name = 'SessionFault'
    this.kind = kind
  }
}

/**
 * broken: the peer or the network ended it. timeout: the peer said nothing in time. protocol: the peer does not speak SMTP.
 * refused: greeting, EHLO or AUTH was refused. tls: STARTTLS or the handshake failed. aborted: we ended it before the final dot.
 */
export type FaultKind = 'broken' | 'timeout' | 'protocol' | 'refused' | 'tls' | 'aborted'

/** Enhanced status of a fault (RFC 3463). */
export function faultStatus(kind: FaultKind): string {
  const statuses = { broken: '4.4.2', timeout: '4.4.1', protocol: '4.5.0', refused: '4.3.0', tls: '4.7.5', aborted: '4.3.2' } as const
  return statuses[kind]
}
