// One transaction and everything that may be written in it. It does no I/O besides the database.
import type { Kysely } from 'kysely'
import type { Address } from '../mail/address.ts'
import type { SafeHtml } from '../mail/safe-html.ts'
import type { Tables, ThreadKeyRow } from '../store/tables.ts'
import type { Config } from '../base/config/types.ts'
import type { Occasion } from './occasion.ts'
import type { EventType, EventTypes } from './events.ts'
import type { CaseContents } from '../store/delete-case.ts'
import type { CaseStatus } from '../store/tables.ts'
import type { Origin } from './origin.ts'
import type { Case, Mention, Message, MessageState, Note, Notice, NoticeAction, Recipients, StoredAttachment } from './model.ts'
import type { Draft, Hold } from './guard.ts'
import type { Reading } from './reading.ts'

/**
 * One transaction as hooks, actions and jobs get it. Nothing of it is seen outside before the commit; an error thrown takes all of it back.
 */
export interface Tx {
  /** One instant for everything in this transaction, ms UTC. */
  readonly now: number
  /** Who caused it. */
  readonly origin: Origin
  /** The config in force. */
  readonly config: Config
  /** For a plugin's own tables. */
  readonly db: Kysely<Tables>
  /** Questions about cases, messages and people, also as this transaction has changed them. */
  readonly read: Reading
  readonly cases: CaseRepository
  readonly messages: MessageRepository
  readonly notes: NoteBook
  readonly notices: NoticeBook
  readonly outbox: Outbox
  readonly jobs: JobBook
  readonly threads: ThreadBook
  /** Records a fact and lets every plugin hear it before the commit, breadth first, at most 8 deep. */
  emit<T extends EventType>(type: T, caseId: string | null, data: EventTypes[T]): Promise<void>
  /** Orders a named action. Throws PosternError `not_found` for an unknown name, `invalid` for wrong arguments or what the action refuses. */
  act(name: string, caseId: string | null, args: unknown, occasion?: Occasion): Promise<ActionResult>
  /**
   * Runs a part of this transaction that is done whole or not at all: where `work` throws, everything that it wrote, ordered and emitted is
   * taken back, the error is thrown on, and the transaction goes on for whoever catches it. So it is where `keeps` says no of its value,
   * which is then all that is left. It may stand inside another.
   */
  attempt<T>(work: () => Promise<T>, keeps?: (value: T) => boolean): Promise<T>
  /** Asks every plugin whether an answer may leave. */
  guard(draft: Draft): Promise<Hold | null>
  /**
   * HTML made safe to show and to send; images that came along stay as `cid:` (of `images` those named, by their Content-IDs), those on web
   * servers go. What came with the mail or the call behind this transaction was made safe beforehand, beside the event loop. Other HTML is
   * made safe here and now, 0.5 s per MB at worst, so only up to `longest` characters: null beyond.
   */
  safeHtml(html: string, options: { readonly longest: number; readonly images?: ReadonlySet<string> }): SafeHtml | null
  /** The same transaction with another cause, e.g. the rule or the agent on whose behalf something is done. */
  as(origin: Origin): Tx
  /** There in a dry run (`postern explain`, `postern replay`) only: says what was decided and why. Nothing of a dry run is kept. */
  readonly explain?: (entry: ExplainEntry) => void
}

/** One decision of a dry run. */
export interface ExplainEntry {
  readonly plugin: string
  /** route, intake, rule, receipt ... */
  readonly hook: string
  /** What was decided, in a line. */
  readonly text: string
  /** The facts behind it, for programs and for longer answers. */
  readonly data?: unknown
}

/** What an action did: a sentence for its orderer (already in his language) and data for programs. */
export interface ActionResult {
  readonly said?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** What a new case begins with; what is left out is empty, nobody, or the default named here. */
export interface NewCaseSpec {
  readonly mailbox: string
  readonly channel?: 'mail' | 'chat'
  readonly subject: string
  /** open by default; `waiting` for cases that agents begin. */
  readonly status?: CaseStatus
  readonly requester: Address
  readonly cc?: readonly Address[]
  readonly assignee?: string | null
  readonly group?: string | null
  readonly locale?: string | null
  readonly custom?: Readonly<Record<string, unknown>>
}

/** What changes of a case; what is left out stays, null empties. */
export interface CasePatch {
  readonly status?: CaseStatus
  readonly assignee?: string | null
  readonly group?: string | null
  readonly subject?: string
  readonly requester?: Address
  readonly custom?: Readonly<Record<string, unknown>>
  readonly locale?: string | null
  readonly mailbox?: string
}

/** Reads and changes cases. Every change emits its events in the same transaction; changing an unknown case throws `not_found`. */
export interface CaseRepository {
  get(id: string): Promise<Case | undefined>
  /** `#12`, `12` or the id. */
  byRef(ref: string): Promise<Case | undefined>
  /** Takes the case's lock (bumps its version) for the rest of the transaction; call before reading what you decide upon. Lock order: ids ascending. Throws `not_found`. */
  lock(id: string): Promise<Case>
  /** The same of the case in which a conversation is now: itself, or what it was merged into. Throws `not_found`. */
  lockCurrent(id: string): Promise<Case>
  /** The case in which a conversation is now, without a lock. */
  current(id: string): Promise<Case | undefined>
  /** The cases that were merged into a case and point to it. */
  merged(id: string): Promise<readonly Case[]>
  /**
   * Gives everything in the timeline of a case (messages with their files and keys, notes, notices; not its events) to another one, behind what is there and in its
   * own order, and makes it a pointer to that one: closed. So does everything that pointed to it. Emits nothing: whoever orders it tells of it.
   * Both must be locked before, by ascending id.
   */
  merge(from: string, to: string): Promise<MergedPart>
  /** Takes that back as far as it still stands there; keys are those of what goes. Emits nothing. Both must be locked before. */
  unmerge(from: string, to: string, part: MergedPart): Promise<void>
  /** Does not emit `case.created`: `messages.add` of its first message does, or `created` where there is none. */
  create(spec: NewCaseSpec): Promise<Case>
  /** Emits `case.created` for a case without a first message. */
  created(id: string): Promise<void>
  /** Changes what differs and emits one event per kind of change. */
  set(id: string, patch: CasePatch): Promise<Case>
  /**
   * Deletes a case with everything of it, for good; nothing of this transaction is kept of it but `case.deleted`. Throws `conflict` where it
   * has the tag `keep`, or mail of it may still leave.
   */
  delete(id: string): Promise<CaseContents>
  /**
   * Takes people, words, files, notes and fields out of a case; when what happened, its tags, mailbox, assignee and number stay. Refused as
   * `delete` is, and with `conflict` for one that is open or waiting or has been anonymised. Emits `case.anonymised` with the number.
   */
  anonymise(id: string): Promise<CaseContents>
  /** What that would take. */
  contents(id: string): Promise<CaseContents>
  cc(id: string): Promise<readonly Address[]>
  bcc(id: string): Promise<readonly Address[]>
  /** Makes a list exactly `people` and emits `case.people_changed` if it differs. */
  setPeople(id: string, role: 'cc' | 'bcc', people: readonly Address[]): Promise<void>
  tags(id: string): Promise<readonly string[]>
  /** Emits `case.tags_changed` for what really changed. */
  tag(id: string, change: { readonly add?: readonly string[]; readonly remove?: readonly string[] }): Promise<void>
  /** What agents have chosen about it, in alphabetical order of their ids; those who are no longer in the config too. */
  watchers(id: string): Promise<readonly Watcher[]>
  /** Changes what an agent has chosen; emits `case.followed`, `case.unfollowed`, `case.muted` or `case.unmuted` for what really changed. */
  watch(id: string, agent: string, choice: Partial<Omit<Watcher, 'agent'>>): Promise<void>
  /** kindOfOther: what `other` is to `id`, e.g. link(a, 'split-to', b, 'split-from'). */
  link(id: string, kindOfOther: string, other: string, kindOfThis: string): Promise<void>
  unlink(id: string, other: string): Promise<void>
  links(id: string): Promise<readonly { readonly caseId: string; readonly kind: string }[]>
}

/** What an agent has chosen about a case. */
export interface Watcher {
  /** Agent id. */
  readonly agent: string
  readonly follows: boolean
  /** He hears nothing of it until then (ms UTC); null, or past: he does. */
  readonly mutedUntil: number | null
}

/** What a merge has moved: kept by whoever may take it back. */
export interface MergedPart {
  /** Places in the timeline of the target: those from `offset` (exclusive) to `last` belong to what came. */
  readonly offset: number
  readonly last: number
  /** Status that the merged case had, and the one before that. */
  readonly status: CaseStatus
  readonly previousStatus: CaseStatus | null
  /** Keys that led to it. */
  readonly keys: readonly ThreadKeyRow[]
  /** Cases that pointed to it. */
  readonly pointers: readonly string[]
}

/** What a message is recorded with; what is left out is empty, null, or the default named here. Times are ms UTC. */
export interface NewMessage {
  readonly id?: string
  readonly caseId: string
  readonly author: Message['author']
  readonly from: Address
  readonly agent?: string | null
  readonly state: MessageState
  readonly kind?: string
  readonly subject: string
  readonly text: string
  readonly html?: string | null
  readonly quoted?: string
  readonly signature?: string
  readonly headerId?: string | null
  readonly inReplyTo?: readonly string[]
  readonly references?: readonly string[]
  readonly recipients: Recipients
  readonly evidence?: readonly string[]
  readonly warnings?: readonly string[]
  readonly data?: Readonly<Record<string, unknown>>
  readonly degraded?: boolean
  readonly raw?: { readonly id: string; readonly hash: string; readonly inboundId: string } | null
  readonly sentAt?: number | null
  /** When it entered the conversation; `now` by default. */
  readonly createdAt?: number
  readonly attachments?: readonly Omit<StoredAttachment, 'id' | 'messageId'>[]
}

/** Reads and changes the messages of cases. */
export interface MessageRepository {
  get(id: string): Promise<Message | undefined>
  /** In order of time. */
  list(caseId: string): Promise<readonly Message[]>
  /** In order of time, newest first; `beforeSeq`: before the message at that place of the timeline. */
  last(caseId: string, limit: number, beforeSeq?: number): Promise<readonly Message[]>
  /** Adds it and emits `message.received`, `message.sent` or `message.held` by its state (nothing for `deferred`), and `case.created` before it for the first message. */
  add(message: NewMessage): Promise<Message>
  /** Changes a message; a change of state emits as `add` does. `attachments`: the whole list from then on, of one that has not left. */
  update(
    id: string,
    patch: {
      readonly state?: MessageState
      readonly data?: Readonly<Record<string, unknown>>
      readonly caseId?: string
      readonly sentAt?: number
      readonly recipients?: Recipients
      readonly subject?: string
      readonly text?: string
      readonly html?: string | null
      /** What stood below the words when it left. */
      readonly signature?: string
      readonly headerId?: string
      readonly attachments?: NewMessage['attachments']
    },
  ): Promise<Message>
  /**
   * A mail that could not be read when it came (`degraded`) has been read: its message gets the words and files and keeps its id and place.
   * Emits what `add` does, with `case.created` where it is still the only message. Throws `conflict` for any other message.
   */
  reread(id: string, message: NewMessage): Promise<Message>
  /**
   * A mail that was taken for an agent's and is the only message of its case is a customer's, from whoever wrote it: it keeps its id, place,
   * words and files. Emits `case.created` and `message.received`. Throws `conflict` for any other message.
   */
  recast(id: string, as: { readonly evidence: readonly string[] }): Promise<Message>
  /**
   * Puts a message into another case, with its files and every key that leads later mail to it; both cases are counted anew. What is
   * asked about a held answer (its open notices) goes along. Emits
   * `message.moved` in the new one and nothing else. `place`: its number in that timeline, for putting it back where it stood; default: the next.
   */
  move(id: string, toCaseId: string, place?: number): Promise<Message>
  /** Takes a message that never left (held or deferred) out of the conversation, with its files. Emits nothing. Throws `gone` for any other. */
  remove(id: string): Promise<void>
  attachments(messageId: string): Promise<readonly StoredAttachment[]>
  attachment(id: string): Promise<StoredAttachment | undefined>
  /** The same raw mail, by whatever way it came. */
  withRaw(hash: string): Promise<readonly Message[]>
  /** Stores uploaded bytes as a blob and answers how to refer to them. */
  putBlob(bytes: Uint8Array): Promise<{ readonly id: string; readonly start: number; readonly end: number; readonly encoding: 'identity' }>
}

/** What an internal note is recorded with. Times are ms UTC. */
export interface NewNote {
  readonly caseId: string
  readonly text: string
  /** Default `note`. */
  readonly kind?: string
  /** Default: the origin's agent, else Postern itself. */
  readonly author?: { readonly kind: 'agent' | 'system' | 'customer'; readonly agent?: string }
  readonly mentions?: readonly Mention[]
  readonly data?: Readonly<Record<string, unknown>>
  readonly messageId?: string | null
  /** When it counts as written; `now` by default. */
  readonly createdAt?: number
}

/** Reads and writes internal notes. */
export interface NoteBook {
  /** Emits `note.added`. */
  add(note: NewNote): Promise<Note>
  get(id: string): Promise<Note | undefined>
  list(caseId: string): Promise<readonly Note[]>
  /** Puts a note into another case, behind what is there. Emits nothing. */
  move(id: string, toCaseId: string): Promise<Note>
  /** Changes the words and facts of a note that speaks of a state of things; nobody is told again. */
  update(id: string, patch: { readonly text?: string; readonly data?: Readonly<Record<string, unknown>> }): Promise<Note>
}

/** What a notice is raised with; `expiresAt` in ms UTC, null: it stays until it is resolved. */
export interface NewNotice {
  readonly caseId: string
  readonly kind: string
  readonly messageId?: string | null
  readonly data?: Readonly<Record<string, unknown>>
  readonly actions?: readonly NoticeAction[]
  readonly expiresAt?: number | null
}

/** Reads, raises and ends notices. */
export interface NoticeBook {
  /** Emits `notice.raised`. */
  raise(notice: NewNotice): Promise<Notice>
  get(id: string): Promise<Notice | undefined>
  open(caseId: string, kind?: string): Promise<readonly Notice[]>
  list(caseId: string): Promise<readonly Notice[]>
  /** Ends an open notice and emits `notice.resolved`; undefined where it had ended before. */
  resolve(
    id: string,
    end: { readonly state: 'taken' | 'dismissed' | 'overtaken' | 'expired'; readonly action?: string },
  ): Promise<Notice | undefined>
  /** Puts a notice into another case, open or not, behind what is there. Emits nothing. */
  move(id: string, toCaseId: string): Promise<Notice>
  /** Opens an ended notice again (undo). */
  reopen(id: string): Promise<Notice | undefined>
}

/** A mail to be sent. Bytes, Message-ID and envelope are fixed when it is ordered; every attempt sends the same. */
export interface Letter {
  /** The case it speaks of; null for mails to admins. */
  readonly case: Case | null
  /** The message of the timeline that it carries, where there is one. */
  readonly messageId?: string | null
  readonly kind: 'reply' | 'notification' | 'receipt' | 'rule' | 'transcript' | 'notice' | 'forward' | 'alarm'
  readonly from: Address
  readonly to: readonly Address[]
  readonly cc?: readonly Address[]
  /** Envelope only; never a header. */
  readonly bcc?: readonly Address[]
  /** Whom an answer to this mail proves: the agent (id) for notifications, the customer (address) for replies. Makes the signed Reply-To. */
  readonly replyAs:
    { readonly purpose: 'agent'; readonly agent: string } | { readonly purpose: 'customer'; readonly address: string } | null
  readonly subject: string
  readonly text: string
  /** What stands in the body of the HTML document, which is made around it: safe, balanced, readable on a light and a dark ground. */
  readonly html?: string
  /** Language of the words (BCP 47); that of the case, else of the mailbox by default. */
  readonly language?: string
  readonly attachments?: readonly LetterAttachment[]
  /** Message-ID of the mail that it answers, and what stood in that one's References. */
  readonly inReplyTo?: string | null
  readonly references?: readonly string[]
  /** Automatic mail carries the loop headers and draws on the budget. */
  readonly automatic?: 'auto-replied' | 'auto-generated'
  /**
   * The only recipient is who wrote the mail that it answers, and our own server vouches for that: what strangers can make us send does not
   * count against it, and the other way round.
   */
  readonly vouched?: boolean
  /** `bounce` (default): a signed return path, so that a bounce finds this mail; `null`: the null reverse-path (RFC 3834 §3.3). */
  readonly returnPath?: 'bounce' | 'null'
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** A file that goes along with an outgoing mail, by reference to stored bytes. */
export interface LetterAttachment {
  readonly filename: string
  readonly contentType: string
  /** Decoded size. */
  readonly sizeBytes: number
  readonly contentId?: string | null
  readonly inline?: boolean
  readonly blob: NonNullable<StoredAttachment['blob']>
}

/** Whether a mail was written to the outbox: with its row and Message-ID (without angle brackets), or why not. */
export type SendOutcome =
  | { readonly sent: true; readonly outboxId: string; readonly headerId: string }
  | {
      readonly sent: false
      readonly reason: string
      /** When its budget is free again (ms UTC), of a vouched mail that is over it. */ readonly freeAt?: number
    }

/** Orders mail. What is ordered leaves after the commit; the outcome for each recipient comes as an event. */
export interface Outbox {
  /** Writes the outbox row. Automatic mail over its budget, to a suppressed address or to one of our own is refused with the reason; nothing else is. A vouched one that is over its budget is not counted as refused: who orders it may put it off. */
  send(letter: Letter): Promise<SendOutcome>
  /** No automatic mail to this address until then (ms UTC), e.g. after a hard bounce. */
  suppress(address: string, reason: string, until: number): Promise<void>
  /** To whom a mail went, as their addresses were written; empty for an unknown row. */
  recipientsOf(outboxId: string): Promise<readonly string[]>
  /** reply, notification, receipt ...; undefined for an unknown row. */
  kindOf(outboxId: string): Promise<string | undefined>
  /** Tries again now what failed, waits or is unknown; how many recipients. */
  retry(outboxId: string): Promise<number>
  /** Takes back what has not begun to leave. The number of recipients for whom it came in time. */
  cancel(outboxId: string): Promise<number>
}

/** Orders durable work, which runs after the commit at `runAt` (ms UTC) or later, at least once. */
export interface JobBook {
  /** The same key moves the job. `kind` must be one of the calling plugin's jobs, written `<plugin>.<job>`. */
  put(kind: string, key: string, runAt: number, payload: unknown): Promise<void>
  /** Whether there was one. */
  drop(key: string): Promise<boolean>
  /** Whether an accepted mail of this mailbox still waits to be taken in. */
  mailWaiting(mailbox: string): Promise<boolean>
}

/** The keys by which later mail finds its case: reply tokens, our own Message-IDs, and those of strangers. */
export interface ThreadBook {
  find(kind: 'token' | 'own' | 'foreign', keys: readonly string[]): Promise<readonly ThreadKeyRow[]>
  /** Whether a mail of this mailbox ever was one of the case's: it was there before it was moved or merged. */
  leadsFrom(mailbox: string, caseId: string): Promise<boolean>
  put(kind: 'foreign', key: string, message: Pick<Message, 'id' | 'caseId'>, mailbox: string): Promise<void>
  /** Every key of a message leads to another case from now on. */
  repoint(messageId: string, toCaseId: string): Promise<void>
  /** Every key that leads to a case leads to another one from now on (its last message has left it). */
  repointCase(fromCaseId: string, toCaseId: string): Promise<void>
}
