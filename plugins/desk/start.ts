// An agent begins a case: the first message goes to a customer, now or at a time of his choice.
import Type from 'typebox'
import type { Static } from 'typebox'
import { addressProblems, agentProblems, defineAction, groupProblems, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, RegistryView, Tx } from '../../core/plugin.ts'
import { sound } from './case-actions.ts'
import { replyArgs, replyWrong } from './reply-args.ts'
import { say } from './texts.ts'

const { text, html, attachments, agent, signature } = replyArgs.properties
const args = Type.Object({
  mailbox: Type.String({ ...refersTo('mailbox'), description: 'Mailbox from which it is written' }),
  to: Type.String({ minLength: 3, maxLength: 320, description: 'Address of the customer' }),
  name: Type.Optional(Type.String({ maxLength: 200, description: 'His name' })),
  cc: Type.Optional(Type.Array(Type.String({ minLength: 3, maxLength: 320 }), { maxItems: 100 })),
  subject: Type.String({ minLength: 1, maxLength: 1000 }),
  text,
  html,
  attachments,
  agent,
  signature,
  at: Type.Optional(
    Type.String({ maxLength: 120, description: 'When it is sent; until then the case is visible to agents only. Default: now' }),
  ),
  status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')], { default: 'waiting' })),
  assignee: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'Default: the agent who writes' })),
  group: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

/** The action `case.start`, by name; it makes its own case. */
export const startActions = (registry: RegistryView): Readonly<Record<string, ActionDefinition>> => ({
  'case.start': defineAction({
    description: 'Begins a case with a message to a customer, now or later.',
    args,
    on: 'none',
    check: (given, asked) => startWrong(registry, given, asked),
    run: (tx, call) => start(tx, call.args),
  }),
})

function startWrong(registry: RegistryView, a: Static<typeof args>, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  return [
    ...(asked.config.mailboxes.has(a.mailbox)
      ? []
      : [{ path: ['mailbox'], message: say(asked.locale, 'refused.mailbox', { about: a.mailbox }) }]),
    ...addressProblems(['to'], a.to, asked),
    ...addressProblems(['cc'], a.cc, asked),
    ...(a.subject.trim() === '' ? [{ path: ['subject'], message: say(asked.locale, 'refused.empty') }] : []),
    ...replyWrong(
      { text: a.text, ...(a.attachments && { attachments: a.attachments }), ...(a.agent !== undefined && { agent: a.agent }) },
      asked,
    ),
    ...agentProblems(['assignee'], a.assignee, asked, a.mailbox),
    ...groupProblems(['group'], a.group, asked),
    // What leaves later is another plugin's, and so is what is a time.
    ...(a.at === undefined ? [] : timeWrong(registry, a.text, a.at, asked)),
  ]
}

function timeWrong(registry: RegistryView, text: string, at: string, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  // Both fit the arguments of that action, which adds a time to an answer.
  const problems = registry.action('reply.defer')?.check?.({ text, at } as never, asked) ?? []
  return problems.filter((p) => p.path[0] === 'at')
}

async function start(tx: Tx, a: Static<typeof args>): Promise<ActionResult> {
  const agent = a.agent ?? (tx.origin.kind === 'agent' ? tx.origin.id : null)
  const c = await tx.cases.create({
    mailbox: a.mailbox,
    subject: a.subject.replace(/\s+/g, ' ').trim(),
    status: a.status ?? 'waiting',
    requester: { ...sound(a.to), name: a.name ?? '' },
    cc: (a.cc ?? []).map(sound),
    ...(agent !== null && { assignee: agent }),
    ...(a.assignee !== undefined && { assignee: a.assignee }),
    ...(a.group !== undefined && { group: a.group }),
  })
  const words = {
    text: a.text,
    status: 'keep',
    ...(a.html !== undefined && { html: a.html }),
    ...(a.attachments && { attachments: a.attachments }),
    ...(agent !== null && { agent }),
    ...(a.signature !== undefined && { signature: a.signature }),
  }
  const sent = await (a.at === undefined ? tx.act('reply.send', c.id, words) : tx.act('reply.defer', c.id, { ...words, at: a.at }))
  return { ...sent, data: { ...sent.data, case: c.id, number: c.number } }
}
