// HTML in the body of a call, made safe beside the event loop before the transaction that will ask for it (`Tx.safeHtml`).
import { PosternError } from '../../base/errors.ts'
import { isRecord } from '../../base/schema-walk.ts'
import type { ParsePool } from '../../engine/intake/parse-pool.ts'
import type { SafeHtml, SafeHtmls } from '../../mail/safe-html.ts'

/** Characters: up to here it costs less than asking another thread, 1 ms at worst. */
const short = 2000

/** Every long text by the name `html`, wherever it stands. Throws `invalid` for what costs too much, `too_busy` where it cannot be done now. */
export async function htmlInCall(pool: Pick<ParsePool, 'html'>, body: unknown): Promise<SafeHtmls> {
  const made = new Map<string, SafeHtml>()
  for (const html of longHtml(body)) {
    const answer = await pool.html({ html, images: 'cid', cids: 'kept' })
    if (!answer.ok)
      throw answer.reason === 'error'
        ? new PosternError('too_busy')
        : new PosternError('invalid', 'html: it costs too much to be made safe')
    made.set(html, answer.made)
  }
  return made
}

function longHtml(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) longHtml(item, found)
  else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'html' && typeof item === 'string' && item.length > short) found.add(item)
      else longHtml(item, found)
    }
  }
  return found
}
