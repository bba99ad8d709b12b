// The language of a few sentences, guessed from script and small words: good enough to choose between templates, never proof.

const smallWords: Readonly<Record<string, RegExp>> = {
  en: /\b(the|and|you|your|is|are|was|not|with|have|please|this|that|for|my|can)\b/gi,
  de: /\b(und|ich|nicht|die|der|das|ist|sie|mit|bitte|mein|meine|ein|eine|wir)\b/gi,
  fr: /\b(et|je|vous|les|des|est|une|pas|pour|mon|ma|bonjour|merci|avec)\b/gi,
  es: /\b(el|los|las|una|por|que|para|con|mi|hola|gracias|no|es)\b/gi,
  it: /\b(il|gli|che|per|non|una|con|mio|mia|sono|grazie|buongiorno)\b/gi,
  pt: /\b(o|os|uma|para|que|não|com|meu|minha|obrigado|obrigada|olá)\b/gi,
  pl: /\b(nie|jest|się|na|proszę|dzień|dobry|mój|moje|dziękuję)\b/gi,
}

/** ISO 639-1, or null where there is too little to go by. Looks at the first 2,000 characters. */
export function guessLanguage(text: string): string | null {
  const head = text.slice(0, 2000)
  const count = (pattern: RegExp): number => (head.match(pattern) ?? []).length
  const letters = count(/\p{L}/gu)
  if (letters < 3) return null
  const share = (pattern: RegExp): boolean => count(pattern) * 2 > letters
  if (share(/\p{Script=Cyrillic}/gu)) return /[іїєґ]/i.test(head) ? 'uk' : /[ұқғңәһө]/i.test(head) ? 'kk' : 'ru'
  if (share(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)) return 'ja'
  if (share(/\p{Script=Hangul}/gu)) return 'ko'
  if (share(/\p{Script=Han}/gu)) return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(head) ? 'ja' : 'zh'
  if (share(/\p{Script=Greek}/gu)) return 'el'
  if (share(/\p{Script=Hebrew}/gu)) return 'he'
  if (share(/\p{Script=Arabic}/gu)) return 'ar'
  const [best] = Object.entries(smallWords)
    .map(([language, pattern]) => [language, count(pattern)] as const)
    .sort((a, b) => b[1] - a[1])
  return best && best[1] > 0 ? best[0] : null
}
