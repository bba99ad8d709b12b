// What is ordered with an answer: the arguments that the actions around answers share.
import Type from 'typebox'
import type { Static } from 'typebox'
import { addressProblems, agentProblems, refersTo } from '../../core/plugin.ts'
import type { ArgumentProblem, ArgumentsAsked, Case, Draft, Message } from '../../core/plugin.ts'
import { say } from './texts.ts'

const blob = Type.Object({
  filename: Type.String({ maxLength: 255 }),
  contentType: Type.String({ maxLength: 255 }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  contentId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  inline: Type.Optional(Type.Boolean()),
  blob: Type.Object({
    id: Type.String(),
    start: Type.Integer(),
    end: Type.Integer(),
    encoding: Type.Union([Type.Literal('identity'), Type.Literal('base64'), Type.Literal('quoted-printable'), Type.Literal('uuencode')]),
  }),
})

/** The part of an answer that other plugins (deferred sending, templates, rules) order as well. */
export const replyArgs = Type.Object({
  text: Type.String({ maxLength: 5_000_000 }),
  html: Type.Optional(Type.Union([Type.String({ maxLength: 5_000_000 }), Type.Null()], { description: 'Sanitised before it is sent' })),
  attachments: Type.Optional(
    Type.Array(Type.Union([Type.Object({ attachment: Type.String({ description: 'Id of an attachment of this case' }) }), blob]), {
      maxItems: 100,
    }),
  ),
  to: Type.Optional(
    Type.Union([Type.Literal('everybody'), Type.Literal('requester'), Type.Array(Type.String(), { minItems: 1, maxItems: 100 })], {
      description: 'everybody (default): requester, CC and BCC of the case',
    }),
  ),
  status: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')], {
      description: 'Status once it is sent; default: the setting of the mailbox for answers of agents, keep for all others',
    }),
  ),
  agent: Type.Optional(Type.String({ ...refersTo('writer'), description: 'Agent in whose name it is written; default: who orders it' })),
  answers: Type.Optional(Type.String({ description: 'Message that is answered' })),
  seen_version: Type.Optional(Type.Integer({ description: 'Case version that the writer saw' })),
  seen_at: Type.Optional(Type.Integer({ description: 'When the writer was shown the case (ms UTC), where its version is not known' })),
  seen_mail: Type.Optional(
    Type.String({
      description: 'With `seen_at`: the mail of ours by which he was shown it (its outbox id), which tells the order within one ms',
    }),
  ),
  seen_in: Type.Optional(
    Type.String({
      ...refersTo('case'),
      description: 'Case that the writer was shown, where the conversation has moved since; default: this one',
    }),
  ),
  kind: Type.Optional(
    Type.Union([Type.Literal('normal'), Type.Literal('receipt'), Type.Literal('rule')], {
      description: 'receipt and rule: automatic mail, on the budget',
    }),
  ),
  subject: Type.Optional(
    Type.String({ maxLength: 1000, description: 'Subject of this mail alone; default: Re: and the subject of the case' }),
  ),
  vouched: Type.Optional(
    Type.Boolean({
      description:
        'With `kind`: the only recipient is who wrote what is answered, and our server vouches for him. Over its budget the mail is not recorded, and `data.free_at` says when it may be tried again',
    }),
  ),
  signature: Type.Optional(
    Type.Boolean({ description: 'false: no signature below it; default: that of the agent or of the mailbox, below what a person wrote' }),
  ),
  hold: Type.Optional(Type.String({ maxLength: 100, description: 'Keep it back for this reason instead of sending it' })),
})

/** Arguments of an answer that were checked. */
export type ReplyArgs = Static<typeof replyArgs>

const { text, html, subject, attachments, to, status, signature } = replyArgs.properties

/** What can be changed of an answer that has not left. */
export const changeArgs = Type.Object({
  message: Type.String(),
  text: Type.Optional(text),
  html,
  subject,
  attachments,
  to,
  status,
  signature,
})

/** What is wrong with an answer whatever its case is: no words and no files, an agent who is none, people who cannot be written to. */
export function replyWrong(
  args: Pick<ReplyArgs, 'text' | 'attachments' | 'agent' | 'to'>,
  asked: ArgumentsAsked,
): readonly ArgumentProblem[] {
  const empty = args.text.trim() === '' && !args.attachments?.length
  return [
    ...(empty ? [{ path: ['text'], message: say(asked.locale, 'refused.emptyReply') }] : []),
    // Whether he is active and may act here is asked when it leaves, of whoever wrote it.
    ...(args.agent !== undefined && !asked.config.agents.has(args.agent) ? agentProblems(['agent'], args.agent, asked) : []),
    ...toWrong(args.to, asked),
  ]
}

/** What is wrong with those who alone get an answer. */
export function toWrong(to: ReplyArgs['to'], asked: ArgumentsAsked): readonly ArgumentProblem[] {
  return Array.isArray(to) ? addressProblems(['to'], to, asked) : []
}

/**
 * What its writer was shown, as guards are told. One that he wrote in another case than that (he split it off) is not at home in the one that
 * he was shown, should it come back there by a merge.
 */
export function seenOf(c: Case, args: Omit<ReplyArgs, 'text'>, message?: Message): Pick<Draft, 'seenVersion' | 'seenAt' | 'seenIn'> {
  const shown = args.seen_in ?? c.id
  const written = message?.data.written_in
  return {
    seenVersion: args.seen_version ?? null,
    seenAt: args.seen_at ?? null,
    seenIn: shown === c.id && typeof written === 'string' ? written : shown,
  }
}
