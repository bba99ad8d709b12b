// Moves a case into another mailbox: its answers come from there, and its agents are those of that mailbox. Addresses of the old one lead to it on.
import Type from 'typebox'
import type { Static } from 'typebox'
import { mayAct, nearest, refersTo, t, languageOf } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Config, Host, Tx } from '../../core/plugin.ts'
import { caseAction } from './case-actions.ts'
import { placeOf, remember, setPlace } from './changes.ts'
import type { Place } from './changes.ts'
import { say } from './texts.ts'

const args = Type.Object({
  mailbox: Type.String({
    ...refersTo('mailbox'),
    minLength: 1,
    maxLength: 320,
    description: 'The mailbox: its id, its name, or one of its addresses',
  }),
  notify: Type.Optional(
    Type.Boolean({ default: true, description: 'false: the agents of the old mailbox and of the new one are not told by mail' }),
  ),
})

/** The action `case.move`, by name. It refuses mailboxes that are none. */
export const moveActions = (host: Pick<Host<unknown>, 'ids'>): Readonly<Record<string, ActionDefinition>> => ({
  'case.move': caseAction({
    description: 'Moves the case into another mailbox, from whose address it is answered from then on. case.undo takes it back.',
    args,
    beforeSend: true,
    check: moveWrong,
    run: (tx, { case: c, args: given }) => move(tx, host, c, given),
  }),
})

function moveWrong({ mailbox }: Static<typeof args>, { config, locale }: ArgumentsAsked): readonly ArgumentProblem[] {
  if (mailboxNamed(config, mailbox) !== undefined) return []
  const near = nearest(
    mailbox,
    [...config.mailboxes].flatMap(([id, m]) => [id, m.name]),
  )
  const message = say(locale, 'refused.mailbox', { about: mailbox })
  return [{ path: ['mailbox'], message: near === undefined ? message : `${message}${t(locale, 'refused.meant', { near })}` }]
}

/** The id of the mailbox that is meant by an id, a name or an address, in whatever letters. */
export function mailboxNamed({ mailboxes }: Config, text: string): string | undefined {
  if (mailboxes.has(text)) return text
  const fold = (s: string): string => s.normalize('NFC').trim().toLowerCase().replaceAll('ё', 'е')
  const wanted = fold(text)
  const found = [...mailboxes].filter(([id, m]) => [id, m.name, m.address, ...m.aliases].some((name) => fold(name) === wanted))
  return found.length === 1 ? found[0]?.[0] : undefined
}

async function move(tx: Tx, host: Pick<Host<unknown>, 'ids'>, c: Case, given: Static<typeof args>): Promise<ActionResult> {
  const to = mailboxNamed(tx.config, given.mailbox) ?? given.mailbox
  const locale = languageOf(tx, c)
  const said = say(locale, 'said.moved', { mailbox: tx.config.mailboxes.get(to)?.name ?? to })
  if (to === c.mailbox) return { said, data: { mailbox: to } }
  const before = placeOf(c)
  const after = placeIn(tx.config, before, to)
  await setPlace(tx, c, after, given.notify !== false)
  await remember(tx, host, c.id, 'mailbox', before, after)
  const gone = nameOf(tx.config, before, after)
  return {
    said: gone === null ? said : `${said} ${say(locale, 'said.noLonger', { name: gone })}`,
    data: { mailbox: to, was: c.mailbox, ...(gone !== null && { dropped: { assignee: before.assignee, group: before.group } }) },
  }
}

/** Whoever may not act there is no longer responsible. */
function placeIn(config: Config, { assignee, group }: Place, mailbox: string): Place {
  const groupMay = group !== null && config.groups.get(group)?.mailboxes.includes(mailbox) === true
  return {
    mailbox,
    assignee: assignee !== null && mayAct(config, assignee, mailbox) ? assignee : null,
    group: groupMay ? group : null,
  }
}

/** Who is no longer responsible, by name; null: nobody. */
function nameOf({ agents, groups }: Config, before: Place, after: Place): string | null {
  if (before.assignee !== after.assignee && before.assignee !== null) return agents.get(before.assignee)?.name ?? before.assignee
  return before.group !== after.group && before.group !== null ? (groups.get(before.group)?.name ?? before.group) : null
}
