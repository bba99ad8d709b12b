// An agent who answers the customer's own mail from his own mailbox, with us in copy: what he said has reached the customer already.
//
//   proved (DMARC pass of the trusted server, or his own address in Bcc)   his message in the customer's case; nothing is sent, no command runs
//   not proved: his From alone                                             a stranger's mail in a case of its own, linked, with a notice (SEC-1)
import { agentOrigin, canonicalRecipient, mayAct, keysHere } from '../../core/plugin.ts'
import type { Address, AgentConfig, Arrival, Case, Host, Message, NoticeTexts, Tx } from '../../core/plugin.ts'
import type { Proof } from './personal.ts'
import type { ReplyFile } from './reply-content.ts'
import type { Settings } from './settings.ts'
import { texts } from './texts.ts'

/** Such a mail: whose it says it is, and what it answers. */
export interface OwnAnswer {
  readonly agent: AgentConfig
  /** The customer's message. */
  readonly answered: Message
  readonly case: Case
  readonly proved: boolean
}

/** Recognises one, or null. It answers a message of a customer whom it names, in a case in which the agent does not take part himself. */
export async function ownAnswer(tx: Tx, host: Host<Settings>, arrival: Arrival, proof: Proof): Promise<OwnAnswer | null> {
  const { mail, mailbox } = arrival
  const agent = mail.from && mail.fromCount === 1 && mail.kind === 'normal' ? host.registry.agentByAddress(mail.from.address) : undefined
  if (!agent || !mail.from || arrival.degraded !== null || !mayAct(host.config, agent.id, mailbox.id)) return null
  const answered = await answeredBy(tx, arrival)
  const c = answered && (await tx.cases.lock(answered.caseId))
  if (!c || !names([...mail.to, ...mail.cc], answered.from) || names(await peopleOf(tx, c), mail.from)) return null
  const proved = proof.kind === 'agent' && proof.agent.id === agent.id && !proof.check
  return { agent, answered, case: c, proved }
}

/** The customer's message that it answers, as its newest references name it: one that came to this mailbox, or whose case has come here since. */
async function answeredBy(tx: Tx, { mail, mailbox }: Arrival): Promise<Message | undefined> {
  const ids = [...new Set([...mail.inReplyTo, ...[...mail.references].reverse()])]
  const keys = await keysHere(tx, mailbox.id, await tx.threads.find('foreign', ids))
  for (const id of ids) {
    for (const key of keys.filter((k) => k.key === id)) {
      const message = key.message_id === null ? undefined : await tx.messages.get(key.message_id)
      if (message?.author === 'customer') return message
    }
  }
  return undefined
}

const peopleOf = async (tx: Tx, c: Case): Promise<readonly Address[]> => [
  c.requester,
  ...(await tx.cases.cc(c.id)),
  ...(await tx.cases.bcc(c.id)),
]
const names = (list: readonly Address[], one: Address): boolean =>
  list.some((p) => canonicalRecipient(p.address) === canonicalRecipient(one.address))

/** Records it as the agent's message, as if it had left from here. `begun`: with it he has begun the case. */
export async function recordOwn(
  tx: Tx,
  arrival: Arrival,
  { agent, case: c }: Pick<OwnAnswer, 'agent' | 'case'>,
  begun = false,
): Promise<Message> {
  const { mail, mailbox } = arrival
  const as = tx.as(agentOrigin(agent.id, 'mail'))
  const message = await as.messages.add({
    ...(await wordsOf(tx, arrival)),
    caseId: c.id,
    author: 'agent',
    agent: agent.id,
    from: mail.from ?? { address: agent.email, name: agent.name },
    state: 'sent',
    evidence: ['an agent wrote from his own mailbox, with us in copy', ...mail.evidence],
    data: { mailbox: mailbox.id, ...(begun && { 'agent-reply': { begun: true } }) },
    sentAt: mail.dateMs,
  })
  // An answer of the customer to it finds the case by its id.
  if (mail.messageId) await tx.threads.put('foreign', mail.messageId, message, mailbox.id)
  if (c.status !== 'spam' && c.status !== 'trash') await as.cases.set(c.id, { status: mailbox.reply_status })
  return message
}

/** Records a mail as that of whoever wrote it, in a case of his own. `data`: what this plugin knows of it. */
export async function recordAsTheirs(tx: Tx, arrival: Arrival, data: unknown): Promise<Message> {
  const { mail, mailbox } = arrival
  const from = mail.from ?? { address: arrival.mailFrom, name: '' }
  const c = await tx.cases.create({ mailbox: mailbox.id, subject: mail.subject, requester: from })
  const message = await tx.messages.add({
    ...(await wordsOf(tx, arrival)),
    ...{ caseId: c.id, author: 'customer', from, state: 'received', kind: mail.kind, evidence: mail.evidence },
    data: { 'agent-reply': data },
  })
  if (mail.messageId) await tx.threads.put('foreign', mail.messageId, message, mailbox.id)
  return message
}

/** What a mail says, whoever wrote it. */
async function wordsOf(tx: Tx, arrival: Arrival) {
  const { mail } = arrival
  const { reply } = mail
  return {
    subject: mail.subject,
    text: reply.forwarded || reply.text.trim() === '' ? mail.text : reply.text,
    html: reply.forwarded ? mail.html : reply.html,
    quoted: reply.forwarded ? '' : reply.quoted,
    signature: reply.signature,
    headerId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    recipients: { from: mail.from ? [mail.from] : [], to: mail.to, cc: mail.cc, bcc: [], replyTo: mail.replyTo },
    warnings: mail.warnings,
    raw: { id: arrival.rawId, hash: arrival.hash, inboundId: arrival.inboundId },
    attachments: await filesOf(tx, arrival),
  }
}

/** All of its files: he has sent them. */
async function filesOf(tx: Tx, { mail, rawId }: Arrival): Promise<readonly ReplyFile[]> {
  const files: ReplyFile[] = []
  for (const a of mail.attachments)
    files.push({
      ...{ filename: a.shownName, contentType: a.contentType, sizeBytes: a.sizeBytes, contentId: a.contentId, inline: a.inline },
      blob: a.content
        ? await tx.messages.putBlob(a.content)
        : { id: rawId, start: a.range.start, end: a.range.end, encoding: a.range.encoding },
    })
  return files
}

/** Kept with the message of a mail that proves nothing. */
interface Unproved {
  readonly name: string
  readonly address: string
  readonly number: number
}

/** What is kept of it where it is not proved. */
export const unprovedFacts = (own: OwnAnswer, from: string): { readonly unproved: Unproved } => ({
  unproved: { name: own.agent.name, address: from, number: own.case.number },
})

/** Tells agents of a stranger's mail that bears an agent's address. */
export async function noticeUnproved(tx: Tx, id: string): Promise<void> {
  const message = await tx.messages.get(id)
  const facts = message?.data['agent-reply'] as { readonly unproved?: Unproved } | undefined // written by unprovedFacts, or by this plugin elsewhere
  if (!message || !facts?.unproved) return
  await tx.notices.raise({ caseId: message.caseId, kind: 'agent_unproved', messageId: message.id, data: { ...facts.unproved } })
}

/** It in words. */
export const unprovedTexts: NoticeTexts = {
  text(notice, locale) {
    const { name, address, number } = notice.data as unknown as Unproved // raised above with just these
    return texts(locale, 'own.unproved', { name, address, number })
  },
  label: () => '',
  always: true,
}
