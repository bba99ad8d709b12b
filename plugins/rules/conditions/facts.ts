// What rules may ask about: the case, the message that is the occasion, and what was noted of it at intake; read at most once.
import { domainOf, withoutTag } from '../../../core/plugin.ts'
import type { Case, Config, Hours, Message, Notice, Occasion, PosternEvent, StoredAttachment, Tx } from '../../../core/plugin.ts'
import { guessLanguage } from './language.ts'
import { fold } from './text-test.ts'
import type { Folded } from './text-test.ts'
import { otherCasesOf } from '../store.ts'

/** Kept with a message at intake: what only the raw mail says. */
export interface IntakeFacts {
  readonly auth: 'pass' | 'fail' | 'none'
  readonly spam: boolean
  /** Headers that some rule asks about, lower case; cut at 1,000 characters. */
  readonly headers: Readonly<Record<string, string>>
  /** Why no machine may answer this mail; null: it may. */
  readonly unanswerable: string | null
}

/** What all rules of one load share: the config, and the business hours by name. */
export interface RuleContext {
  readonly config: Config
  readonly hours: ReadonlyMap<string, Hours>
}

const noFacts: IntakeFacts = { auth: 'none', spam: false, headers: {}, unanswerable: null }

/** What intake said of a message; nothing is known of messages that came another way. */
export function intakeFacts(message: Message | null): IntakeFacts {
  const kept = message?.data.rules
  const noted = typeof kept === 'object' && kept !== null ? { ...noFacts, ...(kept as Partial<IntakeFacts>) } : noFacts // written by intake.ts
  return {
    ...noted,
    // What was vouched for is the form in From, not him whom its Reply-To names.
    auth: noted.auth === 'pass' && message?.data.sender !== undefined ? 'none' : noted.auth,
    // Whoever knows better than the spam filter has said so.
    spam: typeof message?.data.spam === 'boolean' ? message.data.spam : noted.spam,
  }
}

/** The facts of one moment: made anew after something changed. */
export class Facts {
  readonly tx: Tx
  readonly event: PosternEvent | null
  /** Type of the event, where only that is left of it; null: the time came. */
  readonly occasion: string | null
  readonly case: Case
  /** The message that is the occasion; for events without one, and on a schedule, the customer's last. */
  readonly message: Message | null
  readonly context: RuleContext
  /** What the last regular expression of the rule's conditions has matched; null: none has. */
  match: string | null = null
  readonly #kept = new Map<string, unknown>()
  #bound: Readonly<Record<string, unknown>> = {}

  constructor(
    tx: Tx,
    event: PosternEvent | null,
    c: Case,
    message: Message | null,
    context: RuleContext,
    occasion: string | null = event?.type ?? null,
  ) {
    this.tx = tx
    this.event = event
    this.occasion = occasion
    this.case = c
    this.message = message
    this.context = context
  }

  /** What conditions of other plugins have found, by the names of variables. */
  get bound(): Readonly<Record<string, unknown>> {
    return this.#bound
  }

  /** Keeps what one has found. */
  bind(found: Readonly<Record<string, unknown>>): void {
    this.#bound = { ...this.#bound, ...found }
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, make())
    return this.#kept.get(key) as T // put there under this key by the line above
  }

  get intake(): IntakeFacts {
    return this.#once('intake', () => intakeFacts(this.message))
  }
  get subject(): Folded {
    return this.#once('subject', () => fold(this.message?.subject ?? this.case.subject))
  }
  get body(): Folded {
    return this.#once('body', () => fold(this.message?.text ?? ''))
  }
  get sender(): Folded {
    return this.#once('sender', () => fold(this.message?.from.address ?? this.case.requester.address))
  }
  /** The sender without what stands behind a plus in his address: it is the same person's (RFC 5233). */
  get person(): string {
    return this.#once('person', () => withoutTag(this.sender.low))
  }
  get domain(): Folded {
    return this.#once('domain', () => fold(domainOf(this.sender.low)))
  }
  get language(): string {
    return this.#once(
      'language',
      () => this.case.locale ?? guessLanguage(`${this.message?.text ?? ''}\n${this.message?.subject ?? this.case.subject}`) ?? 'unknown',
    )
  }
  get recipients(): readonly Folded[] {
    return this.#once('recipients', () =>
      [...(this.message?.recipients.to ?? []), ...(this.message?.recipients.cc ?? [])].map((p) => fold(p.address)),
    )
  }
  tags(): Promise<readonly string[]> {
    return this.#once('tags', () => this.tx.cases.tags(this.case.id))
  }
  cc(): Promise<readonly { readonly address: string }[]> {
    return this.#once('cc', () => this.tx.cases.cc(this.case.id))
  }
  attachments(): Promise<readonly StoredAttachment[]> {
    return this.#once('attachments', () => (this.message ? this.tx.messages.attachments(this.message.id) : Promise.resolve([])))
  }
  notices(): Promise<readonly Notice[]> {
    return this.#once('notices', () => this.tx.notices.open(this.case.id))
  }
  /** Whether the message is the first of its case; automatic answers to it, which rules before have sent, do not count. */
  first(): boolean | Promise<boolean> {
    if (this.case.messageCount <= 1 || this.message === null) return this.case.messageCount <= 1
    const { seq } = this.message
    return this.#once('first', async () => (await this.tx.messages.last(this.case.id, 1, seq)).length === 0)
  }
  /** How many other cases the requester has had. */
  earlierCases(): Promise<number> {
    return this.#once('earlier', () => otherCasesOf(this.tx, this.case.requester.address, this.case.id))
  }
}

/** Facts for an event of a case, with its message where it has one. */
export async function factsOf(tx: Tx, event: PosternEvent, context: RuleContext): Promise<Facts | null> {
  const c = event.caseId === null ? undefined : await tx.cases.get(event.caseId)
  if (!c) return null
  const { message: id } = event.data as { readonly message?: string | null } // those events that speak of a message name it so
  const message = (typeof id === 'string' ? await tx.messages.get(id) : undefined) ?? (await lastOfCustomer(tx, c.id))
  return new Facts(tx, event, c, message, context)
}

/** Facts for a case that is looked at because of the time. */
export async function factsAt(tx: Tx, c: Case, context: RuleContext): Promise<Facts> {
  return new Facts(tx, null, c, await lastOfCustomer(tx, c.id), context)
}

/** Facts for an action that was ordered on some occasion. */
export async function factsFor(tx: Tx, c: Case, occasion: Occasion | undefined, context: RuleContext): Promise<Facts> {
  const message = occasion === undefined || occasion.messageId === null ? undefined : await tx.messages.get(occasion.messageId)
  return new Facts(tx, null, c, message?.caseId === c.id ? message : await lastOfCustomer(tx, c.id), context, occasion?.event ?? null)
}

async function lastOfCustomer(tx: Tx, caseId: string): Promise<Message | null> {
  const last = await tx.messages.last(caseId, 10)
  return last.find((m) => m.author === 'customer') ?? last[0] ?? null
}
