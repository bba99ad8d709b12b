// Trimming of more than white space, in linear time: a pattern like /[\s>]+$/ is quadratic in the blanks inside of a text.

/** `text` without white space and `signs` at both ends. */
export function strip(text: string, signs: string): string {
  let start = 0
  let end = text.length
  const idle = (i: number): boolean => signs.includes(text.charAt(i)) || text.charAt(i).trim() === ''
  while (start < end && idle(start)) start++
  while (end > start && idle(end - 1)) end--
  return text.slice(start, end)
}
