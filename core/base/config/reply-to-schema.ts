// Whose Reply-To names the customer, and as whom a mailbox answers: parts of its settings.
import Type from 'typebox'
import { patternWords } from '../formats.ts'

/** `reply_to` of a mailbox. */
export const replyTo = Type.Object(
  {
    from: Type.Array(
      Type.String({
        pattern: String.raw`^[^\s@]+@[^\s@*]+$`,
        [patternWords]: 'an address, or * and a domain (*@forms.example)',
        maxLength: 320,
        description: 'An address, or `*@domain`.',
      }),
      { default: [], description: 'Forms and machines whose Reply-To names the customer.' },
    ),
    own: Type.Boolean({ default: true, description: 'The same for mail from one of our own addresses, as forms of websites send it.' }),
    no_reply: Type.Boolean({ default: true, description: 'The same for addresses that say noreply, no-reply, do-not-reply.' }),
  },
  {
    default: {},
    description:
      'Whose Reply-To, if it is a single address and none of ours, makes the requester of a new case. Needs the plugin recipients; where its `authserv_id` is set, From must have passed DMARC.',
  },
)

/** `from` and `from_name` of a mailbox. */
export const senderKeys = {
  from: Type.Union([Type.Literal('mailbox'), Type.Literal('as_written')], {
    default: 'mailbox',
    description:
      'From which address a case is answered. mailbox: `address`; as_written: the alias that the customer wrote to. `case.from` names another one for a case.',
  }),
  from_name: Type.Optional(
    Type.String({
      pattern: String.raw`^(?:[^{}\x00-\x1f\x7f]|\{\{ {0,3}(?:agent\.name|agent\.first_name|mailbox\.name) {0,3}\}\})*$`,
      [patternWords]: 'text on one line with {{ agent.name }}, {{ agent.first_name }}, {{ mailbox.name }}',
      minLength: 1,
      maxLength: 200,
      description:
        "Name beside the address in agents' answers: text with {{ agent.name }}, {{ agent.first_name }}, {{ mailbox.name }}. Default, and for what no agent writes: `name`.",
    }),
  ),
}
