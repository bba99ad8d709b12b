// Mails made to cost a reader dear, each with the bound that it runs into (REL-11).

export interface Bomb {
  readonly name: string
  readonly raw: () => Buffer
}

const head = 'From: a@example.org\r\nTo: b@example.org\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n'
const mixed = `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n`

export const bombs: readonly Bomb[] = [
  { name: 'a million empty parts', raw: () => Buffer.from(mixed + '--b\r\n\r\n'.repeat(1_000_000)) },
  { name: '100,000 parts with headers', raw: () => Buffer.from(mixed + '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(100_000)) },
  {
    name: 'a subject of 1 MB of encoded words',
    raw: () => Buffer.from(`From: a@example.org\r\nSubject: ${'=?utf-8?q?=D0=B0=D0=B1?=\r\n '.repeat(40_000)}\r\n\r\nx`),
  },
  {
    name: 'a subject of encoded words that never end',
    raw: () => Buffer.from(`From: a@example.org\r\nSubject: ${'=?utf-8?q?a'.repeat(90_000)}\r\n\r\nx`),
  },
  {
    name: 'multiparts nested 10,000 deep',
    raw: () =>
      Buffer.from(
        head +
          Array.from({ length: 10_000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join('') +
          '\r\nx',
      ),
  },
  { name: 'mails enclosed 10,000 deep', raw: () => Buffer.from(head + 'Content-Type: message/rfc822\r\n\r\n'.repeat(10_000) + 'x') },
  {
    name: '1 MB of addresses',
    raw: () =>
      Buffer.from(`From: a@example.org\r\nTo: ${Array.from({ length: 60_000 }, (_, i) => `u${i}@example.org`).join(',\r\n ')}\r\n\r\nx`),
  },
  { name: '90 kB of open comments in To', raw: () => Buffer.from(`From: a@example.org\r\nTo: ${'('.repeat(90_000)})\r\n\r\nx`) },
  { name: '90 kB of quotes and angles in From', raw: () => Buffer.from(`From: ${'"<\\"'.repeat(22_000)}\r\n\r\nx`) },
  {
    name: '1 MB of links in html',
    raw: () => Buffer.from(`${head}Content-Type: text/html\r\n\r\n${'<a href="http://example.org/x?y=1">link</a> '.repeat(24_000)}`),
  },
  { name: '1 MB of opened tags', raw: () => Buffer.from(`${head}Content-Type: text/html\r\n\r\n${'<div><b><i>'.repeat(95_000)}`) },
  {
    name: '5 MB of dashes',
    raw: () => Buffer.from(mixed + '-'.repeat(2_500_000) + '\r\n' + '-'.repeat(100).concat('\r\n').repeat(25_000)),
  },
  { name: '5 MB of quote marks', raw: () => Buffer.from(`${head}\r\n${'>'.repeat(1_000_000)}\r\n${'> > > >\r\n'.repeat(400_000)}`) },
  {
    name: '4 MB of short flowed lines',
    raw: () => Buffer.from(`${head}Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n${'a \r\n'.repeat(1_000_000)}`),
  },
  { name: '2 MB of begin lines', raw: () => Buffer.from(`${head}\r\n${'begin 644 x\r\nM\r\n'.repeat(130_000)}`) },
  { name: '4 MB of bare CR', raw: () => Buffer.from(`From: a@example.org\rSubject: x\r\r${'a\r'.repeat(2_000_000)}`) },
  {
    name: 'a bounce with 5 MB of addresses',
    raw: () =>
      Buffer.from(
        `From: MAILER-DAEMON@example.org\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nYour message could not be delivered to\r\n${Array.from({ length: 200_000 }, (_, i) => `<user${i}@example.org>: 550 x\r\n`).join('')}`,
      ),
  },
  {
    name: 'a bounce with a line of 4 MB',
    raw: () =>
      Buffer.from(
        `From: MAILER-DAEMON@example.org\r\nReturn-Path: <>\r\nSubject: failure notice\r\n\r\ncould not be delivered to ${'a.'.repeat(1_000_000)}@${'b.'.repeat(1_000_000)}`,
      ),
  },
  {
    name: 'a report with 100,000 recipients',
    raw: () =>
      Buffer.from(
        `${head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n${'Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n'.repeat(60_000)}\r\n--b--\r\n`,
      ),
  },
  { name: '100,000 parameters', raw: () => Buffer.from(`${head}Content-Type: text/plain${';x*0*=a'.repeat(14_000)}\r\n\r\nx`) },
  { name: '1 MB of References', raw: () => Buffer.from(`From: a@example.org\r\nReferences: ${'<a@b>\r\n '.repeat(120_000)}\r\n\r\nx`) },
  {
    name: '20 MB of base64 text',
    raw: () =>
      Buffer.from(
        `${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${'TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNldGV0dXIgc2FkaXBzY2luZyBlbGl0ciwg\r\n'.repeat(260_000)}`,
      ),
  },
  {
    name: '49 multiparts open, and a million lines of dashes',
    raw: () =>
      Buffer.from(
        head +
          Array.from({ length: 49 }, (_, i) => `Content-Type: multipart/mixed; boundary=boundary${i}\r\n\r\n--boundary${i}\r\n`).join('') +
          '\r\n' +
          '--boundary\r\n'.repeat(1_000_000),
      ),
  },
  {
    name: 'winmail.dat with a million attributes',
    raw: () =>
      Buffer.from(
        `${head}Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.concat([
          Buffer.from('789f3e220000', 'hex'),
          Buffer.from('0202900600000000000000'.repeat(1_000_000), 'hex'),
        ]).toString('base64')}`,
      ),
  },
  {
    name: 'an invitation with 100,000 guests',
    raw: () =>
      Buffer.from(
        `${head}Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n${'ATTENDEE;CN=a:mailto:a@example.org\r\n'.repeat(100_000)}END:VEVENT\r\n`,
      ),
  },
  {
    name: '2 MB of clear lines behind base64',
    raw: () =>
      Buffer.from(
        `${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n${'a\r\n\r\nb c\r\n'.repeat(200_000)}`,
      ),
  },
]
