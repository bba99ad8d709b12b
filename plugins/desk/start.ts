// An agent begins a case: the first message goes to a customer, now or at a time of his choice.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Tx } from '../../core/plugin.ts'
import { sound } from './case-actions.ts'
import { replyArgs } from './reply-args.ts'

const { text, html, attachments, agent } = replyArgs.properties
const args = Type.Object({
  mailbox: Type.String({ description: 'Mailbox from which it is written' }),
  to: Type.String({ minLength: 3, maxLength: 320, description: 'Address of the customer' }),
  name: Type.Optional(Type.String({ maxLength: 200, description: 'His name' })),
  cc: Type.Optional(Type.Array(Type.String({ minLength: 3, maxLength: 320 }), { maxItems: 100 })),
  subject: Type.String({ minLength: 1, maxLength: 1000 }),
  text,
  html,
  attachments,
  agent,
  at: Type.Optional(
    Type.String({ maxLength: 120, description: 'When it is sent; until then the case is visible to agents only. Default: now' }),
  ),
  status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')], { default: 'waiting' })),
  assignee: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'Default: the agent who writes' })),
  group: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

/** The action `case.start`, by name; it makes its own case. */
export const startActions: Readonly<Record<string, ActionDefinition>> = {
  'case.start': {
    description: 'Begins a case with a message to a customer, now or later.',
    args,
    on: 'none',
    // Checked against `args` by the engine.
    run: (tx, call) => start(tx, call.args as Static<typeof args>),
  },
}

async function start(tx: Tx, a: Static<typeof args>): Promise<ActionResult> {
  const agent = a.agent ?? (tx.origin.kind === 'agent' ? tx.origin.id : null)
  if (agent !== null && tx.config.agents.get(agent)?.active !== true)
    throw new PosternError('invalid', `there is no active agent "${agent}"`)
  if (a.assignee && tx.config.agents.get(a.assignee)?.active !== true)
    throw new PosternError('invalid', `there is no active agent "${a.assignee}"`)
  if (a.group && !tx.config.groups.has(a.group)) throw new PosternError('invalid', `there is no group "${a.group}"`)
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
  }
  const sent = await (a.at === undefined ? tx.act('reply.send', c.id, words) : tx.act('reply.defer', c.id, { ...words, at: a.at }))
  return { ...sent, data: { ...sent.data, case: c.id, number: c.number } }
}
