// `npm run corpus`: how often words of the author are cut off, called a signature, or a quote is left in, measured on natural texts.
//
//   npm run corpus                          the texts of Debian's fortune packages (apt-get install fortunes fortunes-ru fortunes-de ..)
//   npm run corpus -- de=~/letters FILE     other files and folders, with their language where it is not English
//   npm run corpus -- --list --every 10     the ids of what went wrong; every tenth text only
//
// Each text is sent as a first mail, as an answer, and above an old mail, and read as the gateway reads it. A text that quotes a mail itself
// is sent as a first mail only. The exit code is 1 where
// more than 1 in 25,000 mails lost words or more than 1 in 4,000 kept the quote.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { readMail } from '../../core/mail/read.ts'
import type { Shape } from './shapes.ts'
import { mailWith, oldWord } from './shapes.ts'
import type { NaturalText, Source } from './texts.ts'
import { naturalTexts } from './texts.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    every: { type: 'string', default: '1' },
    shapes: { type: 'string', default: 'first,answer,quoted' },
  },
})

type Verdict = 'right' | 'cut' | 'signature' | 'left in'

interface Row {
  texts: number
  mails: number
  cut: number
  signature: number
  left: number
}

/** The words alone: how lines end, and rules at the ends, are not what is measured. */
const squeezed = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '')

function judge({ text }: NaturalText, shape: Shape, raw: Buffer): Verdict {
  const { reply } = readMail(raw)
  const want = squeezed(text)
  const got = squeezed(reply.text)
  if (shape === 'quoted' && reply.text.includes(oldWord)) return 'left in'
  if (got === want) return 'right'
  return squeezed(reply.text + reply.signature) === want ? 'signature' : 'cut'
}

function isShape(name: string): name is Shape {
  return name === 'first' || name === 'answer' || name === 'quoted'
}

const sources: readonly Source[] =
  positionals.length === 0
    ? [{ language: '?', path: '/usr/share/games/fortunes' }]
    : positionals.map((argument) => {
        const named = /^([a-z]{2})=(.+)$/.exec(argument)
        return { language: named?.[1] ?? 'en', path: named?.[2] ?? argument }
      })
const every = Math.max(1, Number(values.every))
const texts = (await naturalTexts(sources)).filter((_, i) => i % every === 0)
if (texts.length === 0) {
  process.stderr.write('no texts: name files or folders, or apt-get install fortunes fortunes-ru fortunes-de fortunes-es fortunes-it\n')
  process.exit(2)
}
const rows = new Map<string, Row>()
const times: number[] = []
for (const [turn, text] of texts.entries()) {
  const row = rows.get(text.language) ?? { texts: 0, mails: 0, cut: 0, signature: 0, left: 0 }
  rows.set(text.language, row)
  row.texts += 1
  for (const shape of values.shapes.split(',').filter(isShape)) {
    if (shape !== 'first' && text.quotes) continue
    const { raw, form } = mailWith(text.text, shape, text.language, turn)
    const start = performance.now()
    const verdict = judge(text, shape, raw)
    times.push(performance.now() - start)
    row.mails += 1
    if (verdict === 'cut') row.cut += 1
    if (verdict === 'signature') row.signature += 1
    if (verdict === 'left in') row.left += 1
    if (values.list && verdict !== 'right') process.stdout.write(`${verdict}\t${shape} ${form}\t${text.id}\n`)
  }
}
const total: Row = { texts: 0, mails: 0, cut: 0, signature: 0, left: 0 }
for (const row of rows.values()) {
  total.texts += row.texts
  total.mails += row.mails
  total.cut += row.cut
  total.signature += row.signature
  total.left += row.left
}
times.sort((a, b) => a - b)
const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(2)
const cells = (name: string, r: Row): string =>
  [name.padEnd(6), ...[r.texts, r.mails, r.cut, r.signature, r.left].map((n) => String(n).padStart(10))].join('')
process.stdout.write(`${['      ', ...['texts', 'mails', 'cut', 'signature', 'left in'].map((n) => n.padStart(10))].join('')}\n`)
for (const [language, row] of [...rows].sort((a, b) => b[1].mails - a[1].mails)) process.stdout.write(`${cells(language, row)}\n`)
process.stdout.write(`${cells('total', total)}\nreading: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`)
process.exitCode = total.cut * 25_000 > total.mails || total.left * 4_000 > total.mails ? 1 : 0
