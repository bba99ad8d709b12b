// The format of scenario files: what happens, step by step, and what is expected after each.
import Type from 'typebox'
import type { Static } from 'typebox'

const text = (description: string) => Type.String({ description })
const texts = (description: string) => Type.Union([Type.String(), Type.Array(Type.String())], { description })
/** What a text is compared with: contained; between slashes, a regular expression; of a list, all. */
const pattern = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String())], {
    description: `${description} Contained, or /a regular expression/; of a list, all.`,
  })
const ref = Type.Union([Type.Integer({ minimum: 1 }), Type.String()], { description: 'Number of the case.' })
const headers = Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Further headers.' }))
const files = Type.Optional(
  Type.Array(Type.Object({ name: Type.String(), type: Type.Optional(Type.String()), text: Type.Optional(Type.String()) }), {
    description: 'Files that go along.',
  }),
)

/** Mail programs whose way of quoting is known. */
export const clientNames = ['none', 'gmail', 'outlook', 'apple', 'thunderbird', 'yandex', 'mailru'] as const

const mail = Type.Object(
  {
    from: Type.Optional(text('Name <address>, or the address.')),
    to: Type.Optional(
      texts(
        'Addresses, or ids of mailboxes; support+anna: the personal address there of the agent anna, as the last mail to her named it.',
      ),
    ),
    cc: Type.Optional(texts('Addresses.')),
    subject: Type.Optional(text('Subject.')),
    text: Type.Optional(text('The words.')),
    html: Type.Optional(text('The same as HTML.')),
    headers,
    files,
    rcpt: Type.Optional(texts('Envelope recipients, named as in `to`. Default: those of To and Cc that are ours.')),
    mail_from: Type.Optional(text('Envelope sender; "" for none. Default: From.')),
    eml: Type.Optional(text('A whole mail from a file beside this one, instead.')),
  },
  { description: 'A mail arrives.' },
)

const reply = Type.Object(
  {
    as: text('Who answers: the address that got the mail, or his name and address.'),
    to: Type.Optional(
      Type.Object(
        { subject: Type.Optional(pattern('Subject of the mail that is answered.')), text: Type.Optional(pattern('Words in it.')) },
        { description: 'Which of the mails he got. Default: the last one.' },
      ),
    ),
    text: text('The new words.'),
    client: Type.Optional(
      Type.Union(
        clientNames.map((name) => Type.Literal(name)),
        { default: 'gmail', description: 'Mail program whose way of quoting is used.' },
      ),
    ),
    all: Type.Optional(Type.Boolean({ default: false, description: 'Reply to all.' })),
    add: Type.Optional(texts('Addresses put into Cc.')),
    drop: Type.Optional(texts('Addresses taken out.')),
    from: Type.Optional(text('Another address to write from.')),
    subject: Type.Optional(text('Another subject.')),
    headers,
    files,
  },
  { description: 'Somebody answers a mail that was sent to him.' },
)

const act = Type.Object(
  {
    action: text('Name of the action.'),
    args: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Its arguments.' })),
    case: Type.Optional(ref),
    as: Type.Optional(text('Agent who orders it. Default: nobody in particular.')),
  },
  { description: 'An action is ordered, as the API, a link or a rule would.' },
)

const chat = Type.Object(
  {
    id: Type.String({ default: 'chat-1', description: "The bridge's id of the chat. Default: chat-1." }),
    text: Type.Optional(text('The words.')),
    contact: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String()),
          email: Type.Optional(Type.String()),
          phone: Type.Optional(Type.String()),
          id: Type.Optional(Type.String()),
        },
        { description: 'What the bridge knows of the person.' },
      ),
    ),
    mailbox: Type.Optional(text('Mailbox of a new chat, by id.')),
    files,
    finish: Type.Optional(Type.Boolean({ default: false, description: 'The person leaves the chat, instead of writing.' })),
  },
  { description: 'Somebody writes in a chat, as a bridge would post it (plugin chat).' },
)

const take = Type.Object(
  {
    offer: text('Name of the offer: update, split, keep, cancel, postpone ...'),
    args: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Further arguments of its action.' })),
    case: Type.Optional(ref),
    as: Type.Optional(text('Agent who takes it. Default: nobody in particular.')),
  },
  { description: 'Somebody takes what an open notice of a case offers, as its link or the desk would.' },
)

const told = Type.Object(
  {
    chat: Type.Optional(text('Id of the chat.')),
    text: Type.Optional(pattern('In the text.')),
    not_text: Type.Optional(pattern('Not in the text.')),
    kind: Type.Optional(text('normal, receipt or rule.')),
    name: Type.Optional(text('Name that is shown.')),
    files: Type.Optional(Type.Array(Type.String(), { description: 'Names of its files.' })),
  },
  { description: 'A message that a chat was told to show.' },
)

const sent = Type.Object(
  {
    to: Type.Optional(texts('All recipients of To.')),
    cc: Type.Optional(texts('All recipients of Cc.')),
    rcpt: Type.Optional(texts('All envelope recipients.')),
    kind: Type.Optional(text('reply, notification, receipt, rule, transcript, notice, forward or alarm.')),
    from: Type.Optional(text('Address of From.')),
    return_path: Type.Optional(text('Envelope sender; "" for none.')),
    subject: Type.Optional(text('The whole subject, or /a regular expression/.')),
    text: Type.Optional(pattern('In the text.')),
    not_text: Type.Optional(pattern('Not in the text.')),
    html: Type.Optional(pattern('In the HTML.')),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.Union([pattern('In the header.'), Type.Null()]), { description: 'Headers; null: not there.' }),
    ),
    files: Type.Optional(Type.Array(Type.String(), { description: 'Names of its files.' })),
  },
  { description: 'A mail that was sent.' },
)

const caseFields = {
  subject: Type.Optional(Type.String()),
  status: Type.Optional(Type.String({ description: 'open, waiting, closed, spam, trash (or their Russian names).' })),
  assignee: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  group: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  mailbox: Type.Optional(Type.String()),
  requester: Type.Optional(Type.String()),
  cc: Type.Optional(texts('All people in copy.')),
  bcc: Type.Optional(texts('All people in hidden copy.')),
  tags: Type.Optional(texts('All tags.')),
  followers: Type.Optional(texts('Ids of all agents who follow it.')),
  custom: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  messages: Type.Optional(Type.Integer({ description: 'How many messages it shows, prepared ones not counted.' })),
  deferred: Type.Optional(Type.Integer({ description: 'How many messages wait for their time.' })),
  held: Type.Optional(Type.Integer({ description: 'How many answers are held.' })),
  last: Type.Optional(pattern('In the last message.')),
  notes: Type.Optional(
    Type.Union([Type.Integer(), Type.Array(pattern('A note.'))], { description: 'How many notes, or one pattern for each in order.' }),
  ),
  notices: Type.Optional(texts('Kinds of all open notices.')),
  offers: Type.Optional(texts('Names of everything that open notices offer.')),
}

/** Schema of what is expected after a step; what is not named is not compared, except mails and chat messages. */
export const expectation = Type.Object(
  {
    ...{
      case: Type.Optional(
        Type.Object(
          { number: Type.Optional(ref), ...caseFields },
          { description: 'The case that the step was about, or the one of that number.' },
        ),
      ),
    },
    others: Type.Optional(Type.Array(Type.Object({ number: ref, ...caseFields }), { description: 'Further cases.' })),
    cases: Type.Optional(Type.Integer({ description: 'How many cases there are.' })),
    sent: Type.Optional(
      Type.Array(sent, { description: 'Every mail that was sent in this step, in any order. Without it, none may have been sent.' }),
    ),
    told: Type.Optional(
      Type.Array(Type.Union([Type.String(), told]), {
        description:
          'Every message that chats were told to show in this step, in order; a text is contained in it. Without it, there may have been none.',
      }),
    ),
    fired: Type.Optional(texts('Names of the rules that fired, in order.')),
    events: Type.Optional(Type.Array(Type.String(), { description: 'Types of events that happened, among others.' })),
    outcome: Type.Optional(Type.String({ description: 'What became of the mail: case, message, bounce, dropped: ...' })),
    refused: Type.Optional(pattern('The action was refused, and why.')),
    lists: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.Integer()), {
        description:
          'Numbers of the cases that a filter of case lists finds now, in the zone of the test and the language of the config: `reopen=tomorrow: [1]`.',
      }),
    ),
    jobs: Type.Optional(Type.Record(Type.String(), Type.Integer(), { description: 'How many jobs of a kind wait.' })),
  },
  { description: 'What is so after the step.' },
)

/** Schema of one step: what happens, and what is expected then. */
export const step = Type.Object(
  {
    name: Type.Optional(text('For people.')),
    mail: Type.Optional(mail),
    reply: Type.Optional(reply),
    act: Type.Optional(act),
    take: Type.Optional(take),
    chat: Type.Optional(chat),
    bounce: Type.Optional(
      Type.Object(
        { of: text('Address whose server sends the last mail back.'), status: Type.Optional(Type.String({ default: '5.1.1' })) },
        { description: 'A delivery report comes for the last mail to an address.' },
      ),
    ),
    wait: Type.Optional(text('Time passes: 2d 5h.')),
    until: Type.Optional(text('Time passes until then, in the zone of the test: 2026-09-22 09:00.')),
    expect: Type.Optional(expectation),
  },
  { description: 'One thing that happens (mail, reply, chat, act, take, bounce, wait or until), and what is expected after it.' },
)

const scenario = Type.Object({
  name: text('What it proves.'),
  start: Type.Optional(text('Local time at the beginning: 2026-09-21 09:00.')),
  steps: Type.Array(step, { minItems: 1, description: 'In order.' }),
})

/** Schema of a whole file; `postern test` reports what does not fit it with file, line and column. */
export const scenarioFile = Type.Object(
  {
    config: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())], {
      description: 'A config file beside this one, or a whole config.',
    }),
    start: Type.String({ default: '2026-09-21 09:00', description: 'Local time at the beginning.' }),
    timezone: Type.String({ default: 'UTC', description: 'Zone of all local times here.' }),
    ignore: Type.Array(Type.String(), { default: [], description: 'Kinds of mails that are not looked at, such as notification.' }),
    tests: Type.Array(scenario, { minItems: 1, description: 'Each begins with an empty database.' }),
  },
  { description: 'Scenario tests of a Postern configuration.' },
)

/** A checked file, its defaults filled in. */
export type ScenarioFile = Static<typeof scenarioFile>

/** One test of a file. */
export type Scenario = ScenarioFile['tests'][number]

/** One step of a test. */
export type Step = Static<typeof step>

/** What is expected after a step. */
export type Expectation = Static<typeof expectation>

/** A mail that is expected to have been sent. */
export type SentSpec = Static<typeof sent>

/** A message that a chat is expected to show. */
export type ToldSpec = Static<typeof told>

/** A mail that arrives. */
export type MailSpec = Static<typeof mail>

/** An answer to a mail that was sent. */
export type ReplySpec = Static<typeof reply>

/** A message that a person writes in a chat. */
export type ChatSpec = Static<typeof chat>

/** What is expected of a case; lists are compared whole, `last` and `notes` as patterns. */
export type CaseSpec = Omit<Static<NonNullable<typeof expectation.properties.case>>, never>
