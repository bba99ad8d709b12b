// The per-recipient fields of a delivery report (RFC 3464 §2.3), forgiving what real reports get wrong.
import { parseAddressList } from '../address.ts'
import { decodeWords } from '../words.ts'

/** One recipient as the fields say it; '' for what they leave out. */
export interface StatusBlock {
  readonly final: string
  readonly original: string
  /** failed, delayed, delivered, relayed or expanded; other words as they stand. */
  readonly action: string
  /** The time for trying is over, however the action calls it. */
  readonly expired: boolean
  /** `d.d.d` */
  readonly status: string
  readonly diagnostic: string
}

/** At most so many recipients of one report. */
const most = 1000

const names = /^(final-recipient|original-recipient|action|status|diagnostic-code|x-actual-recipient|x-display-name)[ \t]*:(.*)$/i

/**
 * Reads the fields wherever they stand in `text` (a message/delivery-status body, or prose that quotes one). A new recipient begins with
 * a field that the current one already has, not with an empty line: many reports have extra empty lines or none at all.
 */
export function readStatusBlocks(text: string): readonly StatusBlock[] {
  const blocks: Map<string, string>[] = []
  let current = new Map<string, string>()
  let last = ''
  let gap = false
  for (const line of text.split('\n')) {
    const field = names.exec(line)
    if (field?.[1]) {
      const name = field[1].toLowerCase()
      const repeated = current.has(name) && (name === 'final-recipient' || name === 'original-recipient' || name === 'action')
      if (repeated || (gap && name === 'original-recipient' && current.has('final-recipient'))) {
        blocks.push(current)
        if (blocks.length >= most) return blocks.map(toBlock)
        current = new Map()
      }
      if (!current.has(name)) current.set(name, (field[2] ?? '').trim())
      last = name
      gap = false
    } else if (/^[ \t]+\S/.test(line) && last !== '') current.set(last, `${current.get(last) ?? ''} ${line.trim()}`.slice(0, 4000))
    else {
      if (line.trim() === '') gap = true
      last = ''
    }
  }
  blocks.push(current)
  return blocks.filter((b) => b.has('final-recipient') || b.has('original-recipient') || (b.has('action') && b.has('status'))).map(toBlock)
}

function toBlock(fields: ReadonlyMap<string, string>): StatusBlock {
  const value = (name: string): string => fields.get(name) ?? ''
  const action = /[a-z]+/.exec(value('action').toLowerCase())?.[0] ?? ''
  return {
    final: recipientAddress(value('final-recipient')) || recipientAddress(value('x-actual-recipient')),
    original: recipientAddress(value('original-recipient')),
    action: /^(fail|error|reject|undeliver|expire|bounce|drop|block)/.test(action)
      ? 'failed'
      : /^(delay|defer)/.test(action)
        ? 'delayed'
        : action,
    expired: action.startsWith('expire'),
    status: /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(value('status'))?.[0] ?? '',
    diagnostic: value('diagnostic-code'),
  }
}

/** `rfc822; <a@b>`, `utf-8; \x{430}@b`, `a@b` and the like as an address, '' where there is none. */
function recipientAddress(value: string): string {
  const bare = value
    .replace(/^[\s\w-]*;/, '')
    .replace(/^[\s;]+/, '')
    .replace(/\\x\{([\da-f]{2,6})\}/gi, (all, hex: string) =>
      parseInt(hex, 16) <= 0x10ffff ? String.fromCodePoint(parseInt(hex, 16)) : all,
    )
  return parseAddressList(decodeWords(bare), 1)[0]?.address ?? ''
}
