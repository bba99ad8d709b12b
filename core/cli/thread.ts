// `postern thread --jsonl`: which mails are one conversation, from their headers alone.
import { createHash } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { readHeaders } from '../mail/read.ts'
import { createThreads } from '../mail/thread.ts'
import { lines, parseObject, writeLine } from './ndjson.ts'

/** The streams of `postern thread`: one JSON line in and one out for each mail. */
export interface ThreadArguments {
  readonly stdin: Readable
  readonly stdout: Writable
}

/** Reads `{"id","raw"}` lines (raw: base64) to the end and answers each with `{"id","thread"}` in their order; a bad line gets `"thread": null` and an error. Exit code 0. */
export async function runThread({ stdin, stdout }: ThreadArguments): Promise<number> {
  const threads = createThreads()
  const answers: { readonly key: string; readonly id: unknown; readonly error?: string }[] = []
  for await (const line of lines(stdin)) {
    if (line?.trim() === '') continue
    const request = parseObject(line)
    const key = String(answers.length)
    const raw = typeof request?.['raw'] === 'string' ? Buffer.from(request['raw'], 'base64') : undefined
    if (!raw) answers.push({ key, id: request?.['id'] ?? null, error: 'expected a line {"id", "raw"}' })
    else {
      const facts = readHeaders(raw)
      // The same mail twice is one, with or without an id of its own.
      threads.add(
        key,
        facts.messageId === null ? { ...facts, messageId: `sha256 ${createHash('sha256').update(raw).digest('hex')}` } : facts,
      )
      answers.push({ key, id: request?.['id'] ?? null })
    }
  }
  const conversations = threads.conversations()
  for (const { key, id, error } of answers)
    await writeLine(stdout, error === undefined ? { id, thread: conversations.get(key) ?? key } : { id, thread: null, error })
  return 0
}
