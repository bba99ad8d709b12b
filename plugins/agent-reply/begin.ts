// A mail by which an agent begins something himself, beside his answers to notifications. It has proved to be his by an aligned DMARC pass of
// the trusted server (SEC-1 a): his From alone begins nothing, and the mail stays what it was without this file.
//
//   `@to carl@x` in its first line           a case with what stands below it as the first message to the customer (case.start)
//   to a customer, with us in copy alone     a case of that customer in which this is the agent's message; nothing is sent again
//   `#12` and commands, and nothing else     the commands act on case 12
//   `@find` and the like, and nothing else   is answered by mail (ask.ts)
import { agentOrigin, dmarcVerdict, domainOf, mayAct } from '../../core/plugin.ts'
import type { Address, AgentConfig, Arrival, Case, Intake, Route, Tx } from '../../core/plugin.ts'
import { ask } from './ask.ts'
import { readAnswer } from './block.ts'
import type { Desk } from './desk.ts'
import { fold } from './fold.ts'
import { isRefusal, runAll } from './orders.ts'
import { recordOwn } from './own-mailbox.ts'
import { planOf } from './plan.ts'
import { filesOf } from './reply-content.ts'
import { rememberAnswer, takenBefore } from './store.ts'
import { tellTranscript } from './transcript.ts'
import { readValue } from './values.ts'
import type { CommandSpec } from './vocabulary.ts'

/** What became of such a mail; null: it is none, or proves nothing. */
export async function begin(tx: Tx, desk: Desk, arrival: Arrival, route: Route): Promise<Intake | null> {
  const agent = route.by === 'new' ? provedAgent(desk, arrival) : null
  if (agent === null) return null
  const { mail, hash } = arrival
  const lines = mail.reply.text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  const head = (lines[first] ?? '').trim()
  const rest = lines.slice(first + 1).join('\n')
  const begun = { tx, desk, arrival, agent }
  const customer = toIn(desk, head)
  // The same mail to another of our mailboxes is done once.
  const again = customer !== null || /^#\d{1,12}$/.test(head) ? await takenBefore(tx, hash, agent.id) : undefined
  if (again !== undefined) return { verdict: 'taken', outcome: 'agent-reply duplicate', caseId: again }
  if (customer !== null) return startCase(begun, customer, rest)
  if (/^#\d{1,12}$/.test(head)) return actOn(begun, head, rest)
  return (await ask(tx, desk, arrival, agent)) ?? copied(begun)
}

interface Begun {
  readonly tx: Tx
  readonly desk: Desk
  readonly arrival: Arrival
  readonly agent: AgentConfig
}

/** Whose mail it certainly is: one From, of an agent who may act here, for whose domain the trusted server saw a DMARC pass. */
function provedAgent({ host }: Desk, { mail, mailbox, degraded }: Arrival): AgentConfig | null {
  const { authentication } = host.settings
  if (typeof authentication !== 'object' || degraded !== null || mail.kind !== 'normal' || mail.forward !== null || mail.reply.forwarded)
    return null
  if (!mail.from || mail.fromCount !== 1 || mail.headers.filter((h) => h.name === 'from').length !== 1) return null
  const agent = host.registry.agentByAddress(mail.from.address)
  if (!agent || !mayAct(host.config, agent.id, mailbox.id)) return null
  const verdict = dmarcVerdict(mail.headers, authentication.trusted, domainOf(mail.from.address), [host.config.hostname])
  return verdict === 'pass' ? agent : null
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
async function copied({ tx, desk, arrival, agent }: Begun): Promise<Intake | null> {
  const { mail, mailbox } = arrival
  const { registry } = desk.host
  const outside = (list: readonly Address[]): readonly Address[] =>
    list.filter((p) => p.address !== '' && !registry.isOurs(p.address) && !registry.agentByAddress(p.address))
  const [requester, ...others] = outside(mail.to)
  if (!requester || mail.to.some((p) => registry.isOurs(p.address))) return null
  const c = await tx.as(agentOrigin(agent.id, 'mail')).cases.create({
    mailbox: mailbox.id,
    subject: mail.subject,
    status: 'waiting',
    requester,
    assignee: agent.id,
    cc: [...others, ...outside(mail.cc)],
  })
  const message = await recordOwn(tx, arrival, { agent, case: c })
  return { verdict: 'taken', outcome: 'agent-reply own mailbox', caseId: c.id, messageId: message.id }
}

async function remember(tx: Tx, hash: string, c: Case, agent: AgentConfig, headerId: string | null): Promise<void> {
  await rememberAnswer(tx, { hash, case_id: c.id, agent: agent.id, about: null, header_id: headerId, words: '', at: tx.now })
}
