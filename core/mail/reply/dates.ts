// Reads the dates of attribution and header lines: how much of a date a text has, and whether it begins with one.
import { MONTHS, WEEKDAYS } from './date-names.ts'
import { OPENERS } from './words.ts'

const numeric = /(?:^|[^\d])(?:\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}(?!\d)|\d{1,2}-\p{L}{3,9}-\d{2,4}|\d{4}\s?[年년])/u
const year = /(?:^|[^\d])(?:19|20)\d\d(?!\d)/
const clockTime =
  /(?:^|[^\d])\d{1,2}:\d{2}(?!\d)|(?:kl|klo|um|ore|alle|godz|at|à|,)[.\s]\s?\d{1,2}[.h]\d{2}|\d\s?[ap]\.?m\b|[时時点點]\d|\d{4} \d{1,2}\.\d{2}(?!\d)|[\d,] \d{1,2}\.\d{2}(?!\d)/i
const monthWord = new Set(MONTHS)
const weekdayWord = new Set(WEEKDAYS)
const openerWord = new Set(OPENERS)

/** 2: a whole date; 1: only a weekday, a day and month or a time; 0: none. */
export function dateLevel(text: string): 0 | 1 | 2 {
  if (numeric.test(text)) return 2
  const list = words(text)
  const month = list.some((word, i) => isMonth(word) && (hasDigit(list[i - 1]) || hasDigit(list[i + 1]) || hasDigit(list[i + 2])))
  const time = clockTime.test(text)
  if ((month && (year.test(text) || time)) || (time && year.test(text))) return 2
  if (month || time || list.slice(0, 6).some((_, i) => isWeekdayAt(list, i))) return 1
  return 0
}

/** Whether a time of day stands in the text. */
export function hasTime(text: string): boolean {
  return clockTime.test(text)
}

/** Begins with a number, a weekday, or with a word like "On" and then one of these or a month. */
export function opensWithDate(text: string): boolean {
  const list = words(text.replace(/^[-–—*>\s|•"'«“„]+/, ''))
  const first = list[0]
  if (first === undefined) return false
  if (isDateWordAt(list, 0)) return true
  return opensWithOpener(text) && (list.slice(1, 4).some((_, i) => isDateWordAt(list, i + 1)) || /^\p{L}{1,2}\d/u.test(first))
}

/** Begins with a word that opens an attribution: "On", "Am", "Le", "W". */
export function opensWithOpener(text: string): boolean {
  const first = words(text.replace(/^[-–—*>\s|•"'«“„]+/, ''))[0]
  return first !== undefined && (openerWord.has(bare(first)) || /^(?:在|於|于|vào|בתאריך|ב-)/u.test(first))
}

/** Whether the word is part of a date: a number, a month, a weekday. */
export function isDateWord(word: string): boolean {
  return /^\(?[+-]?\d/.test(word) || /^(?:GMT|UTC)(?:[+-]\d{1,2}(?::?\d\d)?)?$/.test(word) || isMonth(word) || weekdayWord.has(bare(word))
}

/** Opens an attribution before its date: "on", "am", "le". */
export function isOpener(word: string): boolean {
  return openerWord.has(bare(word))
}

/** The words of a text, cut at blanks and commas. */
export function words(text: string): string[] {
  return text.split(/[\s,、，]+/).filter((w) => w !== '')
}

/** A word in lower case without the brackets, quotation marks and dots around it. */
export function bare(word: string): string {
  return word
    .toLowerCase()
    .replaceAll('i̇', 'i')
    .replace(/^[("'«“„[]+|[.,;:)\]"'»”׳’]+$/g, '')
}

function isDateWordAt(list: readonly string[], i: number): boolean {
  const word = list[i] ?? ''
  return /^\(?\d/.test(word) || isWeekdayAt(list, i) || (isMonth(word) && (hasDigit(list[i + 1]) || hasDigit(list[i - 1])))
}

function isMonth(word: string): boolean {
  const w = bare(word)
  // Hebrew writes "in" before the name, as one word; one word is "21-Sep-2026" or "21.сент.2026" too.
  return monthWord.has(w) || monthWord.has(w.replace(/^ב/, '')) || (/\d/.test(w) && w.split(/[-./]/).some((part) => monthWord.has(part)))
}

/** Short weekdays are other words too ("So", "To", "Do", "sam"): those are believed beside a number, with their dot, or right behind a first "On". */
function isWeekdayAt(list: readonly string[], i: number): boolean {
  const word = list[i] ?? ''
  const w = bare(word)
  if (!weekdayWord.has(w)) return false
  if (i === 1 && /^\p{Lu}/u.test(word) && isOpener(list[0] ?? '')) return true
  return w.length > 3 || word.endsWith('.') || hasDigit(list[i + 1]) || (list[i + 1] !== undefined && isMonth(list[i + 1] ?? ''))
}

function hasDigit(word: string | undefined): boolean {
  return word !== undefined && /\d/.test(word)
}

/** The date of an attribution in its own words, or null. */
export function dateOf(text: string): string | null {
  const m = /(?:\p{L}{2,12}[.,]{0,2}\s)?\d{1,4}[^<>@"«„]{0,60}?\d{1,2}[:.]\d{2}(?:\s?[AaPp]\.?[Mm]\.?)?/u.exec(text.slice(0, 400))
  return m === null ? null : m[0].trim()
}
