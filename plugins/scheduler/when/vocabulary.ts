// The words of time in English and Russian, folded: lower case, ё written as е.

/** The units of a length. */
export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

/** The parts of a day that have an hour in the settings. */
export type DayPart = 'morning' | 'noon' | 'afternoon' | 'evening'

const table = <T>(rows: readonly (readonly [words: string, value: T])[]): ReadonlyMap<string, T> =>
  new Map(rows.flatMap(([words, value]) => words.split(' ').map((word) => [word, value] as const)))

/** The unit of a word. */
export const units = table<Unit>([
  ['m min mins minute minutes мин минуту минута минуты минут', 'minute'],
  ['h hr hrs hour hours ч час часа часов', 'hour'],
  ['d day days д дн день дня дней сутки суток', 'day'],
  ['w wk week weeks нед неделю неделя недели недель', 'week'],
  ['mo month months мес месяц месяца месяцев', 'month'],
  ['y year years год года лет', 'year'],
])

/** Small numbers in words, and one half more. */
export const numbers = table<number>([
  ['a an one один одну одна одни', 1],
  ['two два две', 2],
  ['three три', 3],
  ['four четыре', 4],
  ['five пять', 5],
  ['six шесть', 6],
  ['seven семь', 7],
  ['eight восемь', 8],
  ['nine девять', 9],
  ['ten десять', 10],
  ['eleven одиннадцать', 11],
  ['twelve двенадцать', 12],
  ['thirteen тринадцать', 13],
  ['fourteen четырнадцать', 14],
  ['fifteen пятнадцать', 15],
  ['sixteen шестнадцать', 16],
  ['seventeen семнадцать', 17],
  ['eighteen восемнадцать', 18],
  ['nineteen девятнадцать', 19],
  ['twenty двадцать', 20],
  ['thirty тридцать', 30],
  ['forty сорок', 40],
  ['fifty пятьдесят', 50],
  ['sixty шестьдесят', 60],
  ['ninety девяносто', 90],
  ['полтора полторы', 1.5],
  ['пару', 2],
])

/** Ordinals as they name a day of a month, and an hour that is half over ("в половине десятого"). */
export const ordinals = table<number>([
  ['first первого', 1],
  ['second второго', 2],
  ['third третьего', 3],
  ['fourth четвертого', 4],
  ['fifth пятого', 5],
  ['sixth шестого', 6],
  ['seventh седьмого', 7],
  ['eighth восьмого', 8],
  ['ninth девятого', 9],
  ['tenth десятого', 10],
  ['eleventh одиннадцатого', 11],
  ['twelfth двенадцатого', 12],
  ['thirteenth тринадцатого', 13],
  ['fourteenth четырнадцатого', 14],
  ['fifteenth пятнадцатого', 15],
  ['sixteenth шестнадцатого', 16],
  ['seventeenth семнадцатого', 17],
  ['eighteenth восемнадцатого', 18],
  ['nineteenth девятнадцатого', 19],
  ['twentieth двадцатого', 20],
  ['thirtieth тридцатого', 30],
])

/** Days from today. */
export const dayWords = table<number>([
  ['today tonight сегодня', 0],
  ['tomorrow tmrw завтра', 1],
  ['overmorrow послезавтра', 2],
])

/** ISO: Monday is 1. */
export const weekdays = table<number>([
  ['monday mon понедельник понедельнику понедельника пн', 1],
  ['tuesday tue tues вторник вторнику вторника вт', 2],
  ['wednesday wed среду среда среде среды ср', 3],
  ['thursday thu thur thurs четверг четвергу четверга чт', 4],
  ['friday fri пятницу пятница пятнице пятницы пт', 5],
  ['saturday sat субботу суббота субботе субботы сб', 6],
  ['sunday sun воскресенье воскресенью воскресенья вс', 7],
])

/** The month of a word, 1 to 12. */
export const months = table<number>([
  ['january jan января янв', 1],
  ['february feb февраля фев', 2],
  ['march mar марта мар', 3],
  ['april apr апреля апр', 4],
  ['may мая', 5],
  ['june jun июня июн', 6],
  ['july jul июля июл', 7],
  ['august aug августа авг', 8],
  ['september sep sept сентября сен сент', 9],
  ['october oct октября окт', 10],
  ['november nov ноября ноя нояб', 11],
  ['december dec декабря дек', 12],
])

/** The part of the day of a word. */
export const dayParts = table<DayPart>([
  ['morning утром утра утро утру', 'morning'],
  ['noon midday полдень полудню полудня', 'noon'],
  ['afternoon днем', 'afternoon'],
  ['evening tonight вечером вечера вечер вечеру', 'evening'],
])

/** How a part of the day behind an hour changes it: hours for which it can be said, and what is added. 12 in the night is left out: nobody knows of which day. */
export const halves: ReadonlyMap<string, (hour: number) => number | null> = new Map([
  ['am', (h) => (h >= 1 && h <= 11 ? h : null)],
  ['pm', (h) => (h === 12 ? 12 : h >= 1 && h <= 11 ? h + 12 : null)],
  ['утра', (h) => (h >= 1 && h <= 11 ? h : null)],
  ['дня', (h) => (h === 12 ? 12 : h >= 1 && h <= 5 ? h + 12 : null)],
  ['вечера', (h) => (h >= 4 && h <= 11 ? h + 12 : null)],
  ['ночи', (h) => (h >= 1 && h <= 4 ? h : null)],
])

/** Behind a word for next or this: the week of a weekday that is named beside it. */
export const weekWords: ReadonlySet<string> = new Set(['week', 'неделе', 'неделю'])

/** Behind "at", "в", "к" they are noon; alone they are what somebody is to be reminded of. */
export const lunchWords: ReadonlySet<string> = new Set(['lunch', 'lunchtime', 'обед', 'обеду', 'обеда'])

/** Two words that are a part of the day. */
export const twoWordParts: ReadonlyMap<string, readonly [second: string, part: DayPart]> = new Map([
  ['после', ['обеда', 'afternoon'] as const],
  ['after', ['lunch', 'afternoon'] as const],
  ['с', ['утра', 'morning'] as const],
])

/** Behind an hour: "9 часов", "9 ч", "9 o'clock". */
export const oclock: ReadonlySet<string> = new Set(['час', 'часа', 'часов', 'ч', 'oclock'])

/** Behind a length, each word of it: it begins now, which goes without saying. */
export const fromNow: readonly (readonly string[])[] = [['from', 'now'], ['later'], ['спустя']]

/** Before a length of time: "in 2 days", "через 2 дня". */
export const leads: ReadonlySet<string> = new Set(['in', 'через', 'after', 'спустя'])
/** Before a time of the day; "в", "к", "до", "by" and "until" also before a weekday. */
export const ats: ReadonlySet<string> = new Set(['at', 'by', 'until', 'till', 'в', 'во', 'к', 'ко', 'до'])

/** Before a weekday: the next one; refused as ambiguous where it still comes in this week. */
export const nextWords: ReadonlySet<string> = new Set(['next', 'следующий', 'следующую', 'следующее', 'следующей', 'следующему'])

/** Before a weekday: the one of this week that still comes. */
export const thisWords: ReadonlySet<string> = new Set(['this', 'этот', 'эту', 'это', 'этой'])

/** Before a weekday: the first that comes, in whatever week. */
export const comingWords: ReadonlySet<string> = new Set(['coming', 'ближайший', 'ближайшую', 'ближайшее', 'ближайшей', 'ближайшему'])
/** Say nothing by themselves. */
export const fillers: ReadonlySet<string> = new Set(['and', 'и', 'on', 'на', 'the', 'of', 'г', 'th', 'st', 'nd', 'rd', 'числа'])
