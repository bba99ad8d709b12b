// Whom the mails that leave are for.
import type { Letter } from './tx.ts'

const goesToAgents = {
  reply: false,
  receipt: false,
  rule: false,
  forward: false,
  notification: true,
  transcript: true,
  notice: true,
  alarm: true,
} as const satisfies Readonly<Record<Letter['kind'], boolean>>

const kinds = Object.keys(goesToAgents) as Letter['kind'][] // Object.keys widens the keys of a closed object

/** Kinds of mail to people outside. */
export const kindsForOutside: readonly Letter['kind'][] = kinds.filter((kind) => !goesToAgents[kind])

const forAgents: ReadonlySet<string> = new Set(kinds.filter((kind) => goesToAgents[kind]))

/** Whether a mail of this kind is our own affair with agents or admins: it only speaks of a message, and no customer lacks it. */
export function isForAgents(kind: string): boolean {
  return forAgents.has(kind)
}
