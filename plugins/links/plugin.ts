// Buttons in mails: signed links to a page that shows what would happen, and does it when its button is pressed.
//
// A mail carries a link per action of an open notice and agent. Its token is signed and names a row that holds case, notice, action,
// arguments, agent and expiry, so nothing of that can be changed or put together anew. GET and HEAD only read (mail scanners follow
// links, some run scripts); the page holds no script and submits nothing by itself. POST does it in one transaction under the case's
// lock: the link is used, the notice ends, the action runs in the agent's name; where the action refuses, nothing of it remains.
//
//   what is found                           what the page says                          what it offers
//   unknown, forged, cut token              not known here (404)                        -
//   agent gone, inactive, other mailboxes   belongs to somebody who may not act (403)   -
//   expired (72 h), notice open             expired (410)                               fresh links by mail to the agent
//   expired, notice ended                   expired, and how it ended (410)             -
//   used, or notice taken by anybody        who decided what (409)                      what may be taken back; the buttons again after an undo
//   notice overtaken or run out             overtaken (409)                             what may be taken back
//   said something else when it was opened  look again (200)                            the button, with what it does now
//
// What a page about something over offers is pressed on the same address, until the link expires, and is good only as long as things
// stand exactly as the page showed them; so each such press, too, works once.
import Type from 'typebox'
import { PosternError, definePlugin, duration, languageOf } from '../../core/plugin.ts'
import type { Case } from '../../core/plugin.ts'
import { createLinks } from './create.ts'
import { say } from './messages.ts'
import { linkRoutes } from './routes.ts'
import { migrations, dropLinksOf, pruneLinks } from './tables.ts'

const config = Type.Object({
  expires: duration({ default: '72h', description: 'How long the links in a mail are good.' }),
})

/** ms that an expired link can still say what it was about. */
const rememberedFor = 90 * 86_400_000

export default definePlugin({
  name: 'links',
  description: 'Signed links behind the buttons of notices: a page shows what would happen, its button does it once.',
  config,
  migrations,
  counters: { postern_links_pressed_total: { help: 'Buttons in mails to agents that were pressed', labels: { button: [] } } },
  setup: (host) => ({
    links: (tx, notice, agent) => createLinks(tx, host, notice, agent),
    routes: linkRoutes(host),
    actions: {
      'notice.dismiss': {
        description: 'Ends a notice without doing any of what it offers.',
        args: Type.Object({ notice: Type.String({ description: 'Notice id' }) }),
        async run(tx, { case: c, args }: { case: Case | undefined; args: { readonly notice: string } }) {
          const notice = await tx.notices.get(args.notice)
          if (!notice || notice.caseId !== c?.id) throw new PosternError('not_found', `notice ${args.notice} in case #${c?.number ?? ''}`)
          if (!(await tx.notices.resolve(notice.id, { state: 'dismissed' })) && notice.state !== 'taken')
            throw new PosternError('gone', say(languageOf(tx, c), 'refused.ended'))
        },
      },
    },
    deleted: (tx, { caseId }) => dropLinksOf(tx, caseId),
    crons: { prune: { pattern: '17 4 * * *', run: (tx, tick) => pruneLinks(tx, tick - rememberedFor), passOver: 'once' } },
  }),
})
