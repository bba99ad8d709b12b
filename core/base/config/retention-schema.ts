// How long things are kept: the part of the schema under `retention`.
import Type from 'typebox'
import { durationOrOff } from '../formats.ts'

const past = { default: 'off', min: 86_400_000 }

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
    closed: durationOrOff({
      ...past,
      description: 'The same for cases that have been closed for this time and not changed since. The tag `keep` holds a case.',
    }),
  },
  { default: {}, description: 'How long things are kept.' },
)
