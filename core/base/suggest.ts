// "Did you mean ...?": the nearest of the known words, in whatever of our languages and alphabets it was written.

/**
 * The word of `known` that is at most two typing mistakes away (one for words of up to three letters), or `undefined`. Words are also compared
 * as they are written in Latin letters: "статус" is "status". `also`: words of other languages, each with the known one that it stands for.
 */
export function nearest(word: string, known: Iterable<string>, also: ReadonlyMap<string, string> = new Map()): string | undefined {
  const typed = word.slice(0, 64).toLowerCase()
  const forms = [...new Set([typed, inLatin(typed)])]
  const allowed = typed.length <= 3 ? 1 : 2
  let best: string | undefined
  let bestDistance = allowed + 1
  const consider = (candidate: string, meant: string): void => {
    const lower = candidate.toLowerCase()
    for (const form of forms) {
      for (const other of new Set([lower, inLatin(lower)])) {
        if (Math.abs(other.length - form.length) > allowed) continue
        const distance = mistakes(form, other)
        if (distance < bestDistance) [best, bestDistance] = [meant, distance]
      }
    }
  }
  const all = [...known]
  for (const candidate of all) consider(candidate, candidate)
  for (const [candidate, meant] of also) if (all.includes(meant)) consider(candidate, meant)
  return best
}

/** Russian letters as most people write them in Latin ones; anything else stays. */
export function inLatin(text: string): string {
  return text.replace(/[а-яё]/g, (letter) => latin[letter] ?? letter)
}

const latin: Readonly<Record<string, string>> = {
  ...{ а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n' },
  ...{ о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: '', ы: 'y' },
  ...{ ь: '', э: 'e', ю: 'yu', я: 'ya' },
}

/** Damerau-Levenshtein distance (optimal string alignment): a swap of neighbours is one mistake. */
function mistakes(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}
