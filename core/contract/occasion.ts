// What a rule heard when it ordered something.

/** What was heard when something was ordered: a message of the case, and the type of the event; null: the time came. */
export interface Occasion {
  readonly messageId: string | null
  readonly event: string | null
}
