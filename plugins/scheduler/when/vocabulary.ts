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
])

/** Days from today. */
export const dayWords = table<number>([
  ['today tonight сегодня', 0],
  ['tomorrow tmrw завтра', 1],
  ['overmorrow послезавтра', 2],
])

/** ISO: Monday is 1. */
export const weekdays = table<number>([
  ['monday mon понедельник пн', 1],
  ['tuesday tue tues вторник вт', 2],
  ['wednesday wed среду среда ср', 3],
  ['thursday thu thur thurs четверг чт', 4],
  ['friday fri пятницу пятница пт', 5],
  ['saturday sat субботу суббота сб', 6],
  ['sunday sun воскресенье вс', 7],
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
  ['morning утром утра утро', 'morning'],
  ['noon midday полдень', 'noon'],
  ['afternoon днем', 'afternoon'],
  ['evening tonight вечером вечера вечер', 'evening'],
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

/** Two words that are a part of the day. */
export const afterMeal: ReadonlyMap<string, string> = new Map([
  ['после', 'обеда'],
  ['after', 'lunch'],
])

/** Before a length of time: "in 2 days", "через 2 дня". */
export const leads: ReadonlySet<string> = new Set(['in', 'через', 'after'])
/** Before a time of the day; "в" also before a weekday. */
export const ats: ReadonlySet<string> = new Set(['at', 'в', 'во', 'к'])

/** Before a weekday: the next one; refused as ambiguous where it still comes in this week. */
export const nextWords: ReadonlySet<string> = new Set(['next', 'следующий', 'следующую', 'следующее', 'следующей'])

/** Before a weekday: the one of this week that still comes. */
export const thisWords: ReadonlySet<string> = new Set([
  'this',
  'этот',
  'эту',
  'это',
  'этой',
  'coming',
  'ближайший',
  'ближайшую',
  'ближайшее',
])
/** Say nothing by themselves. */
export const fillers: ReadonlySet<string> = new Set(['and', 'и', 'on', 'на', 'the', 'of', 'г', 'th', 'st', 'nd', 'rd', 'числа'])
