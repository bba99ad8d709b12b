// Commands that are about no case (`@find`), alone in a new mail of an agent: they are answered by mail, and no case comes of it.
import type { AgentConfig, Arrival, Intake, Tx } from '../../core/plugin.ts'
import { readAnswer } from './block.ts'
import type { Answer } from './block.ts'
import type { Desk } from './desk.ts'
import { mailAsked } from './mail.ts'
import { runAll } from './orders.ts'
import { planOf } from './plan.ts'
import { notDoneText } from './transcript.ts'

/** Such commands; null: the mail holds something else. */
export function askedIn({ vocabulary, host }: Desk, mail: Arrival['mail'], agent: AgentConfig): Answer | null {
  const answer = readAnswer(mail.reply.text, { vocabulary, agentName: agent.name })
  if (answer.text.trim() !== '' || answer.doubts.length > 0 || answer.commands.length === 0) return null
  if (!answer.commands.every(({ spec }) => spec.says === 'always' && host.registry.action(spec.action)?.on === 'none')) return null
  return answer
}

/** Answers them by mail; the agent must have proved that the mail is his. */
export async function answerAsked(tx: Tx, desk: Desk, { mail, mailbox }: Arrival, agent: AgentConfig, answer: Answer): Promise<Intake> {
  const { vocabulary, host } = desk
  const plan = planOf({
    ...{ answer, vocabulary, registry: host.registry, config: tx.config, agent, case: undefined, now: tx.now },
    ...{ about: null, hasReply: false, hasFiles: false },
  })
  const { notDone, said } = await runAll(tx, desk, null, agent, [...plan.before, ...plan.after])
  const outcome = await mailAsked(tx, {
    ...{ mailbox, agent, subject: mail.subject, inReplyTo: mail.messageId },
    paragraphs: [...said, notDoneText([...plan.notDone, ...notDone], agent.locale)].filter((p) => p !== ''),
  })
  if (!outcome.sent) host.log.warn({ agent: agent.id, reason: outcome.reason }, 'what an agent asked by mail was not answered')
  return { verdict: 'taken', outcome: 'agent-reply asked' }
}
