// An agent's answer that is older than what another agent, or the customer, has said since he was shown the case.
//
//   older    what he was shown (the notification that he answers, or the version that he saw) was made before the other message came
//   passes   what he writes within ten minutes of an answer of his own
//   hold     kept back once, with both texts; who then sends it knows of everything that had been said by that time
import { formatDateTime } from '../../core/plugin.ts'
import type { Case, Hold, Message, ShownUntil, Tx } from '../../core/plugin.ts'
import type { ReplyArgs } from './reply-args.ts'

/** What becomes of an answer that is older than another message: kept back, sent and told of, or neither. */
export type WhenOlder = 'hold' | 'tell' | 'off'

/** `overtaken`: the other message is another agent's answer; `newer`: it is the customer's. */
export interface OvertakenSettings {
  readonly overtaken: WhenOlder
  readonly newer: WhenOlder
}

/** An answer, as far as it matters here. `agent` null: no agent's. */
export interface OlderAnswer {
  readonly agent: string | null
  readonly messageId: string
  readonly text: string
  /** What its writer was shown, as its order says. */
  readonly seen: Pick<ReplyArgs, 'seen_version' | 'seen_at' | 'seen_mail' | 'seen_in'>
  /** When he wrote it, ms UTC. */
  readonly writtenAt: number
  /** How far he was shown the conversation when it was held for this before. */
  readonly shown: ShownUntil | null
}

/** One of them as the notice shows it: `by` is its author, `when` in the writer's language and zone. */
export interface OtherMessage {
  readonly by: Message['author']
  readonly name: string
  readonly when: string
  readonly text: string
}

/** What its writer does not know of. `hold`: why it is kept back, null where it may leave; `newer`: messages that he is to be told of. */
export interface Unknown {
  readonly hold: Hold | null
  readonly newer: readonly Message[]
}

const ownMs = 600_000
/** Messages looked at; an answer to something older than that many messages is held all the same. */
const lookedAt = 50
/** Of those that he does not know, the newest are shown. */
const mostShown = 3
const longest = 3000

type Reason = 'overtaken' | 'newer'

/** Looks at an answer that is about to leave, or to be planned, under the case's lock. */
export async function unknownTo(tx: Tx, settings: OvertakenSettings, c: Case, answer: OlderAnswer): Promise<Unknown> {
  const nothing: Unknown = { hold: null, newer: [] }
  const { agent } = answer
  if (agent === null || (answer.seen.seen_version === undefined && answer.seen.seen_at === undefined)) return nothing
  const messages = (await tx.messages.last(c.id, lookedAt)).filter((m) => m.id !== answer.messageId && isSaid(m))
  if (messages.some((m) => m.agent === agent && m.author === 'agent' && saidAt(m) >= tx.now - ownMs)) return nothing
  const later = messages.filter((m) => !(m.author === 'agent' && m.agent === agent) && isLater(m, answer, c.id))
  const of = (author: Message['author'], setting: WhenOlder): readonly Message[] =>
    setting === 'off' ? [] : later.filter((m) => m.author === author)
  const [agents, customers] = [of('agent', settings.overtaken), of('customer', settings.newer)]
  const reason: Reason | null =
    agents.length > 0 && settings.overtaken === 'hold' ? 'overtaken' : customers.length > 0 && settings.newer === 'hold' ? 'newer' : null
  const newer = [...agents, ...customers].sort((a, b) => a.seq - b.seq)
  return { newer, hold: reason && holdFor(tx, answer, reason, newer) }
}

/** What people have said to the other side; what machines write overtakes nobody. */
function isSaid(m: Message): boolean {
  if (m.kind !== 'normal') return false
  return m.author === 'customer' ? m.state === 'received' : m.author === 'agent' && ['sending', 'sent', 'failed'].includes(m.state)
}

/** When it was said here: a planned answer when it left, what came by mail when it came, whatever its Date says. */
const saidAt = (m: Message): number => (m.rawId === null ? (m.sentAt ?? m.createdAt) : m.createdAt)

function isLater(m: Message, { seen, shown, writtenAt, messageId }: OlderAnswer, caseId: string): boolean {
  const after = (at: number, id: string | undefined): boolean => saidAt(m) > at || (saidAt(m) === at && id !== undefined && m.id > id)
  if (shown && !after(shown.at, shown.id)) return false
  if (seen.seen_version !== undefined) {
    // A version counts within its case; what has come from another one, or was said in another one than he saw, is judged by the time.
    if ((m.data.version_in ?? caseId) !== (seen.seen_in ?? caseId)) return after(writtenAt, messageId || undefined)
    // Of messages from before versions were kept with them nothing is known.
    return typeof m.data.version === 'number' && m.data.version > seen.seen_version
  }
  return seen.seen_at !== undefined && after(seen.seen_at, seen.seen_mail)
}

function holdFor(tx: Tx, answer: OlderAnswer, reason: Reason, newer: readonly Message[]): Hold {
  const { config } = tx
  const writer = config.agents.get(answer.agent ?? '')
  const { locale, timezone } = writer ?? config
  const order = { message: answer.messageId }
  return {
    reason,
    notice: {
      kind: 'reply_overtaken',
      data: {
        others: newer.slice(-mostShown).map((m): OtherMessage => ({
          by: m.author,
          name: (m.agent === null ? m.from.name : config.agents.get(m.agent)?.name) || m.from.address,
          when: formatDateTime(saidAt(m), timezone, locale),
          text: cut(m.text),
        })),
        own: cut(answer.text),
        shown: newer
          .map((m): ShownUntil => ({ at: saidAt(m), id: m.id }))
          .reduce((a, b) => (b.at > a.at || (b.at === a.at && b.id > a.id) ? b : a)),
      },
      actions: [
        { name: 'send_anyway', action: 'reply.release', args: order },
        { name: 'keep_note', action: 'reply.note', args: order },
        { name: 'discard', action: 'reply.discard', args: order },
      ],
    },
  }
}

const cut = (text: string): string => (text.length <= longest ? text.trim() : `${text.slice(0, longest).toWellFormed()}…`)
