// `postern inspect`: how the gateway sees a mail, for people (colours) and for programs (JSON, one line a mail).
import { readFile } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { createParsePool } from '../engine/intake/parse-pool.ts'
import type { ParsePool, ReadOutcome } from '../engine/intake/parse-pool.ts'
import type { MinimalMail, ReadMail } from '../mail/read.ts'
import { formatMail, isoTime } from './inspect-text.ts'
import { lines, parseObject, writeLine } from './ndjson.ts'

/** What `postern inspect` reads, and in which form it writes. */
export interface InspectArguments {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** Paths of raw mails; `-` is the standard input. */
  readonly files: readonly string[]
  /** One JSON line in, one out, until the input ends. */
  readonly jsonl: boolean
  /** The files as JSON. */
  readonly json: boolean
  readonly color: boolean
}

/** Runs the command; the exit code is 1 when a file could not be read, 2 when it is used wrongly, else 0. */
export async function runInspect(args: InspectArguments): Promise<number> {
  if (!args.jsonl && args.files.length === 0) {
    args.stderr.write('postern inspect: name a file with a raw mail, or use --jsonl\n')
    return 2
  }
  const pool = createParsePool({ workers: 1, timeoutMs })
  try {
    return args.jsonl ? await answerLines(pool, args) : await showFiles(pool, args)
  } finally {
    await pool.stop()
  }
}

/** Under the five seconds that no input may take, with time left to answer. */
const timeoutMs = 4500

async function answerLines(pool: ParsePool, { stdin, stdout }: InspectArguments): Promise<number> {
  for await (const line of lines(stdin)) {
    if (line?.trim() === '') continue
    await writeLine(stdout, await answerLine(pool, line))
  }
  return 0
}

async function answerLine(pool: ParsePool, line: string | null): Promise<object> {
  const request = parseObject(line)
  const id = request?.['id'] ?? null
  const { type = 'eml', content, raw } = request ?? {}
  if (request === undefined) return { id, ok: false, error: line === null ? 'the line is too long' : 'not a line of JSON with an object' }
  if ((type === 'text' || type === 'html') && typeof content === 'string') {
    const outcome = await pool.reply(type === 'html' ? { html: content } : { text: content })
    return outcome.ok ? { id, ok: true, reply: outcome.reply } : { id, ok: false, error: `${outcome.reason}: ${outcome.detail}` }
  }
  if (type !== 'eml' || (typeof raw !== 'string' && typeof content !== 'string'))
    return { id, ok: false, error: 'expected {"id", "type": "eml"|"text"|"html", "content" | "raw"}' }
  const bytes = typeof raw === 'string' ? Buffer.from(raw, 'base64') : Buffer.from(String(content))
  return { id, ...mailAnswer(await pool.read(bytes)) }
}

/** The answer to a raw mail. One that is over a bound is answered as the gateway takes it: its header, nothing else, the bound named. */
function mailAnswer(outcome: ReadOutcome): object {
  if (outcome.ok) {
    const { mail } = outcome
    const { reply, kind, evidence, bounce, verdicts, warnings, limits } = mail
    return { ok: true, mail: mailObject(mail), reply, kind, verdicts, evidence, bounce, warnings, limits }
  }
  if (outcome.reason !== 'limit') return { ok: false, error: `${outcome.reason}: ${outcome.detail}` }
  const mail = { ...outcome.headers, text: '', attachments: [] }
  return {
    ok: true,
    mail: mailObject(mail),
    reply: { text: '', quoted: '', signature: '', forwarded: false },
    kind: 'normal',
    evidence: [],
    bounce: null,
    warnings: [],
    limits: [outcome.detail],
  }
}

function mailObject(mail: MinimalMail & Pick<ReadMail, 'text' | 'attachments'>): object {
  return {
    from: mail.from,
    to: mail.to,
    cc: mail.cc,
    replyTo: mail.replyTo,
    subject: mail.subject,
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo[0] ?? null,
    references: mail.references,
    date: mail.dateMs === null ? null : isoTime(mail.dateMs),
    text: mail.text,
    attachments: mail.attachments.map(({ filename, contentType, sizeBytes, contentId, inline }) => ({
      filename,
      contentType,
      size: sizeBytes,
      contentId,
      inline,
    })),
  }
}

async function showFiles(pool: ParsePool, args: InspectArguments): Promise<number> {
  let code = 0
  for (const file of args.files) {
    let raw: Buffer
    try {
      raw = file === '-' ? await everything(args.stdin) : await readFile(file)
    } catch (error) {
      args.stderr.write(`postern inspect: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}\n`)
      code = 1
      continue
    }
    const outcome = await pool.read(raw)
    if (args.json) await writeLine(args.stdout, { file, ...mailAnswer(outcome) })
    else args.stdout.write((args.files.length > 1 ? `== ${file}\n` : '') + formatMail(outcome, args.color))
  }
  return code
}

async function everything(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)))
  return Buffer.concat(chunks)
}
