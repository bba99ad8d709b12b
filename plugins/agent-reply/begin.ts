// A mail by which an agent begins something himself, beside his answers to notifications. It has proved to be his (personal.ts): by an aligned
// DMARC pass of the trusted server, or by his own signed address at the mailbox and what the setting `authentication` asks for besides
// (SEC-1). His From alone begins nothing, and the mail stays what it was without this file.
//
//   `@to carl@x` in its first line           a case with what stands below it as the first message to the customer (case.start)
//   to a customer, with us in copy alone     a case of that customer in which this is the agent's message; nothing is sent again
//   `#12` and commands, and nothing else     the commands act on case 12
//   `@find` and the like, and nothing else   is answered by mail (ask.ts)
//   none of these                            the agent's own matter, as that of any customer, with a notice that says how the others go
import { agentOrigin, mayAct } from '../../core/plugin.ts'
import type { Address, AgentConfig, Arrival, Case, Intake, Route, Tx } from '../../core/plugin.ts'
import { answerAsked, askedIn } from './ask.ts'
import { readAnswer } from './block.ts'
import type { Answer } from './block.ts'
import type { Desk } from './desk.ts'
import { fold } from './fold.ts'
import { isRefusal, runAll } from './orders.ts'
import { recordOwn } from './own-mailbox.ts'
import { planOf } from './plan.ts'
import { filesOf } from './reply-content.ts'
import type { Proof } from './personal.ts'
import { noteForgery } from './forgery.ts'
import { tooManyWrongTokens } from './reject.ts'
import { tellBegun } from './begun.ts'
import type { BegunFacts } from './begun.ts'
import { rememberAnswer, takenBefore } from './store.ts'
import { tellTranscript } from './transcript.ts'
import { readValue } from './values.ts'
import type { CommandSpec } from './vocabulary.ts'

/** What becomes of a mail of which it is known whose it is. null: it begins nothing here. */
export async function begin(tx: Tx, desk: Desk, arrival: Arrival, route: Route, proof: Proof): Promise<Intake | null> {
  if (route.by !== 'new') return null
  if (proof.kind === 'wrong') {
    if (await forgedTooOften(tx, desk, arrival, proof))
      return { verdict: 'dropped', reason: 'too many wrong answer tokens from this source' }
    return { verdict: 'pass', data: { wrong: { cause: proof.cause, agent: proof.agent?.id ?? null } } satisfies BegunFacts }
  }
  if (proof.kind === 'none') {
    const unproved = shapeOf(desk, arrival).kind === 'to' && senderOf(desk, arrival)
    return unproved ? { verdict: 'pass', data: { wrong: { cause: 'unproved', agent: unproved.id } } satisfies BegunFacts } : null
  }
  if (proof.check)
    return shapeOf(desk, arrival, proof.agent).kind === 'none' ? alone(proof.agent) : orderBeginCheck(tx, arrival, proof.agent)
  return (await beginAs(tx, desk, arrival, proof.agent)) ?? alone(proof.agent)
}

const alone = (agent: AgentConfig): Intake => ({ verdict: 'pass', data: { alone: agent.id } satisfies BegunFacts })

/** A mail to a personal address that waits for the check. */
export interface BeginPayload extends Omit<Arrival, 'mailbox' | 'mail' | 'degraded' | 'author'> {
  readonly mailbox: string
  readonly agent: string
}

/** Orders the job that checks a mail by which an agent begins something; until it has run there is nothing of it. */
async function orderBeginCheck(
  tx: Tx,
  { mailbox, mail: _mail, degraded: _degraded, ...rest }: Arrival,
  agent: AgentConfig,
): Promise<Intake> {
  const payload: BeginPayload = { ...rest, mailbox: mailbox.id, agent: agent.id }
  await tx.jobs.put('agent-reply.verify_begin', `agent-reply.verify_begin:${rest.inboundId}`, tx.now, payload)
  return { verdict: 'taken', outcome: 'agent-reply verifying' }
}

/** Which agent From names, where it could be his. */
function senderOf({ host }: Desk, { mail, mailbox, degraded }: Arrival): AgentConfig | undefined {
  const agent = degraded === null && mail.kind === 'normal' && mail.from ? host.registry.agentByAddress(mail.from.address) : undefined
  return agent && mayAct(host.config, agent.id, mailbox.id) ? agent : undefined
}

async function forgedTooOften(tx: Tx, { host }: Desk, arrival: Arrival, proof: Extract<Proof, { kind: 'wrong' }>): Promise<boolean> {
  const { cause } = proof
  if (cause === 'seen') return false
  host.count('postern_agent_replies_refused_total', { cause })
  noteForgery(host, arrival, cause, null)
  return cause === 'forged' && tooManyWrongTokens(tx, host, arrival.mail, arrival.mailFrom)
}

/** What a mail looks like, before anything of it is done. */
type Shape =
  | { readonly kind: 'to'; readonly customer: Readonly<Record<string, unknown>>; readonly rest: string }
  | { readonly kind: 'number'; readonly ref: string; readonly rest: string }
  | { readonly kind: 'copied'; readonly requester: Address; readonly cc: readonly Address[] }
  | { readonly kind: 'asks'; readonly answer: Answer }
  | { readonly kind: 'none' }

/** `agent`: whose it is, where that is known; who has not proved it asks nothing. */
function shapeOf(desk: Desk, { mail }: Arrival, agent?: AgentConfig): Shape {
  const lines = mail.reply.text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  const head = (lines[first] ?? '').trim()
  const rest = lines.slice(first + 1).join('\n')
  const customer = toIn(desk, head)
  if (customer !== null) return { kind: 'to', customer, rest }
  if (/^#\d{1,12}$/.test(head)) return { kind: 'number', ref: head, rest }
  const asked = agent && askedIn(desk, mail, agent)
  if (asked) return { kind: 'asks', answer: asked }
  const { registry } = desk.host
  const outside = (list: readonly Address[]): readonly Address[] =>
    list.filter((p) => p.address !== '' && !registry.isOurs(p.address) && !registry.agentByAddress(p.address))
  const [requester, ...others] = outside(mail.to)
  if (!requester || mail.to.some((p) => registry.isOurs(p.address))) return { kind: 'none' }
  return { kind: 'copied', requester, cc: [...others, ...outside(mail.cc)] }
}

/** Does what a mail that is the agent's says; null: nothing that begins or orders anything, or what it begins is refused. */
export async function beginAs(tx: Tx, desk: Desk, arrival: Arrival, agent: AgentConfig): Promise<Intake | null> {
  const shape = shapeOf(desk, arrival, agent)
  const begun = { tx, desk, arrival, agent }
  if (shape.kind === 'none') return null
  if (shape.kind === 'asks') return answerAsked(tx, desk, arrival, agent, shape.answer)
  if (shape.kind === 'copied') return copied(begun, shape)
  // The same mail to another of our mailboxes is done once.
  const again = await takenBefore(tx, arrival.hash, agent.id)
  if (again !== undefined) return { verdict: 'taken', outcome: 'agent-reply duplicate', caseId: again }
  return shape.kind === 'to' ? startCase(begun, shape.customer, shape.rest) : actOn(begun, shape.ref, shape.rest)
}

interface Begun {
  readonly tx: Tx
  readonly desk: Desk
  readonly arrival: Arrival
  readonly agent: AgentConfig
}

/** Not a command of a case: it makes one. */
const toSpec: CommandSpec = {
  id: 'to',
  action: 'case.start',
  args: {},
  value: 'address',
  as: 'to',
  optional: false,
  reply: false,
  without: null,
  with: false,
  moves: false,
  says: false,
}

/** The customer whom the first line names, as arguments of case.start. */
function toIn({ vocabulary, host }: Desk, line: string): Readonly<Record<string, unknown>> | null {
  const [, word, value] = /^@(\S{1,40})[ \u00a0]+(.{3,600})$/.exec(line) ?? []
  if (word === undefined || value === undefined || !vocabulary.to.has(fold(word).replace(/:$/, ''))) return null
  const read = readValue({ spec: toSpec, value, fault: null, line }, { config: host.config, vocabulary })
  return 'args' in read ? read.args : null
}

/** Refused, it stays an ordinary mail: nothing of it is lost. */
async function startCase(
  { tx, desk, arrival, agent }: Begun,
  customer: Readonly<Record<string, unknown>>,
  words: string,
): Promise<Intake | null> {
  const { mail, mailbox, rawId, hash } = arrival
  const answer = readAnswer(words, { vocabulary: desk.vocabulary, agentName: agent.name })
  if (answer.doubts.length > 0) return null
  const attachments = await filesOf(mail, rawId, null, (bytes) => tx.messages.putBlob(bytes))
  const as = tx.as(agentOrigin(agent.id, 'mail'))
  try {
    const { data } = await tx.attempt(() =>
      as.act('case.start', null, {
        ...customer,
        mailbox: mailbox.id,
        subject: mail.subject,
        text: answer.text,
        attachments,
        agent: agent.id,
      }),
    )
    const c = await tx.cases.lock(String(data?.case))
    await remember(tx, hash, c, agent, mail.messageId)
    return await carryOut({ tx, desk, arrival, agent }, c, words, 'sent')
  } catch (error) {
    if (!isRefusal(error)) throw error
    return null
  }
}

async function actOn(begun: Begun, ref: string, words: string): Promise<Intake | null> {
  const { tx, desk, arrival, agent } = begun
  const answer = readAnswer(words, { vocabulary: desk.vocabulary, agentName: agent.name })
  const found = await tx.cases.byRef(ref)
  if (!found || answer.text.trim() !== '' || answer.commands.length === 0 || !mayAct(tx.config, agent.id, found.mailbox)) return null
  const c = await tx.cases.lock(found.id)
  await remember(tx, arrival.hash, c, agent, arrival.mail.messageId)
  return carryOut(begun, c, words, 'none')
}

/** Does the commands of the mail and tells the agent. */
async function carryOut({ tx, desk, arrival, agent }: Begun, c: Case, words: string, reply: 'sent' | 'none'): Promise<Intake> {
  const answer = readAnswer(words, { vocabulary: desk.vocabulary, agentName: agent.name })
  const { vocabulary, host } = desk
  const plan = planOf({
    ...{ answer, vocabulary, registry: host.registry, config: tx.config, agent, case: c, now: tx.now },
    ...{ about: null, hasReply: false, hasFiles: false },
  })
  const { done, notDone, said } = await runAll(tx, desk, c.id, agent, [...plan.before, ...plan.after])
  await tellTranscript(tx, desk, {
    ...{ case: (await tx.cases.get(c.id)) ?? c, agent, about: null, inReplyTo: arrival.mail.messageId, reply },
    ...{ done, notDone: [...plan.notDone, ...notDone], said },
  })
  return { verdict: 'taken', outcome: reply === 'sent' ? 'agent-reply begun' : 'agent-reply commands', caseId: c.id }
}

/** To customers, and to us in Cc or Bcc alone: what he said has reached them already. */
async function copied(
  { tx, desk, arrival, agent }: Begun,
  { requester, cc }: { readonly requester: Address; readonly cc: readonly Address[] },
): Promise<Intake> {
  const { mail, mailbox } = arrival
  const as = tx.as(agentOrigin(agent.id, 'mail'))
  const spec = { mailbox: mailbox.id, subject: mail.subject, status: 'waiting', requester, assignee: agent.id, cc } as const
  const c = await as.cases.create(spec)
  const message = await recordOwn(tx, arrival, { agent, case: c }, true)
  await tellBegun(tx, desk, c, agent, mail.messageId)
  return { verdict: 'taken', outcome: 'agent-reply own mailbox', caseId: c.id, messageId: message.id }
}

async function remember(tx: Tx, hash: string, c: Case, agent: AgentConfig, headerId: string | null): Promise<void> {
  await rememberAnswer(tx, { hash, case_id: c.id, agent: agent.id, about: null, header_id: headerId, words: '', at: tx.now })
}
