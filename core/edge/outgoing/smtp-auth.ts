// AUTH PLAIN and LOGIN (RFC 4954, RFC 4616): over TLS both are as good as any other.
import { replyText } from './reply.ts'
import type { Reply } from './reply.ts'
import { SessionFault } from './session-fault.ts'

/** Logs in with the first mechanism that both sides know. Rejects with a SessionFault that never holds the password. */
export async function authenticate(
  ask: (line: string) => Promise<Reply>,
  auth: { readonly user: string; readonly pass: string },
  offered: string,
): Promise<void> {
  const mechanisms = offered.toUpperCase().split(/\s+/)
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  let reply: Reply
  if (mechanisms.includes('PLAIN')) reply = await ask(`AUTH PLAIN ${base64(`\0${auth.user}\0${auth.pass}`)}`)
  else if (mechanisms.includes('LOGIN')) {
    reply = await ask('AUTH LOGIN')
    if (reply.code === 334) reply = await ask(base64(auth.user))
    if (reply.code === 334) reply = await ask(base64(auth.pass))
  } else
    throw new SessionFault(
      'refused',
      `the next hop offers neither AUTH PLAIN nor AUTH LOGIN${offered === '' ? '' : `, but ${offered.slice(0, 100)}`}`,
    )
  if (reply.code !== 235) throw new SessionFault('refused', `the login was answered with ${replyText(reply)}`)
}
