// What kind of mail it is: three independent verdicts and complaints, each with the evidence named (RFC 3834, RFC 3464, RFC 5965).
import { autoReplyEvidence, bulkEvidence } from './automatic.ts'
import { readBounce } from './bounce.ts'
import type { Bounce } from './bounce.ts'
import { reportEvidence } from './report.ts'
import type { KindInput } from './input.ts'

export type MailKind = 'normal' | 'auto-reply' | 'bounce' | 'bulk' | 'report'

export interface Verdicts {
  /** A delivery report: it belongs to the message that it speaks of and is never a case. */
  readonly bounce: boolean
  /** Written by a machine in answer to a mail: never answered, reopens nothing. */
  readonly autoReply: boolean
  /** Lists, newsletters, notifications to many: may open a case, never answered. */
  readonly bulk: boolean
  /** A complaint (ARF) or a read receipt: opens no case. */
  readonly report: boolean
}

export interface KindAnswer {
  readonly kind: MailKind
  readonly verdicts: Verdicts
  readonly evidence: readonly string[]
  readonly bounce: Bounce | null
}

/** Judges one mail. A bounce or a report is automatic by nature, so `autoReply` speaks of replies only. */
export function judgeKind(input: KindInput): KindAnswer {
  const report = reportEvidence(input)
  const bounce = report.length > 0 ? null : readBounce(input)
  const autoReply = bounce || report.length > 0 ? [] : autoReplyEvidence(input)
  const bulk = bulkEvidence(input)
  const verdicts: Verdicts = { bounce: bounce !== null, autoReply: autoReply.length > 0, bulk: bulk.length > 0, report: report.length > 0 }
  const kind: MailKind = verdicts.bounce
    ? 'bounce'
    : verdicts.report
      ? 'report'
      : verdicts.autoReply
        ? 'auto-reply'
        : verdicts.bulk
          ? 'bulk'
          : 'normal'
  return { kind, verdicts, evidence: [...report, ...(bounce?.evidence ?? []), ...autoReply, ...bulk], bounce: bounce?.bounce ?? null }
}
