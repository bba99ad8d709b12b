// As whom a case is answered: which address of its mailbox stands in From, and which name beside it.
import Type from 'typebox'
import type { Static } from 'typebox'
import { canonicalRecipient, languageOf } from '../../core/plugin.ts'
import type {
  ActionDefinition,
  ActionResult,
  Address,
  ArgumentProblem,
  ArgumentsAsked,
  Arrival,
  Case,
  Config,
  Host,
  Message,
  Tx,
} from '../../core/plugin.ts'
import { caseAction } from './case-actions.ts'
import { changeSender, remember } from './changes.ts'
import { senderNamed } from './store.ts'
import { say } from './texts.ts'

const args = Type.Object({
  address: Type.String({ minLength: 3, maxLength: 320, description: "One of the addresses of the case's mailbox" }),
})

/** The action `case.from`, by name. It refuses what is no address of the case's mailbox. */
export const senderActions = (host: Pick<Host<unknown>, 'ids'>): Readonly<Record<string, ActionDefinition>> => ({
  'case.from': caseAction({
    description: 'Answers from another address of the mailbox from now on; answers to it come there. case.undo takes it back.',
    args,
    beforeSend: true,
    check: senderWrong,
    run: (tx, { case: c, args: given }) => change(tx, host, c, given),
  }),
})

function senderWrong({ address }: Static<typeof args>, { case: c, config, locale }: ArgumentsAsked): readonly ArgumentProblem[] {
  const mailboxes = c ? [c.mailbox] : [...config.mailboxes.keys()]
  const own = mailboxes.flatMap((id) => addressesOf(config, id))
  return own.includes(canonical(address))
    ? []
    : [{ path: ['address'], message: say(locale, 'refused.from', { about: address, own: own.join(', ') }) }]
}

async function change(tx: Tx, host: Pick<Host<unknown>, 'ids'>, c: Case, given: Static<typeof args>): Promise<ActionResult> {
  const address = canonical(given.address)
  const before = (await senderNamed(tx, c.id)) ?? null
  if (before !== address) {
    await changeSender(tx, c.id, before, address)
    await remember(tx, host, c.id, 'from', { address: before }, { address })
  }
  return { said: say(languageOf(tx, c), 'said.from', { address }), data: { from: address } }
}

/** The alias that a mail was written to, kept with its message; null: the mailbox's address. */
export function writtenTo({ rcpt, mailbox }: Arrival): string | null {
  const at = rcpt.lastIndexOf('@')
  const fits = (alias: string): boolean => {
    const [local, domain] = [alias.slice(0, alias.lastIndexOf('@')), alias.slice(alias.lastIndexOf('@'))]
    return rcpt.slice(at) === domain && (rcpt.slice(0, at) === local || rcpt.startsWith(`${local}+`))
  }
  return fits(mailbox.address) ? null : (mailbox.aliases.find(fits) ?? null)
}

/** What stands in From of an answer. */
export async function senderOf(tx: Tx, c: Case, message: Pick<Message, 'agent' | 'kind' | 'from'>): Promise<Address> {
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (!mailbox) return { address: message.from.address, name: '' }
  const own = addressesOf(tx.config, c.mailbox)
  // Without aliases there is no choice, and nothing to ask.
  const named = own.length > 1 ? await choiceOf(tx, c, mailbox.from) : undefined
  // After a move an address of the old mailbox is none of this one.
  const address = named !== undefined && own.includes(named) ? named : mailbox.address
  const agent = message.agent === null || message.kind !== 'normal' ? undefined : tx.config.agents.get(message.agent)
  if (!agent || mailbox.from_name === undefined) return { address, name: mailbox.name }
  const values: Readonly<Record<string, string>> = {
    'agent.name': agent.name,
    'agent.first_name': agent.name.split(/\s+/)[0] ?? '',
    'mailbox.name': mailbox.name,
  }
  return { address, name: mailbox.from_name.replace(/\{\{ *([a-z_.]+) *\}\}/g, (_, key: string) => values[key] ?? '') }
}

/** The address that was named for the case, or to which its customer wrote. */
const choiceOf = async (tx: Tx, c: Case, from: 'mailbox' | 'as_written'): Promise<string | undefined> =>
  (await senderNamed(tx, c.id)) ?? (from === 'as_written' ? aliasOf(tx, c) : undefined)

/** What the first mail of the case was written to. */
async function aliasOf(tx: Tx, c: Case): Promise<string | undefined> {
  const first = (await tx.messages.list(c.id)).find((m) => m.author === 'customer')
  const kept = first?.data.desk as { readonly writtenTo?: string } | undefined // written at intake
  return kept?.writtenTo
}

function addressesOf({ mailboxes }: Config, id: string): readonly string[] {
  const mailbox = mailboxes.get(id)
  return mailbox ? [mailbox.address, ...mailbox.aliases] : []
}

const canonical = (address: string): string => canonicalRecipient(address.trim()) ?? address.trim().toLowerCase()
