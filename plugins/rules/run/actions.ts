// Actions of this plugin: automatic answers, receipts, templates, taking turns within a group, forwarding.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import { PosternError, agentsOf, defineAction, languageOf, requireAddress } from '../../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Occasion, Origin, Tx } from '../../../core/plugin.ts'
import { noAnswerBecause, sendAnswer, spendCaps } from './answers.ts'
import { leavesAt, replyTo, templateActions, templateNamed } from './use-template.ts'
import type { Offering } from './use-template.ts'
import { factsFor } from '../conditions/facts.ts'
import { claimReceipt } from '../store.ts'
import { refusedBy, sendReceipt } from './receipts.ts'
import { renderAction } from './render-template.ts'
import { answerWrong, laterWrong, mentionsWrong, sayWrong, templateWrong, toWrong, turnWrong } from './wrong.ts'
import { lastTurn, openCasesOf, takeTurn } from '../store.ts'

const status = Type.Optional(
  Type.Union([Type.Literal('keep'), Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')], {
    description: 'Status once it is sent; default: keep',
  }),
)

// Made once: ajv takes 10 ms for each, and setup runs at every reload.
const automaticArgs = Type.Object({
  template: Type.Optional(Type.String()),
  text: Type.Optional(Type.String({ minLength: 1, maxLength: 100_000 })),
  html: Type.Optional(Type.String({ maxLength: 500_000 })),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  to: replyTo,
  status,
  at: leavesAt,
})
const receiptArgs = Type.Object({ template: Type.String(), to: replyTo })
const noArgs = Type.Object({})
const noteArgs = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 100_000 }),
  mentions: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 50 })], { description: 'Ids of agents and groups' }),
  ),
})
const nextArgs = Type.Object({
  group: Type.String({ description: 'Id of the group' }),
  how: Type.Union([Type.Literal('round_robin'), Type.Literal('least_busy')], {
    default: 'round_robin',
    description: 'In turn, or by load',
  }),
})
const forwardArgs = Type.Object({
  to: Type.Array(Type.String({ minLength: 3 }), { minItems: 1, maxItems: 20 }),
  text: Type.Optional(Type.String({ maxLength: 100_000, description: 'Words before it' })),
})

/** An action on a case, its arguments typed by their schema. */
function onCase<S extends TSchema>(
  description: string,
  args: S,
  run: (tx: Tx, c: Case, args: Static<S>, origin: Origin, occasion?: Occasion) => Promise<ActionResult | void>,
  check: (args: Static<S>, asked: ArgumentsAsked) => readonly ArgumentProblem[] = () => [],
): ActionDefinition {
  return defineAction({ description, args, check, run: (tx, call) => run(tx, call.case, call.args, call.origin, call.occasion) })
}

/**
 * The actions by name. Those that send throw `invalid` for a template that does not exist; an answer that may not be sent is no error and
 * says why.
 */
export function actionsOf(offering: Offering): Readonly<Record<string, ActionDefinition>> {
  const { host, context, templates } = offering
  return {
    'reply.automatic': onCase(
      'Sends an automatic answer from a template or a text: never to machines, within caps and budget, with a null return path.',
      automaticArgs,
      async (tx, c, args, origin, occasion) => {
        const template = templateNamed(templates, args.template)
        const facts = await factsFor(tx, c, occasion, context)
        const why = noAnswerBecause(facts) ?? (await spendCaps(facts, host, args.to ?? 'requester'))?.reason
        if (why) return { said: `not sent, ${why}` }
        const { text, html, subject } = args
        const result = await sendAnswer(facts, {
          ...{ kind: 'rule', to: args.to ?? 'requester', status: args.status ?? 'keep', rule: origin.kind === 'rule' ? origin.id : null },
          ...(template && { template }),
          ...(text !== undefined && { text }),
          ...(html !== undefined && { html }),
          ...(subject !== undefined && { subject }),
          ...(args.at !== undefined && { later: { at: args.at } }),
        })
        const refused = refusedBy(result)
        return refused
          ? { said: `not sent, ${refused}` }
          : {
              said: `${args.at === undefined ? 'sent' : 'planned'} ${template?.name ?? 'a text'}`,
              ...(result.data && { data: result.data }),
            }
      },
      (args, asked) => [
        ...answerWrong(args, asked),
        ...templateWrong(templates, 'template', args.template, args.text === undefined && args.html === undefined, asked),
        ...toWrong(args.to, asked),
        ...laterWrong(host.registry, args.at, asked),
      ],
    ),
    'receipt.send': onCase(
      'Sends the receipt of the case with this template instead of the standard one; once a case, whoever orders it.',
      receiptArgs,
      async (tx, c, args, origin, occasion) => {
        const template = templateNamed(templates, args.template)
        const why = await sendReceipt(await factsFor(tx, c, occasion, context), host, {
          ...(template && { template }),
          to: args.to ?? 'requester',
          rule: origin.kind === 'rule' ? origin.id : null,
        })
        return { said: why ?? `sent ${args.template}` }
      },
      (args, asked) => [...templateWrong(templates, 'template', args.template, true, asked), ...toWrong(args.to, asked)],
    ),
    'receipt.none': onCase('The case gets no receipt.', noArgs, async (tx, c) => {
      const mine = await claimReceipt(tx, c.id, 'none', 'a rule said so')
      return { said: mine ? 'no receipt' : 'it has had its receipt' }
    }),
    ...templateActions(offering),
    'template.render': renderAction(offering),
    'note.rule': onCase(
      'Adds an internal note; those mentioned are told.',
      noteArgs,
      async (tx, c, args) => {
        const ids = args.mentions === undefined ? [] : typeof args.mentions === 'string' ? [args.mentions] : args.mentions
        const mentions = ids.map((id) => ({ kind: tx.config.agents.has(id) ? 'agent' : 'group', id }))
        const { data } = await tx.act('note.add', c.id, { text: args.text, mentions })
        return data ? { data } : {}
      },
      (args, asked) => [
        ...(host.registry.action('note.add')?.check?.({ text: args.text } as never, asked) ?? []), // what that action takes
        ...mentionsWrong(args.mentions, asked),
      ],
    ),
    'case.assign_next': onCase(
      'Makes a member of a group responsible: the next in turn, or who has the fewest open cases.',
      nextArgs,
      async (tx, c, args) => {
        const members = agentsOf(tx.config, [args.group]).map((a) => a.id)
        const next = args.how === 'least_busy' ? await leastBusy(tx, args.group, members) : await nextInTurn(tx, args.group, members)
        if (next === undefined) throw new PosternError('invalid', sayWrong(tx.config.locale, 'memberless', { name: args.group }))
        await tx.cases.set(c.id, { assignee: next, group: args.group })
        return { said: next }
      },
      (args, asked) => turnWrong(args.group, asked),
    ),
    'case.forward': onCase(
      'Sends the last message of the customer on to others, with its files.',
      forwardArgs,
      (tx, c, args) => forward(tx, c, args),
      (args, asked) => toWrong(args.to, asked),
    ),
  }
}

async function nextInTurn(tx: Tx, group: string, members: readonly string[]): Promise<string | undefined> {
  const [first] = members
  if (first === undefined) return undefined
  const next = members[(members.indexOf(await lastTurn(tx, group)) + 1) % members.length] ?? first
  await takeTurn(tx, group, next)
  return next
}

async function leastBusy(tx: Tx, group: string, members: readonly string[]): Promise<string | undefined> {
  if (members.length === 0) return undefined
  await lastTurn(tx, group)
  const load = await openCasesOf(tx, members)
  return [...members].sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0]
}

async function forward(tx: Tx, c: Case, args: { readonly to: readonly string[]; readonly text?: string }): Promise<ActionResult> {
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (!mailbox) throw new PosternError('invalid', sayWrong(languageOf(tx, c), 'mailboxGone', { name: c.mailbox }))
  const recipients = args.to.map((a) => ({ address: requireAddress(a), name: '' }))
  const message = (await tx.messages.last(c.id, 20)).find((m) => m.author === 'customer')
  if (!message) throw new PosternError('invalid', sayWrong(languageOf(tx, c), 'noMessage'))
  const attachments = (await tx.messages.attachments(message.id)).flatMap((a) =>
    a.blob
      ? [
          {
            filename: a.filename,
            contentType: a.contentType,
            contentId: a.contentId,
            inline: a.inline,
            sizeBytes: a.sizeBytes,
            blob: a.blob,
          },
        ]
      : [],
  )
  const head = [
    `From: ${message.from.name ? `${message.from.name} <${message.from.address}>` : message.from.address}`,
    `Subject: ${message.subject}`,
  ]
  const sent = await tx.outbox.send({
    case: c,
    kind: 'forward',
    from: { address: mailbox.address, name: mailbox.name },
    to: recipients,
    replyAs: null,
    subject: `Fwd: ${message.subject}`,
    text: [...(args.text ? [args.text, ''] : []), ...head, '', message.text].join('\n'),
    attachments,
    automatic: 'auto-generated',
    returnPath: 'null',
  })
  return { said: sent.sent ? `to ${args.to.join(', ')}` : `not sent, ${sent.reason}` }
}
