// The settings of the plugin.
import Type from 'typebox'
import type { AuthenticationSetting } from './authentication.ts'
import type { CommandEntry, LanguageEntry } from './vocabulary.ts'

const words = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { description }))
const id = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,40}$' })

/** The settings once they are checked. `dns`: name servers as address or address:port; `commands`: by id, beside those that are shipped. */
export interface Settings {
  readonly authentication: AuthenticationSetting
  readonly dns: readonly string[]
  readonly unknown: 'hold' | 'text'
  readonly transcript: 'always' | 'problems' | 'never'
  readonly commands: Readonly<Record<string, CommandEntry>>
  readonly languages: readonly LanguageEntry[]
}

/** Schema of the settings. */
export const config = Type.Object({
  authentication: Type.Union(
    [
      Type.Literal('token'),
      Type.Literal('verify'),
      Type.Object({
        trusted: Type.String({
          minLength: 1,
          description: 'authserv-id of the server whose Authentication-Results are believed; agents need dmarc=pass there',
        }),
      }),
    ],
    {
      default: 'token',
      description:
        "What an answer must prove besides the signed address and the sender: token: nothing more; trusted: DMARC, as seen by your own mail server; verify: DKIM of the sender's domain, checked by Postern itself.",
    },
  ),
  dns: Type.Array(Type.String(), {
    default: [],
    description: 'Name servers for `verify`, as address or address:port. Default: those of the machine.',
  }),
  unknown: Type.Union([Type.Literal('hold'), Type.Literal('text')], {
    default: 'hold',
    description:
      'A line that looks like a mistyped command. hold: the answer waits until the agent has said what he means; text: the line is part of the answer.',
  }),
  transcript: Type.Union([Type.Literal('always'), Type.Literal('problems'), Type.Literal('never')], {
    default: 'problems',
    description: 'When an agent is told what became of his answer. The question about an answer that is held is always asked.',
  }),
  commands: Type.Record(
    id,
    Type.Object({
      action: Type.String({ description: 'Action that it orders' }),
      args: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'Arguments that are always the same; $agent and $message are filled in',
        }),
      ),
      value: Type.Optional(
        Type.Union(
          (['none', 'text', 'lines', 'people', 'address', 'addresses', 'tags'] as const).map((v) => Type.Literal(v)),
          { description: 'What stands behind the name' },
        ),
      ),
      as: Type.Optional(Type.String({ description: 'Argument that the value fills' })),
      optional: Type.Optional(Type.Boolean({ description: 'The value may be missing' })),
      reply: Type.Optional(
        Type.Union([Type.Boolean(), Type.Literal('optional')], {
          description: 'The action sends the answer itself; optional: it works without one too',
        }),
      ),
      without: Type.Optional(
        Type.String({ description: 'With `reply: true`, the action that is ordered instead where there is no answer to send' }),
      ),
      with: Type.Optional(
        Type.Boolean({ description: 'Its arguments go along with the answer of the same mail, to whatever action sends it' }),
      ),
      moves: Type.Optional(
        Type.Boolean({
          description: 'The action moves the message that is answered into another case: the answer and the commands below act there',
        }),
      ),
      says: Type.Optional(
        Type.Union([Type.Boolean(), Type.Literal('always')], {
          description: 'What the action says is told; always: even with transcript: never',
        }),
      ),
    }),
    { default: {}, description: 'Further commands by an id of your choice; their names stand in `languages`.' },
  ),
  languages: Type.Array(
    Type.Object({
      locale: Type.String({ minLength: 2, maxLength: 35, description: 'Language tag' }),
      names: Type.Record(id, Type.Array(Type.String({ minLength: 1, maxLength: 60 })), { description: 'Names by command id, without @' }),
      help: Type.Optional(Type.Record(id, Type.String(), { description: 'Line of help by command id' })),
      send: words('One-word answers that release a held answer'),
      discard: words('One-word answers that drop it'),
      nobody: words('Words for no assignee'),
      sign_offs: words('How signatures begin'),
    }),
    { default: [], description: 'Further names for commands, in these or in other languages.' },
  ),
})
