// Chats: a widget or a bridge to a messenger posts what people write and hears the answers by webhook.
//
//   bridge ── POST /v1/chats/{id}/messages ──> case of channel `chat` ──> rules, notifications, reopens: all as for mail
//   bridge <── webhook chat.message.outbound ── reply.send (an agent's mail, a rule, a deferred message)
//
// A chat is one case for as long as the bridge gives the conversation one id. It is active while the case is open or waiting and
// finished once it is closed; what is written in a finished chat makes it active again, as a mail does.
import Type from 'typebox'
import { defineCondition, definePlugin, idOf, rate, size } from '../../core/plugin.ts'
import type { Case, CaseStatus } from '../../core/plugin.ts'
import { chatChannel } from './channel.ts'
import { events } from './events.ts'
import { finished } from './receive.ts'
import { routes } from './routes.ts'
import { chatCases, chatOfCase, dropChatOf, forgetContact } from './store.ts'
import { migrations } from './tables.ts'

const config = Type.Object({
  mailbox: Type.Optional(idOf('mailbox', { description: 'Mailbox of new chats whose bridge names none. Default: the first one.' })),
  automatic: rate({ default: '10/10m', description: 'Most automatic answers in one chat.' }),
  attachments: size({ default: '10MB', description: 'Largest attachments of a message, taken together.' }),
})

const state = Type.Union([Type.Literal('active'), Type.Literal('finished')])

export default definePlugin({
  name: 'chat',
  description: 'Chats as cases: bridges post messages over the API and hear the answers by webhook.',
  requires: ['desk'],
  config,
  migrations,
  events,
  counters: { postern_chat_messages_total: { help: 'Messages of people in chats', labels: { direction: ['in'] } } },
  setup: (host) => ({
    channels: { chat: chatChannel(host.settings) },
    async forget(tx, { cases }) {
      for (const id of cases) {
        const chat = await chatOfCase(tx, id)
        if (chat) await forgetContact(tx, chat.id, id)
      }
    },
    deleted: (tx, { caseId }) => dropChatOf(tx, caseId),
    routes: routes(host),
    on: {
      async 'case.status_changed'(tx, event) {
        // The statuses of an event are statuses of cases.
        const [before, after] = [finished(event.data.from as CaseStatus), finished(event.data.to as CaseStatus)]
        const chat = event.caseId !== null && before !== after ? await chatOfCase(tx, event.caseId) : undefined
        if (chat) await tx.emit(after ? 'chat.finished' : 'chat.resumed', event.caseId, { chat: chat.id })
      },
      // Beyond what threading does for mail, for those who run chats alone.
      async 'message.received'(tx, event) {
        if (event.caseId === null || event.data.first) return
        const c = await tx.cases.get(event.caseId)
        if (c?.channel === 'chat' && (c.status === 'closed' || c.status === 'waiting')) await tx.cases.set(c.id, { status: 'open' })
      },
    },
    conditions: {
      chat: defineCondition({
        description: 'Whether the case is an active or a finished chat; never holds for mail.',
        value: state,
        test: (_tx, { case: c }, value) => Promise.resolve({ holds: stateOf(c) === value, seen: stateOf(c) ?? 'no chat' }),
      }),
    },
    filters: {
      chat: {
        description: 'Chats: active or finished.',
        value: state,
        where: (db, value) => ({ caseIds: chatCases(db, value === 'finished') }),
      },
    },
  }),
})

const stateOf = (c: Case): 'active' | 'finished' | null => (c.channel !== 'chat' ? null : finished(c.status) ? 'finished' : 'active')
