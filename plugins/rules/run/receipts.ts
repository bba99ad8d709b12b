// Receipts: the requester of a new case learns once that his mail has arrived.
import type { ActionResult, Host, JobDefinition, PosternEvent, Tx } from '../../../core/plugin.ts'
import { capsOf, noAnswerBecause, sendAnswer } from './answers.ts'
import type { Answer, OverCap } from './answers.ts'
import { factsFor, factsOf } from '../conditions/facts.ts'
import type { RuleContext, Facts } from '../conditions/facts.ts'
import type { Settings } from '../settings.ts'
import type { LoadedTemplate, Templates } from '../files/template-files.ts'
import { claimReceipt, keepReceipt, receiptWaits } from '../store.ts'

/** Why this occasion gets no receipt; null: it gets one. */
function noReceiptBecause(facts: Facts, host: Host<Settings>): string | null {
  const { case: c, message } = facts
  if (c.origin !== 'customer') return 'the case was not begun by a customer'
  if (!message || message.author !== 'customer') return 'there is no message of a customer'
  if (host.registry.isOurs(c.requester.address)) return 'the requester is one of our own addresses'
  return noAnswerBecause(facts)
}

/** A receipt that says so late that a mail has arrived helps nobody. */
const putOffMs = 86_400_000

/** What a receipt is made of. */
type Receipt = Pick<Answer, 'template' | 'to' | 'rule'>

/** Sends the receipt of a case, if it may have one and has had none. What a rule orders differs from the standard in template and recipients. */
export async function sendReceipt(facts: Facts, host: Host<Settings>, answer: Receipt): Promise<string | null> {
  const { tx, case: c } = facts
  const why = noReceiptBecause(facts, host)
  if (why) return told(facts, `no receipt: ${why}`)
  if (!(await claimReceipt(tx, c.id, 'sent', null)))
    return told(facts, 'no receipt: the case has had one, or a rule said that it gets none')
  const outcome = await attempt(facts, host, answer)
  if (outcome.freeAt === undefined) return outcome.refused
  const payload: PutOff = {
    case: c.id,
    message: facts.message?.id ?? '',
    template: answer.template?.name ?? '',
    to: answer.to,
    rule: answer.rule,
  }
  await tx.jobs.put('rules.receipt', `rules.receipt:${c.id}`, outcome.freeAt, payload)
  return outcome.refused
}

/** Sends it now, or says why not; `freeAt`: it is put off until then. */
async function attempt(
  facts: Facts,
  host: Host<Settings>,
  answer: Receipt,
): Promise<{ readonly refused: string | null; readonly freeAt?: number }> {
  const { tx, case: c } = facts
  const caps = await capsOf(facts, host, answer.to)
  const over = caps.spent ?? overBudget(await sendAnswer(facts, { ...answer, kind: 'receipt', status: 'keep' }))
  // What is put off is counted when it leaves.
  if (caps.spent === null && over?.freeAt === undefined) await caps.count()
  if (!over) {
    await keepReceipt(tx, c.id, 'sent', null)
    host.count('postern_receipts_total', { result: 'sent' })
    tx.explain?.({ plugin: 'rules', hook: 'receipt', text: `receipt ${answer.template?.name ?? ''}` })
    return { refused: null }
  }
  const { reason, freeAt } = over
  if (freeAt !== undefined && freeAt - (facts.message?.createdAt ?? 0) <= putOffMs) {
    await keepReceipt(tx, c.id, 'waiting', reason)
    host.count('postern_receipts_total', { result: 'put_off' })
    return { refused: told(facts, `receipt put off until ${new Date(freeAt).toISOString()}: ${reason}`), freeAt }
  }
  return { refused: await refuse(facts, host, reason) }
}

async function refuse(facts: Facts, host: Host<Settings>, reason: string): Promise<string> {
  await keepReceipt(facts.tx, facts.case.id, 'refused', reason)
  host.count('postern_receipts_total', { result: 'refused' })
  return told(facts, `no receipt: ${reason}`)
}

function told({ tx }: Facts, text: string): string {
  tx.explain?.({ plugin: 'rules', hook: 'receipt', text })
  return text
}

interface PutOff {
  readonly case: string
  readonly message: string
  readonly template: string
  readonly to: Answer['to']
  readonly rule: string | null
}

/** The job of a receipt that was put off: it leaves if it still says something, or is put off again. */
export function receiptJob(host: Host<Settings>, templates: Templates, context: RuleContext): JobDefinition {
  return {
    async run(tx, { message, template: name, to, rule, ...payload }: PutOff) {
      if (!(await tx.cases.get(payload.case))) return
      const c = await tx.cases.lock(payload.case)
      if (!(await receiptWaits(tx, c.id))) return
      const facts = await factsFor(tx, c, { messageId: message, event: 'case.created' }, context)
      const template = templates.byName.get(name)
      const why =
        noReceiptBecause(facts, host) ??
        (c.mergedInto === null ? null : 'the case was merged into another one') ??
        (c.lastAgentAt === null ? null : 'an agent has answered meanwhile') ??
        (template ? null : `there is no template "${name}" any more`)
      if (why) return void (await refuse(facts, host, why))
      const { freeAt } = await attempt(facts, host, { ...(template && { template }), to, rule })
      if (freeAt !== undefined) return { againAt: freeAt }
    },
  }
}

/** The same where it may be put off. */
function overBudget(result: ActionResult): OverCap | null {
  const reason = refusedBy(result)
  return reason === null ? null : { reason, ...(typeof result.data?.free_at === 'number' && { freeAt: result.data.free_at }) }
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
