// What of an agent's mail is for the customer: his new words as text and HTML, and the files, without signature, commands and quote.
import { headHtml, htmlToText, isMobileLine } from '../../core/plugin.ts'
import type { ReadMail, Tx } from '../../core/plugin.ts'
import { readAnswer } from './block.ts'
import type { Answer } from './block.ts'
import { fold } from './fold.ts'
import { isContact, isProse, isSignature } from './signature.ts'
import type { Reader } from './signature.ts'

/** `quotes`: parts of our notification may be among the words. `empty`: nothing new was written. */
export type Unfit = 'quotes' | 'empty'

/** What was written, and why it must not be sent as it is (null: it may). */
export interface Words {
  readonly answer: Answer
  /** Lines that were taken for a signature here: contact lines below his name, what stands below the commands, what the mail begins with. */
  readonly signed: readonly string[]
  readonly unfit: Unfit | null
}

/** Reads the new words; what the cutter was not sure of is not trusted: a notification holds what no customer may see. */
export function wordsOf(mail: ReadMail, reader: Reader): Words {
  const { text, flags, forwarded } = mail.reply
  const empty = readAnswer('', reader)
  if (flags.includes('empty-kept')) return { answer: empty, signed: [], unfit: 'empty' }
  if (forwarded || flags.includes('interleaved') || flags.includes('limit') || isOurs.test(text))
    return { answer: empty, signed: [], unfit: 'quotes' }
  if (flags.includes('image-only')) return { answer: empty, signed: [], unfit: null }
  // One line with a colon right above our marker is how a program introduces the quote; what was written stands somewhere below.
  if (flags.includes('own-marker') && /^[^\n]{1,300}[:：]$/.test(text.trim())) return { answer: empty, signed: [], unfit: 'quotes' }
  const { own, lone } = loneSignature(text, reader)
  const answer = readAnswer(own, reader)
  return {
    answer: {
      ...answer,
      text: withoutContacts(answer.text, reader.agentName),
      asIs: answer.doubts.length > 0 ? answer.asIs : withoutContacts(answer.asIs, reader.agentName),
    },
    signed: [...lone, ...contactsOf(answer.text, reader.agentName), ...answer.signature],
    unfit: null,
  }
}

function contactsOf(text: string, agentName: string): readonly string[] {
  const lines = text.split('\n')
  return lines.slice(contactsStart(lines, agentName))
}

function withoutContacts(text: string, agentName: string): string {
  const lines = text.split('\n')
  const start = contactsStart(lines, agentName)
  return start === lines.length ? text : lines.slice(0, start).join('\n').trimEnd()
}

/** Signs of our notification: its marker, and an answer address with an agent's token, as programs write it above a quote. */
const isOurs = /##~|~##|\+a[a-z2-7]{42}@/i

/**
 * A mail that begins with a signature has nothing above it: the cutter keeps it, since it cannot be sure of a stranger's. Below the line of a
 * mail program there may be words; below a delimiter, commands.
 */
function loneSignature(text: string, reader: Reader): { readonly own: string; readonly lone: readonly string[] } {
  const lines = text.split('\n')
  let end = lines.findIndex((line) => line.trim() !== '')
  const first = lines[end]?.trim() ?? ''
  if (isMobileLine(first)) {
    while (end < lines.length && [isMobileLine, isBlank, isLink].some((is) => is((lines[end] ?? '').trim()))) end++
  } else if (/^(?:--|—|––|_{2,100})$/.test(first)) {
    const below = lines.slice(end)
    const { commands, start } = readAnswer(below.join('\n'), reader)
    if (commands.length === 0 && first !== '--' && !isSignature(below, reader)) return { own: text, lone: [] }
    end = commands.length > 0 ? end + start : lines.length
  } else return { own: text, lone: [] }
  return { own: lines.slice(end).join('\n'), lone: lines.slice(0, end) }
}

const isBlank = (text: string): boolean => text === ''
const isLink = (text: string): boolean => /^[<([]?\s?https?:\/\/\S{1,300}$/.test(text)

/**
 * Where the contact lines below the agent's name begin: programs such as Outlook put a signature under an answer without any mark. Only at
 * the very end, only below a line that is the name and nothing else, only where an address, a telephone number or a site stands among
 * them; the name itself and the sign-off above it stay, they are words.
 */
export function contactsStart(lines: readonly string[], agentName: string): number {
  const name = fold(agentName)
  for (let i = lines.length - 1; i >= 0 && i >= lines.length - 30; i--) {
    if (name === '' || fold((lines[i] ?? '').replace(/[,.]$/, '')) !== name) continue
    const below = lines
      .slice(i + 1)
      .map((l) => l.trim())
      .filter((l) => l !== '')
    const reachable = below.some(isContact)
    const goesOn = below.length > 10 || below.some((l) => l.length > 120 || /^(?:p\.? ?s|п\.? ?с|з\.? ?ы)(?!\p{L})/iu.test(l))
    return reachable && !goesOn ? i + 1 : lines.length
  }
  return lines.length
}

/** The first line of a mail that says nothing else, and what stands below it; null where its words go on. */
export function onlyLine(
  text: string,
  reader: Reader,
): { readonly line: string; readonly answer: Answer; readonly signed: readonly string[] } | null {
  const lines = text.split('\n')
  const first = lines.findIndex((l) => l.trim() !== '')
  if (first < 0) return null
  const below = lines.slice(first + 1)
  const answer = readAnswer(below.join('\n'), reader)
  const rest = below.slice(0, answer.start)
  const words = rest.map((l) => l.trim()).filter((l) => l !== '')
  // A first name alone, a greeting: short, below a blank line, and no sentence.
  const signed = words.length === 0 || isSignature(rest, reader) || (rest[0]?.trim() === '' && words.length <= 5 && !words.some(isProse))
  return signed && answer.doubts.length === 0 ? { line: lines[first] ?? '', answer, signed: [...rest, ...answer.signature] } : null
}

/** Characters of HTML that are cut, or made safe, inside the transaction: 0.1 s at worst. More leaves whole or as text. */
const maxHereLength = 100_000

/**
 * The author's HTML without what stands below his answer, sanitised; null where it does not say exactly what the text says, so that
 * nothing leaves that was not read here.
 */
export function htmlOf(mail: ReadMail, answer: Answer, reader: Reader, safeHtml: Tx['safeHtml']): string | null {
  const { html, flags } = mail.reply
  const images = new Set(mail.attachments.flatMap((a) => (a.inline && a.contentId ? [a.contentId] : [])))
  const whole = html === null ? null : safeHtml(html, { longest: maxHereLength, images })
  if (whole === null || whole.limit !== null) return null
  const cut = (lines: readonly string[]): number =>
    contactsStart(lines.slice(0, readAnswer(lines.join('\n'), reader).start), reader.agentName)
  const image = flags.includes('image-only')
  const head = image || whole.html.length > maxHereLength ? whole : safeHtml(headHtml(whole.html, cut), { longest: maxHereLength })
  if (head === null || head.html.trim() === '') return null
  return image || letters(head.text ?? htmlToText(head.html)) === letters(answer.text) ? head.html : null
}

/** Letters and digits alone: marks of emphasis, link targets in brackets and blanks differ between a mail's text and its HTML. */
function letters(text: string): string {
  return text.replace(/<?https?:\/\/[^\s<>()[\]]{1,2000}>?|<mailto:[^>\s]{1,300}>|\[(?:image|cid)[^\]]{0,200}\]|[^\p{L}\p{N}]/giu, '')
}

/** A file of the agent's mail, as a range of the blob of that mail; `sizeBytes` is its size when decoded. */
export interface ReplyFile {
  readonly filename: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly contentId: string | null
  readonly inline: boolean
  readonly blob: {
    readonly id: string
    readonly start: number
    readonly end: number
    readonly encoding: 'identity' | 'base64' | 'quoted-printable' | 'uuencode'
  }
}

/**
 * The files that go to the customer: those that were attached, and the images that the sent HTML shows; not those of signature and quote, no
 * cryptographic signatures, no container whose files are here themselves. `put` stores what stands nowhere in the raw mail as it is.
 */
export async function filesOf(
  mail: ReadMail,
  rawId: string,
  html: string | null,
  put: (bytes: Uint8Array) => Promise<ReplyFile['blob']>,
): Promise<readonly ReplyFile[]> {
  const shown = (id: string): boolean => html !== null && (html.includes(`cid:${id}`) || html.includes(`cid:${encodeURI(id)}`))
  const opaque = mail.warnings.includes('unchecked: S/MIME')
  const going = mail.attachments.filter((a) => {
    if (a.inline && a.contentId !== null) return shown(a.contentId)
    if (opaque && /^application\/(?:x-)?pkcs7-mime$/i.test(a.contentType)) return false
    return !/^application\/(?:(?:x-)?pkcs7-signature|pgp-signature|ms-tnef)$/i.test(a.contentType)
  })
  const files: ReplyFile[] = []
  for (const a of going.slice(0, 100))
    files.push({
      filename: a.shownName,
      contentType: a.contentType,
      sizeBytes: a.sizeBytes,
      contentId: a.contentId,
      inline: a.inline,
      blob: a.content ? await put(a.content) : { id: rawId, start: a.range.start, end: a.range.end, encoding: a.range.encoding },
    })
  return files
}
