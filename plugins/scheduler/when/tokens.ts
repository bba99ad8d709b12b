// A time as people write it, cut into numbers, clock times, dotted numbers and words.

/** One piece of a time; words are folded. */
export type Token =
  | { readonly kind: 'number'; readonly value: number; /** A sign that was written. */ readonly sign: '+' | '-' | '' }
  /** 9:30, in minutes since midnight. */
  | { readonly kind: 'clock'; readonly minutes: number }
  /** 25.09, 25.09.2026, 9.30 or 1.5: what it is depends on what stands beside it. */
  | { readonly kind: 'dotted'; readonly parts: readonly string[]; readonly sign: '+' | '-' | '' }
  | { readonly kind: 'word'; readonly word: string }

/** Letter case, ё, kinds of blanks, minus and full-width forms make no difference; outer punctuation goes. */
export function foldTime(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll('ё', 'е')
      .replace(/[\u2010-\u2015\u2212]/g, '-')
      .replace(/\s+/g, ' ')
      .replace(/\bo['’` ]?clock\b/g, 'oclock')
      // "завтра 10-30"
      .replace(
        /(?<!(?:^| )(?:in|after|через|спустя) )(?<=\p{L} )(\d{1,2})-(\d{2})(?=$|[ ,.]*$| (?:[ap]\.? ?m|утра|дня|вечера|ночи|[^\p{L}]))/gu,
        '$1:$2',
      )
      // "5 p.m.", "5 a. m."
      .replace(/(?<=\d ?)([ap])\.? ?m(?:\.|(?!\p{L}))/gu, ' $1m')
      .replace(/[\s.,;:!?]+$/, '')
      .trimStart()
  )
}

const one = /([+-] ?)?(\d{1,2}:\d{2}(?![\d:])|\d{1,8}(?:[.,]\d{1,4}){1,2}(?![\d.,])|\d{1,8}(?!\d))|(\p{L}+)|([ ,]+|\.(?= )|-(?=\p{L}))/uy

/** null where something stands in it that no time has. */
export function tokens(folded: string): readonly Token[] | null {
  const out: Token[] = []
  one.lastIndex = 0
  while (one.lastIndex < folded.length) {
    const m = one.exec(folded)
    if (!m) return null
    const [, plusMinus, digits, word] = m
    const sign = plusMinus?.startsWith('-') ? '-' : plusMinus ? '+' : ''
    if (word !== undefined) out.push({ kind: 'word', word })
    else if (digits?.includes(':')) {
      const [h = 0, min = 0] = digits.split(':').map(Number)
      if (sign !== '' || h > 23 || min > 59) return null
      out.push({ kind: 'clock', minutes: h * 60 + min })
    } else if (digits !== undefined && /[.,]/.test(digits)) out.push({ kind: 'dotted', parts: digits.split(/[.,]/), sign })
    else if (digits !== undefined) out.push({ kind: 'number', value: Number(digits), sign })
  }
  return out
}
