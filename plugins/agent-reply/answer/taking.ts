// One mail of an agent on its way to its effects: everything about it that does not change meanwhile.
import { createHash } from 'node:crypto'
import { agentOrigin, unsentAnswer } from '../../../core/plugin.ts'
import type { AgentConfig, Case, Message, Tx } from '../../../core/plugin.ts'
import type { Answer } from '../block.ts'
import type { Desk } from '../desk.ts'
import { fold } from '../fold.ts'
import type { Incoming } from '../incoming.ts'
import { leftOut } from '../left-out.ts'
import type { PlanInput } from '../plan.ts'
import { wordsOf } from '../reply-content.ts'
import type { Unfit } from '../reply-content.ts'
import type { Reader } from '../signature.ts'
import { answersOf, caseOfMail, rememberAnswer } from '../store.ts'
import { tellTranscript } from '../transcript.ts'
import type { Happening } from '../transcript.ts'

/** What has become of an answer, as far as it has to be said; the rest is the same for the whole mail. */
export type Became = Pick<Happening, 'reply'> & Partial<Happening>

/** What who releases a held answer was shown. */
export interface Seen {
  readonly seen_at: number
  readonly seen_in: string
}

/** Such a mail. */
export interface Taking {
  readonly tx: Tx
  /** The same transaction in the agent's name. */
  readonly as: Tx
  readonly desk: Desk
  readonly incoming: Incoming
  readonly agent: AgentConfig
  /** The case of the notification, or the one that it has been merged into. */
  readonly case: Case
  /** His own answer that the mail speaks of, where it answers the question about one. */
  readonly held: Message | undefined
  /** The message that is answered. */
  readonly about: string | null
  readonly reader: Reader
  readonly answer: Answer
  readonly unfit: Unfit | null
  /** ms UTC at which he sent the same words about the same message before; undefined: he did not. */
  readonly sentBefore: number | undefined
  /** What he was shown, wherever the conversation has moved since. */
  readonly seen: Seen
  /** What of the conversation the words were written in answer to. */
  readonly shown: { readonly seen_at?: number; readonly seen_mail?: string | undefined }
  /** What a plan is made from, without the words. */
  readonly planning: Omit<PlanInput, 'answer' | 'hasReply' | 'hasFiles'>
  /** Tells him what has become of it. */
  told(became: Became): Promise<void>
}

/** Reads the mail and remembers it; null: it has been taken before. */
export async function takingOf(tx: Tx, desk: Desk, incoming: Incoming, agent: AgentConfig, c: Case): Promise<Taking | null> {
  const { mail, key, hash } = incoming
  const earlier = await answersOf(tx, c.id, agent.id)
  const target = key.message_id === null ? undefined : await tx.messages.get(key.message_id)
  const held = target?.author === 'agent' && target.agent === agent.id ? target : undefined
  const about = held ? (unsentAnswer(held).order.answers ?? null) : (target?.id ?? null)
  const reader = { vocabulary: desk.vocabulary, agentName: agent.name }
  const { answer, signed, unfit } = wordsOf(mail, reader)
  const words = digest(answer.asIs)
  if (earlier.some((e) => e.hash === hash || (mail.messageId !== null && e.header_id === mail.messageId && e.words === words))) return null
  await rememberAnswer(tx, { hash, case_id: c.id, agent: agent.id, about, header_id: mail.messageId, words, at: tx.now })
  const left = unfit === null ? await leftOut(tx, c.id, { ...reader, agent: agent.id }, mail, signed) : null
  const notified = { seen_at: key.created_at, seen_mail: key.outbox_id ?? undefined }
  return {
    ...{ tx, as: tx.as(agentOrigin(agent.id, 'mail')), desk, incoming, agent, case: c, held, about, reader, answer, unfit },
    sentBefore: earlier.find((e) => e.about === about && e.words === words)?.at,
    seen: { seen_at: key.created_at, seen_in: (key.outbox_id === null ? undefined : await caseOfMail(tx, key.outbox_id)) ?? c.id },
    // The question about a held answer shows what had been said meanwhile only where that is what holds it.
    shown: held && unsentAnswer(held).shown === null ? shownTo(held) : notified,
    planning: { vocabulary: desk.vocabulary, registry: desk.host.registry, config: tx.config, agent, case: c, now: tx.now, about },
    async told(became) {
      // A command may have merged it into another one.
      const here = (await tx.cases.current((became.case ?? c).id)) ?? c
      const facts = { notDone: [], done: [], said: [], left, ...became, case: here }
      await tellTranscript(tx, desk, { ...facts, agent, about, inReplyTo: mail.messageId })
    },
  }
}

/** What the writer of a held answer had been shown when he wrote it. */
function shownTo(held: Message): { readonly seen_at?: number; readonly seen_mail?: string } {
  const { seen_at, seen_mail } = unsentAnswer(held).order
  return { ...(seen_at !== undefined && { seen_at }), ...(seen_mail !== undefined && { seen_mail }) }
}

/** Words for comparing; '' for none. */
function digest(text: string): string {
  const words = fold(text)
  return words === '' ? '' : createHash('sha256').update(words).digest('hex')
}
