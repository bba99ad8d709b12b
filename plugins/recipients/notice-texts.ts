// Notices about recipients in words: what happened, what each button does as things stand, and what can be taken back.
import type { Address, Case, Host, Locale, Notice, NoticeAction, NoticeTexts, Tx } from '../../core/plugin.ts'
import type { Settings } from './judge.ts'
import { say } from './messages.ts'
import { canGoBack, peopleOfSplit } from './split.ts'
import { copiesAfter, listIn, undoable } from './update.ts'
import { splitOf } from './store.ts'

/** The texts of these notices, by kind. */
export function noticeTexts(host: Host<Settings>): Readonly<Record<string, NoticeTexts>> {
  const shared = {
    label,
    effect: (tx: Tx, notice: Notice, action: NoticeAction, locale: Locale) => effect(tx, host, notice, action, locale),
    after,
  }
  return {
    recipients: { ...shared, text: changedText },
    private_reply: {
      ...shared,
      text: (notice, locale) => say(locale, 'private.text', { who: who(notice), requester: said(notice, 'requester') }),
    },
    undecided_reply: { ...shared, text: (notice, locale) => say(locale, 'undecided.text', { who: who(notice) }) },
    recipients_changed: {
      ...shared,
      text(notice, locale) {
        const joined = list(notice, 'joined')
        const left = list(notice, 'left')
        if (left === '') return say(locale, 'changed.joined', { joined })
        return joined === '' ? say(locale, 'changed.left', { left }) : say(locale, 'changed.both', { joined, left })
      },
    },
  }
}

function changedText(notice: Notice, locale: Locale): string {
  const facts = { who: who(notice), requester: said(notice, 'requester'), added: list(notice, 'added'), dropped: list(notice, 'dropped') }
  const main = (): string => {
    if (notice.data.class === 'b') return say(locale, facts.added === '' ? 'b.text' : 'b.textAdded', facts)
    if (notice.data.class === 'c') return say(locale, notice.data.by === 'outsider' ? 'c.outsider' : 'c.text', facts)
    const doubt = doubts.find((d) => d === notice.data.doubt) ?? 'outsider'
    return say(locale, `a.${doubt}`, facts)
  }
  return notice.data.authentication === 'fail' ? `${main()} ${say(locale, 'warn.failed')}` : main()
}

const doubts = ['outsider', 'unauthenticated', 'senders', 'list', 'hidden', 'many'] as const
const buttons = ['update', 'split', 'join', 'undo', 'send_all', 'send_requester', 'split_send', 'discard'] as const

function label(action: string, locale: Locale): string {
  const known = buttons.find((b) => b === action)
  return known ? say(locale, `label.${known}`) : ''
}

async function effect(tx: Tx, host: Host<Settings>, notice: Notice, action: NoticeAction, locale: Locale): Promise<string> {
  const none = say(locale, 'effect.none')
  const c = await tx.cases.get(notice.caseId)
  if (!c) return none
  const { number } = c
  const message = await tx.messages.get(String(action.args.message ?? notice.messageId))
  const goTo = (cc: readonly Address[], bcc: readonly Address[] = []): string =>
    [c.requester, ...cc, ...bcc].map((p) => p.address).join(', ')
  switch (action.name) {
    case 'update':
    case 'join': {
      const after = message && (await copiesAfter(tx, host, message, action.name))
      return after ? change(tx, c, after, locale) : none
    }
    case 'split':
    case 'split_send': {
      if (!message) return none
      const from = (await tx.cases.get(message.caseId)) ?? c
      const isDone = action.name === 'split_send' && (await splitOf(tx, message.id))?.new_case_id === from.id
      if (isDone)
        return say(locale, 'effect.send', {
          people: [from.requester, ...(await tx.cases.cc(from.id)), ...(await tx.cases.bcc(from.id))].map((p) => p.address).join(', '),
        })
      const { requester, cc } = await peopleOfSplit(tx, host, from, message)
      return say(locale, action.name === 'split' ? 'effect.split' : 'effect.splitSend', {
        number,
        people: [requester, ...cc].map((p) => p.address).join(', '),
      })
    }
    case 'undo': {
      if (action.action === 'case.unsplit') return say(locale, 'effect.unsplit', { number })
      const row = await undoable(tx, c.id, String(action.args.message))
      return row ? say(locale, 'effect.undo', { number, people: goTo(listIn(row.before), await tx.cases.bcc(c.id)) }) : none
    }
    case 'send_all':
      return say(locale, 'effect.send', { people: goTo(await tx.cases.cc(c.id), await tx.cases.bcc(c.id)) })
    case 'send_requester':
      return say(locale, 'effect.send', { people: goTo([]) })
    default:
      return action.name === 'discard' ? say(locale, 'effect.discard') : none
  }
}

async function change(tx: Tx, c: Case, after: readonly Address[], locale: Locale): Promise<string> {
  const bcc = await tx.cases.bcc(c.id)
  const gone = (await tx.cases.cc(c.id)).filter((p) => !after.some((a) => a.address === p.address)).map((p) => p.address)
  const people = [c.requester, ...after, ...bcc].map((p) => p.address).join(', ')
  return gone.length > 0
    ? say(locale, 'effect.listGone', { number: c.number, people, gone: gone.join(', ') })
    : say(locale, 'effect.list', { number: c.number, people })
}

/** What was done and nothing has come of yet. */
async function after(tx: Tx, notice: Notice): Promise<readonly NoticeAction[]> {
  if (notice.kind !== 'recipients' || notice.state !== 'taken' || notice.messageId === null) return []
  if (notice.takenAction === 'split') {
    const row = await splitOf(tx, notice.messageId)
    return row && row.case_id === notice.caseId && (await canGoBack(tx, row))
      ? [{ name: 'undo', action: 'case.unsplit', args: { case: row.new_case_id } }]
      : []
  }
  return (await undoable(tx, notice.caseId, notice.messageId))
    ? [{ name: 'undo', action: 'recipients.undo', args: { message: notice.messageId } }]
    : []
}

/** The address is always shown: a name alone proves nothing. */
function who(notice: Notice): string {
  const name = said(notice, 'name')
  return name === '' ? said(notice, 'author') : `${name} <${said(notice, 'author')}>`
}

const said = (notice: Notice, key: string): string => (typeof notice.data[key] === 'string' ? notice.data[key] : '')
const list = (notice: Notice, key: string): string => (Array.isArray(notice.data[key]) ? notice.data[key].join(', ') : '')
