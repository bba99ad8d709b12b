// Answers: recorded as messages of the case, then sent from the case's mailbox, or held where a guard says so.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError, refersTo, languageOf, unsentAnswer } from '../../core/plugin.ts'
import type {
  ActionDefinition,
  ActionResult,
  Case,
  ChannelDefinition,
  CaseStatus,
  Draft,
  JobDefinition,
  Message,
  Tx,
} from '../../core/plugin.ts'
import { caseAction } from './case-actions.ts'
import { composeReply } from './compose-reply.ts'
import { endNotices, expireHeld, hold, keepAsNote, plannedAnew, reasonsOf, spec, waitingMessage, withOrders } from './held.ts'
import { unknownTo } from './overtaken.ts'
import type { OlderAnswer, OvertakenSettings } from './overtaken.ts'
import { changeArgs, replyArgs, replyWrong, seenOf, toWrong } from './reply-args.ts'
import type { ReplyArgs } from './reply-args.ts'
import { recipients, resolveAttachments } from './reply-parts.ts'
import { say } from './texts.ts'
import { signatureFor, withSignature } from './signature.ts'

/** What answers need of the settings; `held_for`: how long a held one waits for a decision. */
export interface ReplySettings {
  readonly number_in_subject: boolean
  /** ms */
  readonly held_for: number
  /** Where answers go in cases that are no mail. */
  readonly channels: ReadonlyMap<string, ChannelDefinition>
  /** Whether an address is one of our mailboxes. */
  readonly isOurs: (address: string) => boolean
}

type Settings = ReplySettings & OvertakenSettings

/** The actions and the jobs of answers, by name. */
export function replyActions(settings: Settings): {
  readonly actions: Readonly<Record<string, ActionDefinition>>
  readonly jobs: Readonly<Record<string, JobDefinition>>
} {
  return {
    actions: {
      'reply.send': caseAction({
        description: 'Answers the customer from the mailbox of the case.',
        args: replyArgs,
        check: replyWrong,
        run: (tx, { case: c, args }) => reply(tx, settings, c, args),
      }),
      'reply.check': caseAction({
        description:
          'Says why an answer would be held if it were sent now (`held`, null for not at all; `older`: overtaken or newer); nothing is recorded.',
        args: replyArgs,
        check: replyWrong,
        run: (tx, { case: c, args }) => asked(tx, settings, c, args),
      }),
      'reply.prepare': caseAction({
        description:
          'Records an answer that leaves later by reply.leave; until then nobody outside sees it. Who orders it says when that is (reply.defer does).',
        args: replyArgs,
        check: replyWrong,
        run: async (tx, { case: c, args }) => ({
          data: {
            message: (
              await record(tx, settings, c, {
                ...(args.answers === undefined && args.seen_at === undefined && { seen_version: c.version }),
                ...args,
              })
            ).id,
          },
        }),
      }),
      'reply.change': caseAction({
        description: 'Changes an answer that was prepared and has not left.',
        args: changeArgs,
        check: ({ to }, asked) => toWrong(to, asked),
        run: (tx, { case: c, args }) => change(tx, c, args),
      }),
      'reply.leave': caseAction({
        description: 'Sends an answer that was prepared, if nothing holds it back by now.',
        args: Type.Object({
          message: Type.String(),
          hold: Type.Optional(Type.String({ maxLength: 100, description: 'Keep it back for this reason instead of sending it' })),
        }),
        async run(tx, { case: c, args }) {
          const message = await waitingMessage(tx, c, args.message, 'deferred')
          return args.hold
            ? hold(tx, settings, c, message, { reason: args.hold })
            : withOrders(tx, settings, c, message, (here, there) => leave(tx, settings, here, there, spec(there), 'deferred'))
        },
      }),
      'reply.release': caseAction({
        description: 'Sends an answer that was held.',
        args: Type.Object({
          message: Type.String(),
          to: Type.Optional(Type.Union([Type.Literal('everybody'), Type.Literal('requester')])),
          seen_at: Type.Optional(
            Type.Integer({ description: 'When who releases it was shown whom it goes to (ms UTC): held again if others have come since' }),
          ),
          seen_in: Type.Optional(Type.String({ ...refersTo('case'), description: 'Case that he was shown; default: this one' })),
        }),
        async run(tx, { case: c, args }) {
          const held = await waitingMessage(tx, c, args.message, 'held')
          // Before anything is done that was ordered with it.
          const { hold: unknown } = await unknownTo(tx, settings, c, olderAnswer(held))
          if (unknown) return hold(tx, settings, c, held, unknown)
          const { message: _m, ...now } = args
          const planned = await plannedAnew(tx, c, held, args.to)
          if (planned) return planned
          return withOrders(tx, settings, c, held, async (here, there) => {
            const message =
              spec(there).subject === undefined && there.subject !== here.subject
                ? await tx.messages.update(there.id, { subject: here.subject })
                : there
            const { seen_version: _v, seen_at: _a, seen_in: _i, ...ordered } = spec(message)
            return leave(tx, settings, here, message, { ...ordered, ...now }, 'release')
          })
        },
      }),
      'reply.discard': caseAction({
        description: 'Drops an answer that was held; it stays visible as not sent.',
        args: Type.Object({ message: Type.String() }),
        async run(tx, { case: c, args }) {
          const message = await waitingMessage(tx, c, args.message, 'held')
          await tx.messages.update(message.id, { state: 'cancelled' })
          await endNotices(tx, message, 'dismissed')
        },
      }),
      'reply.note': caseAction({
        description: 'Keeps the words of an answer that was held as an internal note; it is not sent.',
        args: Type.Object({ message: Type.String() }),
        run: async (tx, { case: c, args }) => keepAsNote(tx, await waitingMessage(tx, c, args.message, 'held')),
      }),
      'outbox.retry': caseAction({
        description: 'Tries a mail again that failed or whose arrival is unknown.',
        args: Type.Object({ outbox: Type.String() }),
        async run(tx, { case: c, args }) {
          const tried = await tx.outbox.retry(args.outbox)
          if (tried === 0) throw new PosternError('gone', say(languageOf(tx, c), 'refused.nothingToRetry'))
          return { data: { recipients: tried } }
        },
      }),
    },
    jobs: { expire: expireHeld },
  }
}

async function reply(tx: Tx, settings: Settings, c: Case, args: ReplyArgs): Promise<ActionResult> {
  const message = await record(tx, settings, c, args)
  return args.hold ? hold(tx, settings, c, message, { reason: args.hold }) : leave(tx, settings, c, message, args, 'now')
}

/** The answer as a message of the timeline that nobody hears of yet. */
async function record(tx: Tx, settings: Settings, c: Case, args: ReplyArgs): Promise<Message> {
  if ((args.kind ?? 'normal') === 'normal') refuseOurselves(tx, settings, c, args)
  const agent = writerOf(tx, args)
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (!mailbox) throw new PosternError('invalid', say(languageOf(tx, c), 'refused.mailboxGone', { about: c.mailbox }))
  const attachments = await resolveAttachments(tx, c, args)
  return tx.messages.add({
    caseId: c.id,
    author: agent ? 'agent' : 'system',
    from: { address: mailbox.address, name: mailbox.name },
    agent,
    // Made as deferred, so that nobody hears of it before it is known whether it leaves.
    state: 'deferred',
    // What a rule writes in nobody's name is automatic mail, whichever action it takes.
    kind: args.kind ?? (tx.origin.kind === 'rule' && !agent ? 'rule' : 'normal'),
    subject: args.subject ?? c.subject,
    text: args.text,
    html: safeHtml(tx, args.html),
    recipients: { from: [{ address: mailbox.address, name: mailbox.name }], to: [], cc: [], bcc: [], replyTo: [] },
    data: {
      reply: {
        ...args,
        seen_in: args.seen_in ?? c.id,
        ...{ text: undefined, html: undefined, attachments: undefined },
        // A rule may write in an agent's name, but no person does.
        ...(tx.origin.kind === 'rule' && { signature: false }),
      },
      about: await answered(tx, c, args.answers),
      written_in: c.id,
    },
    attachments,
  })
}

/** An answer to one of our own addresses would come back to us as a customer's mail. What is automatic the outbox refuses by itself. */
function refuseOurselves(tx: Tx, { isOurs }: Settings, c: Case, { to }: Pick<ReplyArgs, 'to'>): void {
  const { address } = c.requester
  if (c.channel === 'mail' && !Array.isArray(to) && isOurs(address))
    throw new PosternError('invalid', say(languageOf(tx, c), 'refused.ownRequester', { address }))
}

/** What an answer answers and is tied to until it has left; where that is not said, what the customers' side wrote last. */
async function answered(tx: Tx, c: Case, named: string | undefined): Promise<string | null> {
  const message = named === undefined ? undefined : await tx.messages.get(named)
  if (message?.author === 'customer') return message.id
  const written = (m: Message): boolean => m.author === 'customer' && m.state === 'received' && (m.kind === 'normal' || m.kind === 'bulk')
  return (await tx.messages.last(c.id, 50)).find(written)?.id ?? null
}

async function change(tx: Tx, c: Case, args: Static<typeof changeArgs>): Promise<void> {
  const message = await waitingMessage(tx, c, args.message, 'deferred')
  const attachments = args.attachments && (await resolveAttachments(tx, c, args))
  const files = attachments ?? (await tx.messages.attachments(message.id))
  if ((args.text ?? message.text).trim() === '' && files.length === 0)
    throw new PosternError('invalid', say(languageOf(tx, c), 'refused.emptyReply'))
  await tx.messages.update(message.id, {
    data: {
      ...message.data,
      reply: {
        ...spec(message),
        ...(args.status && { status: args.status }),
        ...(args.to && { to: args.to }),
        ...(args.signature !== undefined && { signature: args.signature }),
      },
    },
    // Other words without HTML of their own are plain.
    ...(args.text !== undefined && { text: args.text, html: null }),
    ...(args.html !== undefined && { html: safeHtml(tx, args.html) }),
    ...(args.subject !== undefined && { subject: args.subject }),
    ...(attachments && { attachments }),
  })
}

/** Long HTML comes with a mail or a call, which had it made safe beforehand; what else there is comes from templates. */
const safeHtml = (tx: Tx, html: string | null | undefined): string | null =>
  html ? (tx.safeHtml(html, { longest: Infinity })?.html ?? null) : null

/** What became of an answer: mail has a row in the outbox and a Message-ID, other channels keep their own records. */
type Left =
  | { readonly sent: true; readonly outboxId?: string; readonly headerId?: string }
  | { readonly sent: false; readonly reason: string; readonly freeAt?: number }

/** Sends a message that is recorded already: asks the guards, fixes the bytes, changes the status. */
async function leave(
  tx: Tx,
  settings: Settings,
  c: Case,
  message: Message,
  args: Omit<ReplyArgs, 'text'>,
  occasion: Draft['occasion'],
): Promise<ActionResult> {
  if (message.kind === 'normal') refuseOurselves(tx, settings, c, args)
  const { to, cc, bcc } = await recipients(tx, c, args)
  const answers = args.answers ?? null
  const channel = c.channel === 'mail' ? null : (settings.channels.get(c.channel) ?? null)
  if (!channel && c.channel !== 'mail') throw new PosternError('invalid', say(languageOf(tx, c), 'refused.noChannel', { about: c.channel }))
  const about = typeof message.data.about === 'string' ? message.data.about : answers
  const unknown = await unknownTo(tx, settings, c, olderAnswer(message))
  const newer = unknown.newer.length > 0 && { newer: unknown.newer.map((m) => m.id) }
  const draft = {
    ...draftOf(tx, c, args, { to, cc, bcc }),
    // Who releases it says what he was shown himself.
    ...(occasion !== 'release' && seenOf(c, args, message)),
    heldFor: reasonsOf(message),
    writer: occasion === 'release' ? seenOf(c, spec(message), message) : null,
    messageId: message.id,
    agent: message.agent,
    subject: message.subject,
    text: message.text,
    about,
  }
  // Who reads it is the graver question; as of one whose time has come, so that no guard plans anything for it.
  if (unknown.hold) {
    const graver = await tx.guard({ ...draft, occasion: occasion === 'now' ? 'deferred' : occasion })
    return hold(tx, settings, c, message, graver && !graver.later ? graver : unknown.hold)
  }
  const held = await tx.guard({ ...draft, occasion })
  if (held?.later) return { data: { message: message.id, deferred: true, ...newer } }
  if (held) return hold(tx, settings, c, message, held)
  const signed = channel ? null : await signatureFor(tx, c, message)
  const letter = channel
    ? null
    : withSignature(await composeReply(tx, settings, c, message, { to, cc, bcc }, args.vouched === true), signed)
  const sent: Left | undefined = letter ? await tx.outbox.send(letter) : await channel?.send(tx, { case: c, message })
  if (!sent?.sent) {
    const reason = sent?.reason ?? 'nothing was sent'
    if (sent?.freeAt !== undefined && message.kind !== 'normal' && occasion === 'now') {
      await tx.messages.remove(message.id)
      return { data: { refused: reason, free_at: sent.freeAt } }
    }
    // What was to leave later, or was released by hand, is not dropped in silence either.
    if (message.kind === 'normal' || occasion !== 'now') throw new PosternError('invalid', reason)
    await tx.messages.update(message.id, { state: 'cancelled', data: { ...message.data, refused: reason } })
    return { data: { message: message.id, refused: reason } }
  }
  await tx.messages.update(message.id, {
    // What another channel took is with the customer as far as we are concerned.
    state: letter ? 'sending' : 'sent',
    ...(sent.headerId !== undefined && { headerId: sent.headerId }),
    sentAt: tx.now,
    ...(letter && { subject: letter.subject }),
    ...(signed && { signature: signed.text }),
    // The case may have been moved since it was written.
    recipients: { ...message.recipients, ...(letter && { from: [letter.from] }), to, cc, bcc },
  })
  await endNotices(tx, message, 'taken')
  await tx.jobs.drop(`desk.expire:${message.id}`)
  const wanted = args.status ?? (message.author === 'agent' ? tx.config.mailboxes.get(c.mailbox)?.reply_status : 'keep')
  if (wanted && wanted !== 'keep') await tx.cases.set(c.id, { status: wanted satisfies CaseStatus })
  return { data: { message: message.id, ...(sent.outboxId !== undefined && { outbox: sent.outboxId }), ...newer } }
}

/** What is said of an answer that is not recorded; as of one whose time has come, so that no guard plans anything for it. */
async function asked(tx: Tx, settings: Settings, c: Case, args: ReplyArgs): Promise<ActionResult> {
  const people = await recipients(tx, c, args)
  const about = await answered(tx, c, args.answers)
  const agent = writerOf(tx, args)
  const unknown = await unknownTo(tx, settings, c, { agent, messageId: '', text: args.text, seen: args, writtenAt: tx.now, shown: null })
  const draft = { ...draftOf(tx, c, args, people), messageId: '', subject: args.subject ?? c.subject, text: args.text, about }
  const held = (await tx.guard({ ...draft, agent, heldFor: [], writer: null, occasion: 'deferred' })) ?? unknown.hold
  return {
    data: {
      held: held?.reason ?? null,
      older: unknown.hold?.reason ?? null,
      ...(unknown.newer.length > 0 && { newer: unknown.newer.map((m) => m.id) }),
    },
  }
}

const writerOf = (tx: Tx, args: ReplyArgs): string | null => args.agent ?? (tx.origin.kind === 'agent' ? tx.origin.id : null)

/** What decides whether it is older than what has been said since. What is automatic is nobody's answer, whoever ordered it. */
function olderAnswer(message: Message): OlderAnswer {
  const agent = message.kind === 'normal' ? message.agent : null
  return {
    agent,
    messageId: message.id,
    text: message.text,
    seen: spec(message),
    writtenAt: message.createdAt,
    shown: unsentAnswer(message).shown,
  }
}

/** What a draft has of its order and its case. */
function draftOf(tx: Tx, c: Case, args: Omit<ReplyArgs, 'text'>, people: Pick<Draft, 'to' | 'cc' | 'bcc'>) {
  return {
    ...people,
    case: c,
    origin: tx.origin,
    audience: Array.isArray(args.to) ? ('named' as const) : (args.to ?? 'everybody'),
    answers: args.answers ?? null,
    ...seenOf(c, args),
  }
}
