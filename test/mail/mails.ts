// Builds raw mails for the tests of reading.

/** A mail of header lines and a body; line ends are CRLF throughout. */
export function mail(headers: readonly string[], ...body: readonly string[]): Buffer {
  return Buffer.from([...headers, '', ...body].join('\n').replace(/\r?\n/g, '\r\n'))
}

/** The header lines that an ordinary mail has. */
export const ordinary = [
  'From: Ann Lee <ann@example.org>',
  'To: help@desk.example',
  'Subject: Order 17',
  'Message-ID: <1@example.org>',
  'Date: Mon, 21 Sep 2026 10:00:00 +0300',
]

/** Parts between boundary lines `--b`. */
export const parts = (...list: readonly string[]): string => `--b\n${list.join('\n--b\n')}\n--b--`
