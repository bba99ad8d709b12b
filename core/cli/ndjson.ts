// Lines of JSON in and out for the commands that answer one line at a time.
import type { Readable, Writable } from 'node:stream'

/** Longer lines are not kept: a mail of 100 MB in base64 fits. */
const maxLineLength = 150_000_000

/** The lines of a stream as UTF-8, cut at LF alone (U+2028 may stand inside of JSON); null for one that is too long. */
export async function* lines(stream: Readable): AsyncGenerator<string | null> {
  let pieces: Buffer[] = []
  let size = 0
  const take = (): string | null => {
    const text = size > maxLineLength ? null : Buffer.concat(pieces).toString('utf8')
    pieces = []
    size = 0
    return text
  }
  for await (const chunk of stream) {
    let rest: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      pieces.push(rest.subarray(0, at))
      size += at
      rest = rest.subarray(at + 1)
      yield take()
    }
    size += rest.length
    if (size <= maxLineLength) pieces.push(rest)
    else pieces = []
  }
  if (size > 0) yield take()
}

/** Writes one object as a line and waits where the reader is slow. */
export function writeLine(out: Writable, object: unknown): Promise<void> {
  return new Promise((resolve) => {
    out.write(JSON.stringify(object) + '\n', () => resolve())
  })
}

/** A JSON object, or undefined for anything else. */
export function parseObject(line: string | null): Readonly<Record<string, unknown>> | undefined {
  if (line === null) return undefined
  try {
    const value: unknown = JSON.parse(line)
    // A checked boundary: an object of JSON has string keys and unknown values.
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
