// The shape of a locale file.

/** A sentence with `{placeholders}`, or one for each plural form of the number in the placeholder that `count` names (Intl.PluralRules). */
export type Message = string | PluralMessage

export interface PluralMessage {
  readonly count: string
  readonly zero?: string
  readonly one?: string
  readonly two?: string
  readonly few?: string
  readonly many?: string
  readonly other: string
}

export type Messages = Readonly<Record<string, Message>>
