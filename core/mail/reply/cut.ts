// Cuts a mail's lines: our own marker first, then what the letters of the lines say; and tells a forward from a reply.
import type { Classes } from './classify.ts'
import { classify } from './classify.ts'
import type { Decision, Place } from './decide.ts'
import { decide, keepAll } from './decide.ts'
import { isForwardSubject } from './subject-prefix.ts'
import { gatewayBanner } from './gateway-banner.ts'
import type { Line } from './lines.ts'
import { hasWords } from './lines.ts'
import { findMarker } from './marker.ts'
import type { ReplyInput } from './input.ts'

/** How a mail's lines were cut. */
export interface Outcome {
  readonly decision: Decision
  readonly marked: boolean
  readonly forwarded: boolean
}

/** What is asked of a mail's header; as in `ReplyInput`. */
type Asked = Pick<ReplyInput, 'subject' | 'markers' | 'answers' | 'sender'>

/** Cuts lines. */
export function cutLines(all: readonly Line[], input: Asked): Outcome {
  const banner = gatewayBanner(all)
  if (banner.size === 0) return cutWithout(all, input)
  const outcome = cutWithout(
    all.map((line, i) => (banner.has(i) ? nothing : line)),
    input,
  )
  const { decision } = outcome
  const places = decision.places.map((place, i) => (banner.has(i) ? ('quote' as const) : place))
  return { ...outcome, decision: { ...decision, places } }
}

const nothing: Line = { raw: '', text: '', depth: 0, mark: 'plain' }

function cutWithout(lines: readonly Line[], input: Asked): Outcome {
  const marker = findMarker(lines, input.markers ?? [])
  if (marker > 0) {
    const head = lines.slice(0, marker)
    const decision = decide(head, classify(head))
    if (head.some((l, i) => decision.places[i] === 'reply' && hasWords(l.text))) {
      const places = [...decision.places, ...lines.slice(marker).map(() => 'quote' as const)]
      dropIntroduction(lines, places, marker)
      if (lines.some((l, i) => places[i] === 'reply' && hasWords(l.text)))
        return { decision: { ...decision, places }, marked: true, forwarded: false }
    }
  }
  const classes = classify(lines)
  const decision = decide(lines, classes)
  if (!decision.interleaved && isForward(lines, classes, decision, input.subject)) {
    // A forward is one piece: what its markup or its old quotes look like says nothing.
    const places = decision.places.map((place, i) => (i >= decision.at ? ('quote' as const) : place))
    return { decision: { ...decision, places, bottomPost: false }, marked: false, forwarded: true }
  }
  if (input.answers === false) return { decision: keepAll(lines), marked: false, forwarded: false }
  return { decision: withoutOwnHead(lines, classes, decision, input.sender) ?? decision, marked: false, forwarded: false }
}

/** A header block above everything is the mail's own: where its sender is this mail's, or another cut is found below the words. */
function withoutOwnHead(lines: readonly Line[], { headers }: Classes, decision: Decision, sender: string | undefined): Decision | null {
  const block = headers.get(decision.at)
  if (block === undefined || lines.slice(0, decision.at).some((l) => hasWords(l.text))) return null
  const own = sender !== undefined && sender !== '' && block.fields.get('from')?.toLowerCase().includes(sender.toLowerCase()) === true
  const below = lines.map((line, i) => (i <= block.end ? nothing : line))
  const again = decide(below, classify(below))
  if (!own && again.cause === 'none') return null
  if (!below.some((l, i) => again.places[i] === 'reply' && hasWords(l.text))) return null
  return {
    ...again,
    cause: again.cause === 'none' ? 'header' : again.cause,
    places: again.places.map((place, i) => (i <= block.end ? 'quote' : place)),
  }
}

/** The line above our marker that ends in a colon is an attribution in a language that we do not know. */
function dropIntroduction(lines: readonly Line[], places: Place[], marker: number): void {
  let k = marker - 1
  while (k >= 0 && lines[k]?.text === '') k -= 1
  const above = lines[k]
  if (above !== undefined && places[k] === 'reply' && above.text.length < 300 && /[:：]$/.test(above.text) && /\d|@/.test(above.text))
    places[k] = 'quote'
}

function isForward(lines: readonly Line[], { headers }: Classes, decision: Decision, subject: string | undefined): boolean {
  const { cause, at } = decision
  if (cause === 'forward') return true
  if (cause === 'none') return false
  if (subject !== undefined) return isForwardSubject(subject, headers.get(at)?.fromLabel)
  // Outlook and 1&1 write the same body for a reply and for a forward; without any subject to ask, their layouts count as one.
  if (cause === 'header') return /^_{32}$/.test(lines[at - 1]?.text ?? '')
  if (cause === 'quote') return /^-{8,} ?original message ?-{8,}$/i.test(lines[at]?.text ?? '')
  return (
    cause === 'attribution' &&
    lines.slice(0, at).some((l) => hasWords(l.text)) &&
    lines.slice(at + 1, at + 3).some((l) => /^ {4}\S/.test(l.raw))
  )
}
