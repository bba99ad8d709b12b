// What the header says of a delivery report: enough to rule it out for nearly every mail, before its words are read for one.
import { daemon, robot, subjects } from './bounce-wordings.ts'
import type { KindInput } from './input.ts'
import { leaves } from './parts.ts'
import { mayHoldNotification } from './report-text.ts'

/** Signs that stand in the header and in the envelope. */
export interface HeaderSigns {
  /** From, as `Name <address>`, and whether that is a mail system. */
  readonly sender: string
  readonly isDaemon: boolean
  /** The envelope sender, null where it is not known, and whether it is that of a report. */
  readonly path: string | null
  readonly isNull: boolean
  /** Auto-Submitted says so of any automatic mail. */
  readonly isAutomatic: boolean
  readonly isSubject: boolean
  /** No person's name stands in From. */
  readonly isNameless: boolean
  /** It has a field of a program that keeps mailing lists. */
  readonly isList: boolean
  readonly isBulk: boolean
}

/** Fields of programs that keep mailing lists. */
const listManager = ['x-mlserver', 'x-mailman-version', 'x-listserver', 'mailing-list']

/** The value of the first field of this name (lower case). */
export const headerOf = (input: KindInput, name: string): string | undefined => input.headers.find((h) => h.name === name)?.value

/** Reads them. */
export function headerSigns(input: KindInput): HeaderSigns {
  const from = input.facts.from
  const sender = `${from?.name ?? ''} <${from?.address ?? ''}>`
  const path = input.envelopeFrom ?? input.facts.returnPath
  const subject = input.facts.subject.trim()
  return {
    sender,
    isDaemon: daemon.test(sender),
    path,
    isNull: path === '' || (path !== null && /^(?:mailer-daemon|postmaster)(?:@|$)/i.test(path)),
    isAutomatic: /^\s*auto-/i.test(headerOf(input, 'auto-submitted') ?? ''),
    isSubject: subjects.some((rule) => rule.test(subject)),
    isNameless: !from?.name || from.name === from.address || robot.test(from.address),
    isList: listManager.some((name) => headerOf(input, name) !== undefined),
    isBulk: /^\s*(?:bulk|junk)/i.test(headerOf(input, 'precedence') ?? ''),
  }
}

/**
 * Whether the words of this mail have to be read to know. `false` only where `bounceSigns` would find nothing whatever they say: a person's name,
 * a subject of his own and no sign of a program, and none of the parts and fields that are certain by themselves.
 */
export function mayBeReport(input: KindInput, signs: HeaderSigns): boolean {
  const { isDaemon, isNull, isAutomatic, isSubject, isNameless, isList, isBulk } = signs
  return (
    [isDaemon, isNull, isAutomatic, isSubject, isNameless, isList, isBulk].includes(true) ||
    input.root.type === 'multipart/report' ||
    headerOf(input, 'x-failed-recipients') !== undefined ||
    headerOf(input, 'x-ms-exchange-message-is-ndr') !== undefined ||
    leaves(input.root).some((part) => part.type.includes('delivery-status')) ||
    mayHoldNotification(input)
  )
}
