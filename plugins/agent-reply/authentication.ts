// Whether a mail is an agent's answer: a good token for him and the case, his own address in From, and where the config asks
// for it a DMARC pass. Everything else of the mail (names, Sender, Reply-To, ARC, foreign verdicts) proves nothing.
import { canonicalRecipient, dmarcVerdict, domainOf, mayAct } from '../../core/plugin.ts'
import type { AgentConfig, Config, ReadMail, Route } from '../../core/plugin.ts'

/**
 * What an answer must prove besides its token and its sender: nothing, DKIM checked by us, or DMARC as the server with this authserv-id
 * saw it.
 */
export type AuthenticationSetting = 'token' | 'verify' | { readonly trusted: string }

/** Why a mail has no effect; the keys of the texts for people (`cause.*`). */
export type Cause = 'forged' | 'expired' | 'no_token' | 'unknown_agent' | 'inactive' | 'access' | 'from' | 'from_many' | 'dmarc'

/** Whose answer a mail is, or why it has no effect. */
export type Verdict =
  | { readonly ok: true; readonly agent: AgentConfig }
  | { readonly ok: false; readonly cause: Cause; /** Whose token it is, where that is certain. */ readonly agent: AgentConfig | null }

/** The token of a mail that is known to be this agent's by its address, for `authenticate`. */
export const tokenOf = (agent: string): NonNullable<Route['token']> => ({ purpose: 'agent', verdict: 'ok', recipient: agent })

/** Judges what needs nothing but the mail itself; `verify` is left to `verify.ts`. */
export function authenticate(
  mail: ReadMail,
  token: NonNullable<Route['token']>,
  mailbox: string,
  config: Config,
  setting: AuthenticationSetting,
): Verdict {
  if (token.verdict === 'forged' || token.verdict === 'unknown-key') return { ok: false, cause: 'forged', agent: null }
  const agent = config.agents.get(token.recipient ?? '')
  if (!agent) return { ok: false, cause: 'unknown_agent', agent: null }
  const refuse = (cause: Cause): Verdict => ({ ok: false, cause, agent })
  if (!agent.active) return refuse('inactive')
  // Whose mail it is comes first: a stranger learns nothing of tokens and rights.
  const from = fromProblem(mail, agent)
  if (from) return refuse(from)
  if (
    typeof setting === 'object' &&
    dmarcVerdict(mail.headers, setting.trusted, domainOf(mail.from?.address ?? ''), [config.hostname]) !== 'pass'
  )
    return refuse('dmarc')
  if (token.verdict === 'expired') return refuse('expired')
  return mayAct(config, agent.id, mailbox) ? { ok: true, agent } : refuse('access')
}

/** Exactly one From, read by our own parser, and it is one of the agent's addresses. */
function fromProblem(mail: ReadMail, agent: AgentConfig): Cause | null {
  if (mail.fromCount !== 1 || mail.headers.filter((h) => h.name === 'from').length !== 1) return 'from_many'
  const from = canonicalRecipient(mail.from?.address ?? '')
  const own = [agent.email, ...agent.aliases].map((a) => canonicalRecipient(a) ?? a)
  return from !== null && from.includes('@') && own.includes(from) ? null : 'from'
}
