// `authentication: verify` for a mail by which an agent begins something at his personal address: a job looks at its DKIM signature first.
import { PosternError } from '../../core/plugin.ts'
import type { Arrival, JobDefinition } from '../../core/plugin.ts'
import { authenticate, tokenOf } from './authentication.ts'
import { beginAs } from './begin.ts'
import type { BeginPayload } from './begin.ts'
import type { BegunFacts } from './begun.ts'
import type { Desk } from './desk.ts'
import { noteForgery } from './forgery.ts'
import { recordAsTheirs } from './own-mailbox.ts'
import { check } from './verify.ts'
import type { Checked } from './verify.ts'

/** The job: a mail that fails the check, or begins nothing, is an ordinary one. */
export function verifyBeginJob(desk: Desk): JobDefinition {
  const { host } = desk
  return {
    attempts: 10,
    io: (payload: BeginPayload): Promise<Checked> => check(desk, payload.rawId),
    async run(tx, payload: BeginPayload, result) {
      const { pass, mail } = result as Checked // what io answered
      const { mailbox: id, agent: agentId, ...rest } = payload
      const mailbox = tx.config.mailboxes.get(id)
      if (!mailbox) throw new PosternError('config_invalid', `the mailbox "${id}" is no longer in the config`)
      const arrival: Arrival = { ...rest, mailbox, mail, degraded: null }
      const verdict = authenticate(mail, tokenOf(agentId), id, tx.config, 'token')
      if (verdict.ok && pass) {
        if (!(await beginAs(tx, desk, arrival, verdict.agent)))
          await recordAsTheirs(tx, arrival, { alone: verdict.agent.id } satisfies BegunFacts)
        return
      }
      const cause = verdict.ok ? 'dmarc' : verdict.cause
      host.count('postern_agent_replies_refused_total', { cause })
      noteForgery(host, arrival, cause, null)
      await recordAsTheirs(tx, arrival, { wrong: { cause, agent: agentId } } satisfies BegunFacts)
    },
  }
}
