// mailsplit's splitter driven line by line: it knows boundaries, nesting and the bound on parts; the caller knows where each line stands.
import { Splitter } from '@zone-eu/mailsplit'
import type { MimeNode, SplitterChunk } from '@zone-eu/mailsplit'
import { LimitError, mailLimits } from './limits.ts'

/** A place in the tree. */
export type Spot = MimeNode

/** What the header of a part means for the tree; nothing else of it is shown to the splitter, so that what headers cost is bounded by our reader alone. */
export type HeaderKind = { readonly kind: 'leaf' | 'message' } | { readonly kind: 'multipart'; readonly boundary: string }

/** A boundary line: of which multipart, and whether another part begins behind it or the multipart ends. */
export interface Met {
  readonly container: Spot
  readonly opens: boolean
}

export interface LineSplitter {
  /** Where the next header or line belongs. */
  readonly spot: Spot
  /** The header of the part that begins here. Throws LimitError for one part too many. */
  header(kind: HeaderKind): Spot
  /** One line of a body, line end and all; undefined where it is no boundary of the multiparts that are open. */
  line(line: Buffer): Met | undefined
}

/**
 * The stream in front of the splitter yields to the event loop between pieces (`setImmediate`), while a mail is read in one call: the method
 * that it feeds each line to answers at once. It is not in the library's types, so it is asked for here; test/mail/library.test.ts tells
 * when a new version changes it.
 */
export function createSplitter(): LineSplitter {
  const splitter = new Splitter({ maxChildNodes: mailLimits.parts, defaultInlineEmbedded: true })
  if (!answersAtOnce(splitter)) throw new Error('mailsplit has no processLine any more')
  const give = (line: Buffer): Answer => {
    let answer: Answer = {}
    splitter.processLine(line, false, (error, chunk, opens) => {
      answer = { error, chunk: chunk || undefined, opens: opens === true }
    })
    if (answer.error?.code === 'EMAXLEN') throw new LimitError('parts')
    if (answer.error) throw answer.error
    return answer
  }
  return {
    get spot() {
      return splitter.node
    },
    header(kind) {
      give(headerLine(kind))
      const { chunk } = give(emptyLine)
      if (chunk?.type !== 'node') throw new Error('mailsplit did not end the header')
      return chunk
    },
    line(line) {
      const before = splitter.node
      const { chunk, opens } = give(line)
      if (chunk?.type !== 'data') return undefined
      if (opens === true && chunk.node.parentNode) return { container: chunk.node.parentNode, opens: true }
      return chunk.node === before ? undefined : { container: chunk.node, opens: false }
    },
  }
}

interface Answer {
  readonly error?: (Error & { readonly code?: string }) | null | undefined
  readonly chunk?: SplitterChunk | undefined
  readonly opens?: boolean
}

interface AnswersAtOnce {
  readonly node: Spot
  processLine(
    line: Buffer,
    final: boolean,
    next: (error?: (Error & { readonly code?: string }) | null, chunk?: SplitterChunk | false, opens?: boolean) => void,
  ): void
}

const answersAtOnce = (splitter: Splitter): splitter is Splitter & AnswersAtOnce =>
  'processLine' in splitter && typeof splitter.processLine === 'function' && 'node' in splitter

const emptyLine = Buffer.from('\n')

function headerLine(kind: HeaderKind): Buffer {
  if (kind.kind === 'multipart')
    return Buffer.from(`Content-Type: multipart/mixed; boundary="${kind.boundary.replace(/["\\]/g, '\\$&')}"\n`)
  return Buffer.from(`Content-Type: ${kind.kind === 'message' ? 'message/rfc822' : 'text/plain'}\n`)
}
