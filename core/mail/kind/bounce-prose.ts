// Recipients and codes in the prose of a report: what qmail, Exim, Exchange, Notes and the others write instead of RFC 3464 fields.
import { wholeReport } from './report-words.ts'
import { enhanced, meaning, replyCode } from './smtp-status.ts'

export interface ProseRecipient {
  /** The address that was written to, as far as the report tells. */
  readonly address: string
  /** Where an alias of the other system led, if that is what failed there; null where it is `address`. */
  readonly final: string | null
  readonly status: string
  /** The words around it say that trying goes on. */
  readonly delayed: boolean
}

/** Addresses that are known before the report is read, in lower case. */
export interface KnownAddresses {
  /** The report's own: whom it is from and to. */
  readonly own: ReadonlySet<string>
  /** To whom the returned mail went. */
  readonly returned: ReadonlySet<string>
}

interface Candidate {
  readonly address: string
  /** -1: an alias that the address before it was made from. */
  readonly rank: number
  readonly line: number
}

interface Named extends Candidate {
  readonly alias: string | null
}

/** At most so many lines of a report and addresses in it are looked at. */
const maxLines = 2000
const maxRecipients = 1000
const maxCandidates = 5000

/** An address in text; the local part without what commonly surrounds it. Both runs are bounded and start at a word edge. */
const inText =
  /(?<![\w.+=%&'*\/-])([\w.+=%&'*\/!#$?^`{|}~-]{1,64})@((?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61})\.){0,8}[\p{L}\p{N}][\p{L}\p{N}-]{0,61})/gu

/**
 * Recipients that the lines name, the surest way of naming first: `rank` 3 a field or command (RCPT TO, Recipient address:), a line that
 * begins with the address or with a reply to it, 2 a phrase (delivery to a@b failed), 1 words of an error around it. Only the best rank counts.
 * Where no known words name anybody, an address counts to which the returned mail went, and else the only one that there is.
 */
export function proseRecipients(lines: readonly string[], known: KnownAddresses): readonly ProseRecipient[] {
  const named = withAliases(candidates(lines))
  const chosen = choose(named, known)
  const starts = chosen.map((c) => c.line)
  const whole = wholeReport(lines.slice(0, maxLines).join('\n'))
  return chosen.map((c) => {
    // What is said of a recipient stands from its line to the next one's; nothing there: anywhere in the report.
    const next = starts.find((s) => s > c.line) ?? lines.length
    const about = lines
      .slice(c.line, Math.min(next, c.line + 40))
      .map((l) => l.slice(0, 2000))
      .join('\n')
      .slice(0, 8000)
      .split(c.address)
      .join(' ')
    const stated = enhanced(about) || replyCode(about)
    const delayed = whole.delaying && !stated.startsWith('5')
    const status = whole.statusOf(about)
    return {
      address: c.alias ?? c.address,
      final: c.alias === null ? null : c.address,
      status: delayed && !status.startsWith('4') ? '4.0.0' : status,
      delayed,
    }
  })
}

/** Which address of the other system was made from which of those that were written to (both as written), by the report's words. */
export function aliasesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const named = withAliases(candidates(lines))
  return new Map(named.flatMap((c) => (c.alias === null ? [] : [[c.address.toLowerCase(), c.alias] as const])))
}

function choose(named: readonly Named[], { own, returned }: KnownAddresses): readonly Named[] {
  const others = named.filter((c) => !own.has(c.address.toLowerCase()) && !system.test(c.address))
  const usable = others.some((c) => c.rank > 0) ? others : named.filter((c) => c.rank >= 3)
  const best = usable.reduce((most, c) => Math.max(most, c.rank), 0)
  if (best > 0) return once(usable.filter((c) => c.rank === best))
  const sent = once(others.filter((c) => returned.has(c.address.toLowerCase())))
  if (sent.length > 0) return sent
  const rest = once(others)
  return rest.length === 1 && returned.size === 0 ? rest : []
}

function once(list: readonly Named[]): readonly Named[] {
  const byAddress = new Map<string, Named>()
  for (const c of list) {
    const key = c.address.toLowerCase()
    const known = byAddress.get(key)
    if (known === undefined ? byAddress.size < maxRecipients : known.alias === null && c.alias !== null)
      byAddress.set(key, known ? { ...known, alias: c.alias } : c)
  }
  return [...byAddress.values()]
}

/** "final@there (expanded from orig@here)": the second is what was written to. */
function withAliases(candidates: readonly Candidate[]): readonly Named[] {
  const list: Named[] = []
  for (const c of candidates) {
    const last = list.at(-1)
    if (c.rank >= 0) list.push({ ...c, alias: null })
    else if (last && c.line - last.line <= 2 && last.address.toLowerCase() !== c.address.toLowerCase())
      list[list.length - 1] = { ...last, alias: c.address }
  }
  return list
}

/** Mail systems' own addresses; they stand in the help text. */
const system = /^(?:postmaster|mailer-daemon|abuse|support|helpdesk|help|mailmaster|hostmaster|noc)@/i

function candidates(lines: readonly string[]): readonly Candidate[] {
  const found: Candidate[] = []
  for (const [i, line] of lines.slice(0, maxLines).entries()) {
    for (const one of candidatesIn(line, i, lines)) found.push(one)
    if (found.length > maxCandidates) break
  }
  return found
}

function candidatesIn(line: string, i: number, lines: readonly string[]): readonly Candidate[] {
  if (!line.includes('@')) return []
  const before = lines[i - 1] ?? ''
  const text = line.slice(0, 2000)
  const found: Candidate[] = []
  for (const m of text.matchAll(inText)) {
    const address = clean(m[1] ?? '', m[2] ?? '')
    if (address === '') continue
    // The words beside an address; a line of a thousand addresses must not be read a thousand times.
    const head = text.slice(Math.max(0, m.index - 300), m.index)
    const tail = text.slice(m.index + m[0].length, m.index + m[0].length + 300)
    const lead = /^[\s<"'(]{0,10}$/.test(head) ? `${before.slice(-200)} ${head}` : head
    if (aliasBefore.test(lead)) found.push({ address, rank: -1, line: i })
    else if (!ofTheMail.test(head) && !instructs(lines, i, head)) found.push({ address, rank: rankOf(head, tail, before), line: i })
  }
  return found
}

/** The sentence before asks to write to this address: a contact and no recipient. */
function instructs(lines: readonly string[], i: number, head: string): boolean {
  const sentence =
    `${lines
      .slice(Math.max(0, i - 5), i)
      .map((l) => l.slice(-400))
      .join(' ')
      .slice(-400)} ${head}`
      .split(/[.;!?]\s/)
      .at(-1) ?? ''
  return (
    /\b(?:please|kindly|you (?:can|may|should)) (?:\w{1,12} )?(?:send|write|e-?mail|contact|forward|report|reply)\b/i.test(sentence) &&
    !/deliver|recipient|fail|reject|bounce|undeliver/i.test(sentence)
  )
}

function clean(local: string, domain: string): string {
  const l = local.replace(/^['`*=/|]+(?=\w)/, '')
  if (l === '' || !/[\p{L}\p{N}]/u.test(domain)) return ''
  return `${l}@${domain.toLowerCase()}`
}

function rankOf(head: string, tail: string, before: string): number {
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
const ofTheMail =
  /(?:^|\s)(?:From|Sender|Reply-To|Message-ID|Return-Path|Envelope-From|MAIL FROM|References|In-Reply-To|Cc)\s*:\s*[^:]{0,100}$|mail from:?\s*<?$|envelope-from <?$|\bid[ =:]<?$|contact(?: the)?(?: \S+){0,3} (?:at )?<?$|write to <?$|please (?:e-?mail|contact)\b[^.]{0,60}$|(?:обратитесь|свяжитесь|напишите)[^.]{0,80}$|https?:\/\/\S*$|message from <?$/i
const aliasBefore =
  /\(?\b(?:expanded from|(?:ultimately )?generated from|originally (?:addressed|sent) to|forwarded (?:from|for)|redirected from|alias(?:ed)? (?:of|from|for)|was addressed to|on behalf of recipient)\s{0,3}:?\s{0,3}["'<([]{0,3}$/i
const fieldBefore =
  /(?:\b(?:final|original)-recipient\s*:\s*(?:rfc822\s*;)?|\brcpt to:?|\b(?:recipient|recipient address|original address|failed recipient|target mail address|intended recipient|e-?mail address|addressee|recipients?|forward-path|delivered-to)\s*[:=]|\b(?:unknown user|user unknown|invalid (?:user|recipient)|no such user|unknown recipient|invalid final delivery userid|undeliverable to|mail for|адрес получателя|получатель|кому|empf[äa]nger|destinataire|destinatario|宛先)\s*:)\s*["'<([]{0,3}$/i
const lineTail =
  /^["'>)\]»]{0,3}(?:<mailto:[^>]{0,300}>)?(?:\s*$|\s*[:;,(…]|\.{2,}|\s+-|\s*<|\s+(?:on|at|in|is|was|SMTP|host|said|failed|user|unknown|mailbox|[45]\d\d)\b|\s{2,}|\s+[([])/i
const phraseBefore =
  /(?:\b(?:to|for|recipients?|address(?:es)?|user|mailbox|account|deliver(?:ed)?(?: to)?|reach|reaching|addressed to|destined (?:for|to)|with|sending to|mailing list)|(?:->|=>|→|\u2192|получател\S{0,3}|адрес\S{0,3}|ящик\S{0,3}|пользовател\S{0,3}|до|для|на адрес))\s{0,3}:?\s{0,3}(?:the )?(?:user|address|recipient)?\s?["'<([«]{0,3}$/i
const phraseAfter =
  /^["'>)\]»]{0,3}\s{0,3}(?:could not|cannot|was not|is not|has not|does not|did not|couldn't|wasn't|isn't|doesn't|failed|not listed|not found|unknown|rejected|mailbox|is full|over quota|is (?:unknown|invalid|disabled|unavailable)|не (?:существует|найден|может|удалось)|переполнен|недоступен|へ|さん)/i
