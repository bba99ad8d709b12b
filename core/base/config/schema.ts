// The schema of config/postern.yaml: every key with its meaning and its default. What plugins need under `plugins` they bring themselves.
import Type from 'typebox'
import type { Static } from 'typebox'
import { retention } from './retention-schema.ts'
import { address, cidr, duration, durationOrOff, filePath, idOf, patternWords, rate, secret, size, webUrl, zone } from '../formats.ts'
import { blobs } from './blobs-schema.ts'
import { agent, group, line, locale, signature } from './people-schema.ts'
import { replyTo, senderKeys } from './reply-to-schema.ts'
import { followUp } from './follow-up.ts'

/** Ids of mailboxes, agents and groups. */
const idPattern = '^[a-z0-9][a-z0-9_-]{0,63}$'

/** The plugins that run when the file does not list any. */
export const defaultPlugins: readonly string[] = [
  'desk',
  'forwards',
  'threading',
  'bounces',
  'agent-reply',
  'recipients',
  'merging',
  'rules',
  'scheduler',
  'links',
  'notify',
]

const ids = Type.String({ pattern: idPattern })
const hostPattern = {
  pattern: String.raw`^([A-Za-z0-9:]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?|::)$`,
  [patternWords]: 'a host name or an address',
}
const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65535, description })
const count = (description: string, value: number, minimum = 1, maximum = 1_000_000) =>
  Type.Integer({ minimum, maximum, default: value, description })

/** How to reach a server that takes mail; shared by `outgoing` and `copy`. */
const server = {
  host: Type.Optional(Type.String({ ...hostPattern, description: 'Host of the server.' })),
  port: Type.Optional(port('Port of the server; default 25 for smtp, 24 for lmtp.')),
  path: Type.Optional(
    filePath({
      from: 'data',
      description:
        'With `transport: lmtp`, a unix socket instead of host and port; with `transport: directory`, the folder. A relative path is relative to the data directory.',
    }),
  ),
  tls: Type.Union([Type.Literal('off'), Type.Literal('opportunistic'), Type.Literal('required'), Type.Literal('implicit')], {
    default: 'opportunistic',
    description:
      'Encryption: opportunistic uses STARTTLS where it is offered and does not check the certificate; required and implicit (TLS from the first byte, port 465) check it.',
  }),
  tls_ca: Type.Optional(
    filePath({ description: 'PEM file of the authority that signed the certificate of the server, when it is your own.' }),
  ),
  auth: Type.Optional(
    Type.Object(
      {
        user: Type.String({ ...line, description: 'User name.' }),
        pass: Type.Optional(secret({ description: 'Password; better from outside: ${SMTP_PASSWORD} or ${file:smtp-password}.' })),
        oauth: Type.Optional(
          Type.Object(
            {
              token_url: webUrl({
                description: 'Where access tokens are fetched, e.g. https://oauth2.googleapis.com/token; an https address.',
              }),
              client_id: Type.String({ ...line, description: 'Client id of the application that you registered there.' }),
              client_secret: Type.Optional(secret({ description: 'Its secret, where it has one.' })),
              refresh_token: secret({ description: 'The refresh token that was given out for this user.' }),
            },
            { description: 'Instead of a password: log in by OAuth 2.0 (XOAUTH2), as Google and Microsoft ask for.' },
          ),
        ),
      },
      { description: 'Log in to the server (SMTP AUTH); not with `tls: opportunistic`.' },
    ),
  ),
  connections: count('Connections at a time.', 5, 1, 100),
  connect_timeout: duration({ default: '10s', min: 100, max: 300_000, description: 'Longest wait for the connection and its greeting.' }),
  reply_timeout: duration({
    default: '2m',
    min: 100,
    max: 1_200_000,
    description: 'Longest wait for an answer of the server (the one after the message may take five times as long).',
  }),
}

const listener = Type.Object(
  {
    protocol: Type.Union([Type.Literal('smtp'), Type.Literal('lmtp')], { description: 'smtp or lmtp.' }),
    host: Type.String({ ...hostPattern, default: '127.0.0.1', description: 'Address to listen on.' }),
    port: Type.Optional(port('Port to listen on; 0 takes a free one. Exactly one of `port`, `path` and `socket`.')),
    path: Type.Optional(filePath({ from: 'data', description: 'Unix socket to listen on; relative to the data directory.' })),
    mode: Type.String({
      pattern: '^0?[0-7]{3}$',
      [patternWords]: 'permissions such as "0660"',
      default: '0660',
      description: 'Permissions of the unix socket; in quotes.',
    }),
    socket: Type.Optional(Type.String({ ...line, description: 'Name of a socket handed over by systemd (FileDescriptorName=).' })),
    peers: Type.Array(cidr({ description: 'An address or a range.' }), {
      default: ['127.0.0.0/8', '::1'],
      description: 'Who may speak to this listener; everybody else is turned away. Unix sockets are guarded by their permissions instead.',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          cert: filePath({ description: 'PEM file with the certificate chain.' }),
          key: filePath({ description: 'PEM file with the private key.' }),
        },
        { description: 'Offer STARTTLS with this certificate.' },
      ),
    ),
  },
  { description: 'One place where mail is taken in.' },
)

const mailbox = Type.Object(
  {
    address: address({ description: 'Address of the mailbox; customers write to it, and answers come from it.' }),
    aliases: Type.Array(address({ description: 'An address.' }), { default: [], description: 'Further addresses of the mailbox.' }),
    name: Type.Optional(Type.String({ ...line, description: 'Name that customers see beside the address; default: the id.' })),
    locale: Type.Optional(Type.Union(locale, { description: 'Language of what customers get; default: the top-level locale.' })),
    timezone: Type.Optional(zone({ description: 'Time zone of what customers get; default: the top-level timezone.' })),
    notify: Type.Array(idOf('people', { description: 'Id of an agent or of a group.' }), {
      default: [],
      description: 'Agents and groups that are told about mail in cases without an assignee.',
    }),
    assignee: Type.Optional(idOf('agent', { description: 'Agent who gets new cases.' })),
    reply_status: Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')], {
      default: 'waiting',
      description: 'Status of a case after an agent has answered by mail.',
    }),
    signature: Type.Optional(signature('Template (of the plugin rules) that stands below the answers that agents write from here.')),
    spam: Type.Union([Type.Literal('silent'), Type.Literal('new_case')], {
      default: 'silent',
      description:
        "A customer's mail into a case in spam. silent: it is kept there and nobody is told; new_case: it makes a new case, linked to the one in spam.",
    }),
    follow_up: Type.Optional(followUp),
    forwards: Type.Boolean({
      default: false,
      description: 'A mail that an agent forwards to this mailbox makes a case in the name of its original sender.',
    }),
    ...senderKeys,
    reply_to: replyTo,
    copy: Type.Optional(
      Type.Object(
        {
          transport: Type.Union([Type.Literal('smtp'), Type.Literal('lmtp')], { description: 'smtp or lmtp.' }),
          to: Type.Optional(address({ description: 'Address the copy goes to; default: the address of the mailbox.' })),
          when: Type.Union([Type.Literal('before'), Type.Literal('after')], {
            default: 'after',
            description: 'before: as soon as the mail is accepted; after: when it has been taken into its case.',
          }),
          ...server,
        },
        { description: 'A copy of every accepted mail, unchanged, into a real mailbox.' },
      ),
    ),
  },
  { description: 'A mailbox.' },
)

/** Everything but the settings of plugins. */
export const ConfigSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
      [patternWords]: 'lower-case letters, digits and -, at most 32',
      default: 'postern',
      description:
        "Name of this instance, in its tokens, loop header and Message-IDs. Two instances that may see each other's mail need two names; do not change it later.",
    }),
    hostname: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$',
        [patternWords]: 'a host name',
        description: 'Host name in greetings and on the right side of Message-IDs; default: that of the machine.',
      }),
    ),
    locale: Type.Union(locale, { default: 'en', description: 'Language where nothing nearer says otherwise.' }),
    timezone: zone({ default: 'UTC', description: 'IANA time zone where nothing nearer says otherwise.' }),
    data: filePath({
      default: '../data',
      description: 'Directory for everything that Postern writes; relative to the folder of this file. Made when it is missing.',
    }),
    log: Type.Object(
      {
        level: Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')], {
          default: 'info',
          description: 'Least level that is logged, to standard output as JSON lines.',
        }),
      },
      { default: {}, description: 'Logs.' },
    ),
    listeners: Type.Array(listener, {
      default: [
        { protocol: 'smtp', port: 2525 },
        { protocol: 'lmtp', port: 2424 },
      ],
      maxItems: 100,
      description: 'Where mail comes in.',
    }),
    http: Type.Object(
      {
        host: Type.String({ ...hostPattern, default: '127.0.0.1', description: 'Address to listen on.' }),
        port: Type.Integer({ minimum: 0, maximum: 65535, default: 8025, description: 'Port to listen on; 0 takes a free one.' }),
        public_url: Type.Optional(
          webUrl({ description: 'Address under which people reach it, for links in mails; default: http://host:port.' }),
        ),
        trusted_proxies: Type.Array(cidr({ description: 'An address or a range.' }), {
          default: [],
          description: 'Reverse proxies whose X-Forwarded-* headers are believed.',
        }),
        rate: rate({ default: '1000/10s', description: 'Calls of the API with one token; above it they are answered with 429.' }),
      },
      { default: {}, description: 'API, pages behind the links in mails, /healthz, /readyz and /metrics.' },
    ),
    database: Type.Object(
      {
        sqlite: Type.Optional(
          filePath({ from: 'data', description: 'File of the SQLite database; relative to the data directory. Default: postern.db.' }),
        ),
        postgres: Type.Optional(
          secret({ description: 'Or: URL of a PostgreSQL database (15 or newer), postgres://user:password@host:5432/postern.' }),
        ),
        pool: count('Connections to PostgreSQL.', 10, 1, 100),
      },
      { default: {}, description: 'Exactly one database.' },
    ),
    blobs,
    limits: Type.Object(
      {
        message_size: size({
          default: '25MB',
          min: 64_000,
          max: 500_000_000,
          description: 'Largest mail that is accepted; not below the message_size_limit of the MTA in front.',
        }),
        recipients: count('Recipients of one mail in one SMTP session.', 100, 1, 10_000),
        connections: count(
          'Connections at a time, per listener; one address holds three quarters of them at most. Where none is left, a peer that keeps us waiting for 10 s gives its own up.',
          100,
          1,
          10_000,
        ),
        idle_timeout: duration({
          default: '5m',
          min: 100,
          max: 3_600_000,
          description:
            'A peer that takes so long for a command, or falls so far behind 500 octets a second in a message, is cut off (RFC 5321 §4.5.3.2).',
        }),
        free_space: size({
          default: '200MiB',
          description: 'With less free space than this (or than 1.5 times message_size) mail is deferred with 452.',
        }),
      },
      { default: {}, description: 'Limits of accepting.' },
    ),
    intake: Type.Object(
      {
        workers: count('Mails taken in at a time.', 4, 1, 64),
        attempts: count('Tries before a mail is parked for a person to look at; it is never dropped.', 10, 1, 1000),
        parse_timeout: duration({
          default: '5s',
          min: 100,
          max: 60_000,
          description: 'Most processor time for parsing one mail; over it three times, minutes apart, it is shown unparsed.',
        }),
        parse_memory: size({
          default: '256MiB',
          min: 32 * 1024 ** 2,
          max: 4 * 1024 ** 3,
          description: 'Memory for parsing one mail; over it three times, minutes apart, it is shown unparsed.',
        }),
        lease: duration({
          default: '5m',
          min: 10_000,
          max: 3_600_000,
          description: 'After this time without a sign of life the jobs and mails that a node held are taken over by others.',
        }),
        hook_timeout: duration({ default: '10s', min: 100, max: 300_000, description: 'Longest time for one hook of one plugin.' }),
      },
      { default: {}, description: 'Taking accepted mail into cases.' },
    ),
    outgoing: Type.Object(
      {
        transport: Type.Union([Type.Literal('directory'), Type.Literal('smtp'), Type.Literal('lmtp')], {
          default: 'directory',
          description: 'directory writes each mail to a file, for trying out; smtp sends through your MTA.',
        }),
        ...server,
        bounce_address: Type.Optional(
          address({
            description:
              'Envelope sender, which bounces come back to; a token is added to it as a plus tag, and its mail has to reach Postern. Default: the address of the mailbox.',
          }),
        ),
        retry: Type.Array(duration({ min: 1000, description: 'A pause.' }), {
          minItems: 1,
          maxItems: 50,
          default: ['1m', '5m', '15m', '30m', '1h', '2h', '4h'],
          description: 'Pauses between tries, each varied by 20 %; the last one repeats.',
        }),
        give_up: duration({ default: '5d', min: 60_000, description: 'When a mail that could not be sent counts as failed.' }),
        delay_notice: durationOrOff({
          default: '4h',
          min: 60_000,
          description: 'When agents are told that a mail is still waiting; or off.',
        }),
        unknown: Type.Union([Type.Literal('resend'), Type.Literal('hold')], {
          default: 'resend',
          description:
            'When the connection broke after the message and before the answer: resend it once (it may arrive twice) or hold it for a person to decide.',
        }),
      },
      { default: {}, description: 'Where mail leaves.' },
    ),
    mailboxes: Type.Record(ids, mailbox, { default: {}, description: 'Mailboxes by id.' }),
    agents: Type.Record(ids, agent, { default: {}, description: 'Agents by id.' }),
    groups: Type.Record(ids, group, { default: {}, description: 'Groups of agents by id; an id is either an agent or a group.' }),
    budget: Type.Object(
      {
        per_agent: Type.Array(rate({ description: 'A rate.' }), {
          default: ['600/10m', '5000/1d'],
          description: 'Notifications to one agent; all of the rates hold.',
        }),
        per_recipient: Type.Array(rate({ description: 'A rate.' }), {
          default: ['10/10m', '15/30m', '25/1h', '50/3h', '100/10h'],
          description: 'Automatic mails to one address outside; all of the rates hold.',
        }),
        per_domain: Type.Array(rate({ description: 'A rate.' }), {
          default: ['5/1m'],
          description: 'Automatic mails to the addresses of one domain; agents are not counted here.',
        }),
        total: Type.Array(rate({ description: 'A rate.' }), {
          default: ['500/1h'],
          description: 'Automatic mails in all; agents are not counted here.',
        }),
      },
      { default: {}, description: 'How many mails may be sent that no person has written: receipts, notifications, rules, error notices.' },
    ),
    retention,
    reload: Type.Object(
      {
        allow_removal: Type.Boolean({
          default: false,
          description:
            'true: a start or a reload may take away mailboxes, addresses, plugins and agents with open cases. false: it is refused, unless `postern reload --remove NAME` confirms it.',
        }),
      },
      { default: {}, description: 'What a changed file may do.' },
    ),
    plugins: Type.Array(Type.Unknown(), {
      default: defaultPlugins,
      maxItems: 200,
      description:
        'Plugins in the order in which they run: a name, or a name with settings. ./path (relative to this file), /path or the name of a package for your own.',
    }),
  },
  { description: 'Configuration of Postern.' },
)

/** A config as checked and converted, before it is put together. */
export type CheckedConfig = Static<typeof ConfigSchema>
