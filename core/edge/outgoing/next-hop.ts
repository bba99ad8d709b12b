// Where mail goes next and how: one SMTP or LMTP server, as the configuration describes it.
import type XOAuth2 from 'nodemailer/lib/xoauth2'

/** One server that mail is handed to, and how it is spoken with. */
export interface NextHop {
  readonly protocol: 'smtp' | 'lmtp'
  /** A host and port, or the path of a unix socket. */
  readonly at: { readonly host: string; readonly port: number } | { readonly path: string }
  /** Our name in EHLO/LHLO. */
  readonly localName: string
  /**
   * off: never. opportunistic: STARTTLS where offered, any certificate, in clear where it fails. required: STARTTLS or nothing.
   * implicit: TLS from the first byte (RFC 8314, port 465).
   */
  readonly tls: 'off' | 'opportunistic' | 'required' | 'implicit'
  /** The certificate must be valid for the host; not looked at where `tls` is opportunistic. */
  readonly verify: boolean
  /** PEM of the authorities to trust instead of the usual ones. */
  readonly ca?: string
  /** PLAIN, LOGIN or CRAM-MD5 (RFC 4954), or XOAUTH2 by tokens; never sent in clear unless `tls` is off. */
  readonly auth?: { readonly user: string; readonly pass: string } | { readonly user: string; readonly oauth2: XOAuth2 }
  readonly timeouts: Timeouts
}

/** ms for each phase (RFC 5321 §4.5.3.2, with less patience for a host that does not answer at all). */
export interface Timeouts {
  readonly connect: number
  readonly greeting: number
  /** The reply to a command, and the TLS handshake. */
  readonly command: number
  /** Handing one block of the text to the socket. */
  readonly block: number
  /** The reply to the final dot: shorter ones make duplicates. */
  readonly dot: number
}

/** The limits of RFC 5321 §4.5.3.2 or below; `dot` is what a peer may take to answer the end of a mail. */
export const defaultTimeouts: Timeouts = { connect: 10_000, greeting: 30_000, command: 60_000, block: 180_000, dot: 300_000 }

/** The next hop as people write it: `host:port` or a path. */
export function hopName(hop: NextHop): string {
  return 'path' in hop.at ? hop.at.path : `${hop.at.host}:${hop.at.port}`
}
