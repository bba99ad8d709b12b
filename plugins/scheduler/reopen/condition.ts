// "if mine", behind the time of a reopen: it works only if who plans it is still responsible then.

const words = [
  "if (?:it(?: is|'s) )?(?:still )?mine",
  'if i am (?:still )?(?:responsible|the assignee)',
  'если (?:(?:все )?еще )?мо[ейя]',
  'если (?:останется|будет) мо(?:им|ей)',
  'если (?:я )?ответственн(?:ый|ая)(?: я)?',
  'если ответственн(?:ым|ой) (?:останусь|буду) я',
]
const mine = new RegExp(`^(?:${words.join('|')})(?![\\p{L}\\p{N}])[\\s,;:.–—-]*`, 'iu')

/** Takes the condition off the beginning of a note; `any`: it works whoever is responsible. */
export function conditionIn(note: string): { readonly any: boolean; readonly note: string } {
  const found = mine.exec(note.replaceAll('ё', 'е').replaceAll('Ё', 'Е').replaceAll('’', "'"))
  return found ? { any: false, note: note.slice(found[0].length).trim() } : { any: true, note }
}
