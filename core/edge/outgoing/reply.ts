// SMTP replies (RFC 5321 §4.2) as nodemailer hands them over: judged and made printable.

/** One reply of a server, of one line or several (RFC 5321 §4.2.1). */
export interface Reply {
  readonly code: number
  /** Enhanced status (RFC 2034) where the first line has one, else ''. */
  readonly status: string
  /** Lines without their codes (EHLO needs them one by one). */
  readonly lines: readonly string[]
}

/** A whole reply, its lines parted by LF; undefined where the peer does not speak SMTP. */
export function parseReply(text: string): Reply | undefined {
  const lines = text.split('\n')
  const code = /^([2-5]\d\d)(?:[ -]|$)/.exec(text)?.[1]
  if (code === undefined || !lines.every((line) => line.startsWith(code))) return undefined
  return {
    code: Number(code),
    status: /^.{4}([245]\.\d{1,3}\.\d{1,3})(?=[ \n]|$)/.exec(text)?.[1] ?? '',
    lines: lines.map((l) => l.slice(4)),
  }
}

/** The reply as one printable line of at most 500 characters: for people and the database. */
export function replyText(reply: Reply): string {
  return printable(`${reply.code} ${reply.lines.join(' ')}`)
}

/** At most 500 characters without controls, so that nothing a peer says can forge a log line or a terminal sequence. */
export function printable(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .trimEnd()
    .slice(0, 500)
}
