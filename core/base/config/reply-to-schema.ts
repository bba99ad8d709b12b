// Whose Reply-To names the customer: a part of a mailbox's settings.
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
