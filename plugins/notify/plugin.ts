// Tells agents by mail what happens in their cases; an answer to such a mail is the way they work.
import Type from 'typebox'
import { definePlugin, size } from '../../core/plugin.ts'
import type { PosternEvent, Tx } from '../../core/plugin.ts'
import { followActions, followConditions, followFilters, followMentioned } from './follow.ts'
import { targetsOf } from './notification-targets.ts'
import { muteActions } from './mute.ts'
import { dueJob } from './due.ts'
import { notify0001, notify0002 } from './tables.ts'
import { tellCase } from './tell.ts'

const config = Type.Object({
  attachments: size({
    default: '10MB',
    description: 'Attachments of a message are sent along up to this size in all; what is over it is only listed.',
  }),
  history: Type.Integer({ default: 5, minimum: 0, maximum: 50, description: 'How many earlier messages stand below the new one.' }),
  history_length: Type.Integer({ default: 3000, minimum: 100, maximum: 100_000, description: 'Characters of each earlier message.' }),
  auto_replies: Type.Boolean({ default: true, description: 'Tell of automatic replies (out of office), marked as such.' }),
  bulk: Type.Boolean({ default: true, description: 'Tell of newsletters and list mail, marked as such.' }),
  mention_follows: Type.Boolean({ default: false, description: 'An agent who is mentioned in a note follows its case from then on.' }),
  deliveries: Type.Boolean({ default: true, description: 'Tell of answers that could not be delivered, are late or may have got lost.' }),
})

export default definePlugin({
  name: 'notify',
  description: 'Mails agents what happens in their cases, so that they can answer from their mail client.',
  config,
  migrations: [notify0001, notify0002],
  setup: (host) => ({
    actions: { ...followActions, ...muteActions },
    jobs: { due: dueJob(host) },
    conditions: followConditions,
    filters: followFilters,
    ...(host.settings.mention_follows && { on: { 'note.added': followMentioned } }),
    // Once a transaction, so that an agent gets one mail for everything that happened together.
    async finish(tx: Tx, events: readonly PosternEvent[]) {
      const always = (kind: string): boolean => host.registry.notices.get(kind)?.always === true
      for (const found of await targetsOf(tx, events, { ...host.settings, always })) await tellCase(tx, host, found)
    },
  }),
})
