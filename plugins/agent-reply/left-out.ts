// What of an agent's mail does not reach the customer and is not known to be a quote or his signature: it is told, never dropped silently.
import { createHash } from 'node:crypto'
import { isMobileLine, unexplainedLines } from '../../core/plugin.ts'
import type { AgentConfig, ReadMail, Tx } from '../../core/plugin.ts'
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
 * agent's known signatures; a new signature is learned. `contacts`: the lines that were taken off below his name.
 */
export async function leftOut(tx: Tx, caseId: string, agent: AgentConfig, mail: ReadMail, contacts: readonly string[]): Promise<LeftOut> {
  const { quoted, signature } = mail.reply
  const messages = quoted.trim() === '' ? [] : await tx.messages.last(caseId, quotable)
  const lines = unexplainedLines(quoted, [...messages.flatMap((m) => [m.text, m.subject]), mail.subject], { marks: true })
  const own = [...signature.split('\n'), ...contacts].map((l) => l.trim()).filter((l) => /[\p{L}\p{N}]/u.test(l) && !isMobileLine(l))
  const known = own.length === 0 || !(await learnSignature(tx, { agent: agent.id, signature: digest(own.join('\n')), at: tx.now }))
  return { lines, signature: known || !own.some(isSentence) ? [] : own }
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
