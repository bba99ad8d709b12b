// The thread that reads mails for parse-pool.ts: one request, one answer.
import { parentPort } from 'node:worker_threads'
import { LimitError } from '../mail/limits.ts'
import { extractReply, readMail } from '../mail/read.ts'
import type { ReadMail, ReadOptions, Reply } from '../mail/read.ts'

/** A body without a header, in one of its two forms. */
export type LooseBody = { readonly text: string } | { readonly html: string }

export type ParseRequest = { readonly raw: Uint8Array; readonly options: ReadOptions } | { readonly body: LooseBody }

export type ParseAnswer =
  | { readonly ok: true; readonly mail: ReadMail }
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly reason: 'limit' | 'error'; readonly detail: string }

function answer(request: ParseRequest): ParseAnswer {
  try {
    return 'raw' in request ? { ok: true, mail: readMail(request.raw, request.options) } : { ok: true, reply: extractReply(request.body) }
  } catch (error) {
    if (error instanceof LimitError) return { ok: false, reason: 'limit', detail: error.message }
    return { ok: false, reason: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (request: ParseRequest) => parentPort?.postMessage(answer(request)))
