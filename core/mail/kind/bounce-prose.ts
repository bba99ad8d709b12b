// Recipients and codes in the prose of a report: what qmail, Exim, Exchange, Notes and the others write instead of RFC 3464 fields.
import { enhanced, meaning, replyCode } from './smtp-status.ts'

export interface ProseRecipient {
  readonly address: string
  readonly status: string
  /** The words around it say that trying goes on. */
  readonly delayed: boolean
}

interface Candidate {
  readonly address: string
  readonly rank: number
  readonly line: number
}

/** At most so many lines of a report and addresses in it are looked at. */
const mostLines = 2000
const mostRecipients = 1000

/** An address in text; the local part without what commonly surrounds it. Both runs are bounded and start at a word edge. */
const inText =
  /(?<![\w.+=%&'*\/-])([\w.+=%&'*\/!#$?^`{|}~-]{1,64})@((?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61})\.){0,8}[\p{L}\p{N}][\p{L}\p{N}-]{0,61})/gu

/**
 * Recipients that the lines name, the surest way of naming first: `rank` 3 a field or command (RCPT TO, Recipient address:), a line that
 * begins with the address or with a reply to it, 2 a phrase (delivery to a@b failed), 1 words of an error around it. Only the best rank counts.
 * `not` are addresses that the report itself is from or to.
 */
export function proseRecipients(lines: readonly string[], not: ReadonlySet<string>): readonly ProseRecipient[] {
  const candidates = lines.slice(0, mostLines).flatMap((line, i) => candidatesIn(line, i, lines[i - 1] ?? ''))
  const others = candidates.filter((c) => !not.has(c.address.toLowerCase()) && !system.test(c.address))
  const usable = others.length > 0 ? others : candidates.filter((c) => c.rank >= 3)
  const best = Math.max(0, ...usable.map((c) => c.rank))
  const chosen = new Map<string, Candidate>()
  for (const c of usable)
    if (c.rank === best && !chosen.has(c.address.toLowerCase()) && chosen.size < mostRecipients) chosen.set(c.address.toLowerCase(), c)
  const starts = [...chosen.values()].map((c) => c.line)
  const whole = wholeReport(lines.slice(0, mostLines).join('\n'))
  return [...chosen.values()].map((c) => {
    // What is said of a recipient stands from its line to the next one's; nothing there: anywhere in the report.
    const next = starts.find((s) => s > c.line) ?? lines.length
    const about = lines
      .slice(c.line, Math.min(next, c.line + 40))
      .map((l) => l.slice(0, 2000))
      .join('\n')
      .slice(0, 8000)
    const status = whole.statusOf(about.split(c.address).join(' '))
    return { address: c.address, status, delayed: status.startsWith('4') && whole.delaying }
  })
}

/** What a report says as a whole, found once and only when asked for. */
export interface WholeReport {
  /** The status that a stretch of the report states, else the whole of it, else what the words mean. */
  statusOf(about: string): string
  readonly delaying: boolean
}

export function wholeReport(text: string): WholeReport {
  let code: string | undefined
  let meant: string | undefined
  let patient: boolean | undefined
  return {
    statusOf(about) {
      const stated = enhanced(about) || replyCode(about) || (code ??= enhanced(text) || replyCode(text))
      if (stated !== '') return stated
      const meaningful = meaning(about) || (meant ??= meaning(text))
      // "This is a permanent error" over "retry timeout exceeded": the mail system gave up for good.
      return meaningful.startsWith('4') && permanent.test(text) ? `5${meaningful.slice(1)}` : meaningful
    },
    get delaying() {
      return (patient ??= delaying.test(text))
    },
  }
}

const permanent = /\b(?:permanent(?:ly)? (?:error|failure|fatal|failed)|failed permanently)\b/i
const delaying =
  /\b(?:warning: message|not yet been delivered|delayed|will (?:be retried|continue|keep trying|try again|retry)|temporarily deferred|no action is required|do not need to resend|still trying)\b|попытки .{0,40}продолж|пока не доставлен/i

/** Mail systems' own addresses; they stand in the help text. */
const system = /^(?:postmaster|mailer-daemon|abuse|support|helpdesk|help|mailmaster|hostmaster|noc)@/i

function candidatesIn(line: string, i: number, before: string): readonly Candidate[] {
  if (!line.includes('@')) return []
  const text = line.slice(0, 2000)
  const found: Candidate[] = []
  for (const m of text.matchAll(inText)) {
    const address = clean(m[1] ?? '', m[2] ?? '')
    if (address === '') continue
    const head = text.slice(0, m.index)
    const tail = text.slice(m.index + m[0].length)
    found.push({ address, rank: rankOf(head, tail, before), line: i })
  }
  return found.filter((c) => c.rank > 0)
}

function clean(local: string, domain: string): string {
  const l = local.replace(/^['`*=/|]+(?=\w)/, '')
  if (l === '' || !/[\p{L}\p{N}]/u.test(domain)) return ''
  return `${l}@${domain.toLowerCase()}`
}

function rankOf(head: string, tail: string, before: string): number {
  if (message.test(head)) return 0
  if (fieldBefore.test(head) || /^\s*[45]\d\d[\s-](?:[45]\.\d\.\d\s)?<$/.test(head)) return 3
  if (/^[\s>*|\-\u2022]{0,20}["'<([«]{0,3}(?:smtp:|mailto:|rfc822;)?$/i.test(head) && lineTail.test(tail)) return 3
  if (phraseBefore.test(head) || phraseAfter.test(tail)) return 2
  if (
    /(?:^|[\s:;(<])[45]\d\d[\s-]/.test(head) ||
    /[45]\.\d\.\d/.test(head) ||
    /\b(?:said|replied|error|reason)\b/i.test(before) ||
    meaning(head) !== '' ||
    meaning(tail) !== ''
  )
    return 1
  return 0
}

/** The returned mail's own fields and the sender's address are no recipients. */
const message =
  /(?:^|\s)(?:From|Sender|Reply-To|Message-ID|Return-Path|Envelope-From|MAIL FROM|References|In-Reply-To|Cc)\s*:\s*[^:]{0,100}$|mail from:?\s*<?$|envelope-from <?$|\bid[ =:]<?$|contact(?: the)?(?: \S+){0,3} (?:at )?<?$|write to <?$|please (?:e-?mail|contact)\b[^.]{0,60}$|(?:обратитесь|свяжитесь|напишите)[^.]{0,80}$|https?:\/\/\S*$|message from <?$/i
const fieldBefore =
  /(?:\b(?:final|original)-recipient\s*:\s*(?:rfc822\s*;)?|\brcpt to:?|\b(?:recipient|recipient address|original address|failed recipient|target mail address|intended recipient|e-?mail address|addressee|recipients?|forward-path|delivered-to)\s*[:=]|\b(?:unknown user|user unknown|invalid (?:user|recipient)|no such user|unknown recipient|invalid final delivery userid|undeliverable to|mail for|адрес получателя|получатель|кому|empf[äa]nger|destinataire|destinatario|宛先)\s*:)\s*["'<([]{0,3}$/i
const lineTail =
  /^["'>)\]»]{0,3}(?:<mailto:[^>]{0,300}>)?(?:\s*$|\s*[:;,(…]|\.{2,}|\s+-|\s*<|\s+(?:on|at|in|is|was|SMTP|host|said|failed|user|unknown|mailbox|[45]\d\d)\b|\s{2,}|\s+[([])/i
const phraseBefore =
  /(?:\b(?:to|for|recipients?|address(?:es)?|user|mailbox|account|deliver(?:ed)?(?: to)?|reach|reaching|addressed to|destined (?:for|to)|with|sending to)|(?:получател\S{0,3}|адрес\S{0,3}|ящик\S{0,3}|пользовател\S{0,3}|до|для|на адрес))\s{0,3}:?\s{0,3}(?:the )?(?:user|address|recipient)?\s?["'<([«]{0,3}$/i
const phraseAfter =
  /^["'>)\]»]{0,3}\s{0,3}(?:could not|cannot|was not|is not|has not|does not|did not|couldn't|wasn't|isn't|doesn't|failed|not listed|not found|unknown|rejected|mailbox|is full|over quota|is (?:unknown|invalid|disabled|unavailable)|не (?:существует|найден|может|удалось)|переполнен|недоступен|へ|さん)/i
