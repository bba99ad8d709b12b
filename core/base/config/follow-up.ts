// How long a closed case can be taken up again, in the settings of a mailbox.
import Type from 'typebox'
import { duration } from '../formats.ts'

/** Schema of `follow_up`; `within` becomes ms. */
export const followUp = Type.Object(
  {
    within: duration({
      default: '30d',
      min: 0,
      description: "A customer's mail opens a closed case again for this long after it was closed.",
    }),
    after: Type.Union([Type.Literal('new_case'), Type.Literal('note'), Type.Literal('reopen')], {
      default: 'new_case',
      description:
        'What becomes of one that comes later. new_case: a case of its own, linked to the closed one, with its assignee; note: it is kept in the closed case, which stays closed, with a note; reopen: as before that time.',
    }),
  },
  { description: 'How long a closed case can be taken up again. Default: for ever.' },
)
