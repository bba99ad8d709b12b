// Amazon's notifications of SES, which reach a mailbox as JSON in the text of a mail: alone, or as the Message of an SNS envelope.

export interface SesRecipient {
  readonly address: string
  readonly status: string
  readonly action: string
}

type SesKind = 'Bounce' | 'Complaint' | 'Delivery' | 'DeliveryDelay' | 'Reject'

/** At most so much of the text is looked at. */
const longest = 100_000

/** What kind of notification the text opens with; undefined where it is none. */
export function sesNotification(lines: readonly string[]): SesKind | undefined {
  return kindOf(notificationText(lines))
}

/** The recipients it names; of a complaint or a refusal by SES itself, none. */
export function sesRecipients(lines: readonly string[]): readonly SesRecipient[] {
  const text = notificationText(lines)
  const kind = kindOf(text)
  if (kind === 'Delivery') return addresses(list(text, 'recipients')).map((address) => ({ address, status: '2.0.0', action: 'delivered' }))
  if (kind === 'DeliveryDelay')
    return entries(text, 'delayedRecipients').map(({ address, status }) => ({ address, status: status ?? '4.0.0', action: 'delayed' }))
  if (kind !== 'Bounce') return []
  const permanent = /"bounceType"\s*:\s*"Permanent"/.test(text)
  return entries(text, 'bouncedRecipients').map(({ address, status, action }) => ({
    address,
    status: status ?? (permanent ? '5.0.0' : '4.0.0'),
    action: action ?? 'failed',
  }))
}

function kindOf(text: string): SesKind | undefined {
  const found = /"(?:notificationType|eventType)"\s*:\s*"(Bounce|Complaint|Delivery|DeliveryDelay|Reject)"/.exec(text.slice(0, 20_000))?.[1]
  return kinds.find((k) => k === found)
}

const kinds: readonly SesKind[] = ['Bounce', 'Complaint', 'Delivery', 'DeliveryDelay', 'Reject']

/** The JSON, freed from its envelope and of the line breaks that mail put into it; '' where the text does not open with any. It may be cut, so it is searched and not parsed. */
function notificationText(lines: readonly string[]): string {
  const first = lines.findIndex((l) => l.trim() !== '')
  if (first < 0 || !lines[first]?.trimStart().startsWith('{')) return ''
  const text = lines
    .slice(first, first + 5000)
    .map((l) => l.replace(/^ /, ''))
    .join('')
    .slice(0, longest)
  const at = /"Message"\s*:\s*"(?=\s{0,20}\{)/.exec(text)
  return at ? unescaped(text.slice(at.index + at[0].length)) : text
}

/** The content of a JSON string, up to its closing quote or the end. */
function unescaped(text: string): string {
  const end = /^(?:[^"\\]|\\.)*/.exec(text)?.[0] ?? ''
  return end.replace(/\\(?:u([\da-f]{4})|(.))/gi, (_, hex: string | undefined, sign: string | undefined) =>
    hex === undefined ? (blanks[sign ?? ''] ?? sign ?? '') : String.fromCharCode(parseInt(hex, 16)),
  )
}

const blanks: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: ' ', f: ' ' }

const list = (text: string, name: string): string => new RegExp(`"${name}"\\s*:\\s*\\[([^\\]]{0,50000})\\]`).exec(text)?.[1] ?? ''

const addresses = (text: string): readonly string[] => [...text.matchAll(/"([^"\s]{1,254}@[^"\s]{1,254})"/g)].map((m) => m[1] ?? '')

function entries(text: string, name: string): readonly { readonly address: string; readonly status?: string; readonly action?: string }[] {
  return list(text, name)
    .split('}')
    .flatMap((one) => {
      const address = /"emailAddress"\s*:\s*"(?:[^"<]{0,200}<)?([^"\s<>]{1,254}@[^"\s<>]{1,254})>?"/.exec(one)?.[1]
      const status = /"status"\s*:\s*"([245]\.\d{1,3}\.\d{1,3})"/.exec(one)?.[1]
      const action = /"action"\s*:\s*"(\w{1,20})"/.exec(one)?.[1]
      return address ? [{ address, ...(status && { status }), ...(action && { action }) }] : []
    })
}
