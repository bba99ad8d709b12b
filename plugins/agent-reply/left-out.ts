// What of an agent's mail does not reach the customer and is not known to be a quote or his signature: it is told, never dropped silently.
import { createHash } from 'node:crypto'
import { isMobileLine, unexplainedLines } from '../../core/plugin.ts'
import type { ReadMail, Tx } from '../../core/plugin.ts'
import { commandLines } from './block.ts'
import { isSigned, isUsual } from './signature.ts'
import type { Reader } from './signature.ts'
import { learnSignature } from './store.ts'

/** Lines that were left out; empty where all of it is recognised. */
export interface LeftOut {
  readonly lines: readonly string[]
  /** A signature that has sentences in it and was not seen before: it may be words for the customer. */
  readonly signature: readonly string[]
}

/** Messages of the case whose text a quote may have. */
const quotable = 30

/**
 * Compares what was cut off with our notification (from its marker on, and what stands behind quote marks), the messages of the case and the
 * agent's known signatures; a new signature is learned. `signed`: the lines that were taken for a signature besides. Commands in a signature
 * are told each time.
 */
export async function leftOut(
  tx: Tx,
  caseId: string,
  reader: Reader & { readonly agent: string },
  mail: ReadMail,
  signed: readonly string[],
): Promise<LeftOut> {
  const { quoted, signature } = mail.reply
  const messages = quoted.trim() === '' ? [] : await tx.messages.last(caseId, quotable)
  const lines = unexplainedLines(quoted, [...messages.flatMap((m) => [m.text, m.subject]), mail.subject], { marks: true })
  const below = signature.split('\n').map((l) => l.trim())
  const own = [...below, ...signed.map((l) => l.trim())].filter((l) => /[\p{L}\p{N}]/u.test(l) && !isMobileLine(l))
  const known = own.length === 0 || !(await learnSignature(tx, { agent: reader.agent, signature: digest(own.join('\n')), at: tx.now }))
  // What nobody would miss needs no word: where nothing says whose signature it is, it may be none.
  const unusual = own.some(isSentence) || signed.some((l) => !isUsual(l, reader)) || !own.some((l) => isSigned(l, reader))
  const commands = commandLines(own, reader.vocabulary)
  return { lines, signature: !known && unusual ? own : commands }
}

/** Four words or more that end like a sentence or ask: names, titles, addresses and numbers do not. */
function isSentence(line: string): boolean {
  return (/[.!?…]$/.test(line) || line.length > 100) && (line.match(/(?<![\p{L}@.])\p{Ll}[\p{L}’'-]*(?![\p{L}@.]\S)/gu)?.length ?? 0) >= 3
}

function digest(text: string): string {
  return createHash('sha256')
    .update(text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' '))
    .digest('hex')
}
