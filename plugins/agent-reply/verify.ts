// `authentication: verify`: DKIM of the agent's domain, checked by ourselves before the answer takes effect. It asks name servers, so it
// is a job of its own; the mail is taken meanwhile and takes effect, or is refused, when the answer is there.
import { Resolver } from 'node:dns/promises'
import { PosternError, domainOf } from '../../core/plugin.ts'
import type { AgentConfig, JobDefinition, ReadMail, Tx } from '../../core/plugin.ts'
import { takeAnswer } from './answer/answer.ts'
import { authenticate, tokenOf } from './authentication.ts'
import type { Incoming, Outcome } from './incoming.ts'
import { keepWithoutEffect } from './reject.ts'
import type { Desk } from './desk.ts'

interface Payload {
  readonly rawId: string
  readonly hash: string
  readonly mailFrom: string
  /** Left out by an older version. */
  readonly peer?: string
  /** The token's lookup key: by the time of the check its case may be another. */
  readonly ref: string
  readonly agent: string
}

/** A mail, and whether the domain of its From has signed it. */
export interface Checked {
  readonly pass: boolean
  readonly mail: ReadMail
}

/** Orders the job that checks the mail, in this transaction; until it has run the mail has no effect. */
export async function orderCheck(
  tx: Tx,
  { rawId, hash, mailFrom, peer, key }: Incoming,
  inboundId: string,
  agent: AgentConfig,
): Promise<Outcome> {
  const payload: Payload = { rawId, hash, mailFrom, peer, ref: key.key, agent: agent.id }
  await tx.jobs.put('agent-reply.verify', `agent-reply.verify:${inboundId}`, tx.now, payload)
  return { outcome: 'agent-reply verifying', caseId: key.case_id }
}

/** The job: up to 10 attempts, the name servers asked outside the transaction. A mail that fails the check is kept without effect. */
export function verifyJob(desk: Desk): JobDefinition {
  const { host } = desk
  return {
    attempts: 10,
    io: (payload: Payload): Promise<Checked> => check(desk, payload.rawId),
    async run(tx, payload: Payload, result) {
      const { pass, mail } = result as Checked // what io answered
      const [key] = await tx.threads.find('token', [payload.ref])
      if (!key) return
      const { rawId, hash, mailFrom, peer = '' } = payload
      const incoming: Incoming = { mail, rawId, hash, mailFrom, peer, key }
      // Meanwhile the agent may have lost his rights.
      const verdict = authenticate(mail, tokenOf(payload.agent), key.mailbox, tx.config, 'token')
      if (!verdict.ok) return void (await keepWithoutEffect(tx, host, incoming, verdict.cause, verdict.agent))
      if (!pass) return void (await keepWithoutEffect(tx, host, incoming, 'dmarc', verdict.agent))
      await takeAnswer(tx, desk, incoming, verdict.agent)
    },
  }
}

/** Reads a stored mail and looks at its signatures. Throws where a name server gave no answer. */
export async function check({ host }: Desk, rawId: string): Promise<Checked> {
  const raw = await host.readBlob(rawId)
  const mail = await host.parse(raw)
  if (!mail) throw new PosternError('internal', 'a mail that was parsed before cannot be parsed')
  return { mail, pass: await dkimAligned(raw, domainOf(mail.from?.address ?? ''), host.settings.dns) }
}

/**
 * Whether a valid DKIM signature of the From domain (relaxed alignment, RFC 7489 §3.1.1) is on the mail. SPF says nothing here: the mail
 * comes from our own MTA. Throws where a name server gave no answer, so that the job is tried again.
 */
async function dkimAligned(raw: Uint8Array, domain: string, servers: readonly string[]): Promise<boolean> {
  // Loaded where it is used: it takes 40 MB, and by default nobody asks for this check.
  const { authenticate: checkMail } = await import('mailauth')
  const resolver = new Resolver({ timeout: 5000, tries: 2 })
  if (servers.length > 0) resolver.setServers([...servers])
  let unanswered = false
  const ask = async (name: string, type: string): Promise<unknown> => {
    try {
      return await resolver.resolve(name, type)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!/^E(?:NOTFOUND|NODATA)$/.test(code)) unanswered = true
      throw error
    }
  }
  const { dkim } = await checkMail(Buffer.from(raw), {
    // mailauth's own type is narrower than what it accepts: the records of any type.
    resolver: ask as never,
    disableArc: true,
    disableDmarc: true,
    disableBimi: true,
    trustReceived: false,
  })
  const good = dkim.results.some((r) => r.status.result === 'pass' && r.status.aligned)
  if (!good && unanswered) throw new PosternError('internal', `the name servers gave no answer about ${domain}`)
  return good
}
