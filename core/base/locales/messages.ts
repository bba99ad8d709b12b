// The shape of a locale file.

/** A sentence with `{placeholders}`, or one for each plural form of the number in the placeholder that `count` names (Intl.PluralRules). */
export type Message = string | PluralMessage

/** A text by the plural category of a number (CLDR, as `Intl.PluralRules` names them). `count` is the placeholder that holds the number. */
export interface PluralMessage {
  readonly count: string
  readonly zero?: string
  readonly one?: string
  readonly two?: string
  readonly few?: string
  readonly many?: string
  readonly other: string
}

/** The messages of one language, by key. */
export type Messages = Readonly<Record<string, Message>>
