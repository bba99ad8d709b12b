// Mailboxes with `forwards: true`: what an agent passes on there becomes a case in the name of the one who wrote it.
import Type from 'typebox'
import { checkedAddress, definePlugin, dmarcVerdict, domainOf } from '../../core/plugin.ts'
import type { Arrival, Host, Intake } from '../../core/plugin.ts'

const config = Type.Object({
  trust: Type.String({
    default: '',
    description:
      'authserv-id of the server whose Authentication-Results are believed: then an agent must have dmarc=pass there. Empty: his address is enough, so use a mailbox that only your own network can write to.',
  }),
})

interface Settings {
  readonly trust: string
}

/** Kept with the message, so that the note and the page can say how it came. */
interface PassedOn {
  readonly agent: string
  readonly note: string
}

export default definePlugin({
  name: 'forwards',
  description: "Makes a case in the original sender's name of a mail that an agent forwards to a mailbox with `forwards: true`.",
  config,
  setup: (host) => ({
    // A forward is never an answer to a case, whatever ids it carries.
    route: async (_tx, arrival) =>
      agentWho(arrival, host) && arrival.mail.forward?.from
        ? { caseId: null, by: 'new', evidence: `forwarded by an agent to ${arrival.mailbox.address}` }
        : null,
    async intake(_tx, arrival): Promise<Intake> {
      const agent = agentWho(arrival, host)
      const { forward } = arrival.mail
      if (!agent || !forward?.from || !checkedAddress(forward.from.address)) return { verdict: 'pass' }
      const passedOn: PassedOn = { agent, note: forward.note.trim() }
      return {
        verdict: 'pass',
        data: passedOn,
        recast: {
          from: forward.from,
          to: forward.to,
          cc: forward.cc,
          subject: forward.subject ?? arrival.mail.subject,
          text: forward.text,
          html: forward.html,
          dateMs: forward.dateMs,
        },
      }
    },
    on: {
      async 'message.received'(tx, event) {
        const message = await tx.messages.get(event.data.message)
        const passedOn = message?.data.forwards as PassedOn | undefined // written by intake above
        if (!message || !passedOn || passedOn.note === '') return
        await tx.notes.add({
          caseId: message.caseId,
          text: passedOn.note,
          author: { kind: 'agent', agent: passedOn.agent },
          messageId: message.id,
        })
      },
    },
  }),
})

/** The active agent who wrote this mail, where the mailbox takes forwards; undefined otherwise. */
function agentWho(arrival: Arrival, host: Host<Settings>): string | undefined {
  const { mailbox, mail } = arrival
  if (!mailbox.forwards || mail.from === null || mail.fromCount !== 1 || mail.kind !== 'normal') return undefined
  const agent = host.registry.agentByAddress(mail.from.address)
  if (!agent?.active) return undefined
  return host.settings.trust === '' ||
    dmarcVerdict(mail.headers, host.settings.trust, domainOf(mail.from.address), [host.config.hostname]) === 'pass'
    ? agent.id
    : undefined
}
