// Another requester: whom the case answers first. Nobody else than the one who orders it learns of it; mail that has left keeps its recipients.
import Type from 'typebox'
import type { Static } from 'typebox'
import { addressProblems, canonicalRecipient, languageOf } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Address, ArgumentProblem, ArgumentsAsked, Case, Host, Tx } from '../../core/plugin.ts'
import { caseAction, sound } from './case-actions.ts'
import { peopleNow, remember, setPeople } from './changes.ts'
import type { People } from './changes.ts'
import { say } from './texts.ts'

const args = Type.Object({
  address: Type.String({ minLength: 3, maxLength: 320, description: 'Address of the requester from now on' }),
  name: Type.Optional(Type.String({ maxLength: 200, description: 'His name; default: that under which the case knows him' })),
  old: Type.Optional(
    Type.Union([Type.Literal('drop'), Type.Literal('cc')], {
      default: 'drop',
      description: 'What becomes of who was it before: drop (default) takes him out of the case, cc puts him in copy',
    }),
  ),
})

/** The action `case.requester`, by name. It refuses chats, addresses of ours, and what is none. */
export const requesterActions = (host: Pick<Host<unknown>, 'ids'>): Readonly<Record<string, ActionDefinition>> => ({
  'case.requester': caseAction({
    description: 'Makes somebody else the requester: answers go to him. case.undo takes it back.',
    args,
    beforeSend: true,
    check: requesterWrong,
    run: (tx, { case: c, args: given }) => change(tx, host, c, given),
  }),
})

function requesterWrong({ address }: Static<typeof args>, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  if (asked.case && asked.case.channel !== 'mail') return [{ path: [], message: say(asked.locale, 'refused.notMail') }]
  return addressProblems(['address'], address, asked)
}

async function change(tx: Tx, host: Pick<Host<unknown>, 'ids'>, c: Case, given: Static<typeof args>): Promise<ActionResult> {
  const before = await peopleNow(tx, c.id)
  const after = peopleAfter(before, given)
  const same = after.requester.address === before.requester.address && after.requester.name === before.requester.name
  if (!same) {
    await setPeople(tx, c.id, after)
    await remember(tx, host, c.id, 'requester', before, after)
  }
  const { address } = after.requester
  return { said: say(languageOf(tx, c), 'said.requester', { address }), data: { requester: address, was: before.requester.address } }
}

/** Everybody once: who is the requester is in no copy. */
function peopleAfter({ requester: old, cc, bcc }: People, { address, name, old: becomes }: Static<typeof args>): People {
  const wanted = sound(address.trim())
  const isHe = (p: Address): boolean => canonical(p) === canonical(wanted)
  const known = [old, ...cc, ...bcc].find(isHe)
  const requester = { address: known?.address ?? wanted.address, name: name?.replace(/\s+/g, ' ').trim() ?? known?.name ?? '' }
  const others = (list: readonly Address[]): readonly Address[] => list.filter((p) => !isHe(p))
  const stays = becomes === 'cc' && !isHe(old) && !cc.some((p) => canonical(p) === canonical(old))
  return { requester, cc: [...others(cc), ...(stays ? [old] : [])], bcc: others(bcc) }
}

const canonical = ({ address }: Address): string => canonicalRecipient(address) ?? address.toLowerCase()
