// Amazon's bounce notifications, which reach a mailbox as JSON in the text of a mail.

export interface SesRecipient {
  readonly address: string
  readonly status: string
  readonly action: string
}

/** `Bounce`, `Complaint` or `Delivery` where the text opens with such a notification. */
export function sesNotification(lines: readonly string[]): string | undefined {
  const first = lines.findIndex((l) => l.trim() !== '')
  const opening = lines.slice(Math.max(0, first), first + 5).join('')
  return /^\s*\{.{0,400}?"(?:notificationType|eventType)"\s*:\s*"(Bounce|Complaint|Delivery)"/.exec(opening)?.[1]
}

/** The recipients it names. The JSON is often cut by line breaks within, so it is searched and not parsed. */
export function sesRecipients(lines: readonly string[]): readonly SesRecipient[] {
  const kind = sesNotification(lines)
  if (kind === undefined) return []
  const text = lines
    .map((l) => l.replace(/^ /, ''))
    .join('')
    .slice(0, 100_000)
  if (kind === 'Delivery') {
    const to = /"recipients"\s*:\s*\[([^\]]{0,10000})\]/.exec(text)?.[1] ?? ''
    return [...to.matchAll(/"([^"\s]{1,254}@[^"\s]{1,254})"/g)].map((m) => ({ address: m[1] ?? '', status: '2.0.0', action: 'delivered' }))
  }
  const permanent = /"bounceType"\s*:\s*"Permanent"/.test(text)
  const list = /"bouncedRecipients"\s*:\s*\[([^\]]{0,50000})\]/.exec(text)?.[1] ?? ''
  return list.split('}').flatMap((one) => {
    const address = /"emailAddress"\s*:\s*"([^"\s]{1,254}@[^"\s]{1,254})"/.exec(one)?.[1]
    if (!address) return []
    return [
      {
        address,
        status: /"status"\s*:\s*"([245]\.\d{1,3}\.\d{1,3})"/.exec(one)?.[1] ?? (permanent ? '5.0.0' : '4.0.0'),
        action: /"action"\s*:\s*"(\w{1,20})"/.exec(one)?.[1] ?? 'failed',
      },
    ]
  })
}
