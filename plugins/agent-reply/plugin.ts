// Agents run the desk from their mail client: an answer to a notification goes to the customer, @commands under it change the case.
//
// Nothing of that happens before the mail has proved to be the agent's (authentication.ts). Then: quote and signature off (the mail
// layer's work), find the commands (block.ts), check all of them (plan.ts), do what must precede the answer, send it, do the rest
// (answer.ts), tell the agent (transcript.ts). One transaction.
import Type from 'typebox'
import { definePlugin, mayAct, readOwnMessageId } from '../../core/plugin.ts'
import type { Arrival, Host, Intake, Route, ThreadKeyRow, Tx } from '../../core/plugin.ts'
import { takeAnswer } from './answer/answer.ts'
import { leftTexts } from './offers.ts'
import { clearWaiting, doFirst, offerEach, waitingOf } from './waiting.ts'
import { authenticate } from './authentication.ts'
import { begin } from './begin.ts'
import { forgeries, noteForgery } from './forgery.ts'
import type { Incoming } from './incoming.ts'
import { keepWithoutEffect, prune, tooManyWrongTokens } from './reject.ts'
import { noticeUnproved, ownAnswer, recordOwn, unprovedFacts, unprovedTexts } from './own-mailbox.ts'
import { runAll } from './orders.ts'
import { config } from './settings.ts'
import type { Settings } from './settings.ts'
import { agentReply0001, agentReply0002, agentReply0003 } from './tables.ts'
import { tellTranscript } from './transcript.ts'
import { addressAction, helpAction } from './address.ts'
import { addressTexts, beganTexts, begunTexts, noticeBegun, recastAction } from './begun.ts'
import { proofOf } from './personal.ts'
import { verifyBeginJob } from './verify-begin.ts'
import { orderCheck, verifyJob } from './verify.ts'
import { loadVocabulary, vocabularyProblems } from './vocabulary.ts'
import type { Desk } from './desk.ts'
import { forgetSource, resetSince } from './store.ts'

export default definePlugin({
  name: 'agent-reply',
  description: 'Agents answer customers and give @commands from their mail client.',
  requires: ['desk', 'threading'],
  config,
  migrations: [agentReply0001, agentReply0002, agentReply0003],
  check: (settings) => vocabularyProblems(settings),
  counters: {
    postern_agent_replies_refused_total: {
      help: 'Mails to answer addresses that proved nothing and were kept without effect, by the cause',
      labels: { cause: ['forged', 'expired', 'no_token', 'unknown_agent', 'inactive', 'access', 'from', 'from_many', 'dmarc'] },
    },
    postern_forged_answers_total: {
      help: 'Mails that claimed to be answers of an agent and were forged, by the cause',
      labels: { cause: [...forgeries] },
    },
    postern_agent_reply_wrong_tokens_total: { help: 'Wrong answer tokens that were tried' },
  },
  setup: (host: Host<Settings>) => {
    const desk: Desk = { host, vocabulary: loadVocabulary(host.settings) }
    return {
      intake: (tx, arrival, route) => intake(tx, desk, arrival, route),
      on: {
        // An answer that was held has left: what was ordered with it is done now.
        async 'message.sent'(tx, event) {
          if (event.data.author === 'agent') await doTheRest(tx, desk, event.data.message)
        },
        async 'message.received'(tx, event) {
          await noticeUnproved(tx, event.data.message)
          await noticeBegun(tx, event.data.message)
        },
        // One that was held has been dropped, or nobody has decided about it in time; or it has been let go and leaves later.
        async 'notice.resolved'(tx, { data: { state, message } }) {
          if (message === null || state === 'overtaken') return
          await offerEach(tx, desk, message)
          if ((await tx.messages.get(message))?.state === 'deferred') await doTheRest(tx, desk, message)
        },
      },
      jobs: { verify: verifyJob(desk), verify_begin: verifyBeginJob(desk) },
      verify: () =>
        host.settings.authentication === 'token'
          ? [
              {
                path: ['authentication'],
                message:
                  "an answer counts as an agent's by its signed address and its From alone; { trusted: ... } or verify also asks for a proof of the sender's domain",
                warning: true,
              },
            ]
          : [],
      async forget(tx, { address }) {
        await forgetSource(tx, address.toLowerCase())
      },
      rewind: (tx, at) => resetSince(tx, at),
      crons: { prune: { pattern: '29 4 * * *', run: (tx, tick) => prune(tx, tick), passOver: 'once' } },
      notices: {
        ...{ order_left: leftTexts, agent_unproved: unprovedTexts, case_begun: begunTexts },
        ...{ agent_began: beganTexts, agent_address: addressTexts },
      },
      actions: {
        'agent-reply.orders': {
          description: 'Does what was ordered with a held answer and must precede it; its release orders this.',
          args: Type.Object({ message: Type.String({ description: 'The held answer, by its id' }) }),
          run: async (tx, { args }: { readonly args: { readonly message: string } }) => void (await doFirst(tx, desk, args.message)),
        },
        'agent-reply.help': helpAction(desk),
        'agent-reply.address': addressAction(desk),
        'case.recast': recastAction,
      },
    }
  },
})

async function intake(tx: Tx, desk: Desk, arrival: Arrival, route: Route): Promise<Intake> {
  const { host } = desk
  const { mail } = arrival
  const { token } = route
  const { rawId, hash, mailFrom, peer } = arrival
  const incoming = (key: ThreadKeyRow): Incoming => ({ ...{ mail, rawId, hash, mailFrom, peer }, key })
  if (token?.purpose !== 'agent') {
    const key = await strayed(tx, host, arrival)
    if (key) return { verdict: 'taken', ...(await keepWithoutEffect(tx, host, incoming(key.row), 'no_token', key.agent)) }
    const proof = await proofOf(tx, desk, arrival)
    const own = await ownAnswer(tx, host, arrival, proof)
    if (!own) return (await begin(tx, desk, arrival, route, proof)) ?? { verdict: 'pass' }
    if (!own.proved) return { verdict: 'pass', data: unprovedFacts(own, mail.from?.address ?? '') }
    const { id, caseId } = await recordOwn(tx, arrival, own)
    return { verdict: 'taken', outcome: 'agent-reply own mailbox', caseId, messageId: id }
  }
  // Out of office, a delivery report, a read receipt: nobody's answer.
  if (mail.verdicts.autoReply || mail.verdicts.bounce || mail.verdicts.report)
    return { verdict: 'dropped', reason: `${mail.kind} of agent ${token.recipient ?? 'unknown'} to a notification` }
  const verdict = authenticate(mail, token, arrival.mailbox.id, host.config, host.settings.authentication)
  if (!verdict.ok && verdict.cause === 'forged') {
    // With a key it is told where it is kept; one that is dropped or becomes a customer's mail is told here.
    const tooMany = await tooManyWrongTokens(tx, host, mail, arrival.mailFrom)
    if (tooMany || !route.key) noteForgery(host, { mail, mailFrom, peer }, 'forged', null)
    if (tooMany) return { verdict: 'dropped', reason: 'too many wrong answer tokens from this source' }
    if (!route.key) return { verdict: 'pass', data: { refused: 'forged' } }
  }
  if (!route.key) {
    if (!verdict.ok) noteForgery(host, { mail, mailFrom, peer }, verdict.cause, null)
    return { verdict: 'pass', data: { refused: verdict.ok ? 'no key' : verdict.cause } }
  }
  const own = incoming(route.key)
  if (!verdict.ok) return { verdict: 'taken', ...(await keepWithoutEffect(tx, host, own, verdict.cause, verdict.agent)) }
  // The case may be in a mailbox by now in which he may not act.
  const now = await tx.cases.current(route.key.case_id)
  if (now && !mayAct(host.config, verdict.agent.id, now.mailbox))
    return { verdict: 'taken', ...(await keepWithoutEffect(tx, host, own, 'access', verdict.agent)) }
  if (arrival.degraded !== null) return { verdict: 'taken', ...(await keepWithoutEffect(tx, host, own, 'from_many', verdict.agent)) }
  if (host.settings.authentication === 'verify')
    return { verdict: 'taken', ...(await orderCheck(tx, own, arrival.inboundId, verdict.agent)) }
  return { verdict: 'taken', ...(await takeAnswer(tx, desk, own, verdict.agent)) }
}

/** An agent's answer to a notification that went to the visible sender instead of the answer address: no customer's message either. */
async function strayed(tx: Tx, host: Host<Settings>, { mail }: Arrival) {
  const agent = mail.from && mail.kind === 'normal' ? host.registry.agentByAddress(mail.from.address) : undefined
  if (!agent) return null
  const refs = [...mail.inReplyTo, ...mail.references].flatMap((id) => readOwnMessageId(host.tokens, id) ?? [])
  const row = (await tx.threads.find('own', refs)).find((k) => k.purpose === 'agent' && k.recipient === agent.id)
  return row ? { row, agent } : null
}

async function doTheRest(tx: Tx, desk: Desk, messageId: string): Promise<void> {
  const message = await tx.messages.get(messageId)
  const waiting = waitingOf(message)
  const agent = waiting && tx.config.agents.get(waiting.agent)
  if (!message || !waiting || !agent || waiting.rest.length === 0) return
  await clearWaiting(tx, message)
  const { done, notDone, said } = await runAll(tx, desk, message.caseId, agent, waiting.rest)
  const c = await tx.cases.lock(message.caseId)
  if (notDone.length > 0)
    await tellTranscript(tx, desk, { case: c, agent, about: null, inReplyTo: null, reply: 'released', done, notDone, said })
}
