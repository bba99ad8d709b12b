// Receipts: the requester of a new case learns once that his mail has arrived.
import type { Host, PosternEvent, Tx } from '../../../core/plugin.ts'
import { noAnswerBecause, sendAnswer, spendCaps } from './answers.ts'
import type { Answer } from './answers.ts'
import { factsOf } from '../conditions/facts.ts'
import type { RuleContext, Facts } from '../conditions/facts.ts'
import type { Settings } from '../settings.ts'
import type { LoadedTemplate, Templates } from '../files/template-files.ts'
import { claimReceipt, refuseReceipt } from '../store.ts'

/** Why this occasion gets no receipt; null: it gets one. */
function noReceiptBecause(facts: Facts, host: Host<Settings>): string | null {
  const { case: c, message } = facts
  if (c.origin !== 'customer') return 'the case was not begun by a customer'
  if (!message || message.author !== 'customer') return 'there is no message of a customer'
  if (host.registry.isOurs(c.requester.address)) return 'the requester is one of our own addresses'
  return noAnswerBecause(facts)
}

/** Sends the receipt of a case, if it may have one and has had none. What a rule orders differs from the standard in template and recipients. */
export async function sendReceipt(
  facts: Facts,
  host: Host<Settings>,
  answer: Pick<Answer, 'template' | 'to' | 'rule'>,
): Promise<string | null> {
  const { tx, case: c } = facts
  const why = noReceiptBecause(facts, host)
  const told = (text: string): string => {
    tx.explain?.({ plugin: 'rules', hook: 'receipt', text })
    return text
  }
  if (why) return told(`no receipt: ${why}`)
  if (!(await claimReceipt(tx, c.id, 'sent', null))) return told('no receipt: the case has had one, or a rule said that it gets none')
  const refused = (await spendCaps(facts, host)) ?? refusedBy(await sendAnswer(facts, { ...answer, kind: 'receipt', status: 'keep' }))
  if (refused) {
    await refuseReceipt(tx, c.id, refused)
    host.count('postern_receipts_total', { result: 'refused' })
    return told(`no receipt: ${refused}`)
  }
  host.count('postern_receipts_total', { result: 'sent' })
  tx.explain?.({ plugin: 'rules', hook: 'receipt', text: `receipt ${answer.template?.name ?? ''}` })
  return null
}

/** Why the budget (or a hold) kept the mail back. */
export function refusedBy(result: { readonly data?: Readonly<Record<string, unknown>> }): string | null {
  const why = result.data?.refused ?? result.data?.held
  return why === undefined ? null : String(why)
}

/** The standard receipt: asked at the end of the transaction, when every rule has run. */
export function standardReceipts(
  host: Host<Settings>,
  templates: Templates,
  context: RuleContext,
): ((tx: Tx, events: readonly PosternEvent[]) => Promise<void>) | undefined {
  if (host.settings.receipts.length === 0) return undefined
  const named = new Map<string, string>()
  for (const entry of host.settings.receipts)
    for (const mailbox of entry.mailboxes) if (!named.has(mailbox)) named.set(mailbox, entry.template)
  const rest = host.settings.receipts.find((entry) => entry.mailboxes.length === 0)?.template
  const templateOf = (mailbox: string): LoadedTemplate | undefined => {
    const name = named.get(mailbox) ?? rest
    return name === undefined ? undefined : templates.byName.get(name)
  }
  return async (tx, events) => {
    for (const event of events) {
      if (event.type !== 'case.created' || event.origin.kind !== 'customer') continue
      const facts = await factsOf(tx, event, context)
      const template = facts && templateOf(facts.case.mailbox)
      if (facts && template && facts.case.channel === 'mail') await sendReceipt(facts, host, { template, to: 'requester', rule: null })
    }
  }
}
