// What an agent is told of his answer: what was done, what was not and why, and what waits for his word.
import type { AgentConfig, Case, Compared, Locale, Tx } from '../../core/plugin.ts'
import type { Doubt } from './block.ts'
import { mailAgent } from './mail.ts'
import { offerOrders } from './offers.ts'
import type { Paragraph } from './mail.ts'
import type { NotDone, Order } from './plan.ts'
import type { LeftOut } from './left-out.ts'
import { texts } from './texts.ts'
import type { Desk } from './desk.ts'

/** What became of one answer; `about` is the id of the message that was answered. */
export interface Happening {
  readonly case: Case
  readonly agent: AgentConfig
  readonly about: string | null
  /** Message-ID of his mail. */
  readonly inReplyTo: string | null
  readonly reply: 'sent' | 'noted' | 'none' | 'later' | 'held' | 'refused' | 'released' | 'discarded' | 'gone'
  /** Why it was held or refused: a code. */
  readonly reason?: string
  /** When the same answer was sent before; what an action said when it refused. */
  readonly detail?: string
  readonly doubts?: readonly Doubt[]
  /** Commands that wait with a held answer. */
  readonly waiting?: readonly Order[]
  readonly heldMessage?: string
  /** The notice that was raised for a held answer: its buttons stand in the mail. */
  readonly notice?: string | null
  readonly done: readonly Order[]
  /** What is done when the answer leaves. */
  readonly along?: readonly Order[]
  readonly notDone: readonly NotDone[]
  /** Commands that were not done and are offered, each with a button. `left`: with an answer that was not sent. `replaced`: with one that a new text replaces. `moved`: below a command that was to move the conversation. */
  readonly offers?: { readonly why: 'left' | 'replaced' | 'moved'; readonly orders: readonly Order[] }
  readonly said: readonly string[]
  readonly swallowed?: boolean
  /** What had been said that he did not know of when he answered. */
  readonly newer?: readonly Compared[]
  /** Of his mail, what did not reach the customer and is not known to be a quote or his signature. */
  readonly left?: LeftOut | null
  /** Names of files that were in it and went nowhere. */
  readonly leftFiles?: readonly string[]
}

/** Sends the transcript where the setting asks for it. The question about a held answer is no transcript: it is always asked. */
export async function tellTranscript(tx: Tx, desk: Desk, h: Happening): Promise<void> {
  const { transcript } = desk.host.settings
  const asks = h.reply === 'held'
  const says = h.done.map((o) => desk.vocabulary.commands.get(o.command)?.says)
  const answers = says.includes('always') || (transcript !== 'never' && says.includes(true) && h.said.length > 0)
  const problems =
    h.notDone.length > 0 ||
    h.reply === 'refused' ||
    h.reply === 'gone' ||
    h.swallowed === true ||
    (h.offers?.orders.length ?? 0) + (h.leftFiles?.length ?? 0) > 0 ||
    (h.newer ?? []).length > 0 ||
    (h.left?.lines.length ?? 0) + (h.left?.signature.length ?? 0) > 0
  if (!asks && !answers && (transcript === 'never' || (transcript === 'problems' && !problems))) return
  const notice = h.notice ? await tx.notices.get(h.notice) : undefined
  // A guard that raises a notice of its own kind says itself why.
  const words = notice && notice.kind !== 'reply_held' ? desk.host.registry.notices.get(notice.kind) : undefined
  const reason = words && notice ? words.text(notice, h.agent.locale) : undefined
  const compared = (notice && words?.compare?.(notice, h.agent.locale)) ?? []
  const outcome = await mailAgent(tx, {
    kind: 'transcript',
    case: h.case,
    agent: h.agent,
    about: asks ? (h.heldMessage ?? h.about) : h.about,
    inReplyTo: h.inReplyTo,
    paragraphs: [...paragraphsOf(desk, h, reason, compared), ...(compared.length > 0 ? [] : await heldWords(tx, h))].filter(
      (p) => p.length > 0,
    ),
    links: [
      ...(notice ? await desk.host.registry.links(tx, notice, h.agent.id) : []),
      ...(await offerOrders(tx, desk, h.case.id, h.agent, h.offers?.orders ?? [])),
    ],
  })
  if (!outcome.sent)
    desk.host.log.warn({ case: h.case.id, number: h.case.number, agent: h.agent.id, reason: outcome.reason }, 'a transcript was not sent')
}

/** What waits, for somebody who reads on a phone what he wrote elsewhere. */
async function heldWords(tx: Tx, h: Happening): Promise<readonly string[]> {
  if (h.reply !== 'held' || h.heldMessage === undefined) return []
  const text = (await tx.messages.get(h.heldMessage))?.text.trim() ?? ''
  const shown = text.length > longestHeld ? `${text.slice(0, longestHeld)}...` : text
  return shown === '' ? [] : [texts(h.agent.locale, 'held.text'), shown]
}

/** Characters of a held answer that its mail shows. */
const longestHeld = 3000

function paragraphsOf(desk: Desk, h: Happening, reason: string | undefined, compared: readonly Compared[]): readonly Paragraph[] {
  const { locale } = h.agent
  const list = (
    title: 'done' | 'done.then' | 'left.out' | 'left.signature' | 'orders.left' | 'orders.replaced' | 'orders.moved',
    lines: readonly string[],
  ): string => (lines.length === 0 ? '' : [texts(locale, title), ...lines].join('\n'))
  return [
    replyLine(desk, h),
    ...(h.reply === 'held' ? heldLines(desk, h, reason, compared) : []),
    ...((h.newer ?? []).length > 0 ? [texts(locale, 'newer'), h.newer ?? []] : []),
    ...h.said,
    h.swallowed ? texts(locale, 'swallowed') : '',
    list('left.out', shortened(h.left?.lines ?? [])),
    (h.leftFiles ?? []).length > 0 ? texts(locale, 'left.files', { list: short((h.leftFiles ?? []).join(', ')) }) : '',
    list('left.signature', shortened(h.left?.signature ?? [])),
    notDoneText(h.notDone, locale),
    list(
      `orders.${h.offers?.why ?? 'left'}`,
      (h.offers?.orders ?? []).map((o) => `✗ ${short(o.line)}`),
    ),
    list(
      'done',
      h.done.map((o) => `✓ ${short(o.line)}`),
    ),
    list(
      'done.then',
      (h.along ?? []).map((o) => `✓ ${short(o.line)}`),
    ),
  ]
}

/** What was not done and why; empty where nothing was left undone. */
export function notDoneText(notDone: readonly NotDone[], locale: Locale): string {
  if (notDone.length === 0) return ''
  return [texts(locale, 'not.done'), ...notDone.map((n) => `✗ ${short(n.line)} – ${faultText(n, locale)}`)].join('\n')
}

/** At most thirty lines of bearable length. */
function shortened(lines: readonly string[]): readonly string[] {
  return [...lines.slice(0, 30).map((l) => short(l)), ...(lines.length > 30 ? ['…'] : [])]
}

function faultText({ fault, about }: NotDone, locale: Locale): string {
  // Namesakes are listed whole, up to a bound, and so is what an action asks: which of several, say.
  const value = { about: short(about, fault === 'ambiguous' || fault === 'refused' ? 1000 : 120) }
  switch (fault) {
    case 'extra':
    case 'nobody':
    case 'ambiguous':
    case 'inactive':
    case 'address':
    case 'refused':
      return texts(locale, `fault.${fault}`, value)
    default:
      return texts(locale, `fault.${fault}`)
  }
}

function replyLine({ vocabulary }: Desk, h: Happening): string {
  const { locale } = h.agent
  const name = h.case.requester.name || h.case.requester.address
  switch (h.reply) {
    case 'sent':
      return texts(locale, 'reply.sent', { name })
    case 'later':
      return texts(locale, 'reply.later', {
        command: h.done
          .map((o) => o.command)
          .flatMap((id) => (vocabulary.commands.get(id)?.reply ? [vocabulary.nameIn(id, locale)] : []))
          .join(' '),
      })
    case 'refused':
      if (h.reason === 'quotes') return texts(locale, 'refused.quotes', { marker: texts(locale, 'marker') })
      return h.reason === 'empty' ? texts(locale, 'refused.empty') : texts(locale, 'refused.invalid', { reason: h.detail ?? '' })
    case 'none':
      return h.swallowed || h.notDone.length > 0 ? texts(locale, 'reply.none') : ''
    case 'noted':
    case 'held':
    case 'released':
    case 'discarded':
    case 'gone':
      return texts(locale, `reply.${h.reply}`)
  }
}

function heldLines({ vocabulary }: Desk, h: Happening, reason: string | undefined, compared: readonly Compared[]): readonly Paragraph[] {
  const { locale } = h.agent
  const doubts = (h.doubts ?? []).map((d) => {
    const line = short(d.line)
    if (d.why === 'misplaced') return texts(locale, 'held.misplaced', { line })
    return d.near === null
      ? texts(locale, 'held.line', { line })
      : texts(locale, 'held.lineNear', { line, command: vocabulary.nameIn(d.near, locale) })
  })
  const why =
    doubts.length > 0
      ? [texts(locale, 'held.near_miss'), ...doubts].join('\n')
      : h.reason === 'duplicate_answer'
        ? texts(locale, 'held.duplicate_answer', { when: h.detail ?? '' })
        : h.reason === 'sender_failed'
          ? texts(locale, 'held.sender')
          : (reason ?? texts(locale, 'held.guard', { reason: (h.reason ?? '').replaceAll('_', ' ') }))
  const first = (words: ReadonlySet<string>, local: readonly string[]): string => local.find((w) => words.has(w)) ?? [...words][0] ?? ''
  const send = first(vocabulary.send, locale === 'ru' ? ['отправить'] : ['send'])
  const discard = first(vocabulary.discard, locale === 'ru' ? ['удалить'] : ['discard'])
  return [
    why,
    compared,
    (h.waiting ?? []).length > 0 ? texts(locale, 'held.rest', { list: (h.waiting ?? []).map((o) => short(o.line)).join('; ') }) : '',
    texts(locale, 'held.how', { send, discard }),
  ]
}

/** What the agent wrote, on one line and of bearable length. */
function short(line: string, most = 120): string {
  const flat = line.replace(/\s+/g, ' ').trim()
  return flat.length <= most ? flat : `${flat.slice(0, most - 1).toWellFormed()}…`
}
