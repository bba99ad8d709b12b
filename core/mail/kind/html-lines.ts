// The visible lines of a report's html, as cheaply as can be: only addresses, codes and words matter there.
import { Parser } from 'htmlparser2'

const breaking = new Set(['br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'table', 'pre', 'blockquote', 'hr'])
const hidden = new Set(['style', 'script', 'head', 'title'])

export function htmlLines(html: string): string[] {
  const out: string[] = []
  let line = ''
  let skip = 0
  const end = (): void => {
    for (const one of line.split('\n').map((l) => l.replace(/\s+/g, ' ').trim())) out.push(one)
    line = ''
  }
  const parser = new Parser({
    onopentag(name) {
      if (hidden.has(name)) skip++
      if (breaking.has(name)) end()
      else if (name === 'td') line += ' '
    },
    onclosetag(name) {
      if (hidden.has(name)) skip--
      if (breaking.has(name) && name !== 'br') end()
    },
    ontext(text) {
      if (skip <= 0) line += text
    },
  })
  parser.end(html)
  end()
  return out.filter((l, i) => l !== '' || out[i - 1] !== '')
}
