// How long things are kept: the part of the schema under `retention`.
import Type from 'typebox'
import type { Static } from 'typebox'
import { durationOrOff, idOf } from '../formats.ts'

const past = { default: 'off', min: 86_400_000 }

const tags = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { default: [], maxItems: 50, description })

/** Spans are ms once checked, null for off. */
export const retention = Type.Object(
  {
    raw: durationOrOff({
      default: 'off',
      min: 7 * 86_400_000,
      description: 'Raw mail is deleted after this time, its case stays readable; off keeps it.',
    }),
    outgoing: durationOrOff({
      default: 'off',
      min: 7 * 86_400_000,
      description: 'Records of finished sending are deleted after this time; off keeps them.',
    }),
    spam: durationOrOff({
      ...past,
      description: 'Cases that have been in spam for this time are deleted with everything of them; off keeps them.',
    }),
    trash: durationOrOff({ ...past, description: 'The same for cases in the trash.' }),
    closed: Type.Union(
      [
        durationOrOff({ min: 86_400_000, description: 'Closed cases are deleted after this time; off keeps them.' }),
        Type.Object(
          {
            after: durationOrOff({ ...past, description: 'How long they have been closed and not changed; off keeps them.' }),
            how: Type.Union([Type.Literal('delete'), Type.Literal('anonymise')], {
              default: 'delete',
              description:
                'delete: with everything of them. anonymise: people, words, files, notes and fields go; what happened when, tags, mailbox and assignee stay for statistics.',
            }),
            if: Type.Object(
              {
                mailboxes: Type.Array(idOf('mailbox', { description: 'Mailbox id' }), {
                  default: [],
                  description: 'Only cases in these mailboxes',
                }),
                tags: tags('Only cases with any of these tags'),
                without: tags('Only cases with none of these tags'),
              },
              { default: {}, description: 'Which closed cases are meant. Default: all.' },
            ),
          },
          { description: 'How long, which of them, and what becomes of them.' },
        ),
      ],
      {
        default: 'off',
        description:
          'The same for cases that have been closed for this time and not changed since, or { after, how, if }. The tag `keep` holds a case.',
      },
    ),
  },
  { default: {}, description: 'How long things are kept.' },
)

/** How long things are kept; spans are ms, null keeps them for ever. */
export interface RetentionConfig {
  readonly raw: number | null
  readonly outgoing: number | null
  readonly spam: number | null
  readonly trash: number | null
  readonly closed: ClosedRetention
}

/** What becomes of closed cases; a filter that is empty leaves nobody out. */
export interface ClosedRetention {
  readonly after: number | null
  readonly how: 'delete' | 'anonymise'
  readonly if: { readonly mailboxes: readonly string[]; readonly tags: readonly string[]; readonly without: readonly string[] }
}

/** The short form, a span alone, as the long one. */
export function retentionOf({ closed, ...rest }: Static<typeof retention>): RetentionConfig {
  const all = { mailboxes: [], tags: [], without: [] }
  return { ...rest, closed: typeof closed === 'object' && closed !== null ? closed : { after: closed, how: 'delete', if: all } }
}
