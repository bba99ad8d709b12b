// What the rest of the program knows of the configuration: keys named as in YAML, values ready for use (ms, bytes, absolute paths), everything read-only.
import type { RetentionConfig } from './retention-schema.ts'
import type { Rate } from '../units.ts'

/** A language that all texts for people exist in. */
export type Locale = 'en' | 'ru'

/** The whole configuration, checked, defaults filled in. Read-only; a reload makes a new one. */
export interface Config {
  /** Absolute path of the file it came from. */
  readonly file: string
  readonly name: string
  readonly hostname: string
  readonly locale: Locale
  /** As it was set, with the region where one is named (`en-US`): it says where the week begins. Default: the locale. */
  readonly language?: string
  readonly timezone: string
  /** The data directory, absolute. */
  readonly data: string
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  readonly listeners: readonly ListenerConfig[]
  readonly http: HttpConfig
  readonly database: DatabaseConfig
  readonly blobs: BlobsConfig
  readonly limits: {
    /** Bytes. */
    readonly message_size: number
    readonly recipients: number
    readonly connections: number
    /** ms. */
    readonly idle_timeout: number
    /** Bytes; already at least 1.5 times message_size. */
    readonly free_space: number
  }
  readonly intake: {
    readonly workers: number
    readonly attempts: number
    /** ms. */
    readonly parse_timeout: number
    /** Bytes. */
    readonly parse_memory: number
    /** ms. */
    readonly lease: number
    /** ms. */
    readonly hook_timeout: number
  }
  readonly outgoing: OutgoingConfig
  /** In the order of the file. */
  readonly mailboxes: ReadonlyMap<string, MailboxConfig>
  readonly agents: ReadonlyMap<string, AgentConfig>
  readonly groups: ReadonlyMap<string, GroupConfig>
  readonly budget: {
    readonly per_agent: readonly Rate[]
    readonly per_recipient: readonly Rate[]
    readonly per_domain: readonly Rate[]
    readonly total: readonly Rate[]
  }
  readonly retention: RetentionConfig
  readonly reload: { readonly allow_removal: boolean }
  readonly plugins: readonly PluginConfig[]
}

/** Where a server listens. */
export type Bind =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string; /** Permissions, e.g. 0o660. */ readonly mode: number }
  | { readonly kind: 'systemd'; /** FileDescriptorName. */ readonly name: string }

/** One place where mail is received, with the peers that may connect to it. */
export interface ListenerConfig {
  readonly protocol: 'smtp' | 'lmtp'
  readonly bind: Bind
  /** Ranges for `addressMatcher`; not asked for unix sockets. */
  readonly peers: readonly string[]
  /** PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** Where HTTP is served and how much one caller may ask. */
export interface HttpConfig {
  readonly host: string
  readonly port: number
  /** As configured, without a slash at its end; absent: made from the bound address. */
  readonly public_url?: string
  readonly trusted_proxies: readonly string[]
  /** Calls with one token. */
  readonly rate: Rate
}

/** Where the data is stored: one SQLite file, or a PostgreSQL database with the size of its pool in connections. */
export type DatabaseConfig =
  | { readonly kind: 'sqlite'; /** Absolute path. */ readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly pool: number }

/** Where raw mail lies that has left the database. */
export type BlobStorageConfig =
  | { readonly kind: 'directory'; /** Absolute path. */ readonly path: string }
  | { readonly kind: 's3'; readonly url: string; readonly region: string; readonly access_key: string; readonly secret_key: string }

/** Which raw mail leaves the database, and where to. */
export interface BlobsConfig {
  /** null: everything stays in the database. */
  readonly storage: BlobStorageConfig | null
  /** `back`: what has left comes back, and nothing leaves. */
  readonly move: 'out' | 'back'
  /** Bytes. */
  readonly larger_than: number
  /** ms, or null: none leaves any more. */
  readonly older_than: number | null
}

/** A server that takes mail from us. */
export interface MailServerConfig {
  readonly transport: 'smtp' | 'lmtp'
  readonly server: { readonly kind: 'tcp'; readonly host: string; readonly port: number } | { readonly kind: 'unix'; readonly path: string }
  /** Never other than `off` on a unix socket. */
  readonly tls: 'off' | 'opportunistic' | 'required' | 'implicit'
  /** PEM file. */
  readonly tls_ca?: string
  readonly auth?: { readonly user: string; readonly pass: string } | { readonly user: string; readonly oauth: OAuthConfig }
  readonly connections: number
  /** ms. */
  readonly connect_timeout: number
  /** ms. */
  readonly reply_timeout: number
}

/** How access tokens are fetched: by a refresh token (RFC 6749 §6). */
export interface OAuthConfig {
  readonly token_url: string
  readonly client_id: string
  readonly client_secret?: string
  readonly refresh_token: string
}

/** How mail leaves: written into a directory as files, or handed to a mail server. */
export type TransportConfig = { readonly transport: 'directory'; readonly path: string } | MailServerConfig

/** How mail is sent, how long it is tried again, and what is done where its outcome is not known. */
export interface OutgoingConfig {
  readonly transport: TransportConfig
  readonly bounce_address?: string
  /** Pauses in ms before the 2nd, 3rd ... try; the last one repeats. */
  readonly retry: readonly number[]
  /** ms. */
  readonly give_up: number
  /** ms, or null: no notice. */
  readonly delay_notice: number | null
  readonly unknown: 'resend' | 'hold'
}

/**
 * A copy of each accepted mail for the real mailbox: written in the accepting commit (`before`), or in the transaction that takes the mail
 * in (`after`).
 */
export interface CopyConfig extends MailServerConfig {
  readonly to: string
  readonly when: 'before' | 'after'
}

/** A mailbox that the gateway receives for, what its new cases begin with, and who is notified. */
export interface MailboxConfig {
  readonly id: string
  /** Lower case, domain in ASCII; so are all addresses of the config. */
  readonly address: string
  readonly aliases: readonly string[]
  readonly name: string
  readonly locale: Locale
  /** As it was set, with the region where one is named (`en-US`): it says where the week begins. Default: the locale. */
  readonly language?: string
  readonly timezone: string
  /** Ids of agents and groups, as written. */
  readonly notify: readonly string[]
  readonly assignee?: string
  readonly reply_status: 'open' | 'waiting' | 'closed'
  /** What becomes of mail into a case that is in spam. */
  readonly spam: 'silent' | 'new_case'
  /** What becomes of a customer's mail into a case that has been closed for longer than `within` (ms). */
  readonly follow_up?: { readonly within: number; readonly after: 'new_case' | 'note' | 'reopen' }
  readonly forwards: boolean
  /** Name of the template below what agents write. */
  readonly signature?: string
  /** From which of its addresses a case is answered where none is named for the case. */
  readonly from: 'mailbox' | 'as_written'
  /** Text with {{ agent.name }}, {{ agent.first_name }}, {{ mailbox.name }}. */
  readonly from_name?: string
  /** Whose Reply-To names the requester: `from` are addresses and `*@domain`. */
  readonly reply_to: { readonly from: readonly string[]; readonly own: boolean; readonly no_reply: boolean }
  readonly copy?: CopyConfig
}

/** A person who answers mail. `email` and `aliases` are the addresses by which he is known as the author of a mail. */
export interface AgentConfig {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly aliases: readonly string[]
  readonly locale: Locale
  /** As it was set, with the region where one is named (`en-US`): it says where the week begins. Default: the locale. */
  readonly language?: string
  readonly timezone: string
  /** Name of the template below what he writes, instead of the mailbox's. */
  readonly signature?: string
  readonly active: boolean
}

/** Agents that cases can be assigned to together. */
export interface GroupConfig {
  readonly id: string
  readonly name: string
  readonly members: readonly string[]
  /** Ids of the mailboxes in which members may act; all of them when the file names none. */
  readonly mailboxes: readonly string[]
}

/** One entry of the list of plugins, in the order in which their hooks are called. */
export interface PluginConfig {
  /** As written in the file. */
  readonly name: string
  /** Absolute path, for a plugin that is named by its path. */
  readonly path?: string
  /** Checked and converted by the plugin's own schema. */
  readonly settings: unknown
}
