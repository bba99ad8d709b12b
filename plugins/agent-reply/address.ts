// What an agent asks of this plugin itself: the list of commands, and his personal address.
import Type from 'typebox'
import { PosternError, languageOf, mayAct } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Origin, Tx } from '../../core/plugin.ts'
import type { Desk } from './desk.ts'
import { personalAddress } from './personal.ts'
import { texts } from './texts.ts'

/** The action `agent-reply.help`. Asked by mail, it names his personal address as well: nobody else reads the answer. */
export function helpAction(desk: Desk): ActionDefinition {
  return {
    description: 'Lists the @commands for the agent who asks.',
    args: Type.Object({}),
    async run(tx, { case: c, origin }: { readonly case: Case | undefined; readonly origin: Origin }): Promise<ActionResult> {
      const locale = languageOf(tx, c)
      const { vocabulary, host } = desk
      const there = [...vocabulary.commands.values()].filter((one) => host.registry.actions.has(one.action))
      const mailbox = c && tx.config.mailboxes.get(c.mailbox)
      const byMail = origin.kind === 'agent' && origin.id !== null && origin.via === 'command'
      const address = byMail && mailbox ? await personalAddress(tx, host, origin.id, mailbox) : null
      return {
        said: [
          texts(locale, 'help.title'),
          ...there.map((one) => `${vocabulary.nameIn(one.id, locale)} – ${vocabulary.helpIn(one.id, locale)}`),
          ...(address === null ? [] : ['', texts(locale, 'help.address', { mailbox: mailbox?.name ?? '', address })]),
        ].join('\n'),
      }
    },
  }
}

const args = Type.Object({
  renew: Type.Optional(Type.Boolean({ default: false, description: 'true: makes another one; the old one is good no more' })),
})

/** The action `agent-reply.address`. Whoever is no agent is told nothing but that; throws `invalid` for a mailbox whose own address is too long. */
export function addressAction(desk: Desk): ActionDefinition {
  return {
    description: 'Says the personal signed address of the agent who asks at the mailbox of the case: mail from him to it begins cases.',
    args,
    async run(tx: Tx, call: { readonly case: Case | undefined; readonly args: { readonly renew?: boolean }; readonly origin: Origin }) {
      const { case: c, origin } = call
      const locale = languageOf(tx, c)
      const mailbox = c && tx.config.mailboxes.get(c.mailbox)
      if (origin.kind !== 'agent' || origin.id === null || !mailbox || !mayAct(tx.config, origin.id, mailbox.id))
        return { said: texts(locale, 'address.nobody') }
      const address = await personalAddress(tx, desk.host, origin.id, mailbox, call.args.renew === true)
      if (address === null) throw new PosternError('invalid', texts(locale, 'address.long', { mailbox: mailbox.address }))
      const said = texts(locale, call.args.renew === true ? 'help.renewed' : 'help.address', { mailbox: mailbox.name, address })
      return { said, data: { address } }
    },
  }
}
