// The envelope of a mail as one peer can take it: what it offers decides on SMTPUTF8, A-labels and delivery reports.
import { isAscii } from 'node:buffer'
import { domainToASCII } from 'node:url'
import type { SMTPEnvelope } from 'nodemailer/lib/smtp-connection'
import type { OutgoingMail } from '../../engine/outbox/transport.ts'
import type { EnvelopeAddress } from '../../mail/address.ts'
import type { Reply } from './reply.ts'

/** Extensions by keyword in upper case, with their parameters. */
export type Offers = ReadonlyMap<string, string>

/** Read from the reply to EHLO or LHLO; a peer that knows only HELO offers nothing. */
export function offersOf(hello: Reply | undefined): Offers {
  return new Map(
    (hello?.lines ?? []).slice(1).map((line) => {
      const [keyword = '', ...parameters] = line.trim().split(/[ =]+/)
      return [keyword.toUpperCase(), parameters.join(' ')]
    }),
  )
}

/** Why this mail can never pass this peer, before anything is sent. */
export function refusal(mail: OutgoingMail, offers: Offers): { readonly reply: string; readonly status: string } | undefined {
  const limit = Number(offers.get('SIZE') ?? 0)
  if (limit > 0 && mail.raw.length > limit)
    return { reply: `the mail has ${mail.raw.length} bytes, the next hop takes at most ${limit}`, status: '5.3.4' }
  if (offers.has('SMTPUTF8')) return undefined
  const beyond = addresses(mail).find((a) => !/^[\x21-\x7e]*$/.test(onWire(a, offers)))
  if (beyond) return { reply: `the next hop does not offer SMTPUTF8, which the address ${beyond.address} needs`, status: '5.6.7' }
  if (mail.smtputf8) return { reply: 'the next hop does not offer SMTPUTF8, which the header of this mail needs', status: '5.6.7' }
  return undefined
}

/** For nodemailer, which takes strings as they are and leaves out what the peer does not offer. */
export function envelopeOf(mail: OutgoingMail, offers: Offers): SMTPEnvelope {
  const bounce = mail.envelopeFrom === ''
  return {
    from: mail.envelopeFrom === '' ? false : onWire(mail.envelopeFrom, offers),
    to: mail.rcpts.map((rcpt) => onWire(rcpt, offers)),
    size: mail.raw.length,
    // Where 8BITMIME is missing, 8-bit text goes out as it is: every attempt sends identical bytes, and what we compose is 7-bit.
    use8BitMime: !isAscii(mail.raw),
    dsn: { ret: 'HDRS', envid: mail.envid, notify: bounce ? 'NEVER' : ['FAILURE', 'DELAY'] },
  }
}

/** The header needs SMTPUTF8 (RFC 6532) and no address does: nodemailer would not ask for it. */
export function headerAloneNeedsUtf8(mail: OutgoingMail, offers: Offers): boolean {
  return mail.smtputf8 && offers.has('SMTPUTF8') && !addresses(mail).some((a) => a.smtpUtf8)
}

function addresses(mail: OutgoingMail): readonly EnvelopeAddress[] {
  return mail.envelopeFrom === '' ? mail.rcpts : [mail.envelopeFrom, ...mail.rcpts]
}

/** The address as the command carries it: a domain beyond ASCII as A-labels where SMTPUTF8 is missing (RFC 5890). */
function onWire(a: EnvelopeAddress, offers: Offers): string {
  if (!a.smtpUtf8 || offers.has('SMTPUTF8')) return a.address
  const at = a.address.lastIndexOf('@')
  return `${a.address.slice(0, at)}@${domainToASCII(a.address.slice(at + 1)) || a.address.slice(at + 1)}`
}
