// People in the configuration: agents and their groups, and what their keys share with those of mailboxes.
import Type from 'typebox'
import { address, idOf, patternWords, zone } from '../formats.ts'

/** Languages of texts. A region says where the week begins; the texts are those of the language. */
export const locale = [Type.Literal('en'), Type.Literal('en-US'), Type.Literal('en-GB'), Type.Literal('ru')]

/** Text on one line. */
export const line = { pattern: String.raw`^[^\x00-\x1f\x7f]*$`, [patternWords]: 'text on one line', minLength: 1, maxLength: 200 }

/** Name of a template that stands below answers. */
export const signature = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })

/** An agent. */
export const agent = Type.Object(
  {
    name: Type.String({ ...line, description: 'Full name.' }),
    email: address({
      description: "Where notifications go, and the only address (besides the aliases) whose replies count as this agent's.",
    }),
    aliases: Type.Array(address({ description: 'An address.' }), { default: [], description: 'Further addresses of the agent.' }),
    locale: Type.Optional(Type.Union(locale, { description: 'Language of notifications; default: the top-level locale.' })),
    timezone: Type.Optional(zone({ description: 'Time zone of notifications and of times in commands; default: the top-level timezone.' })),
    signature: Type.Optional(signature("Template (of the plugin rules) that stands below his answers, instead of the mailbox's.")),
    active: Type.Boolean({ default: true, description: 'false: gets nothing and may do nothing, but his past stays readable.' }),
  },
  { description: 'An agent.' },
)

/** A group. */
export const group = Type.Object(
  {
    name: Type.Optional(Type.String({ ...line, description: 'Name; default: the id.' })),
    members: Type.Array(idOf('agent', { description: 'Id of an agent.' }), { default: [], description: 'Its agents.' }),
    mailboxes: Type.Optional(
      Type.Array(idOf('mailbox', { description: 'Id of a mailbox.' }), {
        description: 'Mailboxes in which its members may act; default: all.',
      }),
    ),
  },
  { description: 'A group of agents.' },
)
