// The author's new words of a mail: what was quoted, forwarded or signed is cut off and kept beside it.
import type { Outcome } from './cut.ts'
import { cutLines } from './cut.ts'
import { keepHtml } from './html-keep.ts'
import type { HtmlLines } from './html-lines.ts'
import { htmlLines } from './html-lines.ts'
import { stripTags, tidy } from './html-text.ts'
import type { Line } from './lines.ts'
import { IMAGE, hasWords, textLines } from './lines.ts'
import type { ReplyInput } from './input.ts'

/**
 * What happened to a mail.
 * - `empty-kept`: nothing new was found, so everything is in `text`. Do not read commands in it.
 * - `interleaved`: answers stand between the quoted lines; quotes are in `text`.
 * - `forward`: somebody else's mail was passed on. `own-marker`: cut at our own marker.
 * - `bottom-post`: the answer stands below the quote. `image-only`: the reply is an image, `text` has a sign for it.
 * - `limit`: the mail is so long that its end was not looked at.
 */
export type ReplyFlag = 'empty-kept' | 'interleaved' | 'forward' | 'own-marker' | 'bottom-post' | 'image-only' | 'limit'

/** The parts of a mail. */
export interface Reply {
  /** The author's new words; '' only for a mail without words and for a bare forward. */
  readonly text: string
  /** The HTML of these words, not sanitised; null for a text mail. */
  readonly html: string | null
  /** What was cut: a quote, an old conversation, a forwarded mail with its header block. */
  readonly quoted: string
  readonly signature: string
  readonly forwarded: boolean
  readonly flags: readonly ReplyFlag[]
}

/** Cuts a mail. Pure, linear in the size of the mail, never throws. */
export function extractReply(input: ReplyInput): Reply {
  const text = input.text ?? ''
  const html = input.html ?? ''
  const fromHtml = html.trim() === '' ? null : cutHtml(html, input)
  if (fromHtml === null) return cutText(text, input).reply
  if (text.trim() === '') return fromHtml.reply
  const fromText = cutText(text, input)
  if (isStub(text, fromHtml.reply)) return fromHtml.reply
  const agree = sameWords(fromText.reply.text, fromHtml.reply.text)
  // Our own marker, or a cut that left something, in only one of them decides.
  const [textRank, htmlRank] = [rank(fromText), rank(fromHtml)]
  if (textRank !== htmlRank) return textRank < htmlRank ? fromHtml.reply : { ...fromText.reply, html: agree ? fromHtml.reply.html : null }
  if (!agree && fromHtml.cut && (fromHtml.vendor || !fromText.cut)) return fromHtml.reply
  // Their cuts differ and the text part is believed: the HTML would show what was cut.
  return { ...fromText.reply, html: agree || !fromText.cut ? fromHtml.reply.html : null }
}

function rank({ reply: { flags } }: Cut): number {
  return flags.includes('own-marker') ? 2 : flags.includes('empty-kept') ? 0 : 1
}

/** Whether two cuts kept the same words; a text part also has the targets of links and the names of images. */
function sameWords(a: string, b: string): boolean {
  const [x, y] = [wordLength(a), wordLength(b)]
  return Math.abs(x - y) <= 20 + Math.max(x, y) / 10
}

function wordLength(text: string): number {
  return text.replace(/https?:\/\/[^\s<>()[\]]{1,2000}|\[(?:image|cid)[^\]]{0,200}\]|[^\p{L}\p{N}]/gu, '').length
}

interface Cut {
  readonly reply: Reply
  /** Something was cut. */
  readonly cut: boolean
  /** A mail program's own container was found. */
  readonly vendor: boolean
}

/** A text part that only says "use an HTML program", or has lost most of the words. */
function isStub(text: string, html: Reply): boolean {
  const whole = html.text.length + html.quoted.length + html.signature.length
  return whole > 200 && text.length < whole / 4
}

function cutText(text: string, input: ReplyInput): Cut {
  const { lines, rest } = textLines(text)
  const outcome = cutLines(lines, input)
  return { reply: assemble(lines, outcome, rest, null), cut: outcome.decision.cause !== 'none' || outcome.marked, vendor: false }
}

function cutHtml(html: string, input: ReplyInput): Cut {
  const body = htmlLines(html)
  const outcome = cutLines(body.lines, input)
  return {
    reply: assemble(body.lines, outcome, body.rest === '' ? '' : `\n${stripTags(body.rest)}`, body),
    cut: outcome.decision.cause !== 'none' || outcome.marked,
    vendor: body.vendor,
  }
}

function assemble(lines: readonly Line[], { decision, marked, forwarded }: Outcome, rest: string, body: HtmlLines | null): Reply {
  const flags: ReplyFlag[] = []
  const own: string[] = []
  const quoted: string[] = []
  const signature: string[] = []
  lines.forEach((line, i) => {
    const offset = decision.splits.get(i)
    if (offset !== undefined) {
      own.push(line.raw.slice(0, offset).replace(/[\s–—-]{1,20}$/, ''))
      quoted.push(line.raw.slice(offset))
    } else if (decision.places[i] === 'reply') own.push(line.raw)
    else if (decision.places[i] === 'quote') quoted.push(line.raw)
    else signature.push(line.raw)
  })
  const restIsText = decision.cause === 'none' && !marked
  if (rest !== '') {
    flags.push('limit')
  }
  // The rest is not tidied: it may be ten times what was looked at.
  let text = (rest !== '' && restIsText ? tidy(own.join('\n')) + rest : trimEnds(tidy(own.join('\n')))).trimEnd()
  let keep: (line: number) => boolean = (i) => decision.places[i] === 'reply'
  const image = lines.some((line, i) => line.text === IMAGE && decision.places[i] === 'reply')
  if (marked) flags.push('own-marker')
  if (forwarded) flags.push('forward')
  if (decision.interleaved) flags.push('interleaved')
  if (decision.bottomPost && !decision.interleaved) flags.push('bottom-post')
  if (!hasWords(text) && !forwarded) {
    const everything = tidy(lines.map((l) => l.raw).join('\n')) + rest
    if (image && decision.cause !== 'none') {
      flags.push('image-only')
      text = '🖼'
    } else if (hasWords(everything)) {
      flags.push('empty-kept')
      keep = () => true
      return { text: everything, html: body === null ? null : keepHtml(body, keep), quoted: '', signature: '', forwarded, flags }
    }
  }
  return {
    text,
    html: body === null ? null : keepHtml(body, keep),
    quoted: tidy(quoted.join('\n')) + (restIsText ? '' : rest),
    signature: tidy(signature.join('\n')),
    forwarded,
    flags,
  }
}

/** Without rule lines at the ends: they belonged to what was cut. */
function trimEnds(text: string): string {
  const lines = text.split('\n')
  const junk = (line: string | undefined): boolean =>
    line !== undefined && (line.trim() === '' || /^\s{0,20}(?:[-–—=_*~#+⎯─]{2,200}|ᐧ|>{1,20})\s{0,20}$/.test(line))
  let end = lines.length
  while (end > 0 && junk(lines[end - 1]) && !/^\s*```/.test(lines[end - 1] ?? '')) end -= 1
  return lines.slice(0, end).join('\n').trimEnd()
}
