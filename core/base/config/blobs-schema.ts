// The schema of `blobs`: where raw mail goes that leaves the database.
import Type from 'typebox'
import { durationOrOff, filePath, patternWords, secret, size, webUrl } from '../formats.ts'

/** The key `blobs` of the configuration. */
export const blobs = Type.Object(
  {
    directory: Type.Optional(
      filePath({
        from: 'data',
        description: 'A directory; relative to the data directory. Several nodes on one database need one that they share.',
      }),
    ),
    s3: Type.Optional(
      Type.Object(
        {
          url: webUrl({
            description: 'URL of the bucket, which is there already: https://s3.eu-central-1.amazonaws.com/bucket, or of another server.',
          }),
          region: Type.String({
            pattern: String.raw`^[^\x00-\x1f\x7f]*$`,
            [patternWords]: 'text on one line',
            minLength: 1,
            maxLength: 200,
            default: 'us-east-1',
            description: 'Region for the signature; many other servers take any.',
          }),
          access_key: secret({ description: 'Id of the access key.' }),
          secret_key: secret({
            description: 'The secret key that belongs to it; better from outside: ${S3_SECRET_KEY} or ${file:s3-secret-key}.',
          }),
        },
        { description: 'Or: a bucket of S3 or of a server that speaks its protocol.' },
      ),
    ),
    larger_than: size({ default: '64KiB', min: 0, description: 'Smaller mails stay in the database.' }),
    older_than: durationOrOff({
      default: '1d',
      min: 60_000,
      description: 'Younger mails stay in the database; or off: none leaves it any more.',
    }),
    move: Type.Union([Type.Literal('out'), Type.Literal('back')], {
      default: 'out',
      description: 'back: what has left comes back into the database, so that the storage can be given up or changed.',
    }),
  },
  {
    default: {},
    description:
      'For those whose mail outgrows the database: raw mail that has been taken in moves to a directory or to S3. Without one of the two everything stays in the database.',
  },
)
