// What makes no difference when a command is read: letter case, ё and е, kinds of blanks and of @, marks that nobody sees.

/** Marks that mail programs put between letters and nobody sees. */
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]/g
const blanks = /[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g

/** A line as commands are looked for in it: invisible marks out, every blank a plain one. Blanks are not joined: one and two mean different things. */
export function plainLine(line: string): string {
  return line.replace(invisible, '').replace(blanks, ' ').trimEnd()
}

/** A word or phrase for comparing. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll('ё', 'е').replace(/\s+/g, ' ').trim()
}

/** Edits (insert, delete, replace, swap neighbours) between two short texts; more than `most` counts as `most + 1`. */
export function distance(a: string, b: string, most: number): number {
  const [x, y] = [[...a], [...b]]
  if (Math.abs(x.length - y.length) > most) return most + 1
  let before: number[] = []
  let last = y.map((_, j) => j).concat(y.length)
  for (let i = 1; i <= x.length; i++) {
    const row = [i]
    for (let j = 1; j <= y.length; j++) {
      const same = x[i - 1] === y[j - 1]
      let n = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1]) n = Math.min(n, (before[j - 2] ?? 0) + 1)
      row.push(n)
    }
    before = last
    last = row
  }
  return Math.min(most + 1, last[y.length] ?? 0)
}
