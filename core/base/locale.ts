// Texts for people in their language: named messages with placeholders and plural forms, checked by the compiler and by `localeProblems`.
import { en } from './locales/en.ts'
import { ru } from './locales/ru.ts'
import type { Message, Messages } from './locales/messages.ts'

/** The languages that everything people see is complete in. */
export type Locale = 'en' | 'ru'

/** All languages, the default one first. */
export const locales: readonly Locale[] = ['en', 'ru']

/** What a placeholder may be filled with; numbers are written as the locale writes them, texts as they are (not escaped). */
export type MessageValue = string | number

/** The placeholders of a message, read from its text by the compiler; none are known where the text is not a literal. */
export type MessageParams<M> = M extends string
  ? Record<Placeholders<M>, MessageValue>
  : M extends { readonly count: infer C extends string }
    ? Record<C, number> & Record<Exclude<Placeholders<Forms<M>>, C>, MessageValue>
    : never

type Forms<M> = Extract<M[Exclude<keyof M, 'count'>], string>
type Placeholders<S extends string> = string extends S
  ? string
  : S extends `${string}{${infer Name}}${infer Rest}`
    ? Name | Placeholders<Rest>
    : never

/** Says message `key` in `locale`. Every placeholder must be given: that it is, the compiler checks. */
export type Translate<E extends Messages> = <K extends keyof E & string>(
  locale: Locale,
  key: K,
  ...params: keyof MessageParams<E[K]> extends never ? [] : [params: Readonly<MessageParams<E[K]>>]
) => string

/** The messages of one part of the program (core, or a plugin); Russian must have exactly the keys of English. */
export function defineMessages<const E extends Messages>(texts: {
  readonly en: E
  readonly ru: { readonly [K in keyof NoInfer<E>]: Message }
}): Translate<E> {
  const tables: Readonly<Record<Locale, Messages>> = texts
  return (locale, key, ...[params]) => say(locale, tables[locale][key] ?? key, params ?? {})
}

/** The messages of the core. */
export const t = defineMessages({ en, ru })

/** The locale for a language tag such as `ru-RU`; null where we do not speak it. */
export function localeOf(tag: string): Locale | null {
  const language = tag.trim().toLowerCase().split(/[-_]/)[0]
  return locales.find((l) => l === language) ?? null
}

/** What keeps two tables from saying the same: keys, placeholders, plural forms that the language has and the table lacks. For tests. */
export function localeProblems(texts: Readonly<Record<Locale, Messages>>): readonly string[] {
  const keys = new Set(locales.flatMap((l) => Object.keys(texts[l])))
  return [...keys].flatMap((key) => {
    const absent = locales.filter((l) => texts[l][key] === undefined).map((l) => `${key}: not in ${l}`)
    if (absent.length > 0) return absent
    const [a = '', b = ''] = locales.map((l) => [...placeholders(texts[l][key] ?? '')].sort().join(', '))
    return [
      ...(a === b ? [] : [`${key}: placeholders {${a}} and {${b}}`]),
      ...locales.flatMap((l) => formProblems(l, key, texts[l][key] ?? '')),
    ]
  })
}

function formProblems(locale: Locale, key: string, message: Message): readonly string[] {
  if (typeof message === 'string') return message.trim() === '' ? [`${key}: empty in ${locale}`] : []
  return new Intl.PluralRules(locale)
    .resolvedOptions()
    .pluralCategories.filter((c) => (message[c] ?? '').trim() === '')
    .map((c) => `${key}: no form "${c}" in ${locale}`)
}

function placeholders(message: Message): ReadonlySet<string> {
  const texts =
    typeof message === 'string'
      ? [message]
      : Object.entries(message).map(([form, text]: [string, string]) => (form === 'count' ? `{${text}}` : text))
  return new Set(texts.flatMap((text) => [...text.matchAll(placeholder)].map((m) => m[1] ?? '')))
}

const placeholder = /\{([A-Za-z][A-Za-z0-9]*)\}/g

function say(locale: Locale, message: Message, params: Readonly<Record<string, MessageValue>>): string {
  return form(locale, message, params).replace(placeholder, (whole, name: string) => {
    const value = params[name]
    return value === undefined ? whole : typeof value === 'number' ? numberFormat(locale).format(value) : value
  })
}

function form(locale: Locale, message: Message, params: Readonly<Record<string, MessageValue>>): string {
  if (typeof message === 'string') return message
  const n = Number(params[message.count] ?? 0)
  return message[pluralRules(locale).select(n)] ?? message.other
}

// Making an Intl object costs about 50 us, using one 1 us: there is one per locale.
const rules: Partial<Record<Locale, Intl.PluralRules>> = {}
const pluralRules = (locale: Locale): Intl.PluralRules => (rules[locale] ??= new Intl.PluralRules(locale))
const numbers: Partial<Record<Locale, Intl.NumberFormat>> = {}
const numberFormat = (locale: Locale): Intl.NumberFormat =>
  (numbers[locale] ??= new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }))
