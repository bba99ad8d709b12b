// The thread that reads mails for parse-pool.ts: one request, one answer.
import { parentPort } from 'node:worker_threads'
import { LimitError } from '../mail/limits.ts'
import { extractReply, readMail } from '../mail/read.ts'
import type { ReadMail, ReadOptions, Reply } from '../mail/read.ts'
import { sanitizeHtml } from '../mail/sanitize.ts'
import type { SanitizedHtml } from '../mail/sanitize.ts'

/** A body without a header, in one of its two forms. */
export type LooseBody = { readonly text: string } | { readonly html: string }

/** HTML to be made safe; `cids`: where the image of a Content-ID is had. */
export interface UnsafeHtml {
  readonly html: string
  readonly images: 'blocked' | 'cid' | 'all'
  readonly cids: ReadonlyMap<string, string>
}

export type ParseRequest = { readonly raw: Uint8Array; readonly options: ReadOptions } | { readonly body: LooseBody } | { readonly unsafe: UnsafeHtml }

export type ParseAnswer =
  | { readonly ok: true; readonly mail: ReadMail }
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: true; readonly safe: SanitizedHtml }
  | { readonly ok: false; readonly reason: 'limit' | 'error'; readonly detail: string }

function answer(request: ParseRequest): ParseAnswer {
  try {
    if ('raw' in request) return { ok: true, mail: readMail(request.raw, request.options) }
    if ('body' in request) return { ok: true, reply: extractReply(request.body) }
    const { html, images, cids } = request.unsafe
    return { ok: true, safe: sanitizeHtml(html, { images, cidUrl: (cid) => cids.get(cid) ?? null }) }
  } catch (error) {
    if (error instanceof LimitError) return { ok: false, reason: 'limit', detail: error.message }
    return { ok: false, reason: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (request: ParseRequest) => parentPort?.postMessage(answer(request)))
