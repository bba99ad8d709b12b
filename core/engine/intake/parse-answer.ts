// What is asked of a parser, and its answer: the same in a thread (parse-worker.ts) and in the event loop (parse-here.ts).
import { LimitError } from '../../mail/limits.ts'
import { extractReply, readMail } from '../../mail/read.ts'
import type { ReadMail, ReadOptions, Reply } from '../../mail/read.ts'
import { madeSafe, safeHtmlsOf } from '../../mail/safe-html.ts'
import type { SafeHtmls, UnsafeHtml } from '../../mail/safe-html.ts'
import type { SanitizedHtml } from '../../mail/sanitize.ts'

/** A body without a header, in one of its two forms. */
export type LooseBody = { readonly text: string } | { readonly html: string }

/** How a mail is read. */
export interface ParseOptions extends ReadOptions {
  /** Also the HTML that may be recorded, made safe: for a mail that is taken in. */
  readonly safe?: boolean
}

/** What a parser is asked: a whole mail, a body without a header, or HTML to be made safe. */
export type ParseRequest =
  { readonly raw: Uint8Array; readonly options: ParseOptions } | { readonly body: LooseBody } | { readonly unsafe: UnsafeHtml }

/** What it answers, by the kind of the request; `limit` where the input passed a bound, `error` where reading it threw. */
export type ParseAnswer =
  | { readonly ok: true; readonly mail: ReadMail; readonly safe?: SafeHtmls }
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: true; readonly made: SanitizedHtml }
  | { readonly ok: false; readonly reason: 'limit' | 'error'; readonly detail: string }

/** Never throws. */
export function parseAnswer(request: ParseRequest): ParseAnswer {
  try {
    if ('raw' in request) {
      const mail = readMail(request.raw, request.options)
      return { ok: true, mail, ...(request.options.safe === true && { safe: safeHtmlsOf(mail) }) }
    }
    if ('body' in request) return { ok: true, reply: extractReply(request.body) }
    return { ok: true, made: madeSafe(request.unsafe) }
  } catch (error) {
    if (error instanceof LimitError) return { ok: false, reason: 'limit', detail: error.message }
    return { ok: false, reason: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}
