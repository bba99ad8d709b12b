// Cases that are one matter become one case, or are linked; each can be taken back.
//
//   case.merge      everything of the source goes into the target, in the order of time; the source is closed and only leads there
//   case.unmerge    until somebody has answered the people who came with it
//   merge.suggest   for rules: a notice with buttons instead
//   case.link       related, part of, follows; an incident is a case with parts, which are answered one by one (incident.answer)
//
// Nobody is brought into a conversation by a merge unless it is asked for: people of the source who take no part in the target get none of
// its answers, and a notice says so. What they write still comes in, and what is answered to them is asked about (plugin recipients).
import Type from 'typebox'
import { definePlugin } from '../../core/plugin.ts'
import { duplicateConditions, suggestActions } from './duplicates.ts'
import { mergingEvents } from './events.ts'
import { forgetMerged } from './forget.ts'
import { incidentActions } from './incident.ts'
import { linkActions } from './link.ts'
import { mergeActions } from './merge.ts'
import { mergingNotices } from './notices.ts'
import { previewActions, previewRoutes } from './preview.ts'
import { migrations } from './tables.ts'
import { unmergeActions } from './unmerge.ts'

export default definePlugin({
  name: 'merging',
  description: 'Merges cases that are one matter, and takes it back; links cases, and answers all parts of an incident.',
  requires: ['desk'],
  config: Type.Object({}),
  migrations,
  events: mergingEvents,
  setup: (host) => ({
    actions: {
      ...mergeActions(host),
      ...unmergeActions(host),
      ...previewActions(host),
      ...linkActions,
      ...incidentActions,
      ...suggestActions,
    },
    conditions: duplicateConditions,
    notices: mergingNotices(host),
    routes: previewRoutes(host),
    forget: forgetMerged,
  }),
})
