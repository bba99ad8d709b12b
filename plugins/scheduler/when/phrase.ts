// What the words of a time say: lengths that add up, a day, a time of the day. It collects; `when.ts` decides what that means.
import { emptySpan, plus } from './span.ts'
import type { Span } from './span.ts'
import type { Token } from './tokens.ts'
import * as words from './vocabulary.ts'
import type { DayPart } from './vocabulary.ts'

/** A day as it was named: days from today, a weekday (ISO, 1 is Monday), or a date whose year may be missing. */
export type Day =
  | { readonly kind: 'offset'; readonly days: number }
  | { readonly kind: 'weekday'; readonly weekday: number; readonly which: 'coming' | 'this' | 'next' | 'of this week' | 'of next week' }
  | { readonly kind: 'date'; readonly day: number; readonly month: number; readonly year: number | null }

/** What was said; null for what was not said. */
export interface Phrase {
  readonly span: Span | null
  /** Whether the length has hours or minutes. */
  readonly exact: boolean
  readonly day: Day | null
  readonly time: { readonly minutes: number } | { readonly part: DayPart } | null
}

/** ambiguous: it can be read in two ways. null: it is no time. */
export function readPhrase(tokens: readonly Token[]): Phrase | 'ambiguous' | null {
  const reader = new Reader(tokens)
  return reader.read()
}

/** Goes through the words once; every word must find its place. */
class Reader {
  readonly #t: readonly Token[]
  #i = 0
  #span: Span | null = null
  #exact = false
  #signs: ('+' | '-' | '')[] = []
  #lead = false
  #at = false
  #day: Day | null = null
  #time: Phrase['time'] = null
  #week: 'this' | 'next' | null = null

  constructor(tokens: readonly Token[]) {
    this.#t = tokens
  }

  read(): Phrase | 'ambiguous' | null {
    while (this.#i < this.#t.length) {
      const token = this.#t[this.#i]
      const ok =
        token?.kind === 'word'
          ? this.#word(token.word)
          : token?.kind === 'clock'
            ? this.#clock(token.minutes)
            : token?.kind === 'dotted'
              ? this.#dotted(token)
              : token
                ? this.#number(token)
                : false
      if (ok !== true) return ok === 'ambiguous' ? ok : null
    }
    if (this.#week !== null) {
      // Which day of that week?
      if (this.#day?.kind !== 'weekday' || this.#day.which !== 'coming') return this.#day ? null : 'ambiguous'
      this.#day = { ...this.#day, which: `of ${this.#week} week` }
    }
    if (this.#at || (this.#span === null && this.#day === null && this.#time === null)) return null
    // "-1 day 2 hours": is it the day alone that goes back?
    if (this.#signs.includes('-') && this.#signs.includes('')) return 'ambiguous'
    if (this.#lead && (this.#signs.some((s) => s !== '') || (this.#span === null && !(this.#time && 'part' in this.#time)))) return null
    return { span: this.#span, exact: this.#exact, day: this.#day, time: this.#time }
  }

  #peek(ahead = 0): string {
    const token = this.#t[this.#i + ahead]
    return token?.kind === 'word' ? token.word : ''
  }

  #word(word: string): boolean | 'ambiguous' {
    if (word === 'midnight' || word === 'полночь' || word === 'ночью') return 'ambiguous'
    const past = this.#past(word)
    if (past !== null) return past
    if (word === 'half' || word === 'полчаса') return this.#half(word)
    if (word === 'day' && this.#peek(1) === 'after' && this.#peek(2) === 'tomorrow') return this.#setDay({ kind: 'offset', days: 2 }, 3)
    const pair = words.twoWordParts.get(word)
    if (pair?.[0] === this.#peek(1)) return this.#setPart(pair[1], 2)
    const behind = this.#span && words.fromNow.find((said) => said.every((w, i) => this.#peek(i) === w))
    if (behind) return this.#skip(behind.length)
    if (words.leads.has(word)) {
      if (this.#lead || this.#span) return false
      this.#lead = true
      return this.#skip(1)
    }
    if (words.ats.has(word)) {
      if (this.#at || (word !== 'в' && word !== 'во' && this.#time)) return false
      this.#at = true
      return this.#skip(1)
    }
    const counted = this.#count()
    if (counted) {
      const [value, used] = counted
      const next = this.#peek(used)
      // "в три дня" is an hour, "через три дня" a length.
      if (this.#at && word !== 'an' && word !== 'a' && (words.oclock.has(next) || words.halves.has(next) || !words.units.has(next)))
        return this.#hour(value, used)
      if (words.units.has(next)) return this.#length(value, '', used)
      if (next === 'fortnight') return this.#add(value * 2, 'week', '', used + 1)
    }
    const ordinal = this.#ordinal(0)
    if (ordinal) {
      const of = this.#peek(ordinal[1]) === 'of' ? 1 : 0
      const month = words.months.get(this.#peek(ordinal[1] + of))
      return month !== undefined && this.#date(ordinal[0], month, ordinal[1] + of + 1)
    }
    // "минут через двадцать"
    if (words.units.has(word) && this.#peek(1) === 'через' && !this.#lead) return this.#inverted(word)
    // "в час дня"; at one at night or after noon, "в час" alone does not say.
    if (word === 'час' && this.#at) return words.halves.has(this.#peek(1)) ? this.#hour(1) : 'ambiguous'
    const offset = words.dayWords.get(word)
    if (offset !== undefined) {
      if (word === 'tonight') return this.#setDay({ kind: 'offset', days: 0 }, 0) && this.#setPart('evening', 1)
      return this.#setDay({ kind: 'offset', days: offset }, 1)
    }
    const which = words.nextWords.has(word) ? 'next' : words.thisWords.has(word) ? 'this' : null
    if (which) return this.#qualified(which)
    const weekday = words.weekdays.get(word)
    if (weekday !== undefined) return this.#setDay({ kind: 'weekday', weekday, which: 'coming' }, 1)
    const month = words.months.get(word)
    if (month !== undefined) return this.#monthFirst(month)
    const part = this.#at && words.lunchWords.has(word) ? 'noon' : words.dayParts.get(word)
    if (part) return this.#setPart(part, 1)
    // "через час", "через неделю": one of it.
    if (words.units.has(word) && this.#lead && this.#span === null) return this.#length(1, '', 0)
    if (words.comingWords.has(word) && words.weekdays.has(this.#peek(1))) return this.#skip(1)
    // At the end it belongs to what follows: "in 2 days and then ...".
    return words.fillers.has(word) && this.#i + 1 < this.#t.length && this.#skip(1)
  }

  #qualified(which: 'next' | 'this'): boolean | 'ambiguous' {
    const weekday = words.weekdays.get(this.#peek(1))
    if (weekday !== undefined) return this.#setDay({ kind: 'weekday', weekday, which }, 2)
    const part = words.dayParts.get(this.#peek(1))
    if (part && which === 'this') return this.#setDay({ kind: 'offset', days: 0 }, 1) && this.#setPart(part, 1)
    if (words.weekWords.has(this.#peek(1)) && this.#week === null) {
      this.#week = which
      this.#at = false
      return this.#skip(2)
    }
    // "next month", "в следующем месяце": which day of it?
    return words.units.has(this.#peek(1)) ? 'ambiguous' : false
  }

  #half(word: string): boolean {
    if (word === 'полчаса') return this.#add(0.5, 'hour', '', 1)
    const n = this.#peek(1) === 'an' || this.#peek(1) === 'a' ? 1 : 0
    return this.#peek(n + 1) === 'hour' && this.#add(0.5, 'hour', '', n + 2)
  }

  /** A number in words, and how many of them: "twenty five", "a couple of", "two and a half", "два с половиной". */
  #count(): readonly [value: number, used: number] | null {
    const word = this.#peek()
    if (word === 'a' && this.#peek(1) === 'couple') return [2, this.#peek(2) === 'of' ? 3 : 2]
    const number = words.numbers.get(word)
    if (number === undefined) return null
    const ones = number >= 20 && number % 10 === 0 ? (words.numbers.get(this.#peek(1)) ?? 0) : 0
    const [value, used] = Number.isInteger(ones) && ones >= 1 && ones <= 9 ? [number + ones, 2] : [number, 1]
    const half = word === 'a' || word === 'an' ? 0 : this.#andHalf(used)
    return [value + (half > 0 ? 0.5 : 0), used + half]
  }

  /** How many words say "and a half" there. */
  #andHalf(ahead: number): number {
    const said = (...list: readonly string[]): boolean => list.every((w, i) => this.#peek(ahead + i) === w)
    return said('с', 'половиной') ? 2 : said('and', 'a', 'half') ? 3 : 0
  }

  /** "первого", "двадцать пятого", "twenty fifth". */
  #ordinal(ahead: number): readonly [value: number, used: number] | null {
    const one = words.ordinals.get(this.#peek(ahead))
    if (one !== undefined) return [one, ahead + 1]
    const tens = words.numbers.get(this.#peek(ahead)) ?? 0
    const ones = words.ordinals.get(this.#peek(ahead + 1)) ?? 10
    return (tens === 20 || tens === 30) && ones < 10 ? [tens + ones, ahead + 2] : null
  }

  /** A unit before its length: "минут через 20", "часа через два". */
  #inverted(unit: string): boolean {
    const token = this.#t[this.#i + 2]
    const value = token?.kind === 'number' && token.sign === '' ? token.value : words.numbers.get(this.#peek(2))
    const of = words.units.get(unit)
    this.#lead = true
    return value !== undefined && of !== undefined && this.#add(value, of, '', 3)
  }

  /** "half past nine", "quarter to ten", "в половине десятого", "через четверть часа"; null: none of them. */
  #past(word: string): boolean | 'ambiguous' | null {
    if (word === 'a' && this.#peek(1) === 'quarter') return this.#skip(1)
    if (word === 'четверть' && this.#peek(1) === 'часа') return this.#add(15, 'minute', '', 2)
    if (word === 'quarter' && this.#peek(1) === 'of' && this.#peek(2) === 'an' && this.#peek(3) === 'hour')
      return this.#add(15, 'minute', '', 4)
    if (/^половин[аеу]$/.test(word)) {
      const hour = this.#ordinal(1)
      return hour === null ? false : this.#hour(hour[0] - 1, hour[1], 30)
    }
    if ((word !== 'half' && word !== 'quarter') || !['past', 'to'].includes(this.#peek(1)) || (word === 'half' && this.#peek(1) === 'to'))
      return null
    const token = this.#t[this.#i + 2]
    const hour = token?.kind === 'number' && token.sign === '' ? token.value : words.numbers.get(this.#peek(2))
    if (hour === undefined) return false
    const minutes = word === 'half' ? 30 : 15
    return this.#peek(1) === 'past' ? this.#hour(hour, 3, minutes) : this.#hour(hour - 1, 3, 60 - minutes)
  }

  #number(token: Extract<Token, { kind: 'number' }>): boolean | 'ambiguous' {
    const next = this.#peek(1)
    const oclock = words.oclock.has(next) ? 1 : 0
    const half = words.halves.has(this.#peek(1 + oclock)) && !this.#lead
    const asHour = token.sign === '' && (this.#at || (half && this.#peek(1 + oclock) !== 'дня') || (half && oclock === 1))
    if (asHour && (half || oclock === 1 || !words.units.has(next)) && !words.months.has(next)) return this.#hour(token.value)
    if (words.units.has(next)) return this.#length(token.value, token.sign, 1)
    const ordinal = /^(?:th|st|nd|rd|го|е)$/.test(next) ? 1 : 0
    const of = this.#peek(1 + ordinal) === 'of' ? 1 : 0
    const month = words.months.get(this.#peek(1 + ordinal + of))
    if (month === undefined || token.sign !== '') return false
    return this.#date(token.value, month, 2 + ordinal + of)
  }

  /** The hour under the reader, with "часов", "тридцать", "утра", "pm" behind it. */
  #hour(value: number, behind = 1, past: number | null = null): boolean | 'ambiguous' {
    let used = behind
    let minutes = past ?? 0
    if (words.oclock.has(this.#peek(used))) used += 1
    if (past === null) {
      const [said, more] = this.#minutes(used)
      minutes = said
      used += more
    }
    const half = words.halves.get(this.#peek(used))
    if (half) {
      const hour = half(value)
      if (hour === null) return value === 12 ? 'ambiguous' : false
      return this.#setTime({ minutes: hour * 60 + minutes }, used + 1)
    }
    return value >= 0 && value <= 23 && Number.isInteger(value) && this.#setTime({ minutes: value * 60 + minutes }, used)
  }

  /** Minutes in words behind an hour, "девять тридцать", and how many of them: a number in digits may as well be the first word of what follows. */
  #minutes(ahead: number): readonly [minutes: number, used: number] {
    const tens = words.numbers.get(this.#peek(ahead)) ?? 0
    const ones = tens >= 20 ? (words.numbers.get(this.#peek(ahead + 1)) ?? 0) : 0
    const [value, pieces] = Number.isInteger(ones) && ones >= 1 && ones <= 9 ? [tens + ones, 2] : [tens, 1]
    const next = this.#peek(ahead + pieces)
    if (!Number.isInteger(value) || value < 10 || value > 59 || words.months.has(next)) return [0, 0]
    if (words.units.get(next) === 'minute') return [value, pieces + 1]
    return words.units.has(next) && !words.halves.has(next) ? [0, 0] : [value, pieces]
  }

  #clock(minutes: number): boolean {
    const half = words.halves.get(this.#peek(1))
    if (!half) return this.#setTime({ minutes }, 1)
    const hour = half(Math.floor(minutes / 60))
    return hour !== null && this.#setTime({ minutes: hour * 60 + (minutes % 60) }, 2)
  }

  #dotted({ parts, sign }: Extract<Token, { kind: 'dotted' }>): boolean | 'ambiguous' {
    const [a = '', b = '', c] = parts
    if (words.units.has(this.#peek(1)) && c === undefined && !this.#at) return this.#length(Number(`${a}.${b}`), sign, 1)
    if (sign !== '' || a.length > 2 || b.length !== 2) return false
    const [x, y] = [Number(a), Number(b)]
    if (c !== undefined) return c.length === 4 && this.#date(x, y, 1, Number(c))
    const time = x <= 23 && y <= 59
    const date = x >= 1 && x <= 31 && y >= 1 && y <= 12
    if (this.#at || this.#day) return time && this.#clock(x * 60 + y)
    if (time && date) return 'ambiguous'
    return date ? this.#date(x, y, 1) : time && this.#clock(x * 60 + y)
  }

  /** "September 25", "сентября 25". */
  #monthFirst(month: number): boolean {
    const day = this.#t[this.#i + 1]
    if (day?.kind !== 'number' || day.sign !== '') return false
    return this.#date(day.value, month, /^(?:th|st|nd|rd)$/.test(this.#peek(2)) ? 3 : 2)
  }

  #date(day: number, month: number, used: number, year: number | null = null): boolean {
    const next = this.#t[this.#i + used]
    const named = year === null && next?.kind === 'number' && next.sign === '' && next.value >= 2000 && next.value <= 2999
    const end = used + Number(named)
    const word = named && /^(?:г|год|года)$/.test(this.#peek(end)) ? 1 : 0
    return this.#setDay({ kind: 'date', day, month, year: named ? next.value : year }, end + word)
  }

  /** A length whose unit stands `ahead` of the reader. */
  #length(value: number, sign: '+' | '-' | '', ahead: number): boolean {
    const unit = words.units.get(this.#peek(ahead))
    // "an hour and a half"
    const half = this.#andHalf(ahead + 1)
    return unit !== undefined && this.#add(value + (half > 0 ? 0.5 : 0), unit, sign, ahead + 1 + half)
  }

  #add(value: number, unit: words.Unit, sign: '+' | '-' | '', used: number): boolean {
    if (this.#at) return false
    this.#span = plus(this.#span ?? emptySpan, sign === '-' ? -value : value, unit)
    this.#exact ||= unit === 'hour' || unit === 'minute' || !Number.isInteger(value)
    this.#signs.push(sign)
    return this.#span !== null && this.#skip(used)
  }

  #setDay(day: Day, used: number): boolean {
    if (this.#day) return false
    this.#day = day
    this.#at = false
    return this.#skip(used)
  }

  #setPart(part: DayPart, used: number): boolean {
    return this.#setTime({ part }, used)
  }

  #setTime(time: NonNullable<Phrase['time']>, used: number): boolean {
    if (this.#time) return false
    this.#time = time
    this.#at = false
    return this.#skip(used)
  }

  #skip(n: number): true {
    this.#i += n
    return true
  }
}
