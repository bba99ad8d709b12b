// The thread that reads mails for parse-pool.ts: one request, one answer.
import { parentPort } from 'node:worker_threads'
import { LimitError } from '../mail/limits.ts'
import { readMail } from '../mail/read.ts'
import type { ReadMail, ReadOptions } from '../mail/read.ts'

export interface ParseRequest {
  readonly raw: Uint8Array
  readonly options: ReadOptions
}

export type ParseAnswer = { readonly ok: true; readonly mail: ReadMail } | { readonly ok: false; readonly reason: 'limit' | 'error'; readonly detail: string }

function answer({ raw, options }: ParseRequest): ParseAnswer {
  try {
    return { ok: true, mail: readMail(raw, options) }
  } catch (error) {
    if (error instanceof LimitError) return { ok: false, reason: 'limit', detail: error.message }
    return { ok: false, reason: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (request: ParseRequest) => parentPort?.postMessage(answer(request)))
