// Which case does a mail belong to? The strongest evidence decides; weak evidence links a new case instead of joining strangers.
import Type from 'typebox'
import {
  canonicalRecipient,
  definePlugin,
  duration,
  extractPlusToken,
  readOwnMessageId,
  readToken,
  verifyToken,
  keysHere,
} from '../../core/plugin.ts'
import type { Address, Arrival, Case, Host, Route, ThreadKeyRow, Tx } from '../../core/plugin.ts'
import { comesLate, goesOnIn, keepClosed } from './follow-up.ts'
import { forgetFormer, isFormer, keepFormer, migrations } from './tables.ts'

const config = Type.Object({
  foreign_ids: duration({
    default: '365d',
    description: 'A Message-ID that is not ours leads to its case for this long after the last change of the case.',
  }),
  subject_numbers: Type.Boolean({
    default: true,
    description: 'Let [#number] in the subject lead to its case, if the sender takes part in it.',
  }),
  reopen: Type.Boolean({
    default: true,
    description: 'A message of the customer opens a waiting or closed case again; one in the trash comes out of it in any case.',
  }),
})

interface Settings {
  readonly foreign_ids: number
  readonly subject_numbers: boolean
  readonly reopen: boolean
}

export default definePlugin({
  name: 'threading',
  description: 'Finds the case of a mail: signed tokens, signed and known Message-IDs, a marker, the number in the subject.',
  config,
  migrations,
  counters: {
    postern_tokens_total: {
      help: 'Tokens in the recipient addresses of mails, by their purpose and whether they are good',
      labels: { purpose: ['customer', 'agent', 'bounce'], verdict: ['ok', 'expired', 'forged', 'unknown-key'] },
    },
  },
  setup: (host) => ({
    route: (tx, arrival) => route(tx, arrival, host),
    async intake(_tx, arrival) {
      // Our own automatic mail that somebody's redirect sent back: taking it in would be a mail loop.
      const loop = arrival.mail.headers.find((h) => h.name === 'x-postern-loop' && h.value.trim() === host.config.name)
      return loop ? { verdict: 'dropped', reason: 'our own automatic mail came back' } : { verdict: 'pass' }
    },
    forget: (tx, { address }) => forgetFormer(tx, address.toLowerCase()),
    on: {
      async 'case.people_changed'(tx, { caseId, data }) {
        if (caseId !== null && data.role === 'requester') await keepFormer(tx, caseId, data.removed, data.added)
      },
      async 'message.received'(tx, event) {
        // Automatic mail never reopens a case; spam stays where a person put it.
        if (event.data.kind !== 'normal' || event.data.first || event.caseId === null) return
        const c = await tx.cases.get(event.caseId)
        if (c && (await keepClosed(tx, c, event.data.message))) return
        // Out of the trash it comes whatever the setting says: in there nobody would hear of it.
        const reopens = c?.status === 'trash' || (host.settings.reopen && (c?.status === 'waiting' || c?.status === 'closed'))
        if (c && reopens) await tx.cases.set(c.id, { status: 'open' })
      },
    },
  }),
})

/** Something that points to a case, strongest first. */
interface Evidence {
  readonly by: Exclude<Route['by'], 'new'>
  readonly text: string
  readonly key?: ThreadKeyRow
  readonly token?: NonNullable<Route['token']>
  readonly caseId: string
  /** Good only from somebody who takes part in the case. */
  readonly needsParticipant: boolean
}

async function route(tx: Tx, arrival: Arrival, host: Host<Settings>): Promise<Route> {
  const token = await byToken(tx, arrival, host)
  // Who holds a good token holds the proof, whatever else the mail says; what it may do is for the plugin that it is meant for.
  if (token && token.token?.verdict === 'ok' && token.token.purpose !== 'customer')
    return { ...answer(token), caseId: (await tx.cases.current(token.caseId))?.id ?? token.caseId }
  let weak: Route['weak']
  for await (const evidence of evidences(tx, arrival, host, token)) {
    // A case that was merged into another one leads there.
    const c = await tx.cases.current(evidence.caseId)
    if (!c) continue
    const refusal = await refuse(tx, arrival, c, evidence, host)
    if (refusal === null && comesLate(tx, c, arrival)) {
      const next = await goesOnIn(tx, c, arrival)
      if (next) return { ...answer(evidence), caseId: next.id, ...(token?.token && { token: token.token }) }
      return lateFor(c, evidence)
    }
    if (refusal === null) return { ...answer(evidence), caseId: c.id, ...(token?.token && { token: token.token }) }
    weak ??= { caseId: c.id, why: `${evidence.text}: ${refusal}` }
  }
  // A token that proves nothing any more (expired, forged) is still told to those who may want to explain it to an agent.
  return {
    caseId: null,
    by: 'new',
    evidence: weak ? `new case: ${weak.why}` : 'nothing leads to an earlier case',
    ...(token?.token && { token: token.token, ...(token.key && { key: token.key }) }),
    ...(weak && { weak }),
  }
}

/** Who took part in a case that was closed long ago begins a new one, which goes on where that ended. */
function lateFor(c: Case, { text }: Evidence): Route {
  const why = `${text}: that case was closed too long ago`
  return { caseId: null, by: 'new', evidence: `new case: ${why}`, weak: { caseId: c.id, why, goesOn: true } }
}

function answer(e: Evidence): Route {
  return { caseId: e.caseId, by: e.by, evidence: e.text, ...(e.key && { key: e.key }), ...(e.token && { token: e.token }) }
}

async function* evidences(tx: Tx, arrival: Arrival, host: Host<Settings>, token: Evidence | null): AsyncGenerator<Evidence> {
  if (token?.token?.verdict === 'ok') yield token
  const { mail } = arrival
  const ids = [...new Set([...mail.inReplyTo, ...[...mail.references].reverse()])].filter((id) => id !== mail.messageId)
  const own = ids.map((id) => ({ id, ref: readOwnMessageId(host.tokens, id) }))
  const ownKeys = await tx.threads.find(
    'own',
    own.flatMap((o) => o.ref ?? []),
  )
  for (const { id, ref } of own) {
    const key = ownKeys.find((k) => k.key === ref)
    // A reference to a notification leads nobody into the case: only the token of its Reply-To does.
    if (key)
      yield { by: 'own-id', text: `answers our message <${id}>`, key, caseId: key.case_id, needsParticipant: key.purpose === 'agent' }
  }
  const foreignKeys = await tx.threads.find(
    'foreign',
    ids.filter((id) => id !== ''),
  )
  const here = await keysHere(tx, arrival.mailbox.id, foreignKeys)
  for (const id of ids) {
    for (const key of here.filter((k) => k.key === id)) {
      yield { by: 'foreign-id', text: `answers a known message <${id}>`, key, caseId: key.case_id, needsParticipant: true }
    }
  }
  const quoted = bodyMarker(mail.html)
  const ref = quoted === null ? null : readOwnMessageId(host.tokens, quoted)
  const quotedKey = ref === null ? undefined : (await tx.threads.find('own', [ref]))[0]
  if (quotedKey)
    yield { by: 'marker', text: `quotes our message <${quoted}>`, key: quotedKey, caseId: quotedKey.case_id, needsParticipant: true }
  const number = /\[#(\d{1,12})\]/.exec(mail.subject)
  if (host.settings.subject_numbers && number?.[1]) {
    const c = await tx.cases.byRef(number[1])
    if (c) yield { by: 'subject', text: `[#${c.number}] in the subject`, caseId: c.id, needsParticipant: true }
  }
}

/** The Message-ID that our HTML mails carry in a data attribute: it survives programs that rewrite the headers (as SES and Outlook do). */
function bodyMarker(html: string | null): string | null {
  const at = html?.indexOf('data-postern-id=') ?? -1
  return at < 0
    ? null
    : (/^data-postern-id=(?:3D)?["']?([a-z2-7]{12}\.[a-z2-7]{27}@[a-z0-9.-]{1,253})/i.exec(html?.slice(at, at + 350) ?? '')?.[1] ?? null)
}

/** A signed token in the recipient address. */
async function byToken(tx: Tx, arrival: Arrival, host: Host<Settings>): Promise<Evidence | null> {
  const at = arrival.rcpt.lastIndexOf('@')
  const local = arrival.rcpt.slice(0, at)
  const bounce = host.config.outgoing.bounce_address
  const addresses = [arrival.mailbox.address, ...arrival.mailbox.aliases, ...(bounce ? [bounce] : [])]
  const token = addresses.map((a) => extractPlusToken(local, a.slice(0, a.lastIndexOf('@')))).find((t) => t !== null)
  const parts = token ? readToken(token) : null
  // An agent's personal address leads to no case: plugins/agent-reply reads it.
  if (!token || !parts || parts.purpose === 'personal') return null
  const key = (await tx.threads.find('token', [parts.ref]))[0]
  const verdict = key ? verifyToken(host.tokens, token, { recipient: key.recipient ?? '', nowMs: tx.now }) : 'forged'
  host.count('postern_tokens_total', { purpose: parts.purpose, verdict })
  return {
    by: 'token',
    text: `signed ${parts.purpose} token of the recipient address (${verdict})`,
    ...(key && { key }),
    token: { purpose: parts.purpose, verdict, recipient: key?.recipient ?? null },
    caseId: key?.case_id ?? '',
    needsParticipant: false,
  }
}

/** Why this evidence does not lead into this case, or null. */
async function refuse(tx: Tx, arrival: Arrival, c: Case, evidence: Evidence, host: Host<Settings>): Promise<string | null> {
  if (!(await leadsHere(tx, arrival, c, evidence))) return 'it belongs to another mailbox'
  // Who of several senders wrote it nobody can say: it is none of them.
  const takesPart = await participates(tx, arrival.mail.fromCount === 1 ? arrival.mail.from : null, c)
  if (evidence.needsParticipant && !takesPart) return 'the sender does not take part in that case'
  // What was written to somebody who has been replaced proves nothing any more of those who take no part.
  const writtenTo = evidence.key?.purpose === 'customer' ? evidence.key.recipient : null
  if (writtenTo !== null && !takesPart && (await isFormer(tx, c.id, writtenTo))) return 'it was written to somebody who has left that case'
  if (evidence.by === 'foreign-id' && tx.now - c.updatedAt > host.settings.foreign_ids) return 'that case is too old'
  if ((c.status === 'spam' || c.status === 'trash') && !takesPart) return `that case is in ${c.status}`
  if (c.status === 'spam' && tx.config.mailboxes.get(c.mailbox)?.spam === 'new_case') return 'that case is in spam'
  return null
}

/** Evidence counts in the mailbox where the case is, and in each where it once was, for there people were written to. */
async function leadsHere(tx: Tx, { mailbox }: Arrival, c: Case, { by, key }: Evidence): Promise<boolean> {
  if (by === 'token' || c.mailbox === mailbox.id || key?.mailbox === mailbox.id) return true
  return by === 'subject' && (await tx.threads.leadsFrom(mailbox.id, c.id))
}

async function participates(tx: Tx, from: Address | null, c: Case): Promise<boolean> {
  const address = from && canonicalRecipient(from.address)
  if (!address) return false
  // Who took part in a case that was merged into this one still has his conversation with us here.
  const isIn = async (one: Case): Promise<boolean> =>
    [one.requester, ...(await tx.cases.cc(one.id)), ...(await tx.cases.bcc(one.id))].some((p) => canonicalRecipient(p.address) === address)
  if (await isIn(c)) return true
  for (const one of await tx.cases.merged(c.id)) if (await isIn(one)) return true
  return false
}
