// Reads mail in the event loop itself, for scenarios and tests: their mails are trusted, and a thread costs more than what it would read.
import { readHeaders } from '../../mail/read.ts'
import { parseAnswer } from './parse-answer.ts'
import type { ParsePool } from './parse-pool.ts'

/** Bounds on a mail's structure hold as in a worker; bounds on time and memory do not. It has nothing to stop: one serves everybody. */
export const parseHere: ParsePool = {
  read(raw, options = {}) {
    const answer = parseAnswer({ raw, options })
    return Promise.resolve('mail' in answer ? answer : { ...(answer.ok ? unlike : answer), headers: readHeaders(raw) })
  },
  reply(body) {
    const answer = parseAnswer({ body })
    return Promise.resolve('reply' in answer || !answer.ok ? answer : unlike)
  },
  html(unsafe) {
    const answer = parseAnswer({ unsafe })
    return Promise.resolve('made' in answer || !answer.ok ? answer : unlike)
  },
  stop: () => Promise.resolve(),
}

/** No request is answered so: the types of requests and answers are not tied to each other. */
const unlike = { ok: false, reason: 'error', detail: 'an answer to another request' } as const
