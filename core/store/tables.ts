// The tables, as Kysely sees them. Portable subset: times are integer ms UTC, booleans 0/1, JSON is text, ids are UUIDv7 text.
import type { Generated, Selectable, Transaction } from 'kysely'
import type { PluginTables } from './plugin-tables.ts'
import type { StorageKind } from './storage/storage.ts'
import type { ApiExternalIdTable, ApiIdempotencyTable, ApiTokenTable, ApiUploadTable } from './api-tables.ts'

/** All tables. Plugins add theirs to `PluginTables`, those of this repository here. */
export interface Tables extends PluginTables {
  meta: MetaTable
  counters: CounterTable
  blobs: BlobTable
  blob_places: BlobPlaceTable
  inbound: InboundTable
  cases: CaseTable
  case_people: CasePersonTable
  case_tags: CaseTagTable
  case_watchers: CaseWatcherTable
  case_links: CaseLinkTable
  messages: MessageTable
  attachments: AttachmentTable
  thread_keys: ThreadKeyTable
  notes: NoteTable
  notices: NoticeTable
  events: EventTable
  jobs: JobTable
  outbox: OutboxTable
  outbox_recipients: OutboxRecipientTable
  sent_automatic: SentAutomaticTable
  suppressions: SuppressionTable
  crons: CronTable
  api_tokens: ApiTokenTable
  api_idempotency: ApiIdempotencyTable
  api_uploads: ApiUploadTable
  api_external_ids: ApiExternalIdTable
}

/** Facts about this database: instance id, token keys, schema owner. */
export interface MetaTable {
  key: string
  value: string
}

/** Numbers people read (case numbers) and the position of the last numbered event. Never a cursor by themselves. */
export interface CounterTable {
  name: string
  value: number
}

/** Bytes: raw mail and uploaded attachments. */
export interface BlobTable {
  id: string
  bytes: Uint8Array
  size: number
  sha256: string
  created_at: number
}

/** Blobs whose bytes lie outside; their rows in `blobs` stay, with no bytes. */
export interface BlobPlaceTable {
  blob_id: string
  storage: StorageKind
  /** Key of the object there. */
  object: string
  /** null: it is being put, and the database still has the bytes. */
  moved_at: number | null
  /** The blob is gone or has come back: the object has still to be removed, then this row. */
  removed_at: number | null
}

/** Where an accepted mail stands: `parked` waits for an admin, `dropped` was dropped by a plugin or an admin. */
export type InboundState = 'queued' | 'done' | 'parked' | 'dropped'

/** One accepted message for one recipient. Unique by (hash, mail_from, rcpt), so that a retry after a lost 250 creates nothing. */
export interface InboundTable {
  id: string
  /** null once `retention` or `forget` has removed the bytes. */
  raw_id: string | null
  hash: string
  mail_from: string
  rcpt: string
  mailbox: string
  peer: string
  helo: string
  protocol: string
  smtputf8: number
  size: number
  received_at: number
  state: InboundState
  /** What became of it: case | reply | bounce | auto-reply | duplicate | dropped:<why> ... */
  outcome: string | null
  case_id: string | null
  message_id: string | null
  error: string | null
  updated_at: number
}

/** Where a case stands; `waiting` is for the customer's answer. */
export type CaseStatus = 'open' | 'waiting' | 'closed' | 'spam' | 'trash'

/** Cases; a row changes only in a transaction that has bumped its version. */
export interface CaseTable {
  id: string
  number: number
  mailbox: string
  channel: string
  subject: string
  status: CaseStatus
  /** The status before the last change, for those who want to put it back. */
  previous_status: CaseStatus | null
  assignee: string | null
  group_id: string | null
  requester_address: string
  requester_name: string
  locale: string | null
  /** Custom fields, a JSON object. */
  custom: string
  /** Bumped first by every transaction that changes the case: a row lock on PostgreSQL, the optimistic version for the API. */
  version: number
  /** Last number given to an event of this case. */
  seq: number
  /** Who began it: customer | agent | api | rule. */
  origin: string
  message_count: number
  created_at: number
  updated_at: number
  status_at: number
  last_customer_at: number | null
  last_agent_at: number | null
  /** The case that it was merged into, and to which it points; null: it stands for itself. */
  merged_into: string | null
}

/** What an agent has chosen about a case; no row where he has chosen nothing. */
export interface CaseWatcherTable {
  case_id: string
  /** Agent id. */
  agent: string
  /** 1: he follows it. */
  follows: number
  /** He hears nothing of it until then; null, or past: he does. */
  muted_until: number | null
}

/** People in copy of a case; an address stands once in a case, in lower case. */
export interface CasePersonTable {
  case_id: string
  address: string
  name: string
  role: 'cc' | 'bcc'
  added_at: number
}

/** Tags of cases, each once in a case. */
export interface CaseTagTable {
  case_id: string
  tag: string
}

/** kind: split-from | split-to | same-message | follows | followed-by | merged | merged-into | related | part-of | part. */
export interface CaseLinkTable {
  case_id: string
  other_id: string
  kind: string
  created_at: number
}

/** Messages of cases: received, sent, and those that wait. */
export interface MessageTable {
  id: string
  case_id: string
  seq: number
  /** Who wrote it: customer (anybody outside) | agent | system (rules, receipts). */
  author: 'customer' | 'agent' | 'system'
  author_address: string
  author_name: string
  agent: string | null
  /** received | sent | held | deferred | cancelled | failed. */
  state: string
  kind: string
  subject: string
  /** The author's new words. */
  text: string
  /** The HTML of the new words, not sanitised: sanitise at display time. */
  html: string | null
  quoted: string
  signature: string
  /** Message-ID without angle brackets, lower risk of collisions is not assumed: not unique. */
  header_id: string | null
  in_reply_to: string
  reference_ids: string
  /** {from, to, cc, replyTo, bcc}: lists of {address, name}. */
  recipients: string
  /** JSON list of strings: what decided on `kind`. */
  evidence: string
  warnings: string
  /** JSON object: what plugins store with the message (recipient diff, bounce, forward ...). */
  data: string
  degraded: number
  raw_id: string | null
  raw_hash: string | null
  inbound_id: string | null
  sent_at: number | null
  created_at: number
}

/** A file of a message: a range of bytes inside a blob (the raw mail, or an upload) and how they are encoded there. */
export interface AttachmentTable {
  id: string
  message_id: string
  position: number
  filename: string
  content_type: string
  size: number
  content_id: string | null
  inline: number
  blob_id: string | null
  start_at: number
  end_at: number
  encoding: string
}

/** What leads a later mail into its case: kind is token (ref of a signed token), own (our Message-ID), foreign (somebody else's Message-ID). */
export interface ThreadKeyTable {
  kind: 'token' | 'own' | 'foreign'
  key: string
  case_id: string
  mailbox: string
  message_id: string | null
  /** token and own: customer | agent | bounce. */
  purpose: string | null
  /** Agent id or customer address to which the mail with this key went. */
  recipient: string | null
  outbox_id: string | null
  created_at: number
  expires_at: number | null
}

/** Internal notes. */
export interface NoteTable {
  id: string
  case_id: string
  seq: number
  /** agent | system | customer (a mail kept as a note because it was not authenticated). */
  author: string
  agent: string | null
  kind: string
  text: string
  /** JSON list of {kind: agent|group, id}. */
  mentions: string
  data: string
  message_id: string | null
  created_at: number
}

/** Notices for agents; a row leaves `open` once, unless it is opened again. */
export interface NoticeTable {
  id: string
  case_id: string
  seq: number
  message_id: string | null
  kind: string
  /** JSON object: the facts, from which the text is made in each reader's language. */
  data: string
  /** JSON list of {action, args, label}. */
  actions: string
  state: 'open' | 'taken' | 'dismissed' | 'overtaken' | 'expired'
  taken_action: string | null
  resolved_by: string | null
  created_at: number
  resolved_at: number | null
  expires_at: number | null
}

/** Events: written once, never changed but for `position`. */
export interface EventTable {
  id: string
  /** Given after the commit, in one order, without gaps; null until then. The cursor of GET /v1/events. */
  position: number | null
  case_id: string | null
  case_seq: number | null
  mailbox: string | null
  type: string
  data: string
  /** JSON of the Origin. */
  origin: string
  depth: number
  created_at: number
}

/** Work at a time; a row is deleted in the transaction that does the work. */
export interface JobTable {
  id: string
  kind: string
  /** Unique: `put` with the same key moves the job, `drop` cancels it. */
  key: string
  run_at: number
  payload: string
  state: 'ready' | 'running' | 'parked'
  attempts: number
  /** How often a lease ran out without an answer (the process died): 3 parks the job. */
  lost: number
  /** Of one that was lost before: whether its work had begun when the lease was last taken, 0 or 1. */
  begun: Generated<number>
  /** Fencing token: the attempt that holds the lease. */
  token: number
  locked_until: number
  error: string | null
  created_at: number
}

/** Outgoing mails: bytes and envelope, never changed after the commit. */
export interface OutboxTable {
  id: string
  case_id: string | null
  message_id: string | null
  /** reply | notification | receipt | rule | transcript | notice | copy | alarm. */
  kind: string
  /** Name of the transport: `default`, or `copy:<mailbox id>`. */
  transport: string
  envelope_from: string
  envid: string
  header_id: string
  subject: string
  /** JSON list of Segments: the final bytes, attachments by reference. */
  segments: string
  size: number
  smtputf8: number
  automatic: number
  created_at: number
}

/** Where a mail stands for one recipient; `held` waits for a person. */
export type SendState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown' | 'held' | 'cancelled'

/** Recipients of outgoing mails, each with its own tries and outcome. */
export interface OutboxRecipientTable {
  id: string
  outbox_id: string
  /** As in its outbox row: claims are made per transport. */
  transport: string
  address: string
  /** unknown: the connection broke behind the final dot; due again at next_at, or never without a decision. */
  state: SendState
  /** Attempts that counted. */
  attempts: number
  next_at: number
  lease_until: number
  /** Fencing token: the attempt that holds the lease. */
  token: number
  resends: number
  delay_noticed: number
  first_attempt_at: number | null
  reply: string | null
  status: string | null
  updated_at: number
  created_at: number
}

/** Automatic mails that left, for the budget: pruned after a day. */
export interface SentAutomaticTable {
  id: string
  /** In lower case, without a plus-tag. */
  recipient: string
  domain: string
  kind: string
  sent_at: number
}

/** Addresses that get no automatic mail for a while (hard bounces). */
export interface SuppressionTable {
  address: string
  reason: string
  until: number
  created_at: number
}

/** Last tick of each recurring work, claimed by compare-and-set. */
export interface CronTable {
  name: string
  last_at: number
  next_at: number
}

/** A case as it is read. */
export type CaseRow = Selectable<CaseTable>

/** A message as it is read, without its files. */
export type MessageRow = Selectable<MessageTable>

/** A file of a message as it is read, without its bytes. */
export type AttachmentRow = Selectable<AttachmentTable>

/** A note as it is read. */
export type NoteRow = Selectable<NoteTable>

/** A notice as it is read. */
export type NoticeRow = Selectable<NoticeTable>

/** An event as it is read. */
export type EventRow = Selectable<EventTable>

/** A job as it is read. */
export type JobRow = Selectable<JobTable>

/** An accepted mail as it is read, without its bytes. */
export type InboundRow = Selectable<InboundTable>

/** An outgoing mail as it is read, without its recipients. */
export type OutboxRow = Selectable<OutboxTable>

/** A recipient of an outgoing mail as it is read. */
export type OutboxRecipientRow = Selectable<OutboxRecipientTable>

/** A key that leads later mail to a case, as it is read. */
export type ThreadKeyRow = Selectable<ThreadKeyTable>

/** A transaction of the store; plugins get the `Tx` of the contract instead. */
export type Tx = Transaction<Tables>

/** A suppressed address as it is read. */
export type SuppressionRow = Selectable<SuppressionTable>
